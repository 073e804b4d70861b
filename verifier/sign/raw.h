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

/* Signs with the key's algorithm: RSA as it stands, ECDSA as Ecdsa-Sig-Value in DER (RFC
 * 3279 2.2.3). Errors: ARGUMENT (the key is a certificate only), CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_raw_sign(const struct modseal_signing_key *key,
					const struct modseal_message *message,
					const char *object, struct modseal_raw *ret_raw,
					struct modseal_error *error);

#endif
