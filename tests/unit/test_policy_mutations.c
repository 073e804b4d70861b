/* SPDX-License-Identifier: Apache-2.0 */
/* R88: policies with bits flipped, cut, doubled and mixed are read or refused with a
 * place; always the same ones (tests/fuzz looks for new ones). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/fuzz/mutate.h"
#include "tests/fuzz/policy.h"

#define ROUNDS 4000
/* Larger texts than these are the generator's (tests/hostile/policy_texts.py). */
#define MOST (FUZZ_MOST / 2)

static const char *const files[] = {
	"policy/default.yaml",
	"policy/examples/embedded-image.yaml",
	"policy/examples/server-fleet.yaml",
};

static void read_text(const char *name, struct fuzz_text *text)
{
	FILE *file = fopen(name, "rb");

	cr_assert(file != NULL, "%s", name);
	text->size = fread(text->bytes, 1, MOST, file);
	fclose(file);
}

Test(policy_mutations, R88_mutated_texts_are_read_or_refused_with_a_place)
{
	static struct fuzz_text originals[3], text;
	unsigned accepted = 0;
	size_t count = is_emulated() ? ROUNDS / 20 : ROUNDS;

	for (size_t i = 0; i < 3; i++) {
		read_text(files[i], &originals[i]);
		cr_assert(eq(u32, try_policy(originals[i].bytes, originals[i].size), 1),
			  "%s", files[i]);
	}
	for (size_t i = 0; i < count; i++) {
		text = originals[fuzz_below(3)];
		for (size_t n = fuzz_below(4) + 1; n > 0; n--)
			fuzz_mutate(&text, &originals[fuzz_below(3)], "policy");
		accepted += try_policy(text.bytes, text.size);
	}
	/* comments and free words can change; else mutations would show little */
	cr_assert(gt(u32, accepted, count / 100));
	cr_assert(lt(u32, accepted, count));
}

/* Every cut, and every bit of the shortest. */
Test(policy_mutations, R88_cut_anywhere_and_every_bit_flipped)
{
	static const char small[] = MODSEAL_POLICY_FIRST_LINE REST
		"signers: {a: {trust: pinned, certificate-file: a, certificate-sha256: "
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}}\n"
		"rules:\n  - path: /a/*\n    signers: [a]\n    origin: [., ../b]\n";
	uint8_t bytes[sizeof(small)];
	size_t size = sizeof(small) - 1;

	cr_assert(eq(u32, try_policy((const uint8_t *)small, size), 1));
	for (size_t at = 0; at <= size; at++)
		try_policy((const uint8_t *)small, at);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		memcpy(bytes, small, size);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		try_policy(bytes, size);
	}
}
