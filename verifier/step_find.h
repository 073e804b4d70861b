/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the file that a path or a name stands for, and opens it. */
#ifndef MODSEAL_STEP_FIND_H
#define MODSEAL_STEP_FIND_H

#include "verifier/verify.h"

/*
 * Steps 1 and 2: the file becomes subject->located, its last component subject->entry.
 * A path is taken as it is. A name is looked up in the search directories: what another
 * file needs exactly as it is spelled there; what was asked for in the spellings of
 * plugin hosts, each in all directories before the next, and the first entry that exists
 * decides.
 *
 * Errors: NOT_FOUND, and those of modseal_path_open_in and modseal_search_open.
 */
MODSEAL_MUST_CHECK int modseal_step_find(struct modseal_subject *subject,
					 struct modseal_error *error);

#endif
