/* SPDX-License-Identifier: Apache-2.0 */
/* The regular files that operands name, with the paths they have inside an image. */
#ifndef MODSEAL_TOOL_TREE_H
#define MODSEAL_TOOL_TREE_H

#include "modseal.h"

/* A file: listed is its real path (inside the root), path the one to open it by. What is
 * not 0 ends the walk and becomes its result. */
typedef int tree_visit(void *argument, const char *listed, const char *path,
		       struct modseal_error *error);

/*
 * Visits a file, or every regular file of a directory and all below it. root (NULL: `/`)
 * is the directory of an image, and the operand then a path inside of it. Links below a
 * directory are not followed, so that every file is visited once and by its real path;
 * file systems mounted there are not entered.
 * Errors: NOT_FOUND, SYSTEM (unreadable), NOT_REGULAR, ARGUMENT (a path of the image that
 * leads out of it), RESOURCE, and those of visit.
 */
MODSEAL_MUST_CHECK int tree_walk(const char *root, const char *operand, tree_visit *visit,
				 void *argument, struct modseal_error *error);

/* The file of an image that has this path there; the caller frees *ret_path. */
MODSEAL_MUST_CHECK int tree_path(const char *root, const char *listed, char **ret_path,
				 struct modseal_error *error);

#endif
