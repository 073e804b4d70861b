/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the count of signers. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "verifier/signature/count.h"

/* keys[i]: the signers (bits) that key i speaks for */
static uint32_t count(const uint32_t *keys, size_t key_count, size_t signers, bool *met)
{
	struct modseal_tally tally = {.key_count = 0};

	for (size_t key = 0; key < key_count; key++) {
		uint8_t digest[MODSEAL_SHA256_SIZE] = {(uint8_t)key};

		for (size_t signer = 0; signer < signers; signer++)
			if (keys[key] & 1u << signer)
				cr_assert(modseal_tally_note(&tally, signer, digest));
	}
	return modseal_tally_count(&tally, signers, met);
}

/* The largest matching, by trying everything. */
static uint32_t most(const uint32_t *keys, size_t key_count, uint32_t taken)
{
	uint32_t best;

	if (key_count == 0)
		return 0;
	best = most(keys + 1, key_count - 1, taken);
	for (uint32_t bit = 1; bit && bit <= keys[0]; bit <<= 1) {
		uint32_t with;

		if (!(keys[0] & bit) || (taken & bit))
			continue;
		with = 1 + most(keys + 1, key_count - 1, taken | bit);
		best = with > best ? with : best;
	}
	return best;
}

Test(count, R18_is_the_largest_number_of_signers_with_keys_of_their_own)
{
	for (uint32_t all = 0; all < 1u << 16; all += 7) {
		uint32_t keys[4], got, sum = 0;
		bool met[MODSEAL_MAX_RULE_SIGNERS];

		for (size_t i = 0; i < 4; i++)
			keys[i] = all >> 4 * i & 15;
		got = count(keys, 4, 4, met);
		cr_assert(eq(u32, got, most(keys, 4, 0)), "R18 %x", all);
		for (size_t i = 0; i < MODSEAL_MAX_RULE_SIGNERS; i++)
			sum += met[i];
		cr_assert(eq(u32, sum, got), "R18 %x", all);
	}
}

Test(count, one_key_noted_twice_is_one_key)
{
	struct modseal_tally tally = {.key_count = 0};
	uint8_t digest[MODSEAL_SHA256_SIZE] = {1};
	bool met[MODSEAL_MAX_RULE_SIGNERS];

	cr_assert(modseal_tally_note(&tally, 0, digest));
	cr_assert(modseal_tally_note(&tally, 1, digest));
	cr_assert(eq(u32, modseal_tally_count(&tally, 2, met), 1));
	cr_assert(met[0]);
	cr_assert(not(met[1]));
}

Test(count, keys_without_room_do_not_count)
{
	struct modseal_tally tally = {.key_count = 0};
	uint8_t digest[MODSEAL_SHA256_SIZE] = {0};
	bool met[MODSEAL_MAX_RULE_SIGNERS];

	for (size_t i = 0; i < MODSEAL_TALLY_KEYS; i++) {
		digest[0] = (uint8_t)i;
		cr_assert(modseal_tally_note(&tally, i, digest));
	}
	digest[0] = 0xff;
	cr_assert(not(modseal_tally_note(&tally, MODSEAL_TALLY_KEYS, digest)));
	cr_assert(not(modseal_tally_note(&tally, MODSEAL_MAX_RULE_SIGNERS, digest)));
	cr_assert(eq(u32, modseal_tally_count(&tally, MODSEAL_MAX_RULE_SIGNERS, met),
		     MODSEAL_TALLY_KEYS));
}
