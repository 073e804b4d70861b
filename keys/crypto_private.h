/* SPDX-License-Identifier: Apache-2.0 */
/* What is inside a struct modseal_crypto; for keys/ alone. */
#ifndef MODSEAL_KEYS_CRYPTO_PRIVATE_H
#define MODSEAL_KEYS_CRYPTO_PRIVATE_H

#include <stdatomic.h>

#include "keys/openssl.h"

struct modseal_prepared; /* a key set up for checking; see check.c */

/* A few more than the signers that check at once in any process we know of. */
#define MODSEAL_PREPARED_SLOTS 16

struct modseal_crypto {
	OSSL_LIB_CTX *library;
	OSSL_PROVIDER *provider; /* of every algorithm */
	OSSL_PROVIDER *base;	 /* beside FIPS: decoders of keys; else NULL */
	EVP_MD *md[MODSEAL_HASH_COUNT];
	/* Who takes one swaps NULL in, so each is used by one thread at a time. Reached
	 * by pointer: checking does not change what a crypto is. */
	_Atomic(struct modseal_prepared *) *prepared;
};

/* A crypto without a provider, and what comes after that is loaded. Errors: CRYPTO,
 * RESOURCE; what was begun is freed by the caller with modseal_crypto_free. */
MODSEAL_MUST_CHECK int modseal_crypto_begin(struct modseal_crypto **ret_crypto,
					    struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_crypto_finish(struct modseal_crypto *crypto,
					     struct modseal_error *error);

void modseal_prepared_free(struct modseal_prepared *prepared);

#endif
