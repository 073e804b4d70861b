/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Versions of symbols: DT_VERNEED and DT_VERDEF are lists of lists, linked by distances,
 * DT_VERSYM says which of them each symbol has (LSB, "Symbol Versioning").
 */
#include "verifier/elf/follow.h"

/* An index has 15 bits, and each stands for one entry of the lists. */
#define MAX_VERSIONS (1u << 15)

struct list {
	int64_t tag;
	const char *name;
	size_t size;	    /* of an entry */
	size_t index;	    /* where its index is, 2 bytes; 0: in the inner list */
	size_t file;	    /* where its name is; 0: none */
	size_t inner, next; /* where the distances are */
	size_t inner_size, inner_index, inner_name, inner_next;
};
static const struct list lists[] = {
	{DT_VERNEED, "DT_VERNEED", 16, 0, 4, 8, 12, 16, 6, 8, 12},
	{DT_VERDEF, "DT_VERDEF", 20, 4, 0, 12, 16, 8, 0, 0, 4},
};

struct walk {
	const struct modseal_elf_view *view;
	const struct list *list;
	unsigned steps;
	unsigned *highest; /* of the indices */
};

static int check_text(const struct walk *walk, const uint8_t *name,
		      struct modseal_error *error)
{
	/* modseal_elf_symbols_check saw that the last one ends */
	if (modseal_elf_word(walk->view, name) < walk->view->strings.size)
		return 0;
	return MODSEAL_ELF_MALFORMED(
		walk->view, error, "a name of %s is not in DT_STRTAB", walk->list->name);
}

static void note_index(const struct walk *walk, const uint8_t *index)
{
	unsigned value = (unsigned)modseal_elf_number(walk->view, index, 2) & 0x7fff;

	if (value > *walk->highest)
		*walk->highest = value;
}

/* One entry of either list, fetched. */
static int read_entry(struct walk *walk, uint64_t address, size_t size,
		      struct modseal_span *ret_entry, struct modseal_error *error)
{
	if (++walk->steps > MAX_VERSIONS)
		return MODSEAL_ELF_MALFORMED(walk->view, error, "%s has no end",
					     walk->list->name);
	if (address % 4 != 0)
		return MODSEAL_ELF_MALFORMED(walk->view, error,
					     "an entry of %s is not aligned",
					     walk->list->name);
	return modseal_elf_bytes_at(walk->view, address, size, walk->list->name,
				    ret_entry, error);
}

static int check_inner(struct walk *walk, uint64_t address, struct modseal_error *error)
{
	const struct list *list = walk->list;
	struct modseal_span entry;
	uint32_t next = 0;

	do {
		int r = read_entry(walk, address += next, list->inner_size, &entry,
				   error);

		if (r == 0)
			r = check_text(walk, entry.data + list->inner_name, error);
		if (r != 0)
			return r;
		if (list->inner_index)
			note_index(walk, entry.data + list->inner_index);
		next = modseal_elf_word(walk->view, entry.data + list->inner_next);
	} while (next != 0);
	return 0;
}

/* glibc ends the process where versions are wanted of what is not there. */
static int check_file(const struct walk *walk, const uint8_t *file,
		      struct modseal_error *error)
{
	const struct modseal_elf_view *view = walk->view;
	const char *strings = (const char *)view->strings.data;
	uint64_t name = modseal_elf_word(view, file);
	int r = check_text(walk, file, error);

	if (r != 0)
		return r;
	for (size_t i = 0; i < view->dynamic_count; i++) {
		const GElf_Dyn *entry = &view->dynamic[i];

		/* modseal_elf_dynamic_read saw that these are texts */
		if (entry->d_tag == DT_NEEDED &&
		    (entry->d_un.d_val == name ||
		     strcmp(strings + entry->d_un.d_val, strings + name) == 0))
			return 0;
	}
	return MODSEAL_ELF_MALFORMED(view, error, "%s is about '%s', which is not needed",
				     walk->list->name, strings + name);
}

static int check_list(struct walk *walk, uint64_t address, struct modseal_error *error)
{
	const struct modseal_elf_view *view = walk->view;
	const struct list *list = walk->list;
	struct modseal_span entry;
	unsigned files = 0;
	uint32_t next = 0;

	do {
		int r = read_entry(walk, address += next, list->size, &entry, error);

		if (r == 0 && modseal_elf_number(view, entry.data, 2) != 1)
			r = MODSEAL_ELF_MALFORMED(view, error, "unknown version of %s",
						  list->name);
		if (r == 0 && list->file)
			r = check_file(walk, entry.data + list->file, error);
		if (r == 0 && list->file && ++files > MODSEAL_MAX_NEEDED)
			r = MODSEAL_ELF_MALFORMED(view, error, "%s has no end",
						  list->name);
		if (r != 0)
			return r;
		if (list->index)
			note_index(walk, entry.data + list->index);
		next = modseal_elf_word(view, entry.data + list->next);
		r = check_inner(
			walk, address + modseal_elf_word(view, entry.data + list->inner),
			error);
		if (r != 0)
			return r;
	} while (next != 0);
	return 0;
}

/* glibc looks versions up by these numbers without a look at how many it has. */
static int check_numbers(const struct modseal_elf_view *view, uint64_t symbols,
			 unsigned highest, struct modseal_error *error)
{
	struct modseal_span numbers;
	uint64_t address;
	int r;

	if (!modseal_elf_tag(view, DT_VERSYM, &address)) {
		if (highest == 0)
			return 0;
		return MODSEAL_ELF_MALFORMED(view, error,
					     "versions of symbols without DT_VERSYM");
	}
	r = modseal_elf_bytes_at(view, address, symbols * 2, "DT_VERSYM", &numbers,
				 error);
	for (uint64_t i = 0; r == 0 && i < symbols; i++) {
		unsigned number =
			(unsigned)modseal_elf_number(view, numbers.data + 2 * i, 2) &
			0x7fff;

		if (number > highest)
			r = MODSEAL_ELF_MALFORMED(
				view, error, "symbol %llu has version %u, the last is %u",
				(unsigned long long)i, number, highest);
	}
	return r;
}

int modseal_elf_versions_check(const struct modseal_elf_view *view, uint64_t symbols,
			       struct modseal_error *error)
{
	unsigned highest = 0;
	uint64_t address;
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(lists) / sizeof(lists[0]); i++) {
		struct walk walk = {.view = view, .list = &lists[i], .highest = &highest};

		if (modseal_elf_tag(view, lists[i].tag, &address))
			r = check_list(&walk, address, error);
	}
	if (r == 0)
		r = check_numbers(view, symbols, highest, error);
	return r;
}
