/* SPDX-License-Identifier: Apache-2.0 */
/* Proves the text of a catalog in one pass, and finds entries by halving its bytes. */
#include "verifier/signature/catalog.h"

#include "internal/scalars.h"

#define PATH_MOST	4095
#define ALGORITHM_MOST	32
#define DIGEST_HEX_MOST 256

/* A line without its LF, of which the front is taken off. */
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

/* ---- bytes ---------------------------------------------------------------------------
 */

static const bool is_hex[256] = {
	['0'] = true, ['1'] = true, ['2'] = true, ['3'] = true,
	['4'] = true, ['5'] = true, ['6'] = true, ['7'] = true,
	['8'] = true, ['9'] = true, ['a'] = true, ['b'] = true,
	['c'] = true, ['d'] = true, ['e'] = true, ['f'] = true,
};

static uint8_t hex_value(uint8_t digit)
{
	return digit <= '9' ? digit - '0' : digit - 'a' + 10;
}

/* The bytes of a path that stand for themselves. */
static bool is_plain(uint8_t byte)
{
	return byte > 0x20 && byte < 0x7f && byte != '\\';
}

/* The others that a path may hold. */
static bool is_escaped(uint8_t byte)
{
	return byte == 0x20 || byte == '\\' || byte >= 0x80;
}

static bool is_algorithm_byte(uint8_t byte)
{
	return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ||
	       byte == '-';
}

/* Everything up to the next space or the end, and the space itself. */
static struct modseal_span take_field(struct cursor *cursor)
{
	const uint8_t *start = cursor->at;
	const uint8_t *space = memchr(start, ' ', (size_t)(cursor->end - start));
	const uint8_t *stop = space ? space : cursor->end;

	cursor->at = space ? space + 1 : cursor->end;
	return modseal_span_of(start, (size_t)(stop - start));
}

static int order_of(struct modseal_span a, struct modseal_span b)
{
	size_t least = a.size < b.size ? a.size : b.size;
	int order = least ? memcmp(a.data, b.data, least) : 0;

	if (order)
		return order;
	return a.size < b.size ? -1 : a.size > b.size;
}

const struct modseal_catalog_algorithm *
modseal_catalog_algorithm_find(struct modseal_span name)
{
	static const struct modseal_catalog_algorithm known[] = {
		{"fsverity-sha256", MODSEAL_HASH_SHA256, true},
		{"sha256", MODSEAL_HASH_SHA256, false},
		{"sha384", MODSEAL_HASH_SHA384, false},
		{"sha512", MODSEAL_HASH_SHA512, false},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].name) == name.size &&
		    memcmp(known[i].name, name.data, name.size) == 0)
			return &known[i];
	return NULL;
}

/* ---- one entry -----------------------------------------------------------------------
 */

/* Each returns NULL, or what is wrong. */

static const char *check_component(size_t length, const uint8_t *start)
{
	if (length == 0)
		return "its path has `//`, or `/` at its end";
	if (start[0] == '.' && (length == 1 || (length == 2 && start[1] == '.')))
		return "its path has a component `.` or `..`";
	return NULL;
}

static const char *read_path(struct cursor *cursor, struct modseal_span *ret_path)
{
	struct modseal_span path = take_field(cursor);
	const uint8_t *at = path.data, *end = path.data + path.size, *component;
	const char *flaw;
	size_t length = 1; /* of what it spells */

	if (path.size == 0 || *at != '/')
		return "it does not begin with an absolute path";
	component = ++at;
	for (; at < end; length++) {
		if (*at == '/') {
			flaw = check_component((size_t)(at - component), component);
			if (flaw)
				return flaw;
			component = ++at;
		} else if (is_plain(*at)) {
			at++;
		} else if (end - at >= 4 && at[0] == '\\' && at[1] == 'x' &&
			   is_hex[at[2]] && is_hex[at[3]] &&
			   is_escaped(
				   (uint8_t)(hex_value(at[2]) << 4 | hex_value(at[3])))) {
			at += 4;
		} else {
			return "its path has a byte that must be spelled otherwise";
		}
	}
	flaw = check_component((size_t)(at - component), component);
	if (!flaw && length > PATH_MOST)
		flaw = "its path is longer than 4095 bytes";
	*ret_path = path;
	return flaw;
}

static const char *read_digest(struct modseal_span field,
			       struct modseal_catalog_digest *ret_digest)
{
	struct modseal_catalog_digest digest = {.critical = field.size > 0 &&
							    field.data[0] == '!'};
	const uint8_t *start = field.data + digest.critical;
	const uint8_t *end = field.data + field.size, *at = start;
	const struct modseal_catalog_algorithm *known;

