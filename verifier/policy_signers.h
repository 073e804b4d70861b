/* SPDX-License-Identifier: Apache-2.0 */
/* Those who may sign policies where not only anchors may: by the state, by the policy. */
#ifndef MODSEAL_POLICY_SIGNERS_H
#define MODSEAL_POLICY_SIGNERS_H

#include "policy/state.h"
#include "verifier/context.h"

/*
 * The signers that the state remembers for a policy name; none where nothing was handed
 * over. The caller ends them with modseal_signatories_close, also after a failure.
 * Errors: STATE_INVALID (a certificate that is none, or a CA's), CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_signatories_open(const struct modseal_context *context,
						const char *policy,
						enum modseal_state_turn turn,
						struct modseal_signatories *ret_signers,
						struct modseal_error *error);
void modseal_signatories_close(struct modseal_signatories *signers);

/*
 * Fills context->next by the `policy-signers` of the policy, or else by the state. Comes
 * after the policy's own signature was judged, and what it revokes was taken. Errors:
 * POLICY_INVALID (a CA's certificate, a key twice, one that is revoked), STATE_INVALID,
 * those of modseal_authority_read_certificate.
 */
MODSEAL_MUST_CHECK int modseal_signatories_resolve(struct modseal_context *context,
						   struct modseal_error *error);

#endif
