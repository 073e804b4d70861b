/* SPDX-License-Identifier: Apache-2.0 */
/* Where a module lies that another depends on. */
#ifndef MODSEAL_KERNEL_FIND_H
#define MODSEAL_KERNEL_FIND_H

#include "internal/error.h"

/*
 * The path of the module of that name (spelled with '_') for the one at path, which was
 * built for release: below the directory of its release, /lib/modules/RELEASE; of one
 * that lies elsewhere first in its own directory. modules.dep and its like are not asked:
 * nobody signs them. What is found decides nothing, it is judged as any file.
 *
 * Of several files one below `updates` comes first (depmod.d(5)), then what is no link;
 * otherwise it must be one.
 * Errors: DEPENDENCY_MISSING (none, only a compressed one, or not one), DEPENDENCY_LIMIT,
 * RESOURCE, SYSTEM. The caller frees *ret_path.
 */
MODSEAL_MUST_CHECK int modseal_kernel_find(const char *path, const char *release,
					   const char *name, char **ret_path,
					   struct modseal_error *error);
/* The same below one directory, at most depth directories deep. NOT_FOUND: none is there.
 */
MODSEAL_MUST_CHECK int modseal_kernel_find_below(const char *directory, unsigned depth,
						 const char *name, char **ret_path,
						 struct modseal_error *error);

#endif
