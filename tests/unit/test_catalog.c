/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a catalog: one spelling for everything, refused by line, found by path. */
#include "verifier/signature/catalog.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

#define HEAD                                                                             \
	"modseal-catalog: 1\n"                                                           \
	"name: debian-base\n"                                                            \
	"serial: 7\n"                                                                    \
	"issued: 2026-11-23T00:00:00Z\n"
#define HEX16  "0123456789abcdef"
#define HEX64  HEX16 HEX16 HEX16 HEX16
#define HEX96  HEX64 HEX16 HEX16
#define HEX128 HEX64 HEX64
#define SHA256 "sha256:" HEX64
#define ENTRY  "/usr/lib/a.so 12 " SHA256 "\n"

static struct modseal_error error;

/* A copy of the exact size, so that the sanitizers see every step outside. */
static int parse(const char *text, size_t size, struct modseal_catalog_text *ret,
		 char **ret_copy)
{
	char *copy = malloc(size ? size : 1);

	memcpy(copy, text, size);
	*ret_copy = copy;
	memset(&error, 0, sizeof(error));
	return modseal_catalog_parse(modseal_span_of(copy, size), "base.cat", ret,
				     &error);
}

static bool is_accepted(const char *text, size_t size)
{
	struct modseal_catalog_text catalog;
	char *copy;
	int result = parse(text, size, &catalog, &copy);

	free(copy);
	return result == 0;
}

static void refused_at(const char *text, unsigned line, const char *said)
{
	struct modseal_catalog_text catalog = {.count = 77};
	char start[32];
	char *copy;
	int result = parse(text, strlen(text), &catalog, &copy);

	free(copy);
	snprintf(start, sizeof(start), "line %u: ", line);
	cr_assert(eq(int, result, MODSEAL_E_CATALOG_INVALID), "%s", text);
	cr_assert(eq(int, error.code, MODSEAL_E_CATALOG_INVALID));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	cr_assert(eq(str, error.object, "base.cat"));
	cr_assert(strncmp(error.message, start, strlen(start)) == 0, "%s\nof %s",
		  error.message, text);
	cr_assert(strstr(error.message, said) != NULL, "wanted %s, got %s\nof %s", said,
		  error.message, text);
	cr_assert(eq(sz, catalog.count, 77), "output written");
}

Test(catalog, what_the_format_says_is_read)
{
	static const char text[] = HEAD
		"/opt/a\\x20b\\x5cc\\xc3\\xa9.so 0 version:9007199254740991 " SHA256 "\n"
		"/usr/lib/a.so 9223372036854775807 !blake3:00 !sha256:" HEX64
		" sha384:" HEX96 " sha512:" HEX128 "\n";
	struct modseal_catalog_text catalog;
	struct modseal_catalog_entry entry;
	char *copy, path[64];

	cr_assert(zero(int, parse(text, strlen(text), &catalog, &copy)), "%s",
		  error.message);
	cr_assert(eq(sz, catalog.count, 2));
	cr_assert(eq(u64, catalog.serial, 7));
	cr_assert(eq(i64, catalog.issued, 1795392000));
	cr_assert(modseal_span_equal(catalog.name, modseal_span_of("debian-base", 11)));
	cr_assert(modseal_catalog_find(&catalog, "/opt/a b\\c\xc3\xa9.so", &entry));
	cr_assert(eq(u64, entry.size, 0));
	cr_assert(entry.version_known);
	cr_assert(eq(u64, entry.version, MODSEAL_MAX_SERIAL));
	cr_assert(eq(sz, modseal_catalog_unspell(entry.path, path), 15));
	cr_assert(eq(str, path, "/opt/a b\\c\xc3\xa9.so"));
	cr_assert(modseal_catalog_find(&catalog, "/usr/lib/a.so", &entry));
	cr_assert(eq(u64, entry.size, INT64_MAX));
	cr_assert(not(entry.version_known));
	cr_assert(eq(sz, entry.digest_count, 4));
	cr_assert(entry.digests[0].critical);
	cr_assert(modseal_catalog_algorithm_find(entry.digests[0].algorithm) == NULL);
	cr_assert(entry.digests[1].critical);
	for (unsigned i = 0; i < MODSEAL_HASH_COUNT; i++) {
		const struct modseal_catalog_algorithm *known =
			modseal_catalog_algorithm_find(entry.digests[1 + i].algorithm);

		cr_assert(known != NULL);
		cr_assert(eq(int, known->hash, i));
		cr_assert(not(known->fsverity));
	}
	free(copy);
}

