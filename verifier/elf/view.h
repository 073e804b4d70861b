/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share while one ELF file is read: libelf's handle on the
 * authenticated bytes, the program headers and the dynamic section. Not for other
 * folders.
 */
#ifndef MODSEAL_ELF_VIEW_H
#define MODSEAL_ELF_VIEW_H

#include <gelf.h>

#include "verifier/elf/elf.h"

#ifndef DT_RELR /* musl before 1.2.4 */
#define DT_RELRSZ  35
#define DT_RELR	   36
#define DT_RELRENT 37
#endif

/* 512 DT_NEEDED and every tag there is once fit; more is no linker's work. */
#define MODSEAL_MAX_DYNAMIC_ENTRIES 1024u

struct modseal_elf_view {
	const struct modseal_elf_source *source;
	struct modseal_span
		content; /* of the source: to be needed before it is looked at */
	enum modseal_kind kind;
	enum modseal_elf_level level;
	const char *object;
	Elf *handle;
	GElf_Ehdr header;
	bool native; /* class, byte order and machine of this build */
	GElf_Phdr segments[MODSEAL_MAX_PROGRAM_HEADERS];
	size_t segment_count;
	/* The PT_LOADs among them, which rise (modseal_elf_segments_check). */
	uint8_t loads[MODSEAL_MAX_PROGRAM_HEADERS];
	size_t load_count;
	uint64_t page_size; /* of the machine that would map it */
	/* Filled by modseal_elf_dynamic_open; without DT_NULL; freed by the owner. */
	GElf_Dyn *dynamic;
	size_t dynamic_count;
	const GElf_Phdr *dynamic_segment; /* NULL: a static program */
	struct modseal_span strings;	  /* DT_STRTAB, DT_STRSZ bytes */
};

/* `return MODSEAL_ELF_MALFORMED(view, error, "clause", ...)`, and the same for hazards.
 */
#define MODSEAL_ELF_MALFORMED(view, error, ...)                                          \
	modseal_fail(error, MODSEAL_E_ELF_MALFORMED, MODSEAL_STAGE_IMAGE,                \
		     (view)->object, __VA_ARGS__)
#define MODSEAL_ELF_UNSAFE(view, error, ...)                                             \
	modseal_fail(error, MODSEAL_E_ELF_UNSAFE, MODSEAL_STAGE_IMAGE, (view)->object,   \
		     __VA_ARGS__)

/* Fetches bytes of the content; what lies outside of it is left to the checks. */
int modseal_elf_need(const struct modseal_elf_view *view, uint64_t offset,
		     uint64_t length, struct modseal_error *error);

/* libelf said no to what: RESOURCE if it had no memory, otherwise ELF_MALFORMED. */
int modseal_elf_refused(const struct modseal_elf_view *view, const char *what,
			struct modseal_error *error);

/* The only segment of a type; NULL: none. (modseal_elf_segments_check saw to "only".) */
const GElf_Phdr *modseal_elf_segment(const struct modseal_elf_view *view, uint32_t type);

/* R39, R40, and that every other segment lies where it says inside one PT_LOAD (R37). */
MODSEAL_MUST_CHECK int modseal_elf_segments_check(const struct modseal_elf_view *view,
						  struct modseal_error *error);

/* Where the last page of the file ends that a PT_LOAD maps; only after that check. */
uint64_t modseal_elf_mapped_end(const struct modseal_elf_view *view);

/*
 * The PT_LOAD that holds length bytes from address: in memory, or (from_file) as bytes of
 * the file, which is what the dynamic linker sees before relocation. NULL: no single one.
 */
const GElf_Phdr *modseal_elf_load_at(const struct modseal_elf_view *view,
				     uint64_t address, uint64_t length, bool from_file);
/* The last PT_LOAD that does not begin above an address; NULL: none. */
const GElf_Phdr *modseal_elf_load_below(const struct modseal_elf_view *view,
					uint64_t address);

/* Reads PT_DYNAMIC up to DT_NULL and checks every table it points to (R36-R38). A program
 * without PT_DYNAMIC and PT_INTERP is static: nothing is filled in. */
MODSEAL_MUST_CHECK int modseal_elf_dynamic_open(struct modseal_elf_view *view,
						struct modseal_error *error);
/* Where the addresses among the dynamic entries must point. */
MODSEAL_MUST_CHECK int modseal_elf_tables_check(const struct modseal_elf_view *view,
						struct modseal_error *error);
/* All that the dynamic linker follows without asking: hash tables, symbols, versions,
 * relocations, functions (follow.h). */
MODSEAL_MUST_CHECK int modseal_elf_follow_check(const struct modseal_elf_view *view,
						struct modseal_error *error);
/* Names and flags: fills soname, needed, runpath, and what DT_FLAGS_1 says (R42). */
MODSEAL_MUST_CHECK int modseal_elf_dynamic_read(const struct modseal_elf_view *view,
						struct modseal_elf *elf,
						struct modseal_error *error);
/* The value of a tag (never DT_NEEDED); false: not there. */
bool modseal_elf_tag(const struct modseal_elf_view *view, int64_t tag,
		     uint64_t *ret_value);

/* R41, R44, and R50 at MODSEAL_ELF_HARDENED: all findings in one message. At
 * MODSEAL_ELF_LIST all of both levels, and no refusal: a set for modseal_elf_finding_at.
 */
MODSEAL_MUST_CHECK int modseal_elf_hygiene_check(const struct modseal_elf_view *view,
						 uint32_t *ret_found,
						 struct modseal_error *error);
/* Part of it: does PT_GNU_RELRO cover, in whole pages as it is applied, PT_DYNAMIC and
 * every address that calls go through? Errors: ELF_MALFORMED, and what fetching bytes may
 * fail with. */
MODSEAL_MUST_CHECK int modseal_elf_relro_check(const struct modseal_elf_view *view,
					       const GElf_Phdr *relro, bool *ret_covered,
					       struct modseal_error *error);
/* The features (GNU_PROPERTY_*_FEATURE_1_AND) that the property note promises; 0: none.
 */
MODSEAL_MUST_CHECK int modseal_elf_features(const struct modseal_elf_view *view,
					    uint32_t property, uint32_t *ret_features,
					    struct modseal_error *error);

/* A word of the file in its byte order: 4 bytes. */
static inline uint32_t modseal_elf_word(const struct modseal_elf_view *view,
					const uint8_t *bytes)
{
	uint32_t big = modseal_read_be32(bytes);

	return view->header.e_ident[EI_DATA] == ELFDATA2MSB ? big
							    : __builtin_bswap32(big);
}

/* Fills note from the module note, at most one of which is in one PT_NOTE of the file. */
MODSEAL_MUST_CHECK int modseal_elf_note_read(const struct modseal_elf_view *view,
					     struct modseal_note *note,
					     struct modseal_error *error);

/* ET_REL: .modinfo name and vermagic. required: each exactly once; otherwise at most. */
MODSEAL_MUST_CHECK int modseal_elf_modinfo_read(const struct modseal_elf_view *view,
						bool required, struct modseal_elf *elf,
						struct modseal_error *error);

#endif
