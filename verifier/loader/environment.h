/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment that a process was started with. The process itself can have changed
 * it, so it may say why something is refused, and be a reason to refuse (profile.h),
 * never to accept.
 */
#ifndef MODSEAL_LOADER_ENVIRONMENT_H
#define MODSEAL_LOADER_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

struct modseal_environment {
	char *text; /* entries that end with NUL each; NULL: not known */
	size_t size;
};

/* Reads an environ file of proc(5), and closes the descriptor; -1: one that could not be
 * opened. Where it cannot be read, to its end, the environment is not known, and errno
 * says why. */
struct modseal_environment modseal_environment_read(int descriptor);
/* The same of this process. What a program has changed since its start is not in it, but
 * where the program gave its rights up the kernel hides the file (the process is not
 * dumpable any more), and what the program has now is taken. */
struct modseal_environment modseal_environment_own(void);
void modseal_environment_free(struct modseal_environment *environment);

/* The value of a variable, or NULL. */
const char *modseal_environment_get(const struct modseal_environment *environment,
				    const char *variable);

/* Does a list as in LD_PRELOAD (colons or white space between) name an object that lies
 * at path, or that was opened as `opened_as` (NULL: not known)? */
bool modseal_environment_lists(const char *list, const char *path, const char *opened_as);

/* Does a list as in LD_LIBRARY_PATH (colons or semicolons between) have a directory that
 * the object was found in, or below? */
bool modseal_environment_searches(const char *list, const char *opened_as);

#endif
