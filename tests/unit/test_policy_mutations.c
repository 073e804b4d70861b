/* SPDX-License-Identifier: Apache-2.0 */
/* R88: policies with bits flipped, cut, doubled and mixed are read or refused with a
 * place; always the same ones (tests/fuzz looks for new ones). */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "tests/fuzz/policy_text.h"

#define ROUNDS 4000
/* Larger texts than these are the generator's (tests/hostile/policy_texts.py). */
#define MOST 16384u

static const char *const files[] = {
	"policy/default.yaml",
	"policy/examples/embedded-image.yaml",
	"policy/examples/server-fleet.yaml",
};

/* What YAML and the reader give a meaning to. */
static const char *const tokens[] = {
	"\n",
	": ",
	"- ",
	"[",
	"]",
	"{",
	"}",
	"'",
	"\"",
	"|\n",
	">\n",
	"&a ",
	"*a ",
	"!a ",
	"<<: ",
	"---\n",
	"...\n",
	"# ",
	"\t",
	"%",
	"?",
	"~",
	"\\",
	"\0",
	"\r",
	"\x85",
	"\xff",
	"x-a: ",
	"on\n",
	"**",
	"/",
	"..",
	"0x1",
	"\xe2\x80\xa8",
	"\xef\xbb\xbf",
	"rules:\n",
	"signers: {",
	"requires: [",
	"9007199254740993",
};

static uint64_t state = 0x6d6f647365616c;

/* xorshift64: the same numbers everywhere. */
static size_t below(size_t limit)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return limit ? (size_t)(state % limit) : 0;
}

struct text {
	uint8_t bytes[2 * MOST];
	size_t size;
};

static void read_text(const char *name, struct text *text)
{
	FILE *file = fopen(name, "rb");

	cr_assert(file != NULL, "%s", name);
	text->size = fread(text->bytes, 1, MOST, file);
	fclose(file);
}

/* Replaces some bytes of the text by others. */
static void splice(struct text *text, size_t at, size_t gone, const void *bytes,
		   size_t size)
{
	if (gone > text->size - at)
		gone = text->size - at;
	if (text->size - gone + size > sizeof(text->bytes))
		return;
	memmove(text->bytes + at + size, text->bytes + at + gone, text->size - at - gone);
	memcpy(text->bytes + at, bytes, size);
	text->size = text->size - gone + size;
}

static void mutate(struct text *text, const struct text *other)
{
	size_t at = below(text->size + 1), from;
	const char *token = tokens[below(sizeof(tokens) / sizeof(tokens[0]))];

	switch (below(5)) {
	case 0:
		if (at < text->size)
			text->bytes[at] ^= (uint8_t)(1u << below(8));
		break;
	case 1: /* the empty one among the tokens is a NUL byte */
		splice(text, at, below(4), token, *token ? strlen(token) : 1);
		break;
	case 2:
		splice(text, at, below(200), "", 0);
		break;
	case 3: /* a piece of another policy */
		from = below(other->size);
		splice(text, at, below(40), other->bytes + from,
		       below(other->size - from > 300 ? 300 : other->size - from));
		break;
	default:
		text->size = at;
		break;
	}
}

Test(policy_mutations, R88_mutated_texts_are_read_or_refused_with_a_place)
{
	static struct text originals[3], text;
	unsigned accepted = 0;
	size_t count = is_emulated() ? ROUNDS / 20 : ROUNDS;

	for (size_t i = 0; i < 3; i++) {
		read_text(files[i], &originals[i]);
		cr_assert(eq(u32, try_text(originals[i].bytes, originals[i].size), 1),
			  "%s", files[i]);
	}
	for (size_t i = 0; i < count; i++) {
		text = originals[below(3)];
		for (size_t n = below(4) + 1; n > 0; n--)
			mutate(&text, &originals[below(3)]);
		accepted += try_text(text.bytes, text.size);
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

	cr_assert(eq(u32, try_text((const uint8_t *)small, size), 1));
	for (size_t at = 0; at <= size; at++)
		try_text((const uint8_t *)small, at);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		memcpy(bytes, small, size);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		try_text(bytes, size);
	}
}
