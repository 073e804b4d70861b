/* SPDX-License-Identifier: Apache-2.0 */
/* The public key of a certificate, found in its bytes without decoding them. */
#ifndef MODSEAL_KEYS_SPKI_H
#define MODSEAL_KEYS_SPKI_H

#include <stdbool.h>

#include "keys/crypto.h"

/*
 * The SHA-256 of the SubjectPublicKeyInfo of one PEM certificate (RFC 7468, one block,
 * lines of base64, nothing around it but white space), strict DER inside (RFC 5280, 4.1).
 * *ret_found is false for everything else, which may still be a certificate: whoever
 * decodes it whole says what is wrong, or compares the digests.
 *
 * Decoding a certificate with its key takes OpenSSL 100 us; this takes 5. Errors:
 * CERTIFICATE_INVALID (base64 that is none), CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_spki_digest(const struct modseal_crypto *crypto,
					   struct modseal_span pem, bool *ret_found,
					   uint8_t ret_digest[MODSEAL_SHA256_SIZE],
					   struct modseal_error *error);

#endif
