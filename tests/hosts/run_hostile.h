/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hostile programs of `modseal run` have in common. Each takes a mode and tells
 * in one line what came of it: "worked" (0) when code ran that nobody approved, "stopped
 * STEP ERROR" (1) when a call was refused, "unable STEP ERROR" (2) when the machine
 * cannot do it at all.
 */
#ifndef TESTS_RUN_HOSTILE_H
#define TESTS_RUN_HOSTILE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

/* `return 4711` as machine code, wherever it is put */
#if defined(__x86_64__)
static const unsigned char code[] = {0xb8, 0x67, 0x12, 0x00, 0x00, 0xc3};
#elif defined(__aarch64__)
static const unsigned char code[] = {0xe0, 0x4c, 0x82, 0x52, 0xc0, 0x03, 0x5f, 0xd6};
#else
#error "the machine code of this architecture is missing"
#endif

struct mode {
	const char *name;
	void (*run)(char **arguments);
};

static const char *error_name(int error)
{
	switch (error) {
	case EACCES:
		return "EACCES";
	case EPERM:
		return "EPERM";
	case ENOSYS:
		return "ENOSYS";
	case EINTR:
		return "EINTR";
	case ENOENT:
		return "ENOENT";
	case ENODEV:
		return "ENODEV";
	case EBADF:
		return "EBADF";
	case EFAULT:
		return "EFAULT";
	case EBUSY:
		return "EBUSY";
	case EINVAL:
		return "EINVAL";
	default:
		return strerror(error);
	}
}

static _Noreturn void tell(int status, const char *word, const char *step, int error)
{
	printf("%s%s%s%s%s\n", word, step ? " " : "", step ? step : "", error ? " " : "",
	       error ? error_name(error) : "");
	fflush(stdout);
	_exit(status);
}

static inline _Noreturn void worked(const char *how)
{
	tell(0, "worked", how, 0);
}

static inline _Noreturn void stopped(const char *step)
{
	tell(1, "stopped", step, errno);
}

static inline _Noreturn void unable(const char *step)
{
	tell(2, "unable", step, errno);
}

/* Calls what lies at `place`; only what was written there gives this number. */
static inline _Noreturn void call(void *place)
{
	int (*function)(void);

	__builtin___clear_cache((char *)place, (char *)place + sizeof(code));
	memcpy(&function, &place, sizeof(function));
	if (function() == 4711)
		worked(NULL);
	errno = 0;
	stopped("other-code");
}

static inline int opened(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		unable("open");
	return fd;
}

static inline void *mapped(int fd, int protection, int flags)
{
	void *place = mmap(NULL, PAGE, protection, flags, fd, 0);

	if (place == MAP_FAILED) {
		/* only what is executable may be refused */
		if (protection & PROT_EXEC)
			stopped("mmap");
		unable("mmap");
	}
	return place;
}

static inline void make_executable(void *place, int protection)
{
	if (mprotect(place, PAGE, protection))
		stopped("mprotect");
}

static inline int run_mode(const struct mode *modes, char **arguments)
{
	const struct mode *mode;

	if (!arguments[1])
		return 64;
	for (mode = modes; mode->name; mode++) {
		if (strcmp(mode->name, arguments[1]) == 0) {
			mode->run(arguments + 2);
			return 0;
		}
	}
	fprintf(stderr, "unknown mode %s\n", arguments[1]);
	return 64;
}
#endif
