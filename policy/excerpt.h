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

#endif
