/* SPDX-License-Identifier: Apache-2.0 */
/* The four bytes by which IMA signatures name a key. */
#ifndef MODSEAL_KEYS_IDENTIFIER_H
#define MODSEAL_KEYS_IDENTIFIER_H

#include "keys/certificate.h"

/* The key itself, and the certificate's subject key identifier. */
#define MODSEAL_KEY_IDENTIFIERS 2

/*
 * ret_identifiers[0]: the last four bytes of the SHA-1 of the public key (the BIT STRING
 * of the SubjectPublicKeyInfo, RFC 5280 4.2.1.2 method 1), as evmctl's calc_keyid_v2.
 * ret_identifiers[1]: those of the subject key identifier, which the kernel looks keys up
 * by (crypto/asymmetric_keys) and evmctl's --keyid-from-cert takes; the same as [0] where
 * there is none. Anybody can make a key with a wanted identifier: it is a hint which key
 * to try, and proves nothing. Errors: CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_key_identifiers(const struct modseal_crypto *crypto,
			const struct modseal_certificate *certificate,
			uint32_t ret_identifiers[MODSEAL_KEY_IDENTIFIERS],
			struct modseal_error *error);

#endif
