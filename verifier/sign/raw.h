/* SPDX-License-Identifier: Apache-2.0 */
/* The one place where a private key is used: a raw signature over a message. */
#ifndef MODSEAL_SIGN_RAW_H
#define MODSEAL_SIGN_RAW_H

#include "verifier/sign/message.h"

/* RSA-8192 takes 1024, ML-DSA-87 4627 (FIPS 204 table 2) */
#define MODSEAL_MAX_RAW_SIGNATURE 5000

struct modseal_raw {
	uint8_t bytes[MODSEAL_MAX_RAW_SIGNATURE];
	size_t size;
};

/* DigestInfo (RFC 8017 9.2) of a digest, which PKCS#1 v1.5 pads; returns its size. */
#define MODSEAL_MAX_DIGEST_INFO (19 + MODSEAL_MAX_DIGEST_SIZE)
size_t modseal_digest_info(enum modseal_hash hash, struct modseal_span digest,
			   uint8_t ret_bytes[MODSEAL_MAX_DIGEST_INFO]);

/* Signs with the key's algorithm: RSA as it stands, ECDSA as Ecdsa-Sig-Value in DER (RFC
 * 3279 2.2.3). Errors: ARGUMENT (the key is a certificate only), CRYPTO, RESOURCE; for
 * keys in tokens those of modseal_token_sign. */
MODSEAL_MUST_CHECK int modseal_raw_sign(const struct modseal_signing_key *key,
					const struct modseal_message *message,
					const char *object, struct modseal_raw *ret_raw,
					struct modseal_error *error);

#endif
