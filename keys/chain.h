/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate paths (RFC 5280, chapter 6) from a code-signing leaf to a chain signer. */
#ifndef MODSEAL_KEYS_CHAIN_H
#define MODSEAL_KEYS_CHAIN_H

#include "keys/signer.h"

/* A signer of time stamps, who signs nothing else. */
bool modseal_signer_stamps(const struct modseal_signer *signer);

/* modseal_signer_accepts for trust: chain; same parameters, same errors. */
MODSEAL_MUST_CHECK int modseal_chain_judge(
	const struct modseal_crypto *crypto, const struct modseal_signer *signer,
	const struct modseal_certificate *leaf, STACK_OF(X509) * extra,
	const struct modseal_revoked *revoked, const struct modseal_clock *clock,
	const char *object, bool *ret_unlisted, struct modseal_error *error);

/* Errors: REVOKED where the certificate or its key is in the sets (R29). */
MODSEAL_MUST_CHECK int
modseal_revoked_refuse(const struct modseal_revoked *revoked,
		       const struct modseal_certificate *certificate, const char *object,
		       struct modseal_error *error);

#endif
