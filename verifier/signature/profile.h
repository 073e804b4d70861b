/* SPDX-License-Identifier: Apache-2.0 */
/* The profile of each form of evidence: which attributes a SignerInfo must and may have.
 */
#ifndef MODSEAL_SIGNATURE_PROFILE_H
#define MODSEAL_SIGNATURE_PROFILE_H

#include "internal/kinds.h"
#include "verifier/signature/layout.h"

/*
 * R12: `appended` with RSA or ECDSA has no signed attributes (the kernel's profile); with
 * Ed25519 or ML-DSA, and `detached` always, they are there. R14: exactly one content
 * type, id-data, and exactly one message digest. R28: a signing time, if any, of a right
 * type (its value decides nothing). R24: no unsigned attributes but one well-formed
 * time-stamp token. *ret_message_digest is empty where there are no signed attributes.
 * Errors: SIGNATURE_MALFORMED.
 */
MODSEAL_MUST_CHECK int modseal_profile_check(const struct modseal_layout_signer *signer,
					     enum modseal_evidence form,
					     const char *object,
					     struct modseal_span *ret_message_digest,
					     struct modseal_error *error);

/* What the signed attributes of a time-stamp token say (RFC 3161 2.4.2, RFC 5816 2). */
struct modseal_token_attributes {
	struct modseal_span message_digest;
	struct modseal_span signing_certificate; /* the SigningCertificateV2, whole */
};

/* The profile of a token's SignerInfo: signed attributes, of which exactly one content
 * type, id-ct-TSTInfo, one message digest, one signing certificate V2 (V1 names its
 * certificate by SHA-1); no unsigned ones. Errors: SIGNATURE_MALFORMED. */
MODSEAL_MUST_CHECK int modseal_profile_check_token(
	const struct modseal_layout_signer *signer, const char *object,
	struct modseal_token_attributes *ret_attributes, struct modseal_error *error);

/* The token among the unsigned attributes of a SignerInfo whose profile was checked;
 * empty where there is none. */
struct modseal_span modseal_profile_token(const struct modseal_layout_signer *signer);

#endif
