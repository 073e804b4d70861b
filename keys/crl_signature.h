/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a revocation list, taken out of its bytes. modseal_crl_verify is
 * declared in keys/crl.h. */
#ifndef MODSEAL_KEYS_CRL_SIGNATURE_H
#define MODSEAL_KEYS_CRL_SIGNATURE_H

#include "keys/crl.h"

/*
 * Keeps signature, algorithm and digests of a list whose bytes are strict DER.
 * *ret_problem: why there is no signature to be checked, which is no failure; left alone
 * where there is one. Errors: RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int
modseal_crl_take_signature(const struct modseal_crypto *crypto, const X509_CRL *list,
			   struct modseal_span der, struct modseal_crl *crl,
			   const char **ret_problem, struct modseal_error *error);

#endif
