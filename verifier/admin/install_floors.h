/* SPDX-License-Identifier: Apache-2.0 */
/* What a set in force means for the rollback state. */
#ifndef MODSEAL_INSTALL_FLOORS_H
#define MODSEAL_INSTALL_FLOORS_H

#include "verifier/context.h"

/*
 * Raises every floor to what the context's policy brings with it, and notes who has
 * signed it, who may sign the next, and which of them it revokes. The context was opened
 * by this state, or by one of which this is a copy. Nothing changes where it was done
 * before. Errors: STATE_INVALID (too much to keep), CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_floors_raise(struct modseal_state *state,
					    const struct modseal_context *context,
					    struct modseal_error *error);

/*
 * Are the revocation lists of a policy or supplement as new as those by the same CAs that
 * were ever in force? Errors: ROLLBACK.
 */
MODSEAL_MUST_CHECK int modseal_floors_judge_lists(
	const struct modseal_state *state, const struct modseal_context *context,
	const struct modseal_authority *authority, struct modseal_error *error);

#endif
