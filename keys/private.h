/* SPDX-License-Identifier: Apache-2.0 */
/* Private keys for signing: reading them, and proving that a certificate fits. */
#ifndef MODSEAL_KEYS_PRIVATE_H
#define MODSEAL_KEYS_PRIVATE_H

#include "keys/certificate.h"
#include "modseal-sign.h"

/*
 * Reads a private key: PKCS#8 (RFC 5958), encrypted or not, PEM or DER, the traditional
 * forms of OpenSSL, PEM, or PKCS#12; at most 64 KiB, the buffer is wiped. passphrase may
 * be NULL: an encrypted key is then refused with KEY_PASSPHRASE and the remedy to give
 * one.
 *
 * Errors: NOT_FOUND, SYSTEM (unreadable), KEY_INVALID (no key, damaged, of a kind that
 * does not sign), KEY_PASSPHRASE (wrong or none), UNSUPPORTED (needs another OpenSSL),
 * ALGORITHM_NOT_ALLOWED (too weak), RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int modseal_private_key_read(const struct modseal_crypto *crypto,
						const char *path,
						modseal_passphrase *passphrase,
						void *argument, EVP_PKEY **ret_key,
						struct modseal_error *error);
/* The same with the certificate that a PKCS#12 file holds of the key; NULL where there is
 * none. The caller frees it. */
MODSEAL_MUST_CHECK int modseal_private_key_read_both(const struct modseal_crypto *crypto,
						     const char *path,
						     modseal_passphrase *passphrase,
						     void *argument, EVP_PKEY **ret_key,
						     X509 **ret_certificate,
						     struct modseal_error *error);

/* Errors: KEY_MISMATCH, naming both files. */
MODSEAL_MUST_CHECK int
modseal_private_key_fits(EVP_PKEY *key, const char *key_path,
			 const struct modseal_certificate *certificate,
			 const char *certificate_path, struct modseal_error *error);

#endif
