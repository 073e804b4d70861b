/* SPDX-License-Identifier: Apache-2.0 */
/* Which verdicts become records, and what the record of one says. */
#ifndef MODSEAL_RECORDING_H
#define MODSEAL_RECORDING_H

#include "verifier/verify.h"

/* From now on the context writes what its policy's `records` ask for. Errors: RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_recording_start(struct modseal_context *context,
					       struct modseal_error *error);

/* What was decided about a file; error belongs to a result that is no success. */
void modseal_recording_subject(const struct modseal_subject *s,
			       const struct modseal_verdict *verdict, int result,
			       const struct modseal_error *error);

/* What the process gate found: a refusal, one that audit mode lets through, or one that
 * the policy's `process` section only wants to be told. */
void modseal_recording_gate(struct modseal_context *context, const char *verdict,
			    const struct modseal_error *error);

/* What an enforcer refused, or (passed) would have refused, by its own word. */
void modseal_recording_use(struct modseal_context *context, const struct modseal_use *use,
			   const struct modseal_error *refusal, bool passed);

#endif
