/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A kernel that takes modules, played by the program that includes this. Where the
 * environment's MODULE_KERNEL names a directory, finit_module(2) and delete_module(2) go
 * there: what is handed over is written to NAME (of its .modinfo), and told in a line
 * "insert NAME PARAMETERS" or "take out NAME" of the file `log`; the number in
 * NAME.answer, where that is there, is the errno of the refusal, and the number in
 * NAME.stays that of taking it out. Where there is a file `remembers` with a number other
 * than 0, what was taken in is not taken a second time (EEXIST), until it is taken out.
 * All other calls go to the real kernel.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef REAL_DLSYM
#define REAL_DLSYM dlsym
#endif

typedef long system_call(long number, ...);

static long real_call(long number, long a, long b, long c, long d, long e, long f)
{
	static system_call *real;

	if (!real) {
		void *found = REAL_DLSYM(RTLD_NEXT, "syscall");

		memcpy(&real, &found, sizeof(real));
	}
	return real(number, a, b, c, d, e, f);
}

static int open_there(const char *name, const char *ending, int flags)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s%s", getenv("MODULE_KERNEL"), name, ending);
	return (int)real_call(SYS_openat, AT_FDCWD, (long)path, flags, 0600, 0, 0);
}

static void write_there(const char *name, int flags, const void *bytes, size_t size)
{
	int descriptor = open_there(name, "", O_WRONLY | O_CREAT | O_CLOEXEC | flags);

	if (real_call(SYS_write, descriptor, (long)bytes, (long)size, 0, 0, 0) !=
	    (long)size)
		abort();
	real_call(SYS_close, descriptor, 0, 0, 0, 0, 0);
}

static void tell_there(const char *what, const char *name, const char *more)
{
	char line[8192];
	int length = snprintf(line, sizeof(line), "%s %s%s%s\n", what, name,
			      *more ? " " : "", more);

	write_there("log", O_APPEND, line, (size_t)length);
}

/* The number in NAME and ending; 0: none is there. */
static int answer(const char *name, const char *ending)
{
	int descriptor = open_there(name, ending, O_RDONLY | O_CLOEXEC);
	char text[16] = "";

	if (descriptor < 0)
		return 0;
	real_call(SYS_read, descriptor, (long)text, sizeof(text) - 1, 0, 0, 0);
	real_call(SYS_close, descriptor, 0, 0, 0, 0, 0);
	return atoi(text);
}

static bool is_there(const char *name)
{
	int descriptor = open_there(name, "", O_RDONLY | O_CLOEXEC);

	if (descriptor >= 0)
		real_call(SYS_close, descriptor, 0, 0, 0, 0, 0);
	return descriptor >= 0;
}

/* As the kernel reads it: by the descriptor, from its start to its end. */
static int take(int descriptor, const char *parameters)
{
	static char bytes[1 << 20];
	static const char key[] = "name=";
	const char *name = NULL;
	int code;
	long size =
		real_call(SYS_pread64, descriptor, (long)bytes, sizeof(bytes), 0, 0, 0);

	for (long i = 1; size > 64 && i < size - 64 && !name; i++)
		if (!bytes[i - 1] && memcmp(bytes + i, key, sizeof(key) - 1) == 0)
			name = bytes + i + sizeof(key) - 1;
	if (!name)
		return ENOEXEC;
	tell_there("insert", name, parameters);
	if (answer("remembers", "") && is_there(name))
		return EEXIST;
	code = answer(name, ".answer");
	if (code == 0 || !answer("remembers", ""))
		write_there(name, O_TRUNC, bytes, (size_t)size);
	return code;
}

static int let_go(const char *name)
{
	char path[4096];
	int code = answer(name, ".stays");

	tell_there("take out", name, "");
	if (code == 0 && answer("remembers", "")) {
		snprintf(path, sizeof(path), "%s/%s", getenv("MODULE_KERNEL"), name);
		unlink(path);
	}
	return code;
}

long syscall(long number, ...)
{
	long argument[6];
	va_list arguments;
	int code = 0;

	va_start(arguments, number);
	for (size_t i = 0; i < 6; i++)
		argument[i] = va_arg(arguments, long);
	va_end(arguments);
	if (!getenv("MODULE_KERNEL") ||
	    (number != SYS_finit_module && number != SYS_delete_module))
		return real_call(number, argument[0], argument[1], argument[2],
				 argument[3], argument[4], argument[5]);
	if (number == SYS_finit_module) {
		code = take((int)argument[0], (const char *)argument[1]);
	} else {
		code = let_go((const char *)argument[0]);
	}
	errno = code;
	return code ? -1 : 0;
}