	while (at < end && is_algorithm_byte(*at))
		at++;
	digest.algorithm = modseal_span_of(start, (size_t)(at - start));
	if (digest.algorithm.size == 0 || digest.algorithm.size > ALGORITHM_MOST ||
	    at == end || *at != ':')
		return "a field is not ALGORITHM:DIGEST";
	if (modseal_span_equal(digest.algorithm, modseal_span_of("version", 7)))
		return "its version does not stand behind its size";
	digest.hex = modseal_span_of(at + 1, (size_t)(end - at - 1));
	for (at++; at < end; at++)
		if (!is_hex[*at])
			return "a digest has other than lower-case hexadecimal digits";
	known = modseal_catalog_algorithm_find(digest.algorithm);
	if (digest.hex.size == 0 || digest.hex.size % 2 ||
	    digest.hex.size > DIGEST_HEX_MOST ||
	    (known && digest.hex.size != 2 * modseal_hash_size(known->hash)))
		return "a digest has not the length of its algorithm";
	*ret_digest = digest;
	return NULL;
}

static const char *read_digests(struct cursor *cursor, struct modseal_span field,
				struct modseal_catalog_entry *entry)
{
	for (;;) {
		size_t count = entry->digest_count;
		const char *flaw;

		if (count == MODSEAL_MAX_CATALOG_DIGESTS)
			return "it has more than 8 digests";
		flaw = read_digest(field, &entry->digests[count]);
		if (flaw)
			return flaw;
		if (count && order_of(entry->digests[count - 1].algorithm,
				      entry->digests[count].algorithm) >= 0)
			return "its digests are not sorted by algorithm, each once";
		entry->digest_count++;
		if (cursor->at == cursor->end)
			return NULL;
		field = take_field(cursor);
	}
}

static const char *read_entry(struct modseal_span line,
			      struct modseal_catalog_entry *entry)
{
	struct cursor cursor = {line.data, line.data + line.size};
	struct modseal_span field;
	const char *flaw;

	if (line.size > MODSEAL_MAX_CATALOG_LINE)
		return "it is longer than 20480 bytes";
	/* a space at the end would leave the cursor there as if there were none */
	if (line.size > 0 && line.data[line.size - 1] == ' ')
		return "it ends with a space";
	flaw = read_path(&cursor, &entry->path);
	if (flaw)
		return flaw;
	if (!modseal_scalar_decimal(take_field(&cursor), INT64_MAX, &entry->size))
		return "behind its path stands no size";
	field = take_field(&cursor);
	entry->digest_count = 0;
	entry->version = 0;
	entry->version_known = modseal_span_starts(field, "version:");
	if (entry->version_known) {
		field = modseal_span_of(field.data + 8, field.size - 8);
		if (!modseal_scalar_decimal(field, MODSEAL_MAX_SERIAL, &entry->version))
			return "its version is not a number";
		field = take_field(&cursor);
	}
	if (field.size == 0)
		return "it has no digest";
	return read_digests(&cursor, field, entry);
}

/* ---- the whole text ------------------------------------------------------------------
 */

/* Takes the first line off, without its LF; false where no LF ends it. */
static bool take_line(struct modseal_span *rest, struct modseal_span *ret_line)
{
	const uint8_t *feed = rest->size ? memchr(rest->data, '\n', rest->size) : NULL;
	size_t length;

	if (!feed)
		return false;
	length = (size_t)(feed - rest->data);
	*ret_line = modseal_span_of(rest->data, length);
	*rest = modseal_span_of(feed + 1, rest->size - length - 1);
	return true;
}

/* The value of a line `KEY: VALUE`. */
static bool take_head(struct modseal_span *rest, const char *key,
		      struct modseal_span *ret_value)
{
	size_t length = strlen(key);
	struct modseal_span line;

	return take_line(rest, &line) && modseal_span_starts(line, key) &&
	       modseal_span_part(line, length, line.size - length, ret_value);
}

static int refuse(struct modseal_error *error, const char *object, size_t line,
		  const char *flaw)
{
	return modseal_fail(error, MODSEAL_E_CATALOG_INVALID, MODSEAL_STAGE_EVIDENCE,
			    object, "line %zu: %s", line, flaw);
}

static int read_head(struct modseal_span *rest, const char *object,
		     struct modseal_catalog_text *catalog, struct modseal_error *error)
{
	struct modseal_span value;

	if (!take_head(rest, "modseal-catalog: ", &value) || value.size != 1 ||
	    value.data[0] != '1')
		return refuse(error, object, 1,
			      "the first line must be `modseal-catalog: 1`");
	if (!take_head(rest, "name: ", &catalog->name) ||
	    !modseal_scalar_is_name(catalog->name))
		return refuse(
			error, object, 2,
			"expected is `name: ` and 1 to 64 of A-Z a-z 0-9 . _ -, the "
			"first a letter or digit");
	if (!take_head(rest, "serial: ", &value) ||
	    !modseal_scalar_decimal(value, MODSEAL_MAX_SERIAL, &catalog->serial))
		return refuse(error, object, 3,
			      "expected is `serial: ` and a whole number from 0 to "
			      "9007199254740991, without leading zeros");
	if (!take_head(rest, "issued: ", &catalog->issued_text) ||
	    !modseal_scalar_time(catalog->issued_text, &catalog->issued))
		return refuse(error, object, 4,
			      "expected is `issued: ` and a time in UTC written as "
			      "2026-11-23T00:00:00Z");
	return 0;
}

