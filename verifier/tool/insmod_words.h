/* SPDX-License-Identifier: Apache-2.0 */
/* The operands of `modseal insmod`: files, each followed by its parameters. */
#ifndef MODSEAL_TOOL_INSMOD_WORDS_H
#define MODSEAL_TOOL_INSMOD_WORDS_H

#include "modseal.h"
#include "verifier/tool/options.h"

/* One module that shall be loaded. */
struct insmod_words {
	const char *file; /* as it was given */
	const char **parameters;
	size_t count;
};

/*
 * The words from the first on up to the next file: the first is a file whatever it is
 * called. Behind it one is a file that has a '/' before its first '=', or a '.' and no
 * '='; all others are parameters. Returns how many words these are; 0: none are left.
 */
size_t insmod_words_next(const struct words *operands, size_t first,
			 struct insmod_words *ret_words);

/* What the library would refuse when all is decided, and nothing would with --dry-run.
 * Returns EXIT_DONE, or EXIT_USE after one message. */
int insmod_words_judge(const struct insmod_words *words);

/* The parameters as one text, which the caller frees; NULL: memory is exhausted. */
char *insmod_words_join(const struct insmod_words *words);

#endif
