/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loaded into `modseal run` by LD_PRELOAD: holds a thread of it between taking a call of
 * run_reborn and looking at who called, so that the caller may end there (E22); with
 * mprotect when it begins to look, where an answer may become late. The files lie in the
 * folder that HOLD_IN names.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/hosts/run_reborn.h"

static _Thread_local bool holds, in_maps;

/* the target runs without it */
__attribute__((constructor)) static void begin(void)
{
	unsetenv("LD_PRELOAD");
}

static const char *in_folder(const char *name, char path[4096])
{
	snprintf(path, 4096, "%s/%s", getenv("HOLD_IN"), name);
	return path;
}

static void say(const char *name)
{
	char path[4096];

	close(open(in_folder(name, path), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
}

static void hold(void)
{
	char path[4096];

	say(HELD);
	while (access(in_folder(GO, path), F_OK) != 0)
		usleep(EVERY);
}

static bool is_wanted(const struct seccomp_data *data)
{
	switch (data->nr) {
	case SYS_mmap:
		return data->args[4] == NUMBER;
	case SYS_mprotect:
		return data->args[0] == PLACE;
	case SYS_openat:
	case SYS_execveat:
		return data->args[0] == NUMBER;
	default:
		return false;
	}
}

int ioctl(int descriptor, unsigned long request, ...)
{
	va_list arguments;
	int result;
	void *pointer;

	va_start(arguments, request);
	pointer = va_arg(arguments, void *);
	va_end(arguments);
	/* the next call is only taken when the one before has been answered */
	if (holds && request == SECCOMP_IOCTL_NOTIF_RECV) {
		holds = false;
		say(DONE);
	}
	result = (int)syscall(SYS_ioctl, descriptor, request, pointer);
	if (result != 0 || request != SECCOMP_IOCTL_NOTIF_RECV ||
	    !is_wanted(&((const struct seccomp_notif *)pointer)->data))
		return result;
	holds = true;
	in_maps = ((const struct seccomp_notif *)pointer)->data.nr == SYS_mprotect;
	if (!in_maps)
		hold();
	return result;
}

FILE *fopen(const char *path, const char *mode)
{
	void *next = dlsym(RTLD_NEXT, "fopen");
	FILE *(*real)(const char *, const char *);

	memcpy(&real, &next, sizeof(real));
	if (in_maps)
		hold();
	in_maps = false;
	return real(path, mode);
}
