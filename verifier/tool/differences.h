/* SPDX-License-Identifier: Apache-2.0 */
/* Differences between policies, as lines for people or as a JSON array. */
#ifndef MODSEAL_TOOL_DIFFERENCES_H
#define MODSEAL_TOOL_DIFFERENCES_H

#include "modseal-ask.h"
#include "verifier/tool/output.h"

struct differences {
	struct output *output;
	bool indented;
	json_t *list; /* with JSON */
	size_t count;
};

/* A modseal_difference_visit; the argument is a struct differences. */
int differences_show(void *argument, const struct modseal_difference *difference);

#endif
