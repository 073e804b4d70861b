/* SPDX-License-Identifier: Apache-2.0 */
/* Which signature algorithms are good enough, and whether a raw signature is right. */
#ifndef MODSEAL_KEYS_ALGORITHMS_H
#define MODSEAL_KEYS_ALGORITHMS_H

#include "keys/key.h"

/*
 * The algorithm of a signature made by key with the SignerInfo's digestAlgorithm and
 * signatureAlgorithm. The digest named in one must agree with the other; PSS wants MGF1
 * with the same digest and a salt as long as the digest; rsaEncryption counts as PKCS#1
 * v1.5 (RFC 3370 3.2). Ed25519 and ML-DSA go with SHA-512. Parameters must be absent or
 * NULL as the RFCs say, else ALGORITHM_NOT_ALLOWED.
 *
 * digest_algorithm NULL: the signature of a certificate, which names its digest once
 * (then rsaEncryption, which names none, is refused).
 */
MODSEAL_MUST_CHECK int modseal_algorithm_identify(EVP_PKEY *key,
						  const X509_ALGOR *digest_algorithm,
						  const X509_ALGOR *signature_algorithm,
						  enum modseal_algorithm *ret_algorithm,
						  const char *object,
						  struct modseal_error *error);

/*
 * The algorithm of a signature that comes without a name for it: RSA keys sign with
 * PKCS#1 v1.5, keys on a curve with ECDSA. Errors: ALGORITHM_NOT_ALLOWED (another key).
 */
MODSEAL_MUST_CHECK int modseal_algorithm_of_key(EVP_PKEY *key, enum modseal_hash hash,
						enum modseal_algorithm *ret_algorithm,
						const char *object,
						struct modseal_error *error);

/* True for Ed25519 and ML-DSA, which sign a message and not its digest. */
bool modseal_algorithm_is_pure(enum modseal_algorithm algorithm);

/* Checks a raw signature over a message, by an algorithm that takes one.
 * Errors: SIGNATURE_INVALID, CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_signature_check_message(
	const struct modseal_crypto *crypto, EVP_PKEY *key,
	enum modseal_algorithm algorithm, struct modseal_span message,
	struct modseal_span signature, const char *object, struct modseal_error *error);

/* Checks a raw signature over a digest already taken, modseal_hash_size bytes of the
 * algorithm's hash. Errors: SIGNATURE_INVALID, CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int
modseal_signature_check(const struct modseal_crypto *crypto, EVP_PKEY *key,
			enum modseal_algorithm algorithm, const uint8_t *digest,
			struct modseal_span signature, const char *object,
			struct modseal_error *error);

#endif
