/* SPDX-License-Identifier: Apache-2.0 */
/* Fresh private keys, and the names they may have. */
#ifndef MODSEAL_KEYS_GENERATE_H
#define MODSEAL_KEYS_GENERATE_H

#include <stdbool.h>

#include "keys/openssl.h"

/* Refuses a name (of files, and common name of a subject) that is not plain text of 1 to
 * 64 bytes, without '/' and without a dot at its beginning. Errors: ARGUMENT. */
MODSEAL_MUST_CHECK int modseal_key_name_judge(const char *name,
					      struct modseal_error *error);

/* algorithm: as in modseal_keygen; NULL: ecdsa-p256. Errors: ARGUMENT (no such
 * algorithm), UNSUPPORTED (not with this OpenSSL). */
MODSEAL_MUST_CHECK int modseal_key_algorithm_judge(const struct modseal_crypto *crypto,
						   const char *algorithm,
						   struct modseal_error *error);
/* The same, and makes a key. Errors: those, CRYPTO. */
MODSEAL_MUST_CHECK int modseal_key_generate(const struct modseal_crypto *crypto,
					    const char *algorithm, EVP_PKEY **ret_key,
					    struct modseal_error *error);

/* The PKCS#8 PEM of a key in memory that is wiped; the caller ends it with BIO_free. NULL
 * where it cannot be encoded. */
BIO *modseal_key_encode(EVP_PKEY *key);

#endif
