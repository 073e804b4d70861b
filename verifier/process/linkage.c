/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the tables of an object of this machine out of the bytes it was approved with. */
#include "verifier/process/linkage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal/span.h"

#ifndef DT_RELR /* musl before 1.2.4 */
#define DT_RELRSZ 35
#define DT_RELR	  36
#endif

/* More than verifier/elf accepts: programs are read here, too. */
#define MAX_DYNAMIC 4096u

static int fail(const struct modseal_linkage *linkage, const char *why,
		struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_ELF_MALFORMED, linkage->stage,
			    linkage->reference->object->path, "%s", why);
}

/* Bytes that the file should have: cut short since, or memory that cannot be read. */
static int copy(const struct modseal_linkage *linkage, uint64_t offset, void *to,
		size_t size, struct modseal_error *error)
{
	int errnum = modseal_reference_copy(linkage->reference, offset, to, size);

	if (!errnum)
		return 0;
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, linkage->stage, errnum,
				  linkage->reference->object->path,
				  "its approved bytes cannot be read");
}

static void find_relro(struct modseal_linkage *linkage)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < linkage->header_count; i++) {
		const ElfW(Phdr) *relro = &linkage->headers[i];
		uint64_t start = relro->p_vaddr & ~(page - 1);
		/* the dynamic linker leaves the last page writable if it is not whole */
		uint64_t end = (relro->p_vaddr + relro->p_memsz) & ~(page - 1);

		if (relro->p_type != PT_GNU_RELRO || end <= start)
			continue;
		linkage->relro_start = start;
		linkage->relro_end = end;
	}
}

int modseal_linkage_headers(const struct modseal_reference *reference,
			    enum modseal_stage stage, struct modseal_linkage *ret_linkage,
			    struct modseal_error *error)
{
	struct modseal_linkage linkage = {.reference = reference, .stage = stage};
	ElfW(Ehdr) header;
	int result = copy(&linkage, 0, &header, sizeof(header), error);

	if (result)
		return result;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
	    header.e_ident[EI_CLASS] != (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32) ||
	    header.e_phentsize != sizeof(linkage.headers[0]) ||
	    header.e_phnum > MODSEAL_MAX_PROGRAM_HEADERS)
		return fail(&linkage,
			    "its header is not that of an object of this machine", error);
	linkage.header_count = header.e_phnum;
	result = copy(&linkage, header.e_phoff, linkage.headers,
		      linkage.header_count * sizeof(linkage.headers[0]), error);
	if (result)
		return result;
	find_relro(&linkage);
	*ret_linkage = linkage;
	return 0;
}

/* Where bytes of memory come from in the file; false: not from one segment of it. */
static bool offset_of(const struct modseal_linkage *linkage, uint64_t address,
		      uint64_t size, uint64_t *ret_offset)
{
	for (size_t i = 0; i < linkage->header_count; i++) {
		const ElfW(Phdr) *load = &linkage->headers[i];

		if (load->p_type != PT_LOAD || address < load->p_vaddr ||
		    !modseal_range_fits(load->p_filesz, address - load->p_vaddr, size))
			continue;
		*ret_offset = load->p_offset + (address - load->p_vaddr);
		return *ret_offset >= load->p_offset;
	}
	return false;
}

bool modseal_linkage_copy(const struct modseal_linkage *linkage, uint64_t address,
			  void *to, size_t size)
{
	uint64_t offset;

	return offset_of(linkage, address, size, &offset) &&
	       !modseal_reference_copy(linkage->reference, offset, to, size);
}

/* A whole table; *ret is NULL where it has no entry. */
static int copy_table(const struct modseal_linkage *linkage, uint64_t address,
		      uint64_t size, size_t entry, void **ret,
		      struct modseal_error *error)
{
	uint64_t offset;
	void *table;
	int result;

	*ret = NULL;
	if (size == 0)
		return 0;
	if (size % entry || !offset_of(linkage, address, size, &offset))
		return fail(linkage, "a table of relocations lies outside of it", error);
	table = malloc((size_t)size);
	if (!table)
		return modseal_fail_memory(error, linkage->stage);
	result = copy(linkage, offset, table, (size_t)size, error);
	if (result)
		free(table);
	else
		*ret = table;
	return result;
}

/* The entries that matter here, by their tags. */
struct entries {
	uint64_t rela, rela_size, jump, jump_size, relr, relr_size;
	uint64_t symbols, strings, strings_size, lazy_table;
	bool now, other_form;
};

