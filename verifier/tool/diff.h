/* SPDX-License-Identifier: Apache-2.0 */
/* The lines in which two texts differ. */
#ifndef MODSEAL_TOOL_DIFF_H
#define MODSEAL_TOOL_DIFF_H

#include "modseal.h"

/* One line: '-' with its number in the old text, or '+' with that in the new one. A
 * non-zero return ends the comparison and becomes its result. */
typedef int diff_line(void *argument, char sign, size_t number, const char *line,
		      size_t length);

/*
 * Tells what to take away from the old text and what to put into it to get the new one,
 * in the order of the texts. Between very long changed parts no common lines are looked
 * for. Returns 0, what tell returned, or MODSEAL_E_RESOURCE.
 */
int diff_texts(struct modseal_buffer before, struct modseal_buffer after, diff_line *tell,
	       void *argument);

#endif
