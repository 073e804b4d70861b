/* SPDX-License-Identifier: Apache-2.0 */
/* From files to supplements in force: what a policy delegates, and to whom. */
#ifndef MODSEAL_SUPPLEMENTS_OPEN_H
#define MODSEAL_SUPPLEMENTS_OPEN_H

#include "verifier/part_open.h"

/* One supplement of the policy, authenticated; immutable once the context is open. */
struct modseal_context_supplement {
	struct modseal_part part; /* its bytes are gone once they are parsed */
	struct modseal_authority authority;
	/* Why it decides nothing, where the context is not strict; NULL: it is good. */
	struct modseal_error *fault;
};

/*
 * Opens all supplements the policy names, whose signers are open already. A supplement is
 * believed if it is one by its first line, its signers with the purpose `supplement`
 * signed it, none of them revoked, its name is the policy's, its serial at least the
 * policy's and the floor's, and it says nothing beyond policy/delegation.h. Its times
 * raise no floor: nobody gave it a word about the time of others.
 *
 * Errors, at the stage POLICY: POLICY_SIGNATURE, POLICY_INVALID, POLICY_NAME, ROLLBACK,
 * TYPE_MISMATCH, those of modseal_own_file_read and modseal_authority_open.
 */
MODSEAL_MUST_CHECK int modseal_supplements_open(struct modseal_context *context,
						struct modseal_error *error);
void modseal_supplements_close(struct modseal_context *context);

#endif
