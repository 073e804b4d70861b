/* SPDX-License-Identifier: Apache-2.0 */
/* What --json tells of an accepted file. */
#ifndef MODSEAL_TOOL_VERDICT_JSON_H
#define MODSEAL_TOOL_VERDICT_JSON_H

#include <jansson.h>

#include "modseal.h"

/* Adds all that a verdict tells, with that of every dependency. */
void verdict_json(json_t *object, const struct modseal_verdict *verdict);

#endif
