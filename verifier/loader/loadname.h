/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load names: the strings under which descriptors are given to the dynamic linker.
 *
 * dlopen compares the string with the names of loaded objects before it opens anything: a
 * name used twice would give the old object though the descriptor is another file now. So
 * each name spells /proc/self/fd/N in its own way, by a counter written in `//` and
 * `/./`.
 */
#ifndef MODSEAL_LOADER_LOADNAME_H
#define MODSEAL_LOADER_LOADNAME_H

#include <stdbool.h>

#include "internal/error.h"

/* The longest name made: the kernel's limit for a path, less its NUL. */
#define MODSEAL_LOADNAME_MAX 4095

/*
 * A name for a descriptor. thread: the one for /proc/thread-self, which is right in a
 * thread that unshared its files. length: the name gets at least as many bytes, so that
 * the true path fits in its place later; above MODSEAL_LOADNAME_MAX it is not padded at
 * all. Errors: none but NULL for out of memory; the caller frees.
 */
char *modseal_loadname_make(bool thread, uint64_t counter, int descriptor, size_t length);

/*
 * Makes a name and proves that it leads to the very file of the descriptor on the
 * kernel's proc file system (R61): through /proc/self in the first thread, through
 * /proc/thread-self in others. object: for messages. Errors: SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_loadname_take(uint64_t counter, int descriptor,
					     size_t length, const char *object,
					     char **ret_name,
					     struct modseal_error *error);

#endif
