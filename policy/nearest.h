/* SPDX-License-Identifier: Apache-2.0 */
/* Which known word somebody may have meant by one that is not known. */
#ifndef MODSEAL_POLICY_NEAREST_H
#define MODSEAL_POLICY_NEAREST_H

#include "internal/span.h"

/* Offer every known word to it in turn; of equally near ones the first stays. */
struct modseal_nearest {
	struct modseal_span text; /* what was written */
	const char *word;	  /* the nearest so far; NULL: none was offered */
	size_t distance;	  /* edits (Levenshtein) from the word to the text */
};

void modseal_nearest_offer(struct modseal_nearest *nearest, const char *known);

/* The nearest word where it is so near that it may have been meant: at most half of it
 * is other. Else NULL. */
const char *modseal_nearest_meant(const struct modseal_nearest *nearest);

#endif
