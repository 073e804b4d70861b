/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of SHA-256 digests that the policy revokes; looked up in logarithmic time. */
#ifndef MODSEAL_KEYS_REVOKED_H
#define MODSEAL_KEYS_REVOKED_H

#include <stdbool.h>

#include "internal/kinds.h"

struct modseal_digest_set {
	uint8_t (*digests)[MODSEAL_SHA256_SIZE]; /* sorted by modseal_digest_set_sort */
	size_t count;
};

struct modseal_revoked {
	struct modseal_digest_set keys;		/* of SubjectPublicKeyInfo, DER */
	struct modseal_digest_set certificates; /* of the whole certificate, DER */
	struct modseal_digest_set files;	/* of content or of the whole file */
};

void modseal_digest_set_sort(struct modseal_digest_set *set);
bool modseal_digest_set_has(const struct modseal_digest_set *set,
			    const uint8_t digest[MODSEAL_SHA256_SIZE]);

#endif
