/* SPDX-License-Identifier: Apache-2.0 */
/* Makes names for descriptors that no dlopen of this process has seen before. */
#include "verifier/loader/loadname.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define COUNTER_BITS 64

/* Digits of the counter, each two bytes that add nothing to a path. */
static const char digit_zero[] = "//";
static const char digit_one[] = "/.";

char *modseal_loadname_make(const char *directory, uint64_t counter, int descriptor,
			    size_t length)
{
	char number[32];
	size_t head = strlen(directory), body = head + 2 * COUNTER_BITS, tail,
	       padding = 0;
	char *name;

	snprintf(number, sizeof(number), "/%d", descriptor);
	tail = strlen(number);
	if (length <= MODSEAL_LOADNAME_MAX && length > body + tail)
		padding = length - body - tail;
	name = malloc(body + padding + tail + 1);
	if (!name)
		return NULL;
	memcpy(name, directory, head);
	for (unsigned bit = 0; bit < COUNTER_BITS; bit++)
		memcpy(name + head + 2 * bit, counter >> bit & 1 ? digit_one : digit_zero,
		       2);
	memset(name + body, '/', padding);
	memcpy(name + body + padding, number, tail + 1);
	return name;
}

bool modseal_loadname_directory(bool thread,
				char ret_directory[MODSEAL_LOADNAME_DIRECTORY])
{
	char target[MODSEAL_LOADNAME_DIRECTORY / 2]; /* PID/task/TID */
	ssize_t length = readlink("/proc/thread-self", target, sizeof(target) - 1);
	const char *task;

	if (length < 0)
		return false;
	target[length] = '\0';
	task = strstr(target, "/task/");
	if (!task)
		return false;
	snprintf(ret_directory, MODSEAL_LOADNAME_DIRECTORY, "/proc/self%s%s/fd", task,
		 thread ? "" : "/../..");
	return true;
}

static bool on_proc(const char *directory)
{
	struct statfs system;

	return statfs(directory, &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

/* Opens the name as the dynamic linker is going to, and compares. */
static bool leads_to(const char *name, int descriptor)
{
	struct stat wanted, found;
	int opened = open(name, O_RDONLY | O_CLOEXEC);
	bool same = opened >= 0 && fstat(opened, &found) == 0 &&
		    fstat(descriptor, &wanted) == 0 && found.st_dev == wanted.st_dev &&
		    found.st_ino == wanted.st_ino;

	if (opened >= 0)
		close(opened);
	return same;
}

/* errnum: of what stood in the way, or 0. */
static int fail_name(int errnum, const char *directory, int descriptor,
		     const char *object, struct modseal_error *error)
{
	int code;

	if (errnum == EMFILE || errnum == ENFILE)
		return modseal_fail_errno(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_LOAD,
					  errnum, object, "its memory cannot be opened");
	if (errnum == EACCES || errnum == EPERM) {
		code = modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD,
					  errnum, object,
					  "this process may not open %s/%d: it has not "
					  "the rights any more with which it verified",
					  directory, descriptor);
		modseal_remedy(error, "load before the process gives up its rights, or "
				      "open a context and verify after that");
		return code;
	}
	code = modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_LOAD, object,
			    "%s/%d does not lead to the file of that descriptor",
			    directory, descriptor);
	modseal_remedy(error, "mount the kernel's own proc file system on /proc");
	return code;
}

/* False, with errno: as modseal_loadname_directory, or it is not on proc. */
static bool find_way(struct modseal_loadname_way *way, pid_t thread, bool first)
{
	way->thread = 0;
	if (!modseal_loadname_directory(!first, way->directory) ||
	    !on_proc(way->directory))
		return false;
	way->thread = thread;
	return true;
}

int modseal_loadname_take(struct modseal_loadname_way *way, uint64_t counter,
			  int descriptor, size_t length, const char *object,
			  char **ret_name, struct modseal_error *error)
{
	pid_t thread = gettid();
	/* /proc/self is the first thread's, which may have another table of descriptors
	 */
	bool first = thread == getpid();
	const char *shown = first ? "/proc/self/fd" : "/proc/thread-self/fd";
	char *name;
	int errnum;

	errno = 0;
	if (way->thread != thread && !find_way(way, thread, first))
		return fail_name(errno, shown, descriptor, object, error);
	name = modseal_loadname_make(way->directory, counter, descriptor, length);
	if (!name)
		return modseal_fail_memory(error, MODSEAL_STAGE_LOAD);
	errno = 0;
	if (leads_to(name, descriptor)) {
		*ret_name = name;
		return 0;
	}
	errnum = errno;
	free(name);
	return fail_name(errnum, shown, descriptor, object, error);
}
