/* SPDX-License-Identifier: Apache-2.0 */
/* `inspect --hygiene`: what would weaken the process that loads a file. */
#ifndef MODSEAL_TOOL_HYGIENE_H
#define MODSEAL_TOOL_HYGIENE_H

#include "verifier/tool/output.h"

/* The findings of one file as a table, or as the array `findings` of its JSON object. */
void hygiene_show(struct output *output, const char *operand);

#endif
