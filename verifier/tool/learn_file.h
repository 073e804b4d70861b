/* SPDX-License-Identifier: Apache-2.0 */
/* Examines a file: what it is, what vouches for it, whether a rule can accept it. */
#ifndef MODSEAL_TOOL_LEARN_FILE_H
#define MODSEAL_TOOL_LEARN_FILE_H

#include "modseal-sign.h"
#include "verifier/tool/learn_seen.h"
#include "verifier/tool/learn_signers.h"

/* What files are examined with. */
struct learn_examiner {
	const char *root; /* of an image, or NULL */
	const struct learn_signers *signers;
	/* The catalog for what is not signed, or NULL: then its place must do. */
	struct modseal_catalog_draft *draft;
};

/*
 * Fills in what the file is; what no rule can or should accept is left out with the
 * reason, and what is not for loading at all is skipped.
 * Errors: RESOURCE, SYSTEM, CRYPTO, TOO_LARGE (the catalog).
 */
MODSEAL_MUST_CHECK int learn_file_examine(const struct learn_examiner *examiner,
					  struct learn_file *file,
					  struct modseal_error *error);

/* Is this a regular file, and no link, that begins as ELF files do? True also where it
 * cannot be read, for the examination to say so. */
bool learn_is_elf(const char *name);
/* Text that a policy can hold: UTF-8 without anything that does not show. */
bool learn_is_plain(const char *text);
/* Can a rule have this path, and nothing else be meant by it? Patterns match others, too.
 */
bool learn_is_nameable(const char *path);

#endif
