/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module note of a plugin: the one ELF note of owner "modseal", as modseal-module.h
 * writes it down.
 */
#ifndef MODSEAL_ELF_NOTE_H
#define MODSEAL_ELF_NOTE_H

#include "internal/error.h"
#include "internal/limits.h"
#include "internal/span.h"

struct modseal_metadata {
	char *key;
	char *value;
};

/* All texts are UTF-8 without control characters. */
struct modseal_note {
	char *name; /* NULL: there is no note */
	uint64_t version;
	char *abi;
	struct modseal_metadata *metadata;
	size_t metadata_count;
};

/*
 * Reads what the note holds: content is all of it and nothing else. object stands in
 * messages. Every byte has its one meaning: what is read here and written again gives the
 * same bytes, but for types that are not known and not critical.
 *
 * Errors: ELF_MALFORMED, RESOURCE. The caller ends *ret_note with modseal_note_clear.
 */
MODSEAL_MUST_CHECK int modseal_note_parse(struct modseal_span content, const char *object,
					  struct modseal_note *ret_note,
					  struct modseal_error *error);
void modseal_note_clear(struct modseal_note *note);

#endif
