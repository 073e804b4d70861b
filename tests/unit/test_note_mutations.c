/* SPDX-License-Identifier: Apache-2.0 */
/* Mutated module notes: each is refused, or says exactly what its bytes say. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stddef.h>
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

/* Writes a note again as the format says. */
static void write_again(const struct modseal_note *note, struct note_bytes *again)
{
	note_begin(again);
	note_text(again, MODSEAL_NOTE_NAME, note->name);
	note_version(again, note->version);
	note_text(again, MODSEAL_NOTE_ABI, note->abi);
	for (size_t i = 0; i < note->metadata_count; i++)
		note_pair(again, note->metadata[i].key, note->metadata[i].value);
}

static const size_t last_type = offsetof(struct modseal_module_layout, content.pair_1) -
				offsetof(struct modseal_module_layout, content);

/* Refused, or read as what stands there: written again it gives the same bytes. */
static bool one_meaning(const uint8_t *bytes, size_t size, size_t at)
{
	static struct note_bytes again;
	struct modseal_error error;
	struct modseal_note note;
	int r = parse(bytes, size, &note, &error);

	if (r != 0) {
		cr_assert(eq(int, r, MODSEAL_E_ELF_MALFORMED), "at %zu", at);
		return false;
	}
	/* the last pair can turn into a type that is not known, and is passed over */
	if (at == last_type || at == last_type + 1) {
		cr_assert(eq(sz, note.metadata_count, 2), "at %zu", at);
		modseal_note_clear(&note);
		return true;
	}
	write_again(&note, &again);
	cr_assert(again.size == size && memcmp(again.bytes, bytes, size) == 0,
		  "at %zu: read as something else", at);
	modseal_note_clear(&note);
	return true;
}

Test(note_mutations, have_one_meaning_after_every_mutation)
{
	const uint8_t *original = (const uint8_t *)&modseal_module_note.content;
	size_t size = modseal_module_note.content_size, changed = 0;
	uint8_t bytes[sizeof(modseal_module_note.content) + 4];

	memcpy(bytes, original, size);
	memset(bytes + size, 0, 4);
	cr_assert(one_meaning(bytes, size, 0));
	for (size_t at = 0; at < size; at++) {
		for (unsigned value = 0; value < 256; value++) {
			bytes[at] = (uint8_t)value;
			if (bytes[at] != original[at])
				changed += one_meaning(bytes, size, at);
		}
		bytes[at] = original[at];
	}
	cr_assert(gt(sz, changed, 0), "other texts are other notes");
	for (size_t length = 0; length < size; length++)
		cr_assert(not(one_meaning(bytes, length, length)), "cut at %zu", length);
	for (size_t more = 1; more <= 4; more++)
		cr_assert(not(one_meaning(bytes, size + more, size)), "%zu more", more);
	/* and where the size in the header follows */
	for (size_t length = 4; length < size; length++) {
		note_put_16(bytes + 2, length);
		one_meaning(bytes, length, length);
	}
	note_put_16(bytes + 2, size + 4);
	cr_assert(not(one_meaning(bytes, size + 4, size)));
}
