/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a catalog: refused with its line, or each entry is found by its path, is
 * there once, and vouches for no content that its digests are not of.
 */
#ifndef MODSEAL_TESTS_FUZZ_CATALOG_H
#define MODSEAL_TESTS_FUZZ_CATALOG_H

#include "tests/fuzz/fuzz.h"
#include "verifier/signature/catalog_check.h"

#define CATALOG_HEAD                                                                     \
	MODSEAL_CATALOG_FIRST_LINE "name: a\nserial: 1\nissued: 2026-01-01T00:00:00Z\n"
/* The seeds list it, with its digests; and nobody the other one. */
#define CATALOG_CONTENT	      "hello\n"
#define CATALOG_OTHER_CONTENT "hellO\n"

static inline int catalog_check(const struct modseal_catalog_entry *entry,
				const char *content)
{
	static struct modseal_error error;
	const struct modseal_catalog_question question = {
		.catalog = "a",
		.object = "x.so",
		.content = modseal_span_of(content, strlen(content)),
	};
	int result;

	modseal_error_clear(&error);
	result = modseal_catalog_entry_check(fuzz_crypto(), entry, &question, &error);
	if (result != 0) {
		fuzz_refused(result, &error);
		REQUIRE(result == MODSEAL_E_CATALOG_MISMATCH ||
			result == MODSEAL_E_UNSUPPORTED);
		REQUIRE(error.stage == MODSEAL_STAGE_EVIDENCE);
	}
	return result;
}

static inline void catalog_entry(const struct modseal_catalog_text *catalog,
				 const struct modseal_catalog_entry *entry)
{
	static char path[MODSEAL_CATALOG_MAX_PATH + 1];
	static char spelling[MODSEAL_CATALOG_MAX_PATH];
	struct modseal_catalog_entry found;
	size_t length, spelled;

	REQUIRE(entry->path.size <= MODSEAL_CATALOG_MAX_PATH);
	REQUIRE(entry->digest_count > 0 &&
		entry->digest_count <= MODSEAL_MAX_CATALOG_DIGESTS);
	length = modseal_catalog_unspell(entry->path, path);
	REQUIRE(length > 0 && path[0] == '/' && strlen(path) == length);
	spelled = modseal_catalog_spell(modseal_span_of(path, length), spelling);
	REQUIRE(modseal_span_equal(modseal_span_of(spelling, spelled), entry->path));
	REQUIRE(modseal_catalog_find(catalog, path, &found));
	REQUIRE(found.path.data == entry->path.data && found.size == entry->size &&
		found.version == entry->version &&
		found.version_known == entry->version_known &&
		found.digest_count == entry->digest_count);
	path[length - 1] ^= 1; /* another path is another entry, or none */
	if (modseal_catalog_find(catalog, path, &found))
		REQUIRE(found.path.data != entry->path.data);
	(void)catalog_check(entry, CATALOG_CONTENT);
	REQUIRE(catalog_check(entry, CATALOG_OTHER_CONTENT) != 0);
}

static inline bool try_catalog_text(struct modseal_span text)
{
	static struct modseal_error error;
	struct modseal_catalog_text catalog = {.count = SIZE_MAX};
	struct modseal_catalog_entry entry;
	struct modseal_span rest, before = {0};
	double start = cpu_seconds();
	size_t count = 0;
	int result;

	modseal_error_clear(&error);
	result = modseal_catalog_parse(text, "a.cat", &catalog, &error);
	fuzz_fast(start, 0.1);
	if (result != 0) {
		fuzz_refused(result, &error);
		REQUIRE(result == MODSEAL_E_CATALOG_INVALID);
		REQUIRE(catalog.count == SIZE_MAX);
		return false;
	}
	rest = catalog.entries;
	while (modseal_catalog_next(&rest, &entry)) {
		size_t shorter =
			before.size < entry.path.size ? before.size : entry.path.size;
		int order = shorter ? memcmp(before.data, entry.path.data, shorter) : 0;

		REQUIRE(order < 0 || (order == 0 && before.size < entry.path.size));
		before = entry.path;
		count++;
		catalog_entry(&catalog, &entry);
	}
	REQUIRE(rest.size == 0 && count == catalog.count);
	return true;
}

/* As it is, and with a head before it. */
static inline unsigned try_catalog(const uint8_t *bytes, size_t size)
{
	const size_t head = strlen(CATALOG_HEAD);
	uint8_t *copy = fuzz_copy(bytes, size), *whole = fuzz_copy(NULL, head + size);
	unsigned accepted = try_catalog_text(modseal_span_of(copy, size));

	memcpy(whole, CATALOG_HEAD, head);
	if (size)
		memcpy(whole + head, bytes, size);
	accepted += try_catalog_text(modseal_span_of(whole, head + size));
	free(whole);
	free(copy);
	return accepted;
}

#endif
