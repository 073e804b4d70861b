/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/places.c: where the parts of a policy stand. */
#include "policy/places.h"
#include "policy/text.h"
#include "policy_text.h"

static const char text[] = HEAD "search: [/usr/lib, /lib]\n"
				"signers:\n"
				"  a.b: {trust: chain}\n"
				"  acme:\n"
				"    trust: pinned\n"
				"rules:\n"
				"  - {path: /a, kind: program}\n"
				"  - path: /b\n"
				"    signers: [acme]\n";

Test(places, are_found_by_the_way_to_them)
{
	static const struct {
		const char *way;
		unsigned line, column;
	} rows[] = {
		{"serial", 3, 9},
		{"search", 5, 9},
		{"search/1", 5, 20},
		{"signers/a.b", 7, 3},
		{"signers/a.b/trust", 7, 16},
		{"signers/acme", 8, 3},
		{"signers/acme/trust", 9, 12},
		{"signers/acme/certificate", 8, 3},
		{"signers/none", 6, 1},
		{"rules/0/path", 11, 12},
		{"rules/0/kind", 11, 22},
		{"rules/1/path", 12, 11},
		{"rules/1/signers/0", 13, 15},
		{"rules/1/none", 12, 5},
		{"rules/2/path", 11, 3},
		{"rules/x", 11, 3},
		{"none", 1, 1},
	};
	struct modseal_places *places = NULL;
	struct modseal_error error = {0};

	cr_assert(zero(int, modseal_places_read(span(text), MODSEAL_POLICY_FIRST_LINE,
						&places, &error)),
		  "%s", error.message);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_place place = modseal_places_at(places, "%s", rows[i].way);

		cr_assert(eq(int, place.line, rows[i].line), "row %s", rows[i].way);
		cr_assert(eq(int, place.column, rows[i].column), "row %s", rows[i].way);
	}
	modseal_places_free(&places);
	cr_assert(places == NULL);
	cr_assert(eq(int,
		     modseal_places_read(span("x"), MODSEAL_POLICY_FIRST_LINE, &places,
					 &error),
		     MODSEAL_E_POLICY_INVALID));
}
