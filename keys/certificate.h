/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates as bytes (RFC 5280): reading them strictly, naming them by digest.
 */
#ifndef MODSEAL_KEYS_CERTIFICATE_H
#define MODSEAL_KEYS_CERTIFICATE_H

#include <stdbool.h>

#include "keys/openssl.h"

struct modseal_certificate {
	X509 *x509;
	EVP_PKEY *key;				 /* belongs to x509 */
	uint8_t sha256[MODSEAL_SHA256_SIZE];	 /* of the DER */
	uint8_t key_sha256[MODSEAL_SHA256_SIZE]; /* of the SubjectPublicKeyInfo, DER */
};

/*
 * One certificate, PEM (one block, text around it allowed) or DER, nothing left over.
 *
 * Refused are also BER, malformed extensions, and public keys in a second spelling
 * (compressed points, RSA without NULL, ...): each key has exactly one digest, so that
 * none is revoked under one and accepted under another.
 *
 * Errors: CERTIFICATE_INVALID with what is wrong, RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int
modseal_certificate_read(const struct modseal_crypto *crypto, struct modseal_span bytes,
			 const char *object, struct modseal_certificate *ret_certificate,
			 struct modseal_error *error);
/* From a certificate decoded already (takes a reference, or decodes its bytes again where
 * it belongs to another library context). Same rules, same errors. */
MODSEAL_MUST_CHECK int
modseal_certificate_wrap(const struct modseal_crypto *crypto, X509 *x509,
			 struct modseal_certificate *ret_certificate,
			 struct modseal_error *error);
/* Several PEM blocks, at most MODSEAL_MAX_PATH_CERTIFICATES; the caller frees the array.
 */
MODSEAL_MUST_CHECK int
modseal_certificate_read_several(const struct modseal_crypto *crypto,
				 struct modseal_span bytes, const char *object,
				 struct modseal_certificate **ret_certificates,
				 size_t *ret_count, struct modseal_error *error);
void modseal_certificate_clear(struct modseal_certificate *certificate);

/* basicConstraints CA:TRUE, keyUsage keyCertSign, or a self-signed version 1 certificate:
 * anything that somebody could take for a CA. */
bool modseal_certificate_is_authority(const struct modseal_certificate *certificate);
/* "CN=..., O=..." (RFC 2253, escaped), for messages. */
void modseal_certificate_subject(const struct modseal_certificate *certificate,
				 char *buffer, size_t size);

#endif
