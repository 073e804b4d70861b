/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel module that another depends on, judged and put in order before any of it
 * is loaded. */
#ifndef MODSEAL_MODULE_CLOSURE_H
#define MODSEAL_MODULE_CLOSURE_H

#include "verifier/verify.h"

/*
 * Judges the modules of the root's .modinfo depends=, to the end. What the kernel has
 * already satisfies a name; remarks of the root's verdict tell of it, and of softdeps,
 * which are not followed. Errors: DEPENDENCY_MISSING, DEPENDENCY_CYCLE, DEPENDENCY_LIMIT,
 * NAME_MISMATCH, and all of modseal_subject_judge, with "needed by" in the message.
 */
MODSEAL_MUST_CHECK int modseal_module_closure_collect(struct modseal_subject *root,
						      struct modseal_closure *ret_closure,
						      struct modseal_error *error);

#endif
