/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dynamic linker follows without asking: hash tables, symbols, versions,
 * relocations, functions that it calls. A file that is wrong in one of them is mapped all
 * the same, and then crashes the process, ends it by an assertion, or writes where it
 * should not; so it is refused before. Not for other folders.
 */
#ifndef MODSEAL_ELF_FOLLOW_H
#define MODSEAL_ELF_FOLLOW_H

#include <string.h>

#include "verifier/elf/view.h"

/* Several times what the largest libraries have; with them, a hostile file costs its
 * reader less than 100 ms (R48). */
#define MODSEAL_MAX_SYMBOLS	(1u << 20)
#define MODSEAL_MAX_RELOCATIONS (3u << 19)
#define MODSEAL_MAX_FUNCTIONS	(1u << 16)

/* What a machine's psABI and glibc's dl-machine.h say about relocations. */
struct modseal_elf_machine {
	uint16_t machine;
	bool with_addend;	       /* RELA only: glibc ignores or aborts on REL */
	uint32_t relative;	       /* its R_*_RELATIVE */
	uint32_t indirect;	       /* R_*_IRELATIVE: its addend is called */
	uint32_t copy;		       /* R_*_COPY */
	uint32_t pair;		       /* R_*_TLSDESC: two words */
	uint32_t first_slot, of_slots; /* R_*_GLOB_DAT and R_*_JUMP_SLOT: of the GOT */
	uint32_t first_tls, of_tls;    /* first and how many need a PT_TLS */
	uint32_t base;		       /* of the mask */
	uint64_t known;	  /* those from base on that glibc performs; 0: any */
	uint32_t further; /* one more, below base */
	uint64_t halves;  /* those below 64 that fill 4 bytes where a word has 8 */
};
/* NULL: a machine whose relocations are not judged by their types. */
const struct modseal_elf_machine *
modseal_elf_machine_of(const struct modseal_elf_view *view);

/* DT_INIT_ARRAY and its like. */
struct modseal_elf_functions {
	uint64_t address, count;
	uint64_t first; /* number of its first slot in `filled` */
};
#define MODSEAL_ELF_ARRAYS 3u

/* A run of addresses; size 0: none. */
struct modseal_elf_range {
	uint64_t address, size;
};
/* The tables that PT_DYNAMIC names, and PT_DYNAMIC. */
#define MODSEAL_ELF_KEPT 16u

/* What one step finds out for the next. */
struct modseal_elf_follow {
	const struct modseal_elf_view *view;
	const struct modseal_elf_machine *machine;
	const GElf_Phdr *tls; /* PT_TLS; NULL: none */
	uint64_t entries;     /* relocations so far */

	uint64_t symbol_count; /* by the hash tables; 0: they do not tell */
	uint64_t symbols_used; /* above the highest that a relocation names */

	struct modseal_elf_functions arrays[MODSEAL_ELF_ARRAYS];
	uint8_t *filled; /* a bit for each slot that a relocation fills; to be freed */

	/* what is judged must not be changed by relocations afterwards */
	struct modseal_elf_range kept[MODSEAL_ELF_KEPT];
	size_t kept_count;
	bool text_relocations;
};

/* Whose relocations are being looked at. */
struct modseal_elf_target {
	const struct modseal_elf_follow *follow;
	const char *name; /* "DT_RELA", ... */
	/* around the last target: writable, and neither kept nor of an array */
	struct modseal_elf_range free;
};

/* Nearly always: the next is where the last one was. */
static inline bool modseal_elf_target_is_free(const struct modseal_elf_target *target,
					      uint64_t address, uint64_t size)
{
	return address >= target->free.address &&
	       modseal_range_fits(target->free.size, address - target->free.address,
				  size);
}

/*
 * The steps, in the order in which they are taken. Errors of all: ELF_MALFORMED,
 * RESOURCE, and what fetching bytes may fail with.
 */
