/* SPDX-License-Identifier: Apache-2.0 */
/* Values of security.ima taken apart: every field, every length. */
#include "tests/unit/ima_forge.h"

TestSuite(ima, .init = judging_begin, .fini = judging_end);

/* A value by its header, with so many bytes behind it. */
static struct der value_of(uint8_t type, uint8_t version, uint8_t hash, size_t size,
			   size_t there)
{
	static const uint8_t filler[2048];
	struct der value = RAW(type, version, hash, 0xde, 0xad, 0xbe, 0xef,
			       (uint8_t)(size >> 8), (uint8_t)size);

	add(&value, raw(filler, there));
	return value;
}

static int read_value(struct der value, enum modseal_ima_place place,
		      struct modseal_ima *ret_ima)
{
	uint8_t *bytes = malloc(value.size ? value.size : 1);
	int code;

	memcpy(bytes, value.bytes, value.size);
	memset(&error, 0, sizeof(error));
	code = modseal_ima_read(modseal_span_of(bytes, value.size), place, "x.so",
				ret_ima, &error);
	cr_assert(eq(int, error.code, code));
	free(bytes);
	return code;
}

Test(ima, fields_are_read_as_the_kernel_writes_them)
{
	static const enum modseal_hash hashes[] = {
		MODSEAL_HASH_SHA256, MODSEAL_HASH_SHA384, MODSEAL_HASH_SHA512};
	struct modseal_ima ima;

	for (uint8_t i = 0; i < 3; i++) {
		expect(0,
		       read_value(value_of(3, 2, 4 + i, 256, 256), MODSEAL_IMA_XATTR,
				  &ima),
		       "hash %d: %s", i, error.message);
		cr_assert(eq(int, ima.hash, hashes[i]));
		cr_assert(eq(u32, ima.key_identifier, 0xdeadbeef));
		cr_assert(eq(sz, ima.signature.size, 256));
	}
	expect(0, read_value(value_of(3, 2, 4, 1, 1), MODSEAL_IMA_BESIDE, &ima), "least");
	expect(0, read_value(value_of(3, 2, 4, 1024, 1024), MODSEAL_IMA_XATTR, &ima),
	       "most: RSA-8192");
}

Test(ima, headers_are_written_as_they_are_read)
{
	uint8_t header[MODSEAL_IMA_HEADER_SIZE];

	modseal_ima_header(MODSEAL_HASH_SHA384, 0xdeadbeef, 0x102, header);
	cr_assert(zero(
		int, memcmp(header, value_of(3, 2, 5, 0x102, 0).bytes, sizeof(header))));
}

Test(ima, anything_else_is_malformed)
{
	const int malformed = MODSEAL_E_SIGNATURE_MALFORMED;
	const int weak = MODSEAL_E_ALGORITHM_NOT_ALLOWED;
	const struct {
		const char *what;
		struct der value;
		int code;
		const char *says;
	} rows[] = {
		{"nothing", {.size = 0}, malformed, "too short for a signature (0 byt"},
		{"a type", RAW(3), malformed, "too short"},
		{"a header cut", RAW(3, 2, 4, 0, 0, 0, 0, 0), malformed, "too short"},
		{"no signature", value_of(3, 2, 4, 0, 0), malformed, "of 0 bytes"},
		{"no signature, but bytes", value_of(3, 2, 4, 0, 1), malformed, "of 0 "},
		{"a byte missing", value_of(3, 2, 4, 72, 71), malformed, "but has 71"},
		{"a byte too many", value_of(3, 2, 4, 72, 73), malformed,
		 "has 1 bytes behind the signature"},
		{"lengths swapped", value_of(3, 2, 4, 0x4800, 72), malformed, "18432"},
		{"the longest length", value_of(3, 2, 4, 0xffff, 72), malformed, "65535"},
		{"too large", value_of(3, 2, 4, 1025, 1025), malformed, "more than 1033"},
		{"a hash (legacy)", value_of(1, 2, 4, 72, 72), malformed, "type 1 "},
		{"an HMAC", value_of(2, 2, 4, 72, 72), malformed, "type 2 "},
		{"a hash", value_of(4, 2, 4, 72, 72), malformed, "type 4 "},
		{"portable EVM", value_of(5, 2, 4, 72, 72), malformed, "type 5 "},
		{"verity", value_of(6, 3, 4, 72, 72), malformed, "fs-verity digest"},
		{"version 1", value_of(3, 1, 4, 72, 72), malformed, "version 1;"},
		{"version 3", value_of(3, 3, 4, 72, 72), malformed, "version 3;"},
		{"MD4", value_of(3, 2, 0, 72, 72), weak, "number 0"},
		{"MD5", value_of(3, 2, 1, 72, 72), weak, "number 1"},
		{"SHA-1", value_of(3, 2, 2, 72, 72), weak, "number 2"},
		{"RIPEMD", value_of(3, 2, 3, 72, 72), weak, "number 3"},
		{"SHA-224", value_of(3, 2, 7, 72, 72), weak, "number 7"},
		{"SM3", value_of(3, 2, 17, 72, 72), weak, "number 17"},
		{"no such hash", value_of(3, 2, 255, 72, 72), weak, "number 255"},
	};
	static const char *const names[] = {"security.ima ", "FILE.sig "};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (int place = 0; place < MODSEAL_IMA_PLACE_COUNT; place++) {
			struct modseal_ima ima = {.key_identifier = 7};

			expect(rows[i].code,
			       read_value(rows[i].value, (enum modseal_ima_place)place,
					  &ima),
			       "%s: %s", rows[i].what, error.message);
			cr_assert(strstr(error.message, rows[i].says) != NULL, "%s: %s",
				  rows[i].what, error.message);
			cr_assert(strstr(error.message, names[place]) == error.message);
			cr_assert(eq(u32, ima.key_identifier, 7), "output written");
		}
	}
}

Test(ima, a_digest_is_no_signature)
{
	for (unsigned type = 0; type < 256; type++) {
		struct der value = value_of((uint8_t)type, 4, 0, 0, 30);

		cr_assert(eq(int,
			     modseal_ima_is_digest(
				     modseal_span_of(value.bytes, value.size)),
			     type == 1 || type == 4),
			  "type %u", type);
	}
	cr_assert(not(modseal_ima_is_digest(modseal_span_of("", 0))));
}

static int collect(void *argument, const char *key, const char *value)
{
	char *text = argument;
	size_t used = strlen(text);

	snprintf(text + used, 256 - used, "%s=%s\n", key, value);
	return 0;
}

static int stop(void *argument, const char *key, const char *value)
{
	return strcmp(key, argument) == 0 ? -4711 : 0;
}

Test(ima, is_described_for_inspect)
{
	struct der value = value_of(3, 2, 6, 72, 72);
	struct modseal_span span = modseal_span_of(value.bytes, value.size);
	static const char *const keys[] = {"ima.algorithm", "ima.key-identifier"};
	char text[256] = "";

	cr_assert(zero(int, modseal_ima_describe(span, MODSEAL_IMA_XATTR, collect, text,
						 &error)));
	cr_assert(eq(str, text, "ima.algorithm=sha512\nima.key-identifier=deadbeef\n"));
	for (size_t i = 0; i < 2; i++)
		cr_assert(eq(int,
			     modseal_ima_describe(span, MODSEAL_IMA_XATTR, stop,
						  (void *)(uintptr_t)keys[i], &error),
			     -4711));
	span.size--;
	expect(MODSEAL_E_SIGNATURE_MALFORMED,
	       modseal_ima_describe(span, MODSEAL_IMA_XATTR, collect, text, &error),
	       "cut");
}
