/* SPDX-License-Identifier: Apache-2.0 */
/* What the certificates of a signer say, for people. */
#ifndef MODSEAL_KEYS_SIGNER_FACTS_H
#define MODSEAL_KEYS_SIGNER_FACTS_H

#include "keys/keys.h"

struct modseal_certificate_facts {
	char subject[256];
	int64_t not_before; /* seconds since 1970 */
	int64_t not_after;
	uint32_t rsa_bits; /* 0: another kind of key */
	bool is_authority;
	uint8_t sha256[MODSEAL_SHA256_SIZE];	 /* of the certificate */
	uint8_t key_sha256[MODSEAL_SHA256_SIZE]; /* of its key */
};

/* How many certificates a signer has: its own, and its intermediates behind it. */
size_t modseal_signer_certificate_count(const struct modseal_signer *signer);

/* What one of them says. Decodes the signer's where that has not been done yet. Errors:
 * as modseal_signer_ready, CERTIFICATE_INVALID (times that cannot be read). */
MODSEAL_MUST_CHECK int modseal_signer_facts(const struct modseal_crypto *crypto,
					    struct modseal_signer *signer, size_t index,
					    struct modseal_certificate_facts *ret_facts,
					    struct modseal_error *error);

#endif
