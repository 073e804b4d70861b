/* SPDX-License-Identifier: Apache-2.0 */
/* Judges, in order, all that the dynamic linker follows without asking. */
#include <stdlib.h>

#include "verifier/elf/follow.h"

static const struct modseal_elf_machine machines[] = {
	{
		.machine = EM_X86_64,
		.with_addend = true,
		.relative = 8,
		.indirect = 37,
		.copy = 5,
		.pair = 36,
		.first_slot = 6,
		.of_slots = 2,
		.first_tls = 16,
		.of_tls = 3,
		/* NONE 64 PC32 COPY GLOB_DAT JUMP_SLOT RELATIVE 32, DTPMOD64 to TPOFF64,
		 * SIZE32 SIZE64, TLSDESC IRELATIVE RELATIVE64 */
		.known = 0x5e7ull | 7ull << 16 | 3ull << 32 | 7ull << 36,
		.halves = 1ull << 2 | 1ull << 10 | 1ull << 32, /* PC32 32 SIZE32 */
	},
	{
		.machine = EM_AARCH64,
		.with_addend = true,
		.relative = 1027,
		.indirect = 1032,
		.copy = 1024,
		.pair = 1031,
		.first_slot = 1025,
		.of_slots = 2,
		.first_tls = 1028,
		.of_tls = 3,
		.base = 1024, /* COPY to IRELATIVE */
		.known = 0x1ff,
		.further = 257, /* ABS64 */
	},
	{.machine = EM_386,
	 .relative = 8,
	 .indirect = 42,
	 .copy = 5,
	 .pair = 41,
	 .first_slot = 6,
	 .of_slots = 2},
	{.machine = EM_ARM,
	 .relative = 23,
	 .indirect = 160,
	 .copy = 20,
	 .pair = 13,
	 .first_slot = 21,
	 .of_slots = 2},
	{.machine = EM_RISCV,
	 .with_addend = true,
	 .relative = 3,
	 .indirect = 58,
	 .copy = 4,
	 .first_slot = 5,
	 .of_slots = 1,
	 /* 32 TLS_DTPMOD32 TLS_DTPREL32 TLS_TPREL32 */
	 .halves = 1ull << 1 | 1ull << 6 | 1ull << 8 | 1ull << 10},
};

const struct modseal_elf_machine *
modseal_elf_machine_of(const struct modseal_elf_view *view)
{
	/* AArch64 with words of 32 bits numbers its relocations otherwise */
	if (view->header.e_machine == EM_AARCH64 && modseal_elf_width(view) == 4)
		return NULL;
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (machines[i].machine == view->header.e_machine)
			return &machines[i];
	return NULL;
}

int modseal_elf_bytes_at(const struct modseal_elf_view *view, uint64_t address,
			 uint64_t length, const char *what,
			 struct modseal_span *ret_bytes, struct modseal_error *error)
{
	const GElf_Phdr *load = modseal_elf_load_at(view, address, length, true);
	uint64_t offset;

	if (!load)
		return MODSEAL_ELF_MALFORMED(view, error, "%s reaches out of its PT_LOAD",
					     what);
	if (!(load->p_flags & PF_R))
		return MODSEAL_ELF_MALFORMED(
			view, error, "%s lies in memory that cannot be read", what);
	offset = load->p_offset + (address - load->p_vaddr);
	if (!modseal_span_part(view->content, offset, length, ret_bytes))
		return MODSEAL_ELF_MALFORMED(view, error, "%s lies outside the content",
					     what);
	return modseal_elf_need(view, offset, length, error);
}

bool modseal_elf_is_code(const struct modseal_elf_view *view, uint64_t address)
{
	/* the lowest bit says Thumb */
	uint64_t at = view->header.e_machine == EM_ARM ? address & ~1ull : address;
	const GElf_Phdr *load = modseal_elf_load_at(view, at, 1, true);

	return load && (load->p_flags & PF_X);
}

/* The dynamic linker adds the load address to entries where PT_DYNAMIC says that it may
 * write, and reads the table of segments in memory. */
static int check_memory(const struct modseal_elf_view *view, struct modseal_error *error)
{
	const GElf_Phdr *dynamic = view->dynamic_segment;
	const GElf_Phdr *load =
		modseal_elf_load_at(view, dynamic->p_vaddr, dynamic->p_memsz, true);

	if (!load || !(load->p_flags & PF_R) ||
	    ((dynamic->p_flags & PF_W) && !(load->p_flags & PF_W)))
		return MODSEAL_ELF_MALFORMED(
			view, error,
			"PT_DYNAMIC lies in memory that cannot be read or written");
	return 0;
}

/* Where relocations may not write: the tables are read again after them, and by whoever
 * is loaded later. */
static void keep(struct modseal_elf_follow *follow)
{
	static const struct {
		int64_t address, size;
	} tables[] = {
		{DT_STRTAB, DT_STRSZ}, {DT_RELA, DT_RELASZ},	 {DT_REL, DT_RELSZ},
		{DT_RELR, DT_RELRSZ},  {DT_JMPREL, DT_PLTRELSZ}, {DT_SYMTAB, DT_SYMENT},
	};
	const struct modseal_elf_view *view = follow->view;
	struct modseal_elf_range *at = follow->kept;
	uint64_t address, size;

	*at++ = (struct modseal_elf_range){view->dynamic_segment->p_vaddr,
					   view->dynamic_segment->p_memsz};
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		const GElf_Phdr *load;

		if (!modseal_elf_tag(view, tables[i].address, &address) ||
		    !modseal_elf_tag(view, tables[i].size, &size) || size == 0)
			continue;
		if (tables[i].address == DT_SYMTAB)
			size *= follow->symbol_count;
		load = modseal_elf_load_at(view, address, 1, false);
		if (load && ((load->p_flags & PF_W) || follow->text_relocations))
			*at++ = (struct modseal_elf_range){address, size};
	}
	follow->kept_count = (size_t)(at - follow->kept);
}

int modseal_elf_follow_check(const struct modseal_elf_view *view,
			     struct modseal_error *error)
{
	struct modseal_elf_follow follow = {.view = view,
					    .machine = modseal_elf_machine_of(view),
					    .tls = modseal_elf_segment(view, PT_TLS)};
	uint64_t flags = 0, symbols;
	int r;

	if (!view->dynamic_segment)
		return 0;
	modseal_elf_tag(view, DT_FLAGS, &flags);
	follow.text_relocations =
		(flags & DF_TEXTREL) || modseal_elf_tag(view, DT_TEXTREL, &flags);
	r = check_memory(view, error);
	if (r == 0)
		r = modseal_elf_hash_check(&follow, error);
	if (r == 0)
		r = modseal_elf_functions_open(&follow, error);
	if (r == 0)
		keep(&follow);
	if (r == 0)
		r = modseal_elf_relocations_check(&follow, error);
	if (r == 0)
		r = modseal_elf_functions_check(&follow, error);
	if (r == 0)
		r = modseal_elf_symbols_check(&follow, error);
	symbols = follow.symbol_count > follow.symbols_used ? follow.symbol_count
							    : follow.symbols_used;
	if (r == 0)
		r = modseal_elf_versions_check(view, symbols, error);
	free(follow.filled);
	return r;
}
