/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a text in which something is wrong, as it can be printed below a message.
 */
#ifndef MODSEAL_POLICY_EXCERPT_H
#define MODSEAL_POLICY_EXCERPT_H

#include "policy/refuse.h"

/*
 * Notes a place of the text in *error (which may be NULL) as the one it is about, with
 * the line and where a caret belongs below it: control bytes and bytes that are not UTF-8
 * escaped, tabs as spaces, cut around the place. column 0: only the line is known. Takes
 * no longer for a long line.
 */
void modseal_excerpt_take(struct modseal_span text, struct modseal_place place,
			  struct modseal_error *error);

/* For whoever has the text: the error is about this line of it. error may be NULL. */
static inline void modseal_excerpt_want(uint32_t line, struct modseal_error *error)
{
	if (error)
		error->line = line;
}

/* Shows the line that was wanted, where no other was taken already. */
static inline void modseal_excerpt_fill(struct modseal_span text,
					struct modseal_error *error)
{
	if (error && error->line > 0 && error->excerpt[0] == '\0')
		modseal_excerpt_take(text, (struct modseal_place){.line = error->line},
				     error);
}

#endif
