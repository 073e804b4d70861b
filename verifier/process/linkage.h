/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dynamic linker changes in an object of this machine, and what it must not
 * change: segments, RELRO, relocations, symbols, read out of the approved bytes by
 * offset and width. The reader trusts none of them: a file that the program itself
 * brought can have been changed by its owner since.
 */
#ifndef MODSEAL_PROCESS_LINKAGE_H
#define MODSEAL_PROCESS_LINKAGE_H

#include <link.h>

#include "internal/limits.h"
#include "verifier/process/reference.h"

struct modseal_linkage {
	const struct modseal_reference *reference;
	enum modseal_stage stage;
	ElfW(Phdr) headers[MODSEAL_MAX_PROGRAM_HEADERS];
	size_t header_count;
	/* What is made read-only once it is relocated (PT_GNU_RELRO); both 0: nothing. */
	uint64_t relro_start;
	uint64_t relro_end;
	/* DT_RELA and DT_JMPREL, in this order; and DT_RELR. */
	ElfW(Rela) * relocations;
	size_t relocation_count;
	ElfW(Addr) * relative; /* addresses and bitmaps */
	size_t relative_count;
	uint64_t symbols; /* address of DT_SYMTAB, 0: none */
	uint64_t strings; /* of DT_STRTAB */
	uint64_t strings_size;
	uint64_t lazy_table; /* of DT_PLTGOT where functions may be bound lazily, or 0 */
};

/* Reads the program headers alone. Errors: ELF_MALFORMED, SYSTEM. */
MODSEAL_MUST_CHECK int modseal_linkage_headers(const struct modseal_reference *reference,
					       enum modseal_stage stage,
					       struct modseal_linkage *ret_linkage,
					       struct modseal_error *error);
/* The same, and what PT_DYNAMIC leads to. The caller ends with modseal_linkage_close.
 * Errors: also RESOURCE, UNSUPPORTED (relocations of a form this machine has not). */
MODSEAL_MUST_CHECK int modseal_linkage_open(const struct modseal_reference *reference,
					    enum modseal_stage stage,
					    struct modseal_linkage *ret_linkage,
					    struct modseal_error *error);
void modseal_linkage_close(struct modseal_linkage *linkage);

/* Copies bytes of the file by the address they are mapped at; false: not there. */
bool modseal_linkage_copy(const struct modseal_linkage *linkage, uint64_t address,
			  void *to, size_t size);

/* A symbol by its index, and its name ("" where it has none that can be read). */
bool modseal_linkage_symbol(const struct modseal_linkage *linkage, uint64_t index,
			    ElfW(Sym) * ret_symbol, char *name, size_t name_size);

#endif
