/* SPDX-License-Identifier: Apache-2.0 */
/* A file that another process is about to use, under judgement. */
#ifndef MODSEAL_VERIFIER_USE_H
#define MODSEAL_VERIFIER_USE_H

#include "modseal-guard.h"
#include "verifier/verify.h"

/* The root that the file is looked for in: of the process that wants it, or of the
 * context. Borrowed. */
const int *modseal_subject_root(const struct modseal_subject *s);

/* Step 7 for a use: what lies in its place may not change once it was judged. Errors:
 * HAND_OFF_UNAVAILABLE. */
MODSEAL_MUST_CHECK int modseal_step_use(struct modseal_subject *s,
					struct modseal_error *error);

#endif
