/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Full RELRO: the addresses that calls go through are read-only once the dynamic linker
 * has filled them in. What linkers promise by DT_BIND_NOW and PT_GNU_RELRO is not
 * believed: a lazily bound file says the same with one bit changed.
 */
#include "verifier/elf/follow.h"

/* Both ends are rounded down (glibc's _dl_protect_relro, musl's map_library): a page of
 * which only the beginning is named stays writable. */
static struct modseal_elf_range protected_range(const struct modseal_elf_view *view,
						const GElf_Phdr *relro)
{
	uint64_t mask = ~(view->page_size - 1);
	uint64_t start = relro->p_vaddr & mask;
	/* does not wrap: it lies in the pages of a PT_LOAD */
	uint64_t end = (relro->p_vaddr + relro->p_memsz) & mask;

	return (struct modseal_elf_range){start, end - start};
}

static bool holds(const struct modseal_elf_range *range, uint64_t address, uint64_t size)
{
	return address >= range->address &&
	       modseal_range_fits(range->size, address - range->address, size);
}

static bool is_protected(const struct modseal_elf_view *view,
			 const struct modseal_elf_range *range, uint64_t address,
			 uint64_t size)
{
	const GElf_Phdr *load = modseal_elf_load_at(view, address, size, false);

	/* otherwise nobody can write there anyway */
	return (load && !(load->p_flags & PF_W)) || holds(range, address, size);
}

/* PT_DYNAMIC, the three reserved words of the GOT, and the functions that are called at
 * the start and at the end. */
static bool tables_are_protected(const struct modseal_elf_view *view,
				 const struct modseal_elf_range *range)
{
	static const struct {
		int64_t address, size; /* 0: a word */
	} tables[] = {
		{DT_PLTGOT, 0},
		{DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ},
		{DT_INIT_ARRAY, DT_INIT_ARRAYSZ},
		{DT_FINI_ARRAY, DT_FINI_ARRAYSZ},
	};
	const GElf_Phdr *dynamic = view->dynamic_segment;

	if (!is_protected(view, range, dynamic->p_vaddr, dynamic->p_memsz))
		return false;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		uint64_t address, size = modseal_elf_width(view);

		if (!modseal_elf_tag(view, tables[i].address, &address))
			continue;
		if (tables[i].size)
			modseal_elf_tag(view, tables[i].size, &size);
		if (size && !is_protected(view, range, address, size))
			return false;
	}
	return true;
}

struct table {
	int64_t address, size;
	const char *name;
	bool with_addend;
	bool calls; /* all of its relocations fill slots; else those of a GOT's types */
};

/* Relocations that fill what is no memory of the file, or cannot be written, are refused
 * or found otherwise: only the range counts here. */
static int check_slots(const struct modseal_elf_view *view, const struct table *table,
		       const struct modseal_elf_range *range, bool *covered,
		       struct modseal_error *error)
{
	const struct modseal_elf_machine *machine = modseal_elf_machine_of(view);
	size_t width = modseal_elf_width(view);
	size_t entry = (table->with_addend ? 3 : 2) * width;
	bool wide = modseal_elf_is_wide(view);
	uint64_t address, size = 0;
	struct modseal_span bytes;
	int r;

	if ((!machine && !table->calls) ||
	    !modseal_elf_tag(view, table->address, &address) ||
	    !modseal_elf_tag(view, table->size, &size))
		return 0;
	if (size / entry > MODSEAL_MAX_RELOCATIONS)
		return MODSEAL_ELF_MALFORMED(view, error, "more than %u relocations",
					     MODSEAL_MAX_RELOCATIONS);
	if (size < entry)
		return 0;
	r = modseal_elf_bytes_at(view, address, size - size % entry, table->name, &bytes,
				 error);
	for (uint64_t at = 0; r == 0 && *covered && at < bytes.size; at += entry) {
		struct modseal_elf_relocation relocation = modseal_elf_relocation_at(
			view, bytes.data + at, table->with_addend, wide);
		uint32_t type = relocation.type;
		bool pair = machine && machine->pair && type == machine->pair;

		if (type == 0 || (!table->calls && !pair &&
				  type - machine->first_slot >= machine->of_slots))
			continue;
		*covered = holds(range, relocation.offset, pair ? 2 * width : width);
	}
	return r;
}

int modseal_elf_relro_check(const struct modseal_elf_view *view, const GElf_Phdr *relro,
			    bool *ret_covered, struct modseal_error *error)
{
	struct modseal_elf_range range = protected_range(view, relro);
	uint64_t kind = 0;
	bool covered = tables_are_protected(view, &range);
	bool has_kind = modseal_elf_tag(view, DT_PLTREL, &kind);
	const struct table tables[] = {
		{DT_JMPREL, DT_PLTRELSZ, "DT_JMPREL", !has_kind || kind == DT_RELA, true},
		{DT_RELA, DT_RELASZ, "DT_RELA", true, false},
		{DT_REL, DT_RELSZ, "DT_REL", false, false},
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		r = check_slots(view, &tables[i], &range, &covered, error);
	if (r == 0)
		*ret_covered = covered;
	return r;
}
