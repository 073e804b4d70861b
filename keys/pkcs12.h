/* SPDX-License-Identifier: Apache-2.0 */
/* PKCS#12 files (RFC 7292): a private key with its certificate. */
#ifndef MODSEAL_KEYS_PKCS12_H
#define MODSEAL_KEYS_PKCS12_H

#include <openssl/pem.h>
#include <stdbool.h>

#include "keys/openssl.h"

/* True for what starts as a PFX of version 3 does; no other form of a key does. */
bool modseal_pkcs12_is(struct modseal_span bytes);

/*
 * Opens the file and takes out the key and the certificate that fits it (NULL where there
 * is none); both are the caller's. ask is called at most once, and not at all where the
 * file is protected by no or an empty passphrase.
 *
 * Errors: KEY_INVALID (damaged, no key in it), KEY_PASSPHRASE (wrong or none),
 * UNSUPPORTED (encrypted in a way that needs OpenSSL's legacy provider), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_pkcs12_open(const struct modseal_crypto *crypto,
					   struct modseal_span bytes,
					   pem_password_cb *ask, void *argument,
					   const char *path, EVP_PKEY **ret_key,
					   X509 **ret_certificate,
					   struct modseal_error *error);

#endif
