/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hash tables: every index in them is that of a symbol, and every chain ends (gABI,
 * "Hash Table"; DT_GNU_HASH as glibc's do-lookup.h reads it). They tell how many symbols
 * there are.
 */
#include <stdlib.h>

#include "verifier/elf/follow.h"

/* Words that are fetched at once while the end of a chain is looked for. */
#define STEP 1024u

static uint64_t value_at(const struct modseal_elf_view *view, struct modseal_span words,
			 uint64_t index, size_t width)
{
	return modseal_elf_number(view, words.data + index * width, width);
}

/* A symbol is in one chain, once: so none that is named twice can lead back to itself. */
static int check_named(const struct modseal_elf_view *view, struct modseal_span words,
		       size_t width, uint64_t symbols, uint8_t *named,
		       struct modseal_error *error)
{
	for (uint64_t i = 0; i < words.size / width; i++) {
		uint64_t symbol = value_at(view, words, i, width);

		if (symbol >= symbols)
			return MODSEAL_ELF_MALFORMED(
				view, error, "DT_HASH names symbol %llu of %llu",
				(unsigned long long)symbol, (unsigned long long)symbols);
		if (symbol == 0)
			continue;
		if (named[symbol / 8] & 1u << symbol % 8)
			return MODSEAL_ELF_MALFORMED(
				view, error,
				"a chain of DT_HASH meets another or comes back to "
				"itself");
		named[symbol / 8] |= (uint8_t)(1u << symbol % 8);
	}
	return 0;
}

/* {nbucket, nchain, buckets, chains}: as many chains as symbols. */
static int check_old(struct modseal_elf_follow *follow, uint64_t address,
		     struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	uint16_t machine = view->header.e_machine;
	/* their psABIs have words of 64 bits */
	size_t width = modseal_elf_width(view) == 8 &&
				       (machine == EM_S390 || machine == EM_ALPHA)
			       ? 8
			       : 4;
	struct modseal_span words;
	uint64_t buckets, symbols;
	uint8_t *named;
	int r = modseal_elf_bytes_at(view, address, 2 * width, "DT_HASH", &words, error);

	if (r != 0)
		return r;
	buckets = value_at(view, words, 0, width);
	symbols = value_at(view, words, 1, width);
	if (symbols > MODSEAL_MAX_SYMBOLS || buckets > MODSEAL_MAX_SYMBOLS)
		return MODSEAL_ELF_MALFORMED(
			view, error, "DT_HASH has more than %u symbols or buckets",
			MODSEAL_MAX_SYMBOLS);
	r = modseal_elf_bytes_at(view, address + 2 * width, (buckets + symbols) * width,
				 "DT_HASH", &words, error);
	if (r != 0)
		return r;
	named = calloc(symbols / 8 + 1, 1);
	if (!named)
		return modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
	r = check_named(view, words, width, symbols, named, error);
	free(named);
	follow->symbol_count = symbols;
	return r;
}

/* The chains lie behind each other, and a word with its lowest bit set ends one: so where
 * the chain of the highest bucket ends, all have ended, and the symbols too. */
static int find_end(const struct modseal_elf_view *view, uint64_t chains, uint64_t first,
		    uint64_t highest, uint64_t *ret_count, struct modseal_error *error)
{
	const GElf_Phdr *load = modseal_elf_load_at(view, chains, 4, true);
	uint64_t index = highest;

	while (load && index < MODSEAL_MAX_SYMBOLS) {
		uint64_t at = chains + (index - first) * 4;
		uint64_t room = at < load->p_vaddr + load->p_filesz
					? (load->p_vaddr + load->p_filesz - at) / 4
					: 0;
		struct modseal_span words;
		uint64_t count = room < STEP ? room : STEP;
		int r = 0;

		if (count == 0)
			break;
		r = modseal_elf_bytes_at(view, at, count * 4, "DT_GNU_HASH", &words,
					 error);
		if (r != 0)
			return r;
		for (uint64_t i = 0; i < count; i++, index++) {
			if (value_at(view, words, i, 4) & 1) {
				*ret_count = index + 1;
				return 0;
			}
		}
	}
	return MODSEAL_ELF_MALFORMED(view, error, "a chain of DT_GNU_HASH does not end");
}

/* {nbuckets, number of the first symbol, words of the filter, its shift}, the filter,
 * the buckets, the chains. */
static int check_gnu(struct modseal_elf_follow *follow, uint64_t address,
		     struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	uint64_t buckets, first, filter, at, highest = 0, count = 0;
	struct modseal_span words;
	int r = modseal_elf_bytes_at(view, address, 16, "DT_GNU_HASH", &words, error);

	if (r != 0)
		return r;
	buckets = value_at(view, words, 0, 4);
	first = value_at(view, words, 1, 4);
	filter = value_at(view, words, 2, 4);
	/* glibc ends the process over a number that is no power of two, and takes the
	 * filter of no words for one of 2^32 */
	if (buckets > MODSEAL_MAX_SYMBOLS)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "DT_GNU_HASH has more than %u buckets",
					     MODSEAL_MAX_SYMBOLS);
	if (filter == 0 || (filter & (filter - 1)) != 0)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "the filter of DT_GNU_HASH has %llu words",
					     (unsigned long long)filter);
	at = address + 16 + filter * modseal_elf_width(view);
	r = modseal_elf_bytes_at(view, address + 16, at - address - 16, "DT_GNU_HASH",
				 &words, error);
	if (r == 0)
		r = modseal_elf_bytes_at(view, at, buckets * 4, "DT_GNU_HASH", &words,
					 error);
	if (r != 0)
		return r;
	for (uint64_t i = 0; i < buckets; i++) {
		uint64_t symbol = value_at(view, words, i, 4);

		if (symbol != 0 && symbol < first)
			return MODSEAL_ELF_MALFORMED(
				view, error,
				"a bucket of DT_GNU_HASH names symbol %llu, the first is "
				"%llu",
				(unsigned long long)symbol, (unsigned long long)first);
		highest = symbol > highest ? symbol : highest;
	}
	if (highest == 0)
		return 0; /* nothing is exported: how much is imported it does not say */
	r = find_end(view, at + buckets * 4, first, highest, &count, error);
	if (r == 0 && follow->symbol_count != 0 && follow->symbol_count != count)
		return MODSEAL_ELF_MALFORMED(
			view, error, "%llu symbols by DT_HASH, %llu by DT_GNU_HASH",
			(unsigned long long)follow->symbol_count,
			(unsigned long long)count);
	follow->symbol_count = count;
	return r;
}

int modseal_elf_hash_check(struct modseal_elf_follow *follow, struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	uint64_t address;
	int r = 0;

	if (modseal_elf_tag(view, DT_HASH, &address))
		r = check_old(follow, address, error);
	if (r == 0 && modseal_elf_tag(view, DT_GNU_HASH, &address))
		r = check_gnu(follow, address, error);
	return r;
}
