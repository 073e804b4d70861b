/* SPDX-License-Identifier: Apache-2.0 */
/* The dynamic symbols: their names are texts, and what they stand for lies inside the
 * object. */
#include "verifier/elf/follow.h"

struct symbol {
	uint64_t name, value, size;
	unsigned type, section;
};

/* {name, info, other, section, value, size}, and for 32 bits {name, value, size, info,
 * other, section} (gABI, "Symbol Table"). */
static struct symbol symbol_of(const struct modseal_elf_view *view, const uint8_t *bytes)
{
	bool wide = modseal_elf_width(view) == 8;

	if (modseal_elf_is_wide(view)) {
		Elf64_Sym native;

		memcpy(&native, bytes, sizeof(native));
		return (struct symbol){
			.name = native.st_name,
			.type = ELF64_ST_TYPE(native.st_info),
			.section = native.st_shndx,
			.value = native.st_value,
			.size = native.st_size,
		};
	}
	return (struct symbol){
		.name = modseal_elf_word(view, bytes),
		.type = bytes[wide ? 4 : 12] & 0xfu,
		.section = (unsigned)modseal_elf_number(view, bytes + (wide ? 6 : 14), 2),
		.value = modseal_elf_number(view, bytes + (wide ? 8 : 4), wide ? 8 : 4),
		.size = modseal_elf_number(view, bytes + (wide ? 16 : 8), wide ? 8 : 4),
	};
}

/* Of nothing by itself: the end of a segment is a place that symbols stand for. */
static bool is_inside(const struct modseal_elf_view *view, uint64_t address)
{
	const GElf_Phdr *load = modseal_elf_load_below(view, address);

	return load && address - load->p_vaddr <= load->p_memsz;
}

static int check_symbol(const struct modseal_elf_follow *follow,
			const struct symbol *symbol, uint64_t index,
			struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	const GElf_Phdr *tls = follow->tls;
	const char *name;

	if (symbol->name >= view->strings.size)
		return MODSEAL_ELF_MALFORMED(
			view, error, "the name of symbol %llu is not in DT_STRTAB",
			(unsigned long long)index);
	name = (const char *)view->strings.data + symbol->name;
	if (symbol->section == SHN_UNDEF || symbol->section == SHN_ABS)
		return 0;
	if (symbol->type == STT_TLS && (!tls || symbol->value > tls->p_memsz))
		return MODSEAL_ELF_MALFORMED(view, error,
					     "symbol '%s' lies outside PT_TLS", name);
	/* its function is called to find the address */
	if (symbol->type == STT_GNU_IFUNC && !modseal_elf_is_code(view, symbol->value))
		return MODSEAL_ELF_MALFORMED(
			view, error, "the function that chooses '%s' is not in its code",
			name);
	if (symbol->type != STT_TLS && !is_inside(view, symbol->value))
		return MODSEAL_ELF_MALFORMED(
			view, error, "symbol '%s' lies outside every PT_LOAD", name);
	return 0;
}

int modseal_elf_symbols_check(const struct modseal_elf_follow *follow,
			      struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	size_t entry = gelf_fsize(view->handle, ELF_T_SYM, 1, EV_CURRENT);
	uint64_t count = follow->symbol_count, address = 0;
	struct modseal_span table;
	int r = 0;

	if (view->strings.data[view->strings.size - 1] != '\0')
		return MODSEAL_ELF_MALFORMED(view, error,
					     "DT_STRTAB does not end in a zero byte");
	/* a relocation may name no symbol that the hash tables do not know */
	if (count != 0 && follow->symbols_used > count)
		return MODSEAL_ELF_MALFORMED(view, error,
					     "a relocation names symbol %llu of %llu",
					     (unsigned long long)follow->symbols_used - 1,
					     (unsigned long long)count);
	if (count == 0)
		count = follow->symbols_used;
	modseal_elf_tag(view, DT_SYMTAB, &address);
	r = modseal_elf_bytes_at(view, address, count * entry, "DT_SYMTAB", &table,
				 error);
	for (uint64_t i = 0; r == 0 && i < count; i++) {
		struct symbol symbol = symbol_of(view, table.data + i * entry);

		r = check_symbol(follow, &symbol, i, error);
	}
	return r;
}
