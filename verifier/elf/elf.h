/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the dynamic linker will see of an authenticated ELF file: program headers and
 * PT_DYNAMIC only, never sections (System V ABI; elf(5)). Kernel modules: sections.
 */
#ifndef MODSEAL_ELF_ELF_H
#define MODSEAL_ELF_ELF_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/limits.h"
#include "internal/span.h"
#include "verifier/elf/note.h"

struct modseal_elf {
	uint16_t type;	    /* ET_DYN, ET_EXEC, ET_REL */
	uint16_t machine;   /* EM_X86_64, ... */
	uint8_t elf_class;  /* ELFCLASS32, ELFCLASS64 */
	uint8_t byte_order; /* ELFDATA2LSB, ELFDATA2MSB */
	bool native;	    /* class, byte order and machine of this build */
	char *soname;	    /* NULL: none */
	char *interpreter;  /* PT_INTERP, NULL: none */
	/* DT_NEEDED, in order; of kernel modules .modinfo depends=, '-' as '_' */
	char **needed;
	size_t needed_count;
	bool position_independent_executable; /* DF_1_PIE */
	bool no_delete;			      /* DF_1_NODELETE */
	/* How much of the file lies in pages that would be mapped: whole pages, so it can
	 * be more than the file has. */
	uint64_t mapped_end;
	char *runpath; /* DT_RUNPATH or DT_RPATH: told, never used; NULL: none */
	struct modseal_note note; /* never of kernel modules */
	uint32_t findings;	  /* MODSEAL_ELF_LIST: for modseal_elf_finding_at */
	/* Kernel modules only: */
	char *module_name;     /* .modinfo name= */
	char *module_release;  /* first word of .modinfo vermagic= */
	char *module_vermagic; /* all of it */
	char *module_softdeps; /* told, never followed; NULL: none */
	bool module_in_tree;   /* it says that it was built with the kernel */
	bool module_free;      /* it says that its licence is the kernel's */
};

enum modseal_elf_level {
	MODSEAL_ELF_INSPECT,  /* structure only; any machine, class, order; no hygiene */
	MODSEAL_ELF_LIST,     /* + findings of all levels, which refuse nothing */
	MODSEAL_ELF_STANDARD, /* + hygiene of R41, R44; any machine */
	MODSEAL_ELF_HARDENED, /* + full RELRO, bind-now, no RPATH, CET/BTI notes (R50) */
};

/*
 * Reads a whole content. content must stay as it is until the call returns; nothing of
 * it is kept. kind LIBRARY refuses programs and PROGRAM accepts ET_EXEC and PIE (R45);
 * KERNEL_MODULE wants ET_REL with one .modinfo name and vermagic (R36);
 * MODSEAL_KIND_BY_RULE accepts any of them (inspect). The caller ends with
 * modseal_elf_clear.
 *
 * Errors: ELF_MALFORMED, ELF_UNSAFE (each finding named, with what to change in the
 * build), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_elf_read(struct modseal_span content,
					enum modseal_kind kind,
					enum modseal_elf_level level, const char *object,
					struct modseal_elf *ret_elf,
					struct modseal_error *error);
/* A note of whoever: its owner's name as it stands, a zero byte at its end or not. */
struct modseal_elf_note {
	struct modseal_span owner;
	uint32_t type;
	struct modseal_span content;
};

/*
 * The same of a content whose bytes have to be fetched first: need makes length bytes
 * from offset readable (0, or an error that is passed on), and nothing else is looked at.
 * NULL: all are there. note is told every note but the module note, as far as the
 * PT_NOTEs can be walked, before anything is returned; NULL: nobody is.
 */
struct modseal_elf_source {
	struct modseal_span content;
	int (*need)(void *argument, uint64_t offset, uint64_t length,
		    struct modseal_error *error);
	void (*note)(void *argument, const struct modseal_elf_note *note);
	void *argument;
};
MODSEAL_MUST_CHECK int
modseal_elf_read_from(const struct modseal_elf_source *source, enum modseal_kind kind,
		      enum modseal_elf_level level, const char *object,
		      struct modseal_elf *ret_elf, struct modseal_error *error);
void modseal_elf_clear(struct modseal_elf *elf);

/* ELF_FOREIGN, naming both machines, unless elf->native. */
MODSEAL_MUST_CHECK int modseal_elf_require_native(const struct modseal_elf *elf,
						  const char *object,
						  struct modseal_error *error);

/*
 * Does the identity inside fit the name it was asked under (R31)? For libraries: SONAME
 * equal to the last component of path, or the same name with fewer or more version parts;
 * the name in the module note likewise, or the stem. Both where both are there, neither:
 * NAME_MISMATCH. Programs: the name in the module note, where there is one. Kernel
 * modules: name equals the file stem ('-' is '_')
 * and the vermagic release equals the directory below /lib/modules or /usr/lib/modules
 * (elsewhere only the name is judged).
 */
MODSEAL_MUST_CHECK int modseal_identity_check(const struct modseal_elf *elf,
					      enum modseal_kind kind, const char *path,
					      struct modseal_error *error);
/* The rule for libraries by itself: "libz.so" fits "libz.so.1" fits "libz.so.1.2.13". */
bool modseal_identity_names_fit(const char *asked, const char *soname);
/* The rule for module notes: as for SONAMEs, or "reverb" for "reverb.so", "reverb.so.2".
 */
bool modseal_identity_note_fits(const char *asked, const char *name);

#endif
