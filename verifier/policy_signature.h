/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a policy was signed by those who may sign it, and is none of the past. */
#ifndef MODSEAL_POLICY_SIGNATURE_H
#define MODSEAL_POLICY_SIGNATURE_H

#include "verifier/context.h"
#include "verifier/signature/evidence.h"

/* A text that is said to be a policy. */
struct modseal_policy_claim {
	struct modseal_span text, cms;
	bool by_recovery;
	bool by_anchor; /* then signed.met[i]: context->anchors[i] has signed it */
	struct modseal_evidence_result signed_by;
};

/*
 * Before a byte of the text is parsed: is it signed by anybody whose signature could
 * count? That is an anchor, unless the state says that its place was taken; or those to
 * whom, by the state, policies of some name were handed over; or the recovery key.
 * Errors: POLICY_SIGNATURE, REVOKED, STATE_INVALID, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_policy_authenticate(struct modseal_context *context,
						   struct modseal_policy_claim *claim,
						   struct modseal_error *error);

/*
 * Once it is parsed: have those signed who may sign policies of its name, by what it and
 * the policies before it revoke, is the name expected here, and its serial not below the
 * floor? One by the recovery key needs none of this, only a serial above that of the last
 * one. Chooses the provider that the policy names, and takes what it revokes. Errors:
 * as before, and POLICY_NAME, POLICY_INVALID, ROLLBACK, those of modseal_provider_choose.
 */
MODSEAL_MUST_CHECK int modseal_policy_authorize(struct modseal_context *context,
						const char *expected_name,
						struct modseal_policy_claim *claim,
						struct modseal_error *error);

#endif
