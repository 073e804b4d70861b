/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a library needs, judged and put in order before any of it is mapped. */
#ifndef MODSEAL_CLOSURE_H
#define MODSEAL_CLOSURE_H

#include "verifier/verify.h"

/* Adds a member at the end, which the closure frees from then on.
 * members_are: "libraries". Errors: DEPENDENCY_LIMIT, RESOURCE: the caller keeps it. */
MODSEAL_MUST_CHECK int modseal_closure_append(struct modseal_closure *closure,
					      struct modseal_subject *subject,
					      const char *members_are,
					      struct modseal_error *error);

/* Adds to a failure which member asked for what failed. error may be NULL. */
void modseal_closure_tell_needed_by(const char *needer, struct modseal_error *error);

/*
 * Judges every DT_NEEDED of the root, to the end. A name that equals the SONAME of an
 * approved start-up object of this process is satisfied by that object when loading.
 * Errors: DEPENDENCY_MISSING, DEPENDENCY_CYCLE, DEPENDENCY_LIMIT, NAME_MISMATCH, and all
 * of modseal_subject_judge, with "needed by" in the message.
 */
MODSEAL_MUST_CHECK int modseal_closure_collect(struct modseal_subject *root,
					       struct modseal_closure *ret_closure,
					       struct modseal_error *error);
void modseal_closure_clear(struct modseal_closure *closure);

#endif
