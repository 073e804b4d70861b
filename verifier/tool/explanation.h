/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations, as lines for people or as one JSON object. */
#ifndef MODSEAL_TOOL_EXPLANATION_H
#define MODSEAL_TOOL_EXPLANATION_H

#include "modseal-ask.h"
#include "verifier/tool/output.h"

/* all: every rule that was tried, not only those that came nearest. Notes the exit value
 * of the verdict. */
void explanation_show(struct output *output, const char *operand,
		      const struct modseal_explanation *explanation, bool all);

/* The verdict and what decided, in one line. */
void explanation_line(const struct modseal_explanation *explanation, char *buffer,
		      size_t size);

#endif
