/* SPDX-License-Identifier: Apache-2.0 */
/* Which public keys and which signature algorithms are good enough, by our own rules. */
#ifndef MODSEAL_KEYS_ALGORITHMS_H
#define MODSEAL_KEYS_ALGORITHMS_H

#include <stdbool.h>

#include "keys/openssl.h"

/* RSA >= 2048 bits (<= 8192, so that no hostile key is slow), exponent >= 65537, odd and at
 * most 64 bits; ECDSA on P-256, P-384, P-521 by named curve. Keys of type RSASSA-PSS (RFC
 * 4055 1.2) are refused: the same numbers would have two names, and a revoked key a second
 * life. Errors: ALGORITHM_NOT_ALLOWED, CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_key_judge(EVP_PKEY *key, const char *object,
					 struct modseal_error *error);

/* False for keys whose check could take milliseconds; weak ones may be true. For what must
 * be looked at before it can be judged (R25). */
bool modseal_key_is_quick(EVP_PKEY *key);

/*
 * The algorithm of a signature made by key with the SignerInfo's digestAlgorithm and
 * signatureAlgorithm. The digest named in one must agree with the other; PSS wants MGF1 with the same digest
 * and a salt as long as the digest; rsaEncryption counts as PKCS#1 v1.5 (RFC 3370 3.2).
 * Parameters must be absent or NULL as the RFCs say, else ALGORITHM_NOT_ALLOWED.
 *
 * digest_algorithm NULL: the signature of a certificate, which names its digest once (then
 * rsaEncryption, which names none, is refused).
 */
MODSEAL_MUST_CHECK int modseal_algorithm_identify(EVP_PKEY *key,
						  const X509_ALGOR *digest_algorithm,
						  const X509_ALGOR *signature_algorithm,
						  enum modseal_algorithm *ret_algorithm,
						  const char *object,
						  struct modseal_error *error);

/* Checks a raw signature over a digest already taken, modseal_hash_size bytes of the
 * algorithm's hash. Errors: SIGNATURE_INVALID, CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_signature_check(const struct modseal_crypto *crypto,
					       EVP_PKEY *key,
					       enum modseal_algorithm algorithm,
					       const uint8_t *digest,
					       struct modseal_span signature,
					       const char *object,
					       struct modseal_error *error);

#endif