Test(catalog, an_empty_list_vouches_for_nothing)
{
	struct modseal_catalog_text catalog;
	struct modseal_catalog_entry entry;
	char *copy;

	cr_assert(zero(int, parse(HEAD, strlen(HEAD), &catalog, &copy)));
	cr_assert(eq(sz, catalog.count, 0));
	cr_assert(not(modseal_catalog_find(&catalog, "/usr/lib/a.so", &entry)));
	cr_assert(not(modseal_catalog_find(&catalog, "", &entry)));
	free(copy);
}

struct row {
	unsigned line;
	const char *said;
	const char *text;
};

Test(catalog, the_head_has_one_spelling)
{
	static const struct row rows[] = {
		{1, "the first line must be `modseal-catalog: 1`", ""},
		{1, "first line", "modseal-catalog: 1"},
		{1, "first line", "modseal-catalog: 2\n"},
		{1, "first line", "modseal-catalog: 01\n"},
		{1, "first line", "modseal-catalog: 1 \n"},
		{1, "first line", "modseal-catalog: 1\r\n"},
		{1, "first line", " modseal-catalog: 1\n"},
		{1, "first line", "modseal-policy: 1\n"},
		{2, "`name: `", "modseal-catalog: 1\n"},
		{2, "`name: `", "modseal-catalog: 1\nname: \n"},
		{2, "`name: `", "modseal-catalog: 1\nname:a\n"},
		{2, "`name: `", "modseal-catalog: 1\nname: a b\n"},
		{2, "`name: `", "modseal-catalog: 1\nname: -a\n"},
		{2, "`name: `", "modseal-catalog: 1\nserial: 1\n"},
		{2, "`name: `", "modseal-catalog: 1\n\nname: a\n"},
		{3, "`serial: `", "modseal-catalog: 1\nname: a\n"},
		{3, "`serial: `", "modseal-catalog: 1\nname: a\nserial: 01\n"},
		{3, "`serial: `", "modseal-catalog: 1\nname: a\nserial: -1\n"},
		{3, "`serial: `",
		 "modseal-catalog: 1\nname: a\nserial: 9007199254740992\n"},
		{3, "`serial: `", "modseal-catalog: 1\nname: a\nserial: 1\r\n"},
		{3, "`serial: `", "modseal-catalog: 1\nname: a\nname: a\n"},
		{4, "`issued: `", "modseal-catalog: 1\nname: a\nserial: 1\n"},
		{4, "`issued: `",
		 "modseal-catalog: 1\nname: a\nserial: 1\nissued: now\n"},
		{4, "`issued: `",
		 "modseal-catalog: 1\nname: a\nserial: 1\nissued: 2026-11-23\n"},
		{4, "`issued: `",
		 "modseal-catalog: 1\nname: a\nserial: 1\nissued: "
		 "2026-11-23T00:00:00Z \n"},
		{4, "`issued: `",
		 "modseal-catalog: 1\nname: a\nserial: 1\nissued: 2026-11-23T00:00:00Z"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		refused_at(rows[i].text, rows[i].line, rows[i].said);
}

Test(catalog, a_line_has_one_spelling)
{
	static const struct row rows[] = {
		{5, "does not end with a line feed", "/a 1 " SHA256},
		{5, "begin with an absolute path", "\n"},
		{5, "ends with a space", " \n"},
		{5, "begin with an absolute path", "# comment\n"},
		{5, "begin with an absolute path", "a 1 " SHA256 "\n"},
		{5, "begin with an absolute path", " /a 1 " SHA256 "\n"},
		{5, "begin with an absolute path", "./a 1 " SHA256 "\n"},
		{5, "`//`", "/ 1 " SHA256 "\n"},
		{5, "`//`", "//a 1 " SHA256 "\n"},
		{5, "`//`", "/a//b 1 " SHA256 "\n"},
		{5, "`//`", "/a/ 1 " SHA256 "\n"},
		{5, "`.` or `..`", "/. 1 " SHA256 "\n"},
		{5, "`.` or `..`", "/a/./b 1 " SHA256 "\n"},
		{5, "`.` or `..`", "/a/.. 1 " SHA256 "\n"},
		{5, "`.` or `..`", "/../a 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\tb 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\x7f 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\xc3\xa9 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\ 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x2 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\040 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\\\b 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x41 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x2f 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x00 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x0a 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\x7f 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\xC3 1 " SHA256 "\n"},
		{5, "spelled otherwise", "/a\\X20 1 " SHA256 "\n"},
		{5, "no size", "/a\n"},
		{5, "no size", "/a  1 " SHA256 "\n"},
		{5, "no size", "/a " SHA256 "\n"},
		{5, "no size", "/a 01 " SHA256 "\n"},
		{5, "no size", "/a -1 " SHA256 "\n"},
		{5, "no size", "/a 1K " SHA256 "\n"},
		{5, "no size", "/a 9223372036854775808 " SHA256 "\n"},
		{5, "no digest", "/a 1\n"},
		{5, "no digest", "/a 1  " SHA256 "\n"},
		{5, "no digest", "/a 1 version:1\n"},
		{5, "not a number", "/a 1 version: " SHA256 "\n"},
		{5, "not a number", "/a 1 version:01 " SHA256 "\n"},
		{5, "not a number", "/a 1 version:9007199254740992 " SHA256 "\n"},
		{5, "does not stand behind its size", "/a 1 " SHA256 " version:10\n"},
		{5, "does not stand behind its size", "/a 1 " SHA256 " !version:10\n"},
		{5, "does not stand behind its size",
		 "/a 1 version:1 version:2 " SHA256 "\n"},
		{5, "ends with a space", "/a 1 " SHA256 " \n"},
		{5, "hexadecimal", "/a 1 " SHA256 "\r\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 " HEX64 "\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 sha256=" HEX64 "\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 SHA256:" HEX64 "\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 :" HEX64 "\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 !:" HEX64 "\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 !!" SHA256 "\n"},
		{5, "not ALGORITHM:DIGEST", "/a 1 " SHA256 "  x:00\n"},
		{5, "not ALGORITHM:DIGEST",
		 "/a 1 a23456789012345678901234567890123:00 " SHA256 "\n"},
		{5, "hexadecimal", "/a 1 sha256:" HEX16 HEX16 HEX16 "0123456789ABCDEF\n"},
		{5, "hexadecimal", "/a 1 sha256:" HEX64 ":00\n"},
		{5, "hexadecimal", "/a 1 x:0g\n"},
		{5, "length of its algorithm", "/a 1 sha256:\n"},
		{5, "length of its algorithm", "/a 1 sha256:" HEX16 "\n"},
		{5, "length of its algorithm", "/a 1 sha256:" HEX64 "00\n"},
		{5, "length of its algorithm", "/a 1 sha384:" HEX64 "\n"},
		{5, "length of its algorithm", "/a 1 sha512:" HEX64 "\n"},
		{5, "length of its algorithm", "/a 1 fsverity-sha256:" HEX96 "\n"},
		{5, "length of its algorithm", "/a 1 x:0\n"},
		{5, "length of its algorithm", "/a 1 x:\n"},
		{5, "length of its algorithm", "/a 1 x:" HEX128 HEX128 "00\n"},
		{5, "not sorted by algorithm", "/a 1 " SHA256 " " SHA256 "\n"},
		{5, "not sorted by algorithm", "/a 1 " SHA256 " !" SHA256 "\n"},
		{5, "not sorted by algorithm", "/a 1 " SHA256 " blake3:00\n"},
		{5, "not sorted by algorithm", "/a 1 sha384:" HEX96 " " SHA256 "\n"},
		{5, "more than 8 digests",
		 "/a 1 a:00 b:00 c:00 d:00 e:00 f:00 g:00 h:00 i:00\n"},
		{6, "not sorted", ENTRY ENTRY},
		{6, "not sorted", "/b 1 " SHA256 "\n/a 1 " SHA256 "\n"},
		{6, "not sorted", "/a/b 1 " SHA256 "\n/a-b 1 " SHA256 "\n"},
		{6, "not sorted", "/a\\x20 1 " SHA256 "\n/a0 1 " SHA256 "\n"},
		{6, "does not end", "/a 1 " SHA256 "\n/b 1 " SHA256},
		{6, "begin with an absolute path", ENTRY "\n"},
		{7, "begin with an absolute path",
		 "/a 1 " SHA256 "\n/b 1 " SHA256 "\nc 1 " SHA256 "\n"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[4096];

		snprintf(text, sizeof(text), HEAD "%s", rows[i].text);
		refused_at(text, rows[i].line, rows[i].said);
	}
}

Test(catalog, names_that_are_like_dots_are_names)
{
	static const char text[] = HEAD "/... 1 " SHA256 "\n/.a 1 " SHA256
					"\n/..b 1 " SHA256 "\n/a./b. 1 " SHA256 "\n";

	/* "/..." < "/..b" < "/.a" */
	cr_assert(not(is_accepted(text, strlen(text))));
	refused_at(text, 7, "not sorted");
	cr_assert(is_accepted(HEAD "/... 1 " SHA256 "\n/..b 1 " SHA256 "\n",
			      strlen(HEAD "/... 1 " SHA256 "\n/..b 1 " SHA256 "\n")));
}

Test(catalog, a_nul_is_no_end)
{
	static const char text[] = HEAD "/a 1 " SHA256 "\0\n";

	cr_assert(not(is_accepted(text, sizeof(text) - 1)));
}

Test(catalog, paths_and_lines_have_a_longest)
{
	char *text = malloc(65536);
	size_t head = (size_t)sprintf(text, HEAD "/"), used = head;

	/* 4094 bytes behind the first slash, all spelled with four */
	for (int i = 0; i < 4094; i++)
		used += (size_t)sprintf(text + used, "\\xff");
	sprintf(text + used, " 1 " SHA256 "\n");
	cr_assert(is_accepted(text, strlen(text)), "%s", error.message);
	sprintf(text + used, "\\xff 1 " SHA256 "\n");
	refused_at(text, 5, "longer than 4095 bytes");
	used = (size_t)sprintf(text, HEAD "/a 1 " SHA256);
	memset(text + used, 'z', 30000);
	sprintf(text + used + 30000, "\n");
	refused_at(text, 5, "longer than 20480 bytes");
	free(text);
}

/* Paths spell as they were read, and nothing else does. */
Test(catalog, a_path_is_spelled_in_one_way)
{
	static const char *const none[] = {"",	   "a",	     "/",     "/a/",	"//a",
					   "/a\n", "/a/./b", "/../a", "/a\x7f", "/\x01"};
	char spelling[MODSEAL_CATALOG_MAX_PATH], path[1024];

	for (unsigned byte = 0; byte < 256; byte++) {
		char one[] = {'/', 'x', (char)byte, 'y'};
		size_t length = modseal_catalog_spell(modseal_span_of(one, 4), spelling);
		bool control = byte < 0x20 || byte == 0x7f;
		char text[256];

		cr_assert(eq(int, length == 0, control), "byte %u", byte);
		if (length == 0)
			continue;
		cr_assert(eq(
			sz,
			modseal_catalog_unspell(modseal_span_of(spelling, length), path),
			4));
		cr_assert(zero(int, memcmp(path, one, 4)), "byte %u", byte);
		snprintf(text, sizeof(text), HEAD "%.*s 1 " SHA256 "\n", (int)length,
			 spelling);
		cr_assert(is_accepted(text, strlen(text)), "byte %u: %s", byte,
			  error.message);
	}
	for (size_t i = 0; i < COUNT(none); i++)
		cr_assert(zero(sz, modseal_catalog_spell(
					   modseal_span_of(none[i], strlen(none[i])),
					   spelling)),
			  "row %zu", i);
}

Test(catalog, R77_what_is_listed_is_found_and_nothing_near_it)
{
	static const char *const near[] = {"/usr/lib/f0042.so/",
					   "/usr/lib/f0042.s",
					   "/usr/lib/f0042.so.1",
					   "/usr/lib//f0042.so",
					   "/usr/lib/./f0042.so",
					   "usr/lib/f0042.so",
					   "/usr/lib",
					   "/usr/lib/",
					   "/usr/lib/f0042.so\n",
					   "/usr/lib/F0042.so",
					   "/",
					   "",
					   "/usr/lib/e",
					   "/usr/lib/g",
					   "/usr/lib/f0042.so 1"};
	size_t room = 256 * 1024, used;
	char *text = malloc(room), *copy;
	struct modseal_catalog_text catalog;
	struct modseal_catalog_entry entry;
	struct modseal_span rest;
	char path[64];
	size_t count = 0;

	used = (size_t)snprintf(text, room, HEAD);
	/* lines of different lengths, so that the middle of the bytes is anywhere */
	for (unsigned i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, room - used,
					 "/usr/lib/f%04u.so %u %s" SHA256 "\n", i, i,
					 i % 3 ? "" : "blake3:0011223344 ");
	cr_assert(zero(int, parse(text, used, &catalog, &copy)), "%s", error.message);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(path, sizeof(path), "/usr/lib/f%04u.so", i);
		cr_assert(modseal_catalog_find(&catalog, path, &entry), "%s", path);
		cr_assert(eq(u64, entry.size, i));
		cr_assert(eq(sz, entry.digest_count, i % 3 ? 1 : 2));
		snprintf(path, sizeof(path), "/usr/lib/f%04u.sa", i);
		cr_assert(not(modseal_catalog_find(&catalog, path, &entry)), "%s", path);
		snprintf(path, sizeof(path), "/usr/lib/f%04u.sp", i);
		cr_assert(not(modseal_catalog_find(&catalog, path, &entry)), "%s", path);
	}
	for (size_t i = 0; i < COUNT(near); i++)
		cr_assert(not(modseal_catalog_find(&catalog, near[i], &entry)), "%s",
			  near[i]);
	rest = catalog.entries;
	while (modseal_catalog_next(&rest, &entry))
		cr_assert(eq(u64, entry.size, count++));
	cr_assert(eq(sz, count, 1000));
	free(copy);
	free(text);
}

Test(catalog, a_digest_is_compared_with_every_byte)
{
	struct modseal_catalog_digest digest = {
		.algorithm = modseal_span_of("sha256", 6),
		.hex = modseal_span_of(HEX64, 64),
	};
	static const uint8_t eight[] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};
	uint8_t bytes[32];

	for (size_t i = 0; i < 32; i++)
		bytes[i] = eight[i % 8];
	cr_assert(modseal_catalog_digest_equal(&digest, bytes, 32));
	cr_assert(not(modseal_catalog_digest_equal(&digest, bytes, 31)));
	for (size_t i = 0; i < 32 * 8; i++) {
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
		cr_assert(not(modseal_catalog_digest_equal(&digest, bytes, 32)));
		bytes[i / 8] ^= (uint8_t)(1 << i % 8);
	}
}

/* Unsigned mutations may be other valid texts; none may do harm, and every one that is
 * read spells itself in one way: putting its entries together again gives its bytes. */
Test(catalog, R88_of_every_mutation_is_refused_or_read_without_harm)
{
	static const char text[] =
		HEAD "/a 1 version:3 !b:00 " SHA256 "\n/a\\x20b 22 " SHA256 "\n";
	size_t size = sizeof(text) - 1, read = 0;
	char copy[sizeof(text) + 1];

	for (size_t length = 0; length < size; length++)
		read += is_accepted(text, length);
	cr_assert(eq(sz, read, 2), "cut after the head, and after the first file");
	for (size_t i = 0; i < size * 8; i++) {
		memcpy(copy, text, size);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		read += is_accepted(copy, size);
	}
	cr_assert(gt(sz, read, 2));
	memcpy(copy, text, size);
	for (int byte = 0; byte < 256; byte++) {
		copy[size] = (char)byte;
		cr_assert(not(is_accepted(copy, size + 1)), "byte %d", byte);
	}
}

Test(catalog, R89_more_than_the_caps_is_refused)
{
	size_t line = strlen("/f0000000 1 x:00\n");
	size_t most = MODSEAL_MAX_CATALOG_ENTRIES;
	char *text = malloc(strlen(HEAD) + (most + 1) * line + 1);
	size_t used = (size_t)sprintf(text, HEAD);
	struct modseal_catalog_text catalog;

	for (size_t i = 0; i <= most; i++)
		used += (size_t)sprintf(text + used, "/f%07zu 1 x:00\n", i);
	cr_assert(zero(int, modseal_catalog_parse(modseal_span_of(text, used - line),
						  "base.cat", &catalog, &error)),
		  "%s", error.message);
	cr_assert(eq(sz, catalog.count, most));
	cr_assert(eq(int,
		     modseal_catalog_parse(modseal_span_of(text, used), "base.cat",
					   &catalog, &error),
		     MODSEAL_E_CATALOG_INVALID));
	cr_assert(strstr(error.message, "more than 524288 files") != NULL);
	free(text);
	text = calloc(1, MODSEAL_MAX_CATALOG_SIZE + 1);
	cr_assert(eq(
		int,
		modseal_catalog_parse(modseal_span_of(text, MODSEAL_MAX_CATALOG_SIZE + 1),
				      "base.cat", &catalog, &error),
		MODSEAL_E_CATALOG_INVALID));
	cr_assert(strstr(error.message, "64 MiB") != NULL);
	free(text);
}
