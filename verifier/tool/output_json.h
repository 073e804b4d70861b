/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that is told whole, or not at all, whatever names it has to hold. */
#ifndef MODSEAL_TOOL_OUTPUT_JSON_H
#define MODSEAL_TOOL_OUTPUT_JSON_H

#include <jansson.h>
#include <stdbool.h>

/* Notices from here on where memory ran out; called by output_start. */
void output_json_begin(void);
/* False once there was no memory for a part of some JSON: it must not be given out. */
bool output_json_is_whole(void);

/* Text that JSON can hold: as it is where it is UTF-8, else escaped. */
json_t *output_json_text(const char *text);
/* The same as a member; an absent or empty text is left out. */
void output_json_set(json_t *object, const char *key, const char *text);
/* A fact listed by the library: a key that comes again turns into an array. 0, or -1. */
int output_json_fact(json_t *object, const char *key, const char *value);

#endif
