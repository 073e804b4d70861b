/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Audit mode: what a policy would refuse is let through, and told. Only the signed text
 * of the policy switches it on, by `mode` of its own or of a rule; no environment, option
 * or supplement does (R107).
 *
 * Tolerated is what a right file in a policy that is still being written meets: no rule,
 * an unsafe place, nothing or nobody good that vouches for it, another name, too old a
 * version; and what the process gate finds. Never what is malformed, revoked or unsafe in
 * itself, what is wrong with the policy, and what could not be decided.
 */
#ifndef MODSEAL_AUDIT_H
#define MODSEAL_AUDIT_H

#include "verifier/verify.h"

/*
 * result is what a step says of the subject: 0 where the subject's mode tolerates it.
 * Then it stands in the verdict (the first) or among its remarks (all others), and *error
 * is clear. Errors: result; RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_audit(struct modseal_subject *s, int result,
				     struct modseal_error *error);

/* The same of what the process gate says, by the mode of the policy; it is counted. */
MODSEAL_MUST_CHECK int modseal_audit_gate(struct modseal_context *context, int result,
					  struct modseal_error *error);

/* A library would be refused where one that it needs would be. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_audit_closure(struct modseal_subject *root,
					     struct modseal_error *error);

/* A verdict that was reached: counts what would have been refused. */
void modseal_audit_count_verdict(struct modseal_context *context,
				 const struct modseal_verdict *verdict);

#endif
