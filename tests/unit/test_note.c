/* SPDX-License-Identifier: Apache-2.0 */
/* What the module note holds: what MODSEAL_MODULE writes, and each way to be refused. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/note_bytes.h"
#include "verifier/elf/note.h"

MODSEAL_MODULE("reverb", 0x0123456789abcull, "acme-plugin-3",
	       MODSEAL_METADATA("vendor", "Acme \xc3\xbc"), MODSEAL_METADATA("empty", ""),
	       MODSEAL_METADATA("lic.en-c_e", "{\"spdx\": \"Apache-2.0\"}"));

/* Parses a copy of the exact size, so that the sanitizers see every step outside. */
static int parse(const uint8_t *bytes, size_t size, struct modseal_note *ret_note,
		 struct modseal_error *error)
{
	uint8_t *exact = malloc(size ? size : 1);
	int r;

	memcpy(exact, bytes, size);
	memset(error, 0, sizeof(*error));
	r = modseal_note_parse(modseal_span_of(exact, size), "x.so", ret_note, error);
	free(exact);
	return r;
}

Test(note, of_the_macro_is_read_as_it_was_written)
{
	const uint8_t *bytes = (const uint8_t *)&modseal_module_note.content;
	struct modseal_note note;
	struct modseal_error error;

	cr_assert(eq(u32, modseal_module_note.owner_size, 8));
	cr_assert(eq(u32, modseal_module_note.content_size,
		     sizeof(modseal_module_note.content)));
	cr_assert(
		eq(int, parse(bytes, modseal_module_note.content_size, &note, &error), 0),
		"%s", error.message);
	cr_assert(eq(str, note.name, "reverb"));
	cr_assert(eq(u64, note.version, 0x0123456789abcull));
	cr_assert(eq(str, note.abi, "acme-plugin-3"));
	cr_assert(eq(sz, note.metadata_count, 3));
	cr_assert(eq(str, note.metadata[0].key, "vendor"));
	cr_assert(eq(str, note.metadata[0].value, "Acme \xc3\xbc"));
	cr_assert(eq(str, note.metadata[1].key, "empty"));
	cr_assert(eq(str, note.metadata[1].value, ""));
	cr_assert(eq(str, note.metadata[2].key, "lic.en-c_e"));
	cr_assert(eq(str, note.metadata[2].value, "{\"spdx\": \"Apache-2.0\"}"));
	modseal_note_clear(&note);
	cr_assert(note.name == NULL && note.metadata_count == 0);
	modseal_note_clear(&note);
}

static char *repeated(char c, size_t length)
{
	static char text[8192];

	memset(text, c, length);
	text[length] = '\0';
	return text;
}

/* ---- accepted and refused -------------------------------------------------------- */

static void nothing_more(struct note_bytes *n)
{
}
static void pairs(struct note_bytes *n)
{
	note_pair(n, "a", "1");
	note_pair(n, "b", "1");
	note_pair(n, repeated('k', 64), "");
}
static void long_value(struct note_bytes *n)
{
	note_pair(n, "a", repeated('v', 4095));
}
static void unknown_type(struct note_bytes *n)
{
	note_pair(n, "a", "1");
	note_item(n, 0x0005, "\0\xff anything", 11);
	note_item(n, 0x0005, "", 0);
	note_item(n, 0x7fff, "last", 4);
}
static void most_pairs(struct note_bytes *n)
{
	char key[8];

	for (unsigned i = 0; i < 64; i++) {
		snprintf(key, sizeof(key), "k%u", i);
		note_pair(n, key, "v");
	}
}
static void too_many_pairs(struct note_bytes *n)
{
	most_pairs(n);
	note_pair(n, "one-more", "v");
}
static void longest_names(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, repeated('n', 255));
	note_version(n, MODSEAL_MAX_SERIAL);
	note_text(n, MODSEAL_NOTE_ABI, repeated('a', 255));
}
static void version_zero(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "n");
	note_version(n, 0);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}