MODSEAL_MUST_CHECK int modseal_elf_hash_check(struct modseal_elf_follow *follow,
					      struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_elf_functions_open(struct modseal_elf_follow *follow,
						  struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_elf_relocations_check(struct modseal_elf_follow *follow,
						     struct modseal_error *error);
MODSEAL_MUST_CHECK int
modseal_elf_functions_check(const struct modseal_elf_follow *follow,
			    struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_elf_symbols_check(const struct modseal_elf_follow *follow,
						 struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_elf_versions_check(const struct modseal_elf_view *view,
						  uint64_t symbols,
						  struct modseal_error *error);

/* Part of the relocations: DT_RELR. */
MODSEAL_MUST_CHECK int modseal_elf_relr_check(struct modseal_elf_follow *follow,
					      struct modseal_error *error);
/* May size bytes at an address be written while relocations are applied: in a writable
 * PT_LOAD, and not in what is judged here? */
MODSEAL_MUST_CHECK int modseal_elf_target_check(struct modseal_elf_target *target,
						uint64_t address, uint64_t size,
						struct modseal_error *error);

/* A relocation fills size bytes at an address with (where `known`) the load address plus
 * value: is it a slot of an array, all of it and no more, and then a function? */
MODSEAL_MUST_CHECK int modseal_elf_functions_fill(struct modseal_elf_follow *follow,
						  uint64_t address, uint64_t size,
						  bool known, uint64_t value,
						  struct modseal_error *error);
/* Could it be one? */
bool modseal_elf_functions_near(const struct modseal_elf_follow *follow, uint64_t start,
				uint64_t size);

/* May the dynamic linker call this address? */
bool modseal_elf_is_code(const struct modseal_elf_view *view, uint64_t address);

/*
 * The bytes of the file that are in memory from an address on, fetched: length of them.
 * what ("DT_HASH", ...) stands in the message if they are not all there, or not readable.
 */
MODSEAL_MUST_CHECK int modseal_elf_bytes_at(const struct modseal_elf_view *view,
					    uint64_t address, uint64_t length,
					    const char *what,
					    struct modseal_span *ret_bytes,
					    struct modseal_error *error);

/* A number of the file in its byte order: width is 2, 4 or 8. */
static inline uint64_t modseal_elf_number(const struct modseal_elf_view *view,
					  const uint8_t *bytes, size_t width)
{
	bool big = view->header.e_ident[EI_DATA] == ELFDATA2MSB;
	uint64_t first, second;

	if (width == 2)
		return big ? (uint64_t)bytes[0] << 8 | bytes[1]
			   : (uint64_t)bytes[1] << 8 | bytes[0];
	first = modseal_elf_word(view, bytes);
	if (width == 4)
		return first;
	second = modseal_elf_word(view, bytes + 4);
	return big ? first << 32 | second : second << 32 | first;
}

static inline size_t modseal_elf_width(const struct modseal_elf_view *view)
{
	return view->header.e_ident[EI_CLASS] == ELFCLASS64 ? 8 : 4;
}

struct modseal_elf_relocation {
	uint64_t offset, addend;
	uint32_t type, symbol;
};

/* Are its numbers those of this machine, of 64 bits? */
static inline bool modseal_elf_is_wide(const struct modseal_elf_view *view)
{
	unsigned own = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? ELFDATA2MSB : ELFDATA2LSB;

	return modseal_elf_width(view) == 8 && view->header.e_ident[EI_DATA] == own;
}

/* {offset, symbol and type, addend if there is one}: three words, or two. wide: as
 * modseal_elf_is_wide says. */
static inline struct modseal_elf_relocation
modseal_elf_relocation_at(const struct modseal_elf_view *view, const uint8_t *bytes,
			  bool with_addend, bool wide)
{
	size_t width = modseal_elf_width(view);
	uint64_t info, words[3] = {0};

	if (wide) {
		memcpy(words, bytes, (with_addend ? 3 : 2) * sizeof(words[0]));
		return (struct modseal_elf_relocation){
			.offset = words[0],
			.addend = words[2],
			.type = (uint32_t)words[1],
			.symbol = (uint32_t)(words[1] >> 32),
		};
	}
	info = modseal_elf_number(view, bytes + width, width);
	return (struct modseal_elf_relocation){
		.offset = modseal_elf_number(view, bytes, width),
		.addend = with_addend ? modseal_elf_number(view, bytes + 2 * width, width)
				      : 0,
		.type = width == 8 ? (uint32_t)info : (uint32_t)info & 0xff,
		.symbol = (uint32_t)(width == 8 ? info >> 32 : info >> 8),
	};
}

#endif
