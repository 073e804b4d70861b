/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load names: the strings under which descriptors are given to the dynamic linker.
 *
 * dlopen compares the string with the names of loaded objects before it opens anything: a
 * name used twice would give the old object though the descriptor is another file now. So
 * each name spells the descriptor's path in its own way, by a counter written in `//` and
 * `/./`.
 *
 * A debugger that started the program opens the name, too, in its own process, while
 * dlopen is under way. Its own /proc/self/fd/N may be a pipe that it would wait at for
 * ever. So the name goes by way of a thread that only this process has: the debugger
 * finds nothing there. It must not find the right bytes either: gdb takes a renamed
 * library for an unloaded one, and forgets what its breakpoints in there have overwritten
 * (R66).
 */
#ifndef MODSEAL_LOADER_LOADNAME_H
#define MODSEAL_LOADER_LOADNAME_H

#include <stdbool.h>
#include <sys/types.h>

#include "internal/error.h"

/* The longest name made: the kernel's limit for a path, less its NUL. */
#define MODSEAL_LOADNAME_MAX 4095

/* Room for /proc/self/task/TID/../../fd. */
#define MODSEAL_LOADNAME_DIRECTORY 64

/*
 * Where the descriptors of this process are, by way of this thread, whose number is the
 * one that the mounted /proc has for it now: another after a fork. thread: those of this
 * thread, which may have unshared its files. False, with errno where a call failed: /proc
 * does not tell.
 */
MODSEAL_MUST_CHECK bool
modseal_loadname_directory(bool thread, char ret_directory[MODSEAL_LOADNAME_DIRECTORY]);

/*
 * A name for a descriptor in such a directory. length: the name gets at least as many
 * bytes, so that the true path fits in its place later; above MODSEAL_LOADNAME_MAX it is
 * not padded at all. Errors: none but NULL for out of memory; the caller frees.
 */
char *modseal_loadname_make(const char *directory, uint64_t counter, int descriptor,
			    size_t length);

/* The directory of a thread, for the names of one load. All zero: not found yet. */
struct modseal_loadname_way {
	pid_t thread;
	char directory[MODSEAL_LOADNAME_DIRECTORY];
};

/*
 * Makes a name and proves that it leads to the very file of the descriptor on the
 * kernel's proc file system (R61): through the process in the first thread, through the
 * thread in others. The way is found, and that it lies there, for the first name and for
 * that of another thread (a constructor may fork). object: for messages. Errors: SYSTEM,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_loadname_take(struct modseal_loadname_way *way,
					     uint64_t counter, int descriptor,
					     size_t length, const char *object,
					     char **ret_name,
					     struct modseal_error *error);

#endif
