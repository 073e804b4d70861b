/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notes by which a file lists what it opens itself while it runs (UAPI.12, "dlopen()
 * Metadata for ELF Files"): found and bounded here, but not parsed, for they are JSON.
 */
#ifndef MODSEAL_ADMIN_OPTIONAL_H
#define MODSEAL_ADMIN_OPTIONAL_H

#include "verifier/admin/kept.h"
#include "verifier/elf/elf.h"

struct modseal_optional {
	struct modseal_kept texts; /* each a string */
	size_t bytes;		   /* of all texts */
	const char *problem;	   /* why one note was left out; NULL: none was */
};

/* For struct modseal_elf_source; the argument is a struct modseal_optional. Freed by
 * modseal_kept_free(&optional.texts). */
void modseal_optional_note(void *argument, const struct modseal_elf_note *note);

#endif
