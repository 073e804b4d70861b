/* SPDX-License-Identifier: Apache-2.0 */
/* How the policy reader says no: always POLICY_INVALID with line and column. */
#include <stdarg.h>
#include <stdio.h>

#include "policy/excerpt.h"

struct modseal_place modseal_place_of(struct modseal_span text, size_t offset)
{
	struct modseal_place place = {.line = 1, .column = 1};

	for (size_t i = 0; i < offset && i < text.size; i++) {
		if (text.data[i] == '\n') {
			place.line++;
			place.column = 1;
		} else if ((text.data[i] & 0xc0) != 0x80) {
			place.column++;
		}
	}
	return place;
}

int modseal_policy_refuse(const struct modseal_policy_source *source,
			  struct modseal_place place, const char *format, ...)
{
	char clause[sizeof(source->error->message)];
	va_list arguments;

	va_start(arguments, format);
	if (vsnprintf(clause, sizeof(clause), format, arguments) < 0)
		clause[0] = '\0';
	va_end(arguments);
	modseal_fail(source->error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY,
		     source->path, "line %u, column %u: %s", place.line, place.column,
		     clause);
	modseal_excerpt_take(source->text, place, source->error);
	return MODSEAL_E_POLICY_INVALID;
}

int modseal_policy_refuse_reserved(const struct modseal_policy_source *source,
				   struct modseal_place place, struct modseal_span key)
{
	int result = modseal_policy_refuse(
		source, place, "`%.*s` is the policy's to say, a supplement must not",
		MODSEAL_QUOTE(key));

	modseal_remedy(source->error,
		       "take it out, or ask who signs the policy to say it there");
	return result;
}
