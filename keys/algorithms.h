/* SPDX-License-Identifier: Apache-2.0 */
/* Which public keys and which signature algorithms are good enough, by our own rules. */
#ifndef MODSEAL_KEYS_ALGORITHMS_H
#define MODSEAL_KEYS_ALGORITHMS_H

#include "keys/openssl.h"

/* RSA >= 2048 bits (<= 8192, so that no hostile key is slow), exponent >= 65537 and at most
 * 64 bits; ECDSA on P-256, P-384, P-521 by named curve. Errors: ALGORITHM_NOT_ALLOWED. */
MODSEAL_MUST_CHECK int modseal_key_judge(EVP_PKEY *key, const char *object,
					 struct modseal_error *error);

/*
 * The algorithm of a signature made by key with the SignerInfo's digestAlgorithm and
 * signatureAlgorithm. The digest named in one must agree with the other; PSS wants MGF1 with the same digest
 * and a salt as long as the digest; rsaEncryption counts as PKCS#1 v1.5 (RFC 3370 3.2).
 * Parameters must be absent or NULL as the RFCs say, else ALGORITHM_NOT_ALLOWED.
 */
MODSEAL_MUST_CHECK int modseal_algorithm_identify(EVP_PKEY *key,
						  const X509_ALGOR *digest_algorithm,
						  const X509_ALGOR *signature_algorithm,
						  enum modseal_algorithm *ret_algorithm,
						  const char *object,
						  struct modseal_error *error);

/* Checks a raw signature over a digest already taken. Errors: SIGNATURE_INVALID, CRYPTO. */
MODSEAL_MUST_CHECK int modseal_signature_check(const struct modseal_crypto *crypto,
					       EVP_PKEY *key,
					       enum modseal_algorithm algorithm,
					       const uint8_t *digest,
					       struct modseal_span signature,
					       const char *object,
					       struct modseal_error *error);

#endif
