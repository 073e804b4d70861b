/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DT_RELR: words to which the load address is added, as addresses, each followed by
 * bitmaps of the words behind it (gABI, "Relative Relocation Table").
 */
#include "verifier/elf/follow.h"

struct reader {
	struct modseal_elf_follow *follow;
	struct modseal_elf_target target;
	size_t width;
	uint64_t where; /* what the next bitmap begins with; 0: no address came yet */
};

static int check_word(struct reader *reader, uint64_t address,
		      struct modseal_error *error)
{
	const struct modseal_elf_view *view = reader->follow->view;
	struct modseal_span bytes;
	int r;

	if (modseal_elf_target_is_free(&reader->target, address, reader->width))
		return 0;
	r = modseal_elf_target_check(&reader->target, address, reader->width, error);
	if (r != 0 || !modseal_elf_functions_near(reader->follow, address, reader->width))
		return r;
	r = modseal_elf_bytes_at(view, address, reader->width, "DT_RELR", &bytes, error);
	if (r != 0)
		return r;
	return modseal_elf_functions_fill(
		reader->follow, address, reader->width, true,
		modseal_elf_number(view, bytes.data, reader->width), error);
}

/* Bit by bit only where something lies between the words that must not be written. */
static int check_bitmap(struct reader *reader, uint64_t bits, struct modseal_error *error)
{
	uint64_t start, size;

	if (bits == 0)
		return 0;
	start = reader->where + (uint64_t)__builtin_ctzll(bits) * reader->width;
	size = reader->where + (64 - (uint64_t)__builtin_clzll(bits)) * reader->width -
	       start;
	if (modseal_elf_target_is_free(&reader->target, start, size) ||
	    (!modseal_elf_functions_near(reader->follow, start, size) &&
	     modseal_elf_target_check(&reader->target, start, size, NULL) == 0))
		return 0;
	for (unsigned i = 0; bits >> i != 0; i++) {
		int r = 0;

		if (bits >> i & 1)
			r = check_word(reader, reader->where + i * reader->width, error);
		if (r != 0)
			return r;
	}
	return 0;
}

static int check_entry(struct reader *reader, uint64_t entry, struct modseal_error *error)
{
	int r;

	if (entry & 1) {
		if (reader->where == 0)
			return MODSEAL_ELF_MALFORMED(
				reader->follow->view, error,
				"DT_RELR begins with a bitmap, not an address");
		r = check_bitmap(reader, entry >> 1, error);
		reader->where += (8 * reader->width - 1) * reader->width;
		return r;
	}
	/* linkers sort them; otherwise a word could be moved twice, and all of this would
	 * take the square of the time */
	if (entry < reader->where)
		return MODSEAL_ELF_MALFORMED(reader->follow->view, error,
					     "the addresses of DT_RELR do not rise");
	r = check_word(reader, entry, error);
	reader->where = entry + reader->width;
	return r;
}

int modseal_elf_relr_check(struct modseal_elf_follow *follow, struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	struct reader reader = {.follow = follow,
				.target = {.follow = follow, .name = "DT_RELR"},
				.width = modseal_elf_width(view)};
	uint64_t address, size = 0;
	struct modseal_span bytes;
	int r;

	if (!modseal_elf_tag(view, DT_RELR, &address) ||
	    !modseal_elf_tag(view, DT_RELRSZ, &size) || size == 0)
		return 0;
	if (size % reader.width != 0)
		return MODSEAL_ELF_MALFORMED(view, error, "DT_RELR ends inside an entry");
	follow->entries += size / reader.width;
	if (follow->entries > MODSEAL_MAX_RELOCATIONS)
		return MODSEAL_ELF_MALFORMED(view, error, "more than %u relocations",
					     MODSEAL_MAX_RELOCATIONS);
	r = modseal_elf_bytes_at(view, address, size, "DT_RELR", &bytes, error);
	for (uint64_t at = 0; r == 0 && at < size; at += reader.width)
		r = check_entry(&reader,
				modseal_elf_number(view, bytes.data + at, reader.width),
				error);
	return r;
}
