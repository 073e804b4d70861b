/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside a struct modseal_crypto; for keys/ alone. */
#ifndef MODSEAL_KEYS_CRYPTO_PRIVATE_H
#define MODSEAL_KEYS_CRYPTO_PRIVATE_H

#include "keys/openssl.h"

struct modseal_crypto {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *provider;
	EVP_MD *md[MODSEAL_HASH_COUNT];
};

#endif
