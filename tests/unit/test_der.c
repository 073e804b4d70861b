/* SPDX-License-Identifier: Apache-2.0 */
/* Strict DER, element by element (R23). */
#include "keyring.h"
#include "keys/der.h"

static const struct {
	const char *what;
	bool strict;
	size_t size;
	uint8_t bytes[40];
} rows[] = {
	{"nothing", false, 0, {0}},
	{"half a header", false, 1, {0x30}},
	{"empty sequence", true, 2, {0x30, 0x00}},
	{"a byte left over", false, 3, {0x30, 0x00, 0x00}},
	{"two values", false, 4, {0x30, 0x00, 0x05, 0x00}},
	{"cut off", false, 3, {0x30, 0x02, 0x05}},
	{"indefinite length, nothing more", false, 2, {0x30, 0x80}},
	{"indefinite length", false, 4, {0x30, 0x80, 0x00, 0x00}},
	{"long form for a short length", false, 5, {0x30, 0x81, 0x02, 0x05, 0x00}},
	{"length with a leading zero", false, 6, {0x30, 0x82, 0x00, 0x02, 0x05, 0x00}},
	{"length in five bytes", false, 9, {0x30, 0x85, 1, 0, 0, 0, 0, 0x05, 0x00}},
	{"length of 2^32-1", false, 8, {0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x05, 0x00}},
	{"reserved length form", false, 4, {0x30, 0xff, 0x05, 0x00}},
	{"null", true, 4, {0x30, 0x02, 0x05, 0x00}},
	{"null with a value", false, 5, {0x30, 0x03, 0x05, 0x01, 0x00}},
	{"true", true, 5, {0x30, 0x03, 0x01, 0x01, 0xff}},
	{"false", true, 5, {0x30, 0x03, 0x01, 0x01, 0x00}},
	{"true as 1", false, 5, {0x30, 0x03, 0x01, 0x01, 0x01}},
	{"boolean of two bytes", false, 6, {0x30, 0x04, 0x01, 0x02, 0xff, 0xff}},
	{"integer 127", true, 5, {0x30, 0x03, 0x02, 0x01, 0x7f}},
	{"integer 128", true, 6, {0x30, 0x04, 0x02, 0x02, 0x00, 0x80}},
	{"integer with a zero too many", false, 6, {0x30, 0x04, 0x02, 0x02, 0x00, 0x7f}},
	{"integer -1 in two bytes", false, 6, {0x30, 0x04, 0x02, 0x02, 0xff, 0xff}},
	{"integer -129", true, 6, {0x30, 0x04, 0x02, 0x02, 0xff, 0x7f}},
	{"empty integer", false, 4, {0x30, 0x02, 0x02, 0x00}},
	{"enumerated with a zero too many",
	 false,
	 6,
	 {0x30, 0x04, 0x0a, 0x02, 0x00, 0x01}},
	{"bit string", true, 6, {0x30, 0x04, 0x03, 0x02, 0x07, 0x80}},
	{"bit string with stray bits", false, 6, {0x30, 0x04, 0x03, 0x02, 0x07, 0xc0}},
	{"bit string with eight unused", false, 6, {0x30, 0x04, 0x03, 0x02, 0x08, 0x00}},
	{"empty bit string", true, 5, {0x30, 0x03, 0x03, 0x01, 0x00}},
	{"empty bit string with unused", false, 5, {0x30, 0x03, 0x03, 0x01, 0x01}},
	{"bit string without count", false, 4, {0x30, 0x02, 0x03, 0x00}},
	{"octet string in pieces", false, 7, {0x30, 0x05, 0x24, 0x03, 0x04, 0x01, 0x61}},
	{"primitive sequence", false, 4, {0x30, 0x02, 0x10, 0x00}},
	{"primitive set", false, 4, {0x30, 0x02, 0x11, 0x00}},
	{"constructed integer", false, 4, {0x30, 0x02, 0x22, 0x00}},
	{"end of contents", false, 4, {0x30, 0x02, 0x00, 0x00}},
	{"tag 31", true, 5, {0x30, 0x03, 0x9f, 0x1f, 0x00}},
	{"long form for a short tag", false, 5, {0x30, 0x03, 0x9f, 0x1e, 0x00}},
	{"tag with a leading zero", false, 6, {0x30, 0x04, 0x9f, 0x80, 0x1f, 0x00}},
	{"tag without end", false, 8, {0x30, 0x06, 0x9f, 0xff, 0xff, 0xff, 0xff, 0xff}},
	{"tag in five bytes",
	 false,
	 9,
	 {0x30, 0x07, 0x9f, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x00}},
	{"tag cut off", false, 4, {0x30, 0x02, 0x9f, 0xff}},
	{"context tag looked into", false, 6, {0x30, 0x04, 0xa0, 0x02, 0x05, 0x01}},
	{"inner longer than outer", false, 5, {0x30, 0x03, 0x04, 0x02, 0x61}},
	{"set looked into", false, 5, {0x31, 0x03, 0x01, 0x01, 0x02}},
};

Test(der, R23_only_the_one_encoding)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *bytes = malloc(rows[i].size ? rows[i].size : 1);

		memcpy(bytes, rows[i].bytes, rows[i].size);
		cr_assert(eq(int,
			     modseal_der_strict(modseal_span_of(bytes, rows[i].size)),
			     rows[i].strict),
			  "row %s", rows[i].what);
		free(bytes);
	}
}

/* An octet string of 128 bytes, its length written in ways that come to the same. */
Test(der, R23_a_length_has_one_spelling)
{
	static const struct {
		bool strict;
		size_t size;
		uint8_t header[12];
	} spellings[] = {
		{true, 3, {0x04, 0x81, 0x80}},
		{false, 4, {0x04, 0x82, 0x00, 0x80}},
		{false, 6, {0x04, 0x84, 0x00, 0x00, 0x00, 0x80}},
		{false, 7, {0x04, 0x85, 0x00, 0x00, 0x00, 0x00, 0x80}},
		/* 2^64 + 128 */
		{false, 11, {0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0x80}},
	};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		size_t size = spellings[i].size + 128;
		uint8_t *bytes = calloc(1, size);

		memcpy(bytes, spellings[i].header, spellings[i].size);
		cr_assert(eq(int, modseal_der_strict(modseal_span_of(bytes, size)),
			     spellings[i].strict),
			  "row %zu", i);
		free(bytes);
	}
}

Test(der, R23_deep_nesting_ends)
{
	uint8_t bytes[2 * 120];

	for (size_t depth = 1; depth <= 60; depth++) {
		for (size_t i = 0; i < depth; i++) {
			bytes[2 * i] = 0x30;
			bytes[2 * i + 1] = (uint8_t)(2 * (depth - i - 1));
		}
		cr_assert(eq(int, modseal_der_strict(modseal_span_of(bytes, 2 * depth)),
			     depth <= 32),
			  "depth %zu", depth);
	}
}

Test(der, certificates_are_strict_and_no_prefix_of_one_is)
{
	struct modseal_span whole = keyring_bytes("leaf.der");

	cr_assert(modseal_der_strict(whole));
	for (size_t size = 0; size < whole.size; size++) {
		uint8_t *copy = malloc(size ? size : 1);

		memcpy(copy, whole.data, size);
		cr_assert(not(modseal_der_strict(modseal_span_of(copy, size))), "%zu",
			  size);
		free(copy);
	}
	keyring_drop(whole);
}
