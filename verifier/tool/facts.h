/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of facts (inspect, policy show), as lines or as one JSON object. */
#ifndef MODSEAL_TOOL_FACTS_H
#define MODSEAL_TOOL_FACTS_H

#include "verifier/tool/output.h"

struct facts {
	struct output *output;
	json_t *object; /* with JSON: what was listed so far */
};

/* A modseal_fact; the argument is a struct facts. */
int facts_add(void *argument, const char *key, const char *value);

/* The same for the facts of a policy: members that verdicts have too get the names and
 * types they have there (`policy`, `serial`, `real-path`). */
int facts_add_policy(void *argument, const char *key, const char *value);
/* The same, only for those members. */
int facts_add_grounds(void *argument, const char *key, const char *value);

#endif
