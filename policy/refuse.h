/* SPDX-License-Identifier: Apache-2.0 */
/* How the policy reader says no: always POLICY_INVALID with line and column. */
#ifndef MODSEAL_POLICY_REFUSE_H
#define MODSEAL_POLICY_REFUSE_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/span.h"

/* The text that is being read, and where a refusal of it goes. */
struct modseal_policy_source {
	const char *path; /* stands in messages; may be NULL */
	struct modseal_span text;
	struct modseal_error *error; /* may be NULL */
};

/* A place in the text; both from 1, columns count characters, not bytes. */
struct modseal_place {
	uint32_t line;
	uint32_t column;
};

/* The place of a byte of a text of valid UTF-8 up to there. */
struct modseal_place modseal_place_of(struct modseal_span text, size_t offset);

/* Records "line L, column C: ...", with the line, and returns MODSEAL_E_POLICY_INVALID.
 */
int modseal_policy_refuse(const struct modseal_policy_source *source,
			  struct modseal_place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A supplement says something that only its policy may. */
int modseal_policy_refuse_reserved(const struct modseal_policy_source *source,
				   struct modseal_place place, struct modseal_span key);

/* The arguments of "%.*s" for a quoted piece of the text: at most 80 bytes of it, so that
 * what the message says after it is never cut off. */
#define MODSEAL_QUOTE(span)                                                              \
	(int)((span).size < 80 ? (span).size : 80), (const char *)(span).data

#endif
