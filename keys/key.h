/* SPDX-License-Identifier: Apache-2.0 */
/* Which public keys are good enough, by our own rules. */
#ifndef MODSEAL_KEYS_KEY_H
#define MODSEAL_KEYS_KEY_H

#include <stdbool.h>

#include "keys/openssl.h"

enum modseal_curve {
	MODSEAL_CURVE_P256,
	MODSEAL_CURVE_P384,
	MODSEAL_CURVE_P521,
};

/* RSA >= 2048 bits (<= 8192, so that no hostile key is slow), exponent >= 65537, odd and
 * at most 64 bits; ECDSA on P-256, P-384, P-521 by named curve; Ed25519 (no point of
 * small order) and ML-DSA where this OpenSSL and its provider have them. Keys of type
 * RSASSA-PSS (RFC 4055 1.2) are refused: the same numbers would have two names, and a
 * revoked key a second life. Errors: ALGORITHM_NOT_ALLOWED, CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_key_judge(const struct modseal_crypto *crypto,
					 EVP_PKEY *key, const char *object,
					 struct modseal_error *error);

/* False for keys whose check could take milliseconds; weak ones may be true. For what
 * must be looked at before it can be judged (R25). */
bool modseal_key_is_quick(EVP_PKEY *key);

/* True for an EC key on one of the three curves, given by its name; name becomes
 * OpenSSL's word for the curve, whichever it is. */
bool modseal_key_curve(EVP_PKEY *key, enum modseal_curve *ret_curve, char *name,
		       size_t size);

#endif
