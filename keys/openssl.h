/* SPDX-License-Identifier: Apache-2.0 */
/* What keys/, verifier/signature/ and verifier/sign/ share in OpenSSL's own types. */
#ifndef MODSEAL_KEYS_OPENSSL_H
#define MODSEAL_KEYS_OPENSSL_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "keys/crypto.h"

OSSL_LIB_CTX *modseal_crypto_library(const struct modseal_crypto *crypto);
/* Fetched once; belongs to crypto. */
const EVP_MD *modseal_crypto_md(const struct modseal_crypto *crypto,
				enum modseal_hash hash);

#endif
