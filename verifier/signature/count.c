/* SPDX-License-Identifier: Apache-2.0 */
/* Finds how many signers are met when no public key may serve for two of them. */
#include "verifier/signature/count.h"

#include <string.h>

#define NOBODY MODSEAL_MAX_RULE_SIGNERS

bool modseal_tally_note(struct modseal_tally *tally, size_t signer,
			const uint8_t key_sha256[MODSEAL_SHA256_SIZE])
{
	size_t at = 0;

	while (at < tally->key_count &&
	       memcmp(tally->keys[at], key_sha256, MODSEAL_SHA256_SIZE) != 0)
		at++;
	if (at == MODSEAL_TALLY_KEYS || signer >= MODSEAL_MAX_RULE_SIGNERS)
		return false;
	if (at == tally->key_count)
		memcpy(tally->keys[tally->key_count++], key_sha256, MODSEAL_SHA256_SIZE);
	tally->meets[signer] |= 1u << at;
	return true;
}

/*
 * Gives a signer one of its keys, moving signers that have theirs already to other keys
 * where that helps (an augmenting path). Two signers of the policy may accept the same
 * key (two CAs above one leaf), so taking the first key that fits would count too few.
 */
static bool find_key(const struct modseal_tally *tally, size_t signer,
		     size_t holder[MODSEAL_TALLY_KEYS], uint32_t *tried)
{
	for (size_t key = 0; key < tally->key_count; key++) {
		uint32_t bit = 1u << key;

		if (!(tally->meets[signer] & bit) || (*tried & bit))
			continue;
		*tried |= bit; /* each key once: at most 32 steps deep */
		if (holder[key] == NOBODY ||
		    find_key(tally, holder[key], holder, tried)) {
			holder[key] = signer;
			return true;
		}
	}
	return false;
}

uint32_t modseal_tally_count(const struct modseal_tally *tally, size_t signer_count,
			     bool ret_met[MODSEAL_MAX_RULE_SIGNERS])
{
	size_t holder[MODSEAL_TALLY_KEYS];
	uint32_t count = 0;

	memset(ret_met, 0, MODSEAL_MAX_RULE_SIGNERS * sizeof(*ret_met));
	for (size_t key = 0; key < MODSEAL_TALLY_KEYS; key++)
		holder[key] = NOBODY;
	for (size_t signer = 0; signer < signer_count; signer++) {
		uint32_t tried = 0;

		/* a signer once met stays met: paths only move it to another key */
		ret_met[signer] = find_key(tally, signer, holder, &tried);
		count += ret_met[signer];
	}
	return count;
}