static void empty(struct note_bytes *n)
{
	n->size = 0;
}
static void half_a_header(struct note_bytes *n)
{
	n->size = 7;
}
static void only_a_header(struct note_bytes *n)
{
	note_begin(n);
}
static void format_zero(struct note_bytes *n)
{
	note_put_16(n->bytes, 0);
}
static void format_two(struct note_bytes *n)
{
	note_put_16(n->bytes, 2);
}
static void big_endian(struct note_bytes *n)
{
	note_put_16(n->bytes, 0x0100);
}
static void size_below(struct note_bytes *n)
{
	note_put_16(n->bytes + 2, n->size - 4);
}
static void size_above(struct note_bytes *n)
{
	note_put_16(n->bytes + 2, n->size + 4);
}
static void size_cut_to_16_bits(struct note_bytes *n)
{
	while (n->size < 0x10000)
		note_item(n, 0x0005, repeated('x', 4096), 4096);
}
static void first_flag(struct note_bytes *n)
{
	n->bytes[4] = 1;
}
static void last_flag(struct note_bytes *n)
{
	n->bytes[7] = 0x80;
}
static void left_over(struct note_bytes *n)
{
	n->size += 3;
	note_close(n);
}
static void zeros_left_over(struct note_bytes *n)
{
	n->size += 4;
	note_close(n);
}
static void value_past_the_end(struct note_bytes *n)
{
	note_text(n, 0x0005, "four");
	note_put_16(n->bytes + n->size - 10, 8);
}
static void longest_past_the_end(struct note_bytes *n)
{
	note_text(n, 0x0005, "four");
	note_put_16(n->bytes + n->size - 10, 0xffff);
}
static void padding(struct note_bytes *n)
{
	note_text(n, 0x0005, "12345");
	n->bytes[n->size - 1] = 1;
}
static void no_zero_byte(struct note_bytes *n)
{
	note_text(n, 0x0005, "1234");
	n->bytes[n->size - 4] = 1;
}
static void critical(struct note_bytes *n)
{
	note_text(n, 0x8005, "");
}
static void critical_metadata(struct note_bytes *n)
{
	note_text(n, 0x8004, "a");
}
static void uncritical_name(struct note_bytes *n)
{
	note_put_16(n->bytes + 8, 0x0001);
}
static void type_zero(struct note_bytes *n)
{
	note_put_16(n->bytes + 8, 0x8000);
}
static void two_names(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_version(n, 7);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void two_versions(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_version(n, 7);
	note_version(n, 8);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void two_abis(struct note_bytes *n)
{
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void late_name(struct note_bytes *n)
{
	note_text(n, MODSEAL_NOTE_NAME, "other");
}
static void late_version(struct note_bytes *n)
{
	note_pair(n, "a", "1");
	note_version(n, 99);
}
static void late_metadata(struct note_bytes *n)
{
	note_text(n, 0x0005, "");
	note_pair(n, "a", "1");
}
static void without_name(struct note_bytes *n)
{
	note_begin(n);
	note_version(n, 7);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void without_version(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void without_abi(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_version(n, 7);
}
static void named(struct note_bytes *n, const void *name, size_t length)
{
	note_begin(n);
	note_item(n, MODSEAL_NOTE_NAME, name, length);
	note_version(n, 7);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void empty_name(struct note_bytes *n)
{
	named(n, "", 0);
}
static void long_name(struct note_bytes *n)
{
	named(n, repeated('n', 256), 256);
}
static void zero_in_name(struct note_bytes *n)
{
	named(n, "libA\0so", 7);
}
static void zero_ends_name(struct note_bytes *n)
{
	named(n, "libA\0", 5);
}
static void path_as_name(struct note_bytes *n)
{
	named(n, "a/b", 3);
}
static void control_in_name(struct note_bytes *n)
{
	named(n, "a\tb", 3);
}
static void not_utf8(struct note_bytes *n)
{
	named(n, "a\xff", 2);
}
static void cut_utf8(struct note_bytes *n)
{
	named(n, "a\xc3", 2);
}
static void bidirectional(struct note_bytes *n)
{
	named(n,
	      "a\xe2\x80\xae"
	      "b",
	      5);
}
static void version_of(struct note_bytes *n, size_t length)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_item(n, MODSEAL_NOTE_VERSION, "\7\0\0\0\0\0\0\0\0\0", length);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void short_version(struct note_bytes *n)
{
	version_of(n, 4);
}
static void long_version(struct note_bytes *n)
{
	version_of(n, 9);
}
static void high_version(struct note_bytes *n)
{
	note_begin(n);
	note_text(n, MODSEAL_NOTE_NAME, "reverb");
	note_version(n, MODSEAL_MAX_SERIAL + 1);
	note_text(n, MODSEAL_NOTE_ABI, "a");
}
static void abi_of(struct note_bytes *n, const char *abi)
{
	without_abi(n);
	note_text(n, MODSEAL_NOTE_ABI, abi);
}
static void empty_abi(struct note_bytes *n)
{
	abi_of(n, "");
}
static void long_abi(struct note_bytes *n)
{
	abi_of(n, repeated('a', 256));
}
static void control_in_abi(struct note_bytes *n)
{
	abi_of(n, "a\nb");
}
static void pair_without_zero(struct note_bytes *n)
{
	note_text(n, MODSEAL_NOTE_METADATA, "key=value");
}
static void empty_pair(struct note_bytes *n)
{
	note_text(n, MODSEAL_NOTE_METADATA, "");
}
static void empty_key(struct note_bytes *n)
{
	note_pair(n, "", "value");
}
static void long_key(struct note_bytes *n)
{
	note_pair(n, repeated('k', 65), "value");
}
static void dotted_key(struct note_bytes *n)
{
	note_pair(n, ".a", "value");
}
static void spaced_key(struct note_bytes *n)
{
	note_pair(n, "a b", "value");
}
static void accented_key(struct note_bytes *n)
{
	note_pair(n, "\xc3\xbc", "value");
}
static void too_long_value(struct note_bytes *n)
{
	note_pair(n, "a", repeated('v', 4096));
}
static void zero_in_value(struct note_bytes *n)
{
	note_item(n, MODSEAL_NOTE_METADATA, "a\0b\0c", 5);
}
static void newline_in_value(struct note_bytes *n)
{
	note_pair(n, "a", "b\nc");
}
static void two_of_a_key(struct note_bytes *n)
{
	note_pair(n, "a", "1");
	note_pair(n, "b", "1");
	note_pair(n, "a", "2");
}

static const struct row {
	const char *name;
	void (*change)(struct note_bytes *n);
	const char *word; /* the message holds it; NULL: accepted */
} rows[] = {
	{"smallest", nothing_more, NULL},
	{"pairs", pairs, NULL},
	{"the longest value", long_value, NULL},
	{"unknown types that are not critical", unknown_type, NULL},
	{"64 pairs", most_pairs, NULL},
	{"the longest names", longest_names, NULL},
	{"version zero", version_zero, NULL},
	{"65 pairs", too_many_pairs, "more than 64 pairs"},
	{"empty", empty, "cut off inside its header"},
	{"half a header", half_a_header, "cut off inside its header"},
	{"only a header", only_a_header, "it has no name"},
	{"format 0", format_zero, "unknown format 0"},
	{"format 2", format_two, "unknown format 2"},
	{"big-endian", big_endian, "unknown format 256"},
	{"size below", size_below, "it says that it has"},
	{"size above", size_above, "it says that it has"},
	{"size of 17 bits", size_cut_to_16_bits, "it says that it has"},
	{"the first flag", first_flag, "an unknown critical flag"},
	{"the last flag", last_flag, "an unknown critical flag"},
	{"3 bytes left over", left_over, "left over"},
	{"4 bytes left over", zeros_left_over, "a value reaches past its end"},
	{"a value 4 past the end", value_past_the_end, "a value reaches past its end"},
	{"a value far past the end", longest_past_the_end,
	 "a value reaches past its end"},
	{"padding that is not zero", padding, "reserved bytes"},
	{"a text without its zero byte", no_zero_byte, "reserved bytes"},
	{"unknown critical type", critical, "unknown critical type 0x8005"},
	{"metadata marked as critical", critical_metadata,
	 "the metadata is marked wrongly"},
	{"a name not marked as critical", uncritical_name, "the name is marked wrongly"},
	{"type zero, critical", type_zero, "unknown critical type 0x8000"},
	{"two names", two_names, "the name is there twice"},
	{"two versions", two_versions, "the version is there twice"},
	{"two abis", two_abis, "the abi is there twice"},
	{"a second name at the end", late_name, "its types do not rise"},
	{"a second version at the end", late_version, "its types do not rise"},
	{"metadata behind an unknown type", late_metadata, "its types do not rise"},
	{"no name", without_name, "it has no name"},
	{"R32 no version", without_version, "it has no version"},
	{"no abi", without_abi, "it has no abi"},
	{"empty name", empty_name, "the name is not plain text"},
	{"name of 256 bytes", long_name, "the name is not plain text"},
	{"zero byte in the name", zero_in_name, "the name is not plain text"},
	{"zero byte ends the name", zero_ends_name, "the name is not plain text"},
	{"a path as name", path_as_name, "the name is not plain text"},
	{"control in the name", control_in_name, "the name is not plain text"},
	{"name not UTF-8", not_utf8, "the name is not plain text"},
	{"name cut inside UTF-8", cut_utf8, "the name is not plain text"},
	{"bidirectional control in the name", bidirectional,
	 "the name is not plain text"},
	{"version of 4 bytes", short_version, "the version has 4 bytes"},
	{"version of 9 bytes", long_version, "the version has 9 bytes"},
	{"version 2^53", high_version, "the version is above"},
	{"empty abi", empty_abi, "the abi is not plain text"},
	{"abi of 256 bytes", long_abi, "the abi is not plain text"},
	{"control in the abi", control_in_abi, "the abi is not plain text"},
	{"pair without zero byte", pair_without_zero, "without a zero byte"},
	{"empty pair", empty_pair, "without a zero byte"},
	{"empty key", empty_key, "a key of metadata is not"},
	{"key of 65 bytes", long_key, "a key of metadata is not"},
	{"key with a dot first", dotted_key, "a key of metadata is not"},
	{"key with a space", spaced_key, "a key of metadata is not"},
	{"key not ASCII", accented_key, "a key of metadata is not"},
	{"value of 4096 bytes", too_long_value, "metadata 'a' is not plain text"},
	{"zero byte in a value", zero_in_value, "metadata 'a' is not plain text"},
	{"control in a value", newline_in_value, "metadata 'a' is not plain text"},
	{"a key twice", two_of_a_key, "metadata 'a' is there twice"},
};
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

Test(note, is_accepted_or_refused_for_the_right_reason)
{
	static struct note_bytes bytes;

	for (size_t i = 0; i < ROW_COUNT; i++) {
		struct modseal_note note = {.version = 4711};
		struct modseal_error error;
		int r;

		note_required(&bytes);
		rows[i].change(&bytes);
		r = parse(bytes.bytes, bytes.size, &note, &error);
		cr_assert(eq(int, r, rows[i].word ? MODSEAL_E_ELF_MALFORMED : 0),
			  "%s: %s", rows[i].name, error.message);
		if (!rows[i].word) {
			modseal_note_clear(&note);
			continue;
		}
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_IMAGE), "%s", rows[i].name);
		cr_assert(eq(str, error.object, "x.so"), "%s", rows[i].name);
		cr_assert(ne(ptr, strstr(error.message, rows[i].word), NULL),
			  "%s: '%s' instead of '%s'", rows[i].name, error.message,
			  rows[i].word);
		cr_assert(ne(ptr, strstr(error.remedy, "MODSEAL_MODULE"), NULL), "%s",
			  rows[i].name);
		cr_assert(note.version == 4711 && !note.name, "%s: output touched",
			  rows[i].name);
	}
}