static void take_entry(const ElfW(Dyn) * entry, struct entries *entries)
{
	uint64_t value = entry->d_un.d_val;

	switch (entry->d_tag) {
	case DT_RELA:
		entries->rela = value;
		break;
	case DT_RELASZ:
		entries->rela_size = value;
		break;
	case DT_JMPREL:
		entries->jump = value;
		break;
	case DT_PLTRELSZ:
		entries->jump_size = value;
		break;
	case DT_RELR:
		entries->relr = value;
		break;
	case DT_RELRSZ:
		entries->relr_size = value;
		break;
	case DT_SYMTAB:
		entries->symbols = value;
		break;
	case DT_STRTAB:
		entries->strings = value;
		break;
	case DT_STRSZ:
		entries->strings_size = value;
		break;
	case DT_PLTGOT:
		entries->lazy_table = value;
		break;
	case DT_BIND_NOW:
		entries->now = true;
		break;
	case DT_FLAGS:
		entries->now |= (value & DF_BIND_NOW) != 0;
		break;
	case DT_FLAGS_1:
		entries->now |= (value & DF_1_NOW) != 0;
		break;
	case DT_REL:
		entries->other_form = true;
		break;
	case DT_PLTREL:
		entries->other_form |= value != DT_RELA;
		break;
	default:
		break;
	}
}

static int read_dynamic(const struct modseal_linkage *linkage, struct entries *entries,
			struct modseal_error *error)
{
	const ElfW(Phdr) *dynamic = NULL;
	ElfW(Dyn) entry;
	int result;

	for (size_t i = 0; i < linkage->header_count; i++)
		if (linkage->headers[i].p_type == PT_DYNAMIC)
			dynamic = &linkage->headers[i];
	if (!dynamic)
		return 0; /* a static program: nothing in it is bound */
	for (size_t i = 0; i < MAX_DYNAMIC; i++) {
		result = copy(linkage, dynamic->p_offset + i * sizeof(entry), &entry,
			      sizeof(entry), error);
		if (result || entry.d_tag == DT_NULL)
			return result;
		take_entry(&entry, entries);
	}
	return fail(linkage, "its dynamic section has no end", error);
}

/* DT_RELA and DT_JMPREL one after the other. */
static int copy_relocations(struct modseal_linkage *linkage,
			    const struct entries *entries, struct modseal_error *error)
{
	size_t entry = sizeof(*linkage->relocations);
	void *first = NULL, *second = NULL;
	ElfW(Rela) * both;
	int result = copy_table(linkage, entries->rela, entries->rela_size, entry, &first,
				error);

	if (!result)
		result = copy_table(linkage, entries->jump, entries->jump_size, entry,
				    &second, error);
	if (result || !second) {
		linkage->relocations = first;
		linkage->relocation_count = first ? entries->rela_size / entry : 0;
		return result;
	}
	both = realloc(first, (size_t)(entries->rela_size + entries->jump_size));
	if (!both) {
		free(first);
		free(second);
		return modseal_fail_memory(error, linkage->stage);
	}
	memcpy((uint8_t *)both + entries->rela_size, second, (size_t)entries->jump_size);
	free(second);
	linkage->relocations = both;
	linkage->relocation_count = (entries->rela_size + entries->jump_size) / entry;
	return 0;
}

int modseal_linkage_open(const struct modseal_reference *reference,
			 enum modseal_stage stage, struct modseal_linkage *ret_linkage,
			 struct modseal_error *error)
{
	struct modseal_linkage linkage;
	struct entries entries = {0};
	void *relative = NULL;
	int result = modseal_linkage_headers(reference, stage, &linkage, error);

	if (!result)
		result = read_dynamic(&linkage, &entries, error);
	if (result)
		return result;
	if (entries.other_form)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, stage,
				    reference->object->path,
				    "its relocations are of the form REL");
	linkage.symbols = entries.symbols;
	linkage.strings = entries.strings;
	linkage.strings_size = entries.strings_size;
	linkage.lazy_table = entries.now || !entries.jump ? 0 : entries.lazy_table;
	result = copy_relocations(&linkage, &entries, error);
	if (!result)
		result = copy_table(&linkage, entries.relr, entries.relr_size,
				    sizeof(*linkage.relative), &relative, error);
	if (result) {
		free(linkage.relocations);
		return result;
	}
	linkage.relative = relative;
	linkage.relative_count =
		relative ? entries.relr_size / sizeof(*linkage.relative) : 0;
	*ret_linkage = linkage;
	return 0;
}

void modseal_linkage_close(struct modseal_linkage *linkage)
{
	free(linkage->relocations);
	free(linkage->relative);
	*linkage = (struct modseal_linkage){0};
}

bool modseal_linkage_symbol(const struct modseal_linkage *linkage, uint64_t index,
			    ElfW(Sym) * ret_symbol, char *name, size_t name_size)
{
	uint64_t address = linkage->symbols + index * sizeof(*ret_symbol);
	size_t length = 0;

	if (name_size)
		*name = '\0';
	if (!linkage->symbols || index > UINT32_MAX ||
	    !modseal_linkage_copy(linkage, address, ret_symbol, sizeof(*ret_symbol)))
		return false;
	/* byte by byte: the end of a name is not known before; only findings ask */
	while (length + 1 < name_size &&
	       ret_symbol->st_name + length < linkage->strings_size &&
	       modseal_linkage_copy(linkage,
				    linkage->strings + ret_symbol->st_name + length,
				    name + length, 1) &&
	       name[length])
		length++;
	if (name_size)
		name[length] = '\0';
	return true;
}
