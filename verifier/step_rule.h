/* SPDX-License-Identifier: Apache-2.0 */
/* Step 3: which rule decides, whether its text still counts, and what it says of the
 * place. */
#ifndef MODSEAL_STEP_RULE_H
#define MODSEAL_STEP_RULE_H

#include "verifier/verify.h"

/* The policy still counts; one that only warns says so in the verdict. Errors:
 * POLICY_EXPIRED. */
MODSEAL_MUST_CHECK int modseal_step_expiry(struct modseal_subject *s,
					   struct modseal_error *error);

/* Sets s->authority, s->rule and s->kind. Errors: PATH_NOT_ALLOWED, PATH_UNSAFE, NOEXEC,
 * POLICY_EXPIRED and what else keeps a supplement from deciding, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_step_rule(struct modseal_subject *s,
					 struct modseal_error *error);

#endif
