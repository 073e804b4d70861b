/* SPDX-License-Identifier: Apache-2.0 */
/* Where in its text each part of a policy stands, for those who speak of it later. */
#ifndef MODSEAL_POLICY_PLACES_H
#define MODSEAL_POLICY_PLACES_H

#include "policy/refuse.h"

struct modseal_places;

/* Reads the text of a policy or supplement that could be parsed as one. Errors:
 * POLICY_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_places_read(struct modseal_span text,
					   const char *first_line,
					   struct modseal_places **ret_places,
					   struct modseal_error *error);
void modseal_places_free(struct modseal_places **places);

/*
 * The place of a value by the way to it: keys, and numbers from 0 in lists, between
 * slashes, as "rules/12/path" or "signers/acme/trust"; of a mapping below a key that of
 * the key. Where the end of the way is not there, the place of the last that is.
 */
struct modseal_place modseal_places_at(const struct modseal_places *places,
				       const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
