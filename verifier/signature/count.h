/* SPDX-License-Identifier: Apache-2.0 */
/* Counts signers: distinct entries of the policy, each met by a different public key. */
#ifndef MODSEAL_SIGNATURE_COUNT_H
#define MODSEAL_SIGNATURE_COUNT_H

#include <stdbool.h>

#include "internal/kinds.h"
#include "internal/limits.h"

/* Zero to begin. A SignerInfo brings at most one key for each certificate that fits it.
 */
#define MODSEAL_TALLY_KEYS 32

struct modseal_tally {
	uint8_t keys[MODSEAL_TALLY_KEYS][MODSEAL_SHA256_SIZE];
	size_t key_count;
	uint32_t meets[MODSEAL_MAX_RULE_SIGNERS]; /* bit i: keys[i] speaks for the signer
						   */
};

/* A good signature by a key that speaks for a signer. False (nothing noted) where there
 * are more keys than there is room for: such a signature does not count. */
bool modseal_tally_note(struct modseal_tally *tally, size_t signer,
			const uint8_t key_sha256[MODSEAL_SHA256_SIZE]);

/* The largest number of signers that can be met at once, the earlier ones first. */
uint32_t modseal_tally_count(const struct modseal_tally *tally, size_t signer_count,
			     bool ret_met[MODSEAL_MAX_RULE_SIGNERS]);

#endif
