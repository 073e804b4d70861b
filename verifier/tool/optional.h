/* SPDX-License-Identifier: Apache-2.0 */
/* What a file opens itself while it runs, of the notes it carries about that. */
#ifndef MODSEAL_TOOL_OPTIONAL_H
#define MODSEAL_TOOL_OPTIONAL_H

#include "verifier/tool/facts.h"

/* Adds what the text of one note (UAPI.12) lists: a line for each entry, or a member of
 * the array `optional`; what is wrong with it is the fact `problem`. 0 or
 * MODSEAL_E_RESOURCE. */
int optional_add(struct facts *facts, const char *text);

#endif
