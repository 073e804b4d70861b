/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a catalog, read in place. The format, one LF at the end of every line, the
 * last one too, and nothing but printable ASCII:
 *
 *	modseal-catalog: 1
 *	name: NAME                      as the `name` of a policy
 *	serial: N                       0 to 2^53-1, no leading zeros
 *	issued: 2026-11-23T00:00:00Z
 *	PATH SIZE [version:N] DIGEST... one line a file, sorted by PATH, none twice
 *
 * PATH: absolute, as modseal_scalar_is_path wants it. Bytes other than 0x21 to 0x7e, and
 * the backslash, are spelled \xNN with lower-case digits; no other byte is, so that a
 * path has one spelling. Control bytes have none: no path with them is ever judged. Lines
 * are sorted by the bytes of this spelling, as `LC_ALL=C sort` does.
 * SIZE: bytes of the content. N: decimal, no leading zeros, version up to 2^53-1.
 * DIGEST: [!]ALGORITHM:HEX, sorted by ALGORITHM, none twice; ALGORITHM is 1 to 32 of a-z
 * 0-9 and `-`, HEX lower case, of whole bytes, 1 to 128 of them. sha256, sha384, sha512
 * are of the content, fsverity-sha256 of the whole file (4K blocks, no salt). Other
 * algorithms are skipped unless marked `!`: then a reader that does not know it must not
 * accept the file.
 * Fields are separated by one space. See modseal-catalog(5).
 *
 * A parsed catalog is its bytes: one pass proves grammar and order, and what is looked up
 * later is found by halving the bytes themselves. So half a million entries cost neither
 * memory nor time beyond reading them once.
 */
#ifndef MODSEAL_SIGNATURE_CATALOG_H
#define MODSEAL_SIGNATURE_CATALOG_H

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/limits.h"
#include "internal/span.h"

#define MODSEAL_CATALOG_FIRST_LINE "modseal-catalog: 1\n"
/* A path of 4095 bytes, each spelled with four. */
#define MODSEAL_CATALOG_MAX_PATH (4u * 4095)

/* Spans point into the text given, which must not change and live as long. */
struct modseal_catalog_text {
	struct modseal_span name;
	uint64_t serial;
	int64_t issued; /* seconds since 1970 */
	struct modseal_span issued_text;
	struct modseal_span entries; /* the lines of files */
	size_t count;
};

struct modseal_catalog_digest {
	struct modseal_span algorithm;
	struct modseal_span hex;
	bool critical;
};

struct modseal_catalog_entry {
	struct modseal_span path; /* as it is spelled */
	uint64_t size;
	bool version_known;
	uint64_t version;
	struct modseal_catalog_digest digests[MODSEAL_MAX_CATALOG_DIGESTS];
	size_t digest_count;
};

/*
 * Reads a text whose signature was checked (the caller sees to it) and proves every byte
 * of it. Errors: CATALOG_INVALID, naming the line.
 */
MODSEAL_MUST_CHECK int modseal_catalog_parse(struct modseal_span text, const char *object,
					     struct modseal_catalog_text *ret_catalog,
					     struct modseal_error *error);

/* The entry of a real path, in logarithmic time; false where it is not listed. */
bool modseal_catalog_find(const struct modseal_catalog_text *catalog, const char *path,
			  struct modseal_catalog_entry *ret_entry);

/* Takes the first entry off *rest, which begins as catalog->entries; false at the end. */
bool modseal_catalog_next(struct modseal_span *rest,
			  struct modseal_catalog_entry *ret_entry);

/* The spelling of a path: its length, or 0 where it has none (control bytes, not
 * absolute, not of one spelling). No NUL is written. */
size_t modseal_catalog_spell(struct modseal_span path,
			     char ret_spelling[MODSEAL_CATALOG_MAX_PATH]);
/* The path of a spelling that was parsed, with NUL; buffer holds as many bytes and one
 * more. Returns the length. */
size_t modseal_catalog_unspell(struct modseal_span spelling, char *ret_path);

/* A digest that this version knows. */
struct modseal_catalog_algorithm {
	const char *name;
	enum modseal_hash hash;
	bool fsverity; /* of the whole file, as fs-verity; else of the content */
};

/* NULL: unknown. Sorted by name, the order they have in a line. */
const struct modseal_catalog_algorithm *
modseal_catalog_algorithm_find(struct modseal_span name);

/* True if the digest is these bytes. */
bool modseal_catalog_digest_equal(const struct modseal_catalog_digest *digest,
				  const uint8_t *bytes, size_t size);

#endif
