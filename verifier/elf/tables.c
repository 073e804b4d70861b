/* SPDX-License-Identifier: Apache-2.0 */
/* Every table the dynamic section points to lies inside the object that is mapped. */
#include "verifier/elf/view.h"

struct table {
	int64_t address;   /* tag of the address */
	int64_t size;	   /* tag of the size in bytes; 0: none */
	int64_t entry;	   /* tag of the size of an entry; 0: none */
	Elf_Type type;	   /* whose size that must be */
	uint32_t smallest; /* bytes that must be there where no tag gives the size */
	bool from_file;	   /* read before relocation, so the bytes must be the file's */
	uint8_t align;	   /* 0: that of a word of the class */
	const char *name;
};
static const struct table tables[] = {
	{DT_SYMTAB, 0, DT_SYMENT, ELF_T_SYM, 0, true, 0, "DT_SYMTAB"},
	{DT_HASH, 0, 0, ELF_T_BYTE, 8, true, 4, "DT_HASH"},
	{DT_GNU_HASH, 0, 0, ELF_T_BYTE, 16, true, 0, "DT_GNU_HASH"},
	{DT_RELA, DT_RELASZ, DT_RELAENT, ELF_T_RELA, 0, true, 0, "DT_RELA"},
	{DT_REL, DT_RELSZ, DT_RELENT, ELF_T_REL, 0, true, 0, "DT_REL"},
	{DT_RELR, DT_RELRSZ, DT_RELRENT, ELF_T_ADDR, 0, true, 0, "DT_RELR"},
	{DT_JMPREL, DT_PLTRELSZ, 0, ELF_T_BYTE, 0, true, 0, "DT_JMPREL"},
	{DT_VERSYM, 0, 0, ELF_T_BYTE, 2, true, 2, "DT_VERSYM"},
	{DT_VERNEED, 0, 0, ELF_T_BYTE, 16, true, 4, "DT_VERNEED"},
	{DT_VERDEF, 0, 0, ELF_T_BYTE, 20, true, 4, "DT_VERDEF"},
	{DT_INIT_ARRAY, DT_INIT_ARRAYSZ, 0, ELF_T_BYTE, 0, false, 0, "DT_INIT_ARRAY"},
	{DT_FINI_ARRAY, DT_FINI_ARRAYSZ, 0, ELF_T_BYTE, 0, false, 0, "DT_FINI_ARRAY"},
	{DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ, 0, ELF_T_BYTE, 0, false, 0,
	 "DT_PREINIT_ARRAY"},
	{DT_INIT, 0, 0, ELF_T_BYTE, 1, false, 1, "DT_INIT"},
	{DT_FINI, 0, 0, ELF_T_BYTE, 1, false, 1, "DT_FINI"},
	{DT_PLTGOT, 0, 0, ELF_T_BYTE, 1, false, 1, "DT_PLTGOT"},
};

static int check_table(const struct modseal_elf_view *view, const struct table *table,
		       struct modseal_error *error)
{
	uint64_t address, entry_size, size = table->smallest;
	size_t align = table->align ? table->align
				    : gelf_fsize(view->handle, ELF_T_ADDR, 1, EV_CURRENT);

	if (!modseal_elf_tag(view, table->address, &address))
		return 0;
	if (table->entry) {
		size_t wanted = gelf_fsize(view->handle, table->type, 1, EV_CURRENT);

		/* glibc ends the process where these are wrong, and crashes without them
		 */
		if (!modseal_elf_tag(view, table->entry, &entry_size) ||
		    entry_size != wanted)
			return MODSEAL_ELF_MALFORMED(
				view, error, "wrong entry size for %s", table->name);
		size = wanted;
	}
	if (table->size && !modseal_elf_tag(view, table->size, &size))
		return MODSEAL_ELF_MALFORMED(view, error, "%s without its size",
					     table->name);
	if (size && address % align != 0)
		return MODSEAL_ELF_MALFORMED(view, error, "%s is not aligned",
					     table->name);
	if (size && !modseal_elf_load_at(view, address, size, table->from_file))
		return MODSEAL_ELF_MALFORMED(
			view, error, "%s points outside every PT_LOAD", table->name);
	return 0;
}

int modseal_elf_tables_check(const struct modseal_elf_view *view,
			     struct modseal_error *error)
{
	uint64_t value;
	int r = 0;

	if (!view->dynamic_segment)
		return 0;
	for (size_t i = 0; r == 0 && i < sizeof(tables) / sizeof(tables[0]); i++)
		r = check_table(view, &tables[i], error);
	if (r == 0 && !modseal_elf_tag(view, DT_SYMTAB, &value))
		r = MODSEAL_ELF_MALFORMED(view, error, "no dynamic symbol table");
	if (r == 0 && modseal_elf_tag(view, DT_PLTREL, &value) && value != DT_REL &&
	    value != DT_RELA)
		r = MODSEAL_ELF_MALFORMED(view, error,
					  "DT_PLTREL is neither REL nor RELA");
	return r;
}