int modseal_catalog_parse(struct modseal_span text, const char *object,
			  struct modseal_catalog_text *ret_catalog,
			  struct modseal_error *error)
{
	struct modseal_catalog_text catalog = {.count = 0};
	struct modseal_catalog_entry entry;
	struct modseal_span rest = text, line, previous = {.size = 0};
	const char *flaw;
	int result;

	if (text.size > MODSEAL_MAX_CATALOG_SIZE)
		return refuse(error, object, 1, "the catalog is larger than 64 MiB");
	result = read_head(&rest, object, &catalog, error);
	if (result < 0)
		return result;
	catalog.entries = rest;
	while (rest.size > 0) {
		size_t number = catalog.count + 5;

		if (!take_line(&rest, &line))
			return refuse(error, object, number,
				      "the last line does not end with a line feed");
		if (catalog.count == MODSEAL_MAX_CATALOG_ENTRIES)
			return refuse(error, object, number,
				      "the catalog lists more than 524288 files");
		flaw = read_entry(line, &entry);
		/* sorted, so that halving finds what is there and nothing stands twice */
		if (!flaw && previous.size && order_of(previous, entry.path) >= 0)
			flaw = "its path is not sorted behind that of the line before";
		if (flaw)
			return refuse(error, object, number, flaw);
		previous = entry.path;
		catalog.count++;
	}
	*ret_catalog = catalog;
	return 0;
}

/* ---- looking up ----------------------------------------------------------------------
 */

bool modseal_catalog_next(struct modseal_span *rest,
			  struct modseal_catalog_entry *ret_entry)
{
	struct modseal_span line;

	return take_line(rest, &line) && !read_entry(line, ret_entry);
}

size_t modseal_catalog_spell(struct modseal_span path,
			     char ret_spelling[MODSEAL_CATALOG_MAX_PATH])
{
	static const char digits[] = "0123456789abcdef";
	size_t length = 0;

	if (!modseal_scalar_is_absolute(path) || !modseal_scalar_is_path(path))
		return 0;
	for (size_t i = 0; i < path.size; i++) {
		uint8_t byte = path.data[i];

		if (is_plain(byte)) {
			ret_spelling[length++] = (char)byte;
			continue;
		}
		ret_spelling[length++] = '\\';
		ret_spelling[length++] = 'x';
		ret_spelling[length++] = digits[byte >> 4];
		ret_spelling[length++] = digits[byte & 15];
	}
	return length;
}

size_t modseal_catalog_unspell(struct modseal_span spelling, char *ret_path)
{
	const uint8_t *at = spelling.data, *end = spelling.data + spelling.size;
	size_t length = 0;

	while (at < end) {
		if (*at == '\\' && end - at >= 4) {
			ret_path[length++] =
				(char)(hex_value(at[2]) << 4 | hex_value(at[3]));
			at += 4;
		} else {
			ret_path[length++] = (char)*at++;
		}
	}
	ret_path[length] = '\0';
	return length;
}

bool modseal_catalog_find(const struct modseal_catalog_text *catalog, const char *path,
			  struct modseal_catalog_entry *ret_entry)
{
	const uint8_t *bytes = catalog->entries.data;
	size_t low = 0, high = catalog->entries.size; /* starts of lines, or the end */
	char spelling[MODSEAL_CATALOG_MAX_PATH];
	struct modseal_span wanted;

	wanted.size =
		modseal_catalog_spell(modseal_span_of(path, strlen(path)), spelling);
	wanted.data = (const uint8_t *)spelling;
	if (wanted.size == 0)
		return false;
	while (low < high) {
		size_t start = low + (high - low) / 2;
		struct modseal_span rest, line, found;
		struct cursor cursor;
		int order;

		while (start > low && bytes[start - 1] != '\n')
			start--;
		rest = modseal_span_of(bytes + start, high - start);
		if (!take_line(&rest, &line))
			return false; /* cannot be: the parser saw every line end */
		cursor = (struct cursor){line.data, line.data + line.size};
		found = take_field(&cursor);
		order = order_of(wanted, found);
		if (order == 0)
			return !read_entry(line, ret_entry);
		if (order < 0)
			high = start;
		else
			low = start + line.size + 1;
	}
	return false;
}

/* ---- digests -------------------------------------------------------------------------
 */

bool modseal_catalog_digest_equal(const struct modseal_catalog_digest *digest,
				  const uint8_t *bytes, size_t size)
{
	if (digest->hex.size != 2 * size)
		return false;
	for (size_t i = 0; i < size; i++)
		if ((hex_value(digest->hex.data[2 * i]) << 4 |
		     hex_value(digest->hex.data[2 * i + 1])) != bytes[i])
			return false;
	return true;
}
