/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/cases.c: the table of expected verdicts. */
#include "policy/cases.h"
#include "policy_text.h"

#define TABLE "modseal-cases: 1\ncases:\n"

Test(cases, read_all_keys)
{
	static const char text[] = TABLE
		"  - {path: /usr/lib/a.so, kind: library, expect: accepted, rule: 12,\n"
		"     signer: acme, why: \"it is ours\"}\n"
		"  - path: plugin\n"
		"    expect: refused\n"
		"    code: SIGNATURE_MISSING\n"
		"  - {path: /b, expect: undecided, code: NOT_FOUND}\n"
		"  - {path: /c, expect: would-refuse, code: ROLLBACK}\n";
	struct modseal_error error = {0};
	struct modseal_cases cases;

	cr_assert(zero(int, modseal_cases_parse(span(text), "c.yaml", &cases, &error)),
		  "%s", error.message);
	cr_assert(eq(sz, cases.count, 4));
	cr_assert(eq(str, cases.items[0].path, "/usr/lib/a.so"));
	cr_assert(eq(int, cases.items[0].kind, MODSEAL_KIND_LIBRARY));
	cr_assert(eq(int, cases.items[0].expect, MODSEAL_EXPECT_ACCEPTED));
	cr_assert(eq(int, cases.items[0].rule, 12));
	cr_assert(eq(str, cases.items[0].signer, "acme"));
	cr_assert(eq(str, cases.items[0].why, "it is ours"));
	cr_assert(eq(int, cases.items[0].line, 3));
	cr_assert(eq(int, cases.items[1].line, 5));
	cr_assert(eq(int, cases.items[1].kind, MODSEAL_KIND_BY_RULE));
	cr_assert(eq(int, cases.items[1].code, MODSEAL_E_SIGNATURE_MISSING));
	cr_assert(eq(int, cases.items[2].code, MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, cases.items[3].expect, MODSEAL_EXPECT_WOULD_REFUSE));
	cr_assert(eq(int, cases.items[3].code, MODSEAL_E_ROLLBACK));
	modseal_cases_clear(&cases);
	cr_assert(eq(sz, cases.count, 0));
}

Test(cases, wrong_ones_are_refused_with_their_place)
{
	static const struct {
		const char *text;
		const char *place;
		const char *said;
	} rows[] = {
		{"modseal-policy: 1\n", "line 1, column 1: ", "`modseal-cases: 1`"},
		{"modseal-cases: 1\n", "line 1, column 1: ", "`cases`"},
		{"modseal-cases: 1\ncases: {a: b}\n", "line 2, column 8: ", "`cases`"},
		{"modseal-cases: 1\ncase: []\n",
		 "line 2, column 1: ", "the nearest known key is `cases`"},
		{TABLE "  - {path: /a}\n", "line 3, column 5: ", "`expect`"},
		{TABLE "  - {expect: refused}\n", "line 3, column 5: ", "`path`"},
		{TABLE "  - {path: /a, expect: refused, rules: 1}\n",
		 "line 3, column 33: ", "the nearest known key is `rule`"},
		{TABLE "  - {path: /a, expect: refused, path: /b}\n",
		 "line 3, column 33: ", "path"},
		{TABLE "  - {path: a/b, expect: refused}\n",
		 "line 3, column 12: ", "absolute path"},
		{TABLE "  - {path: /a/../b, expect: refused}\n",
		 "line 3, column 12: ", "absolute path"},
		{TABLE "  - {path: \"\", expect: refused}\n",
		 "line 3, column 12: ", "absolute path"},
		{TABLE "  - {path: /a, expect: denied}\n",
		 "line 3, column 24: ", "`expect`"},
		{TABLE "  - {path: /a, kind: plugin, expect: refused}\n",
		 "line 3, column 22: ", "`kind`"},
		{TABLE "  - {path: /a, expect: refused, code: MISSING}\n",
		 "line 3, column 39: ", "SIGNATURE_MISSING"},
		{TABLE "  - {path: /a, expect: accepted, code: REVOKED}\n",
		 "line 3, column 40: ", "comes with `expect: refused`"},
		{TABLE "  - {path: /a, expect: refused, code: NOT_FOUND}\n",
		 "line 3, column 39: ", "comes with `expect: undecided`"},
		{TABLE "  - {path: /a, expect: would-refuse, code: NOT_FOUND}\n",
		 "line 3, column 44: ", "comes with `expect: undecided`"},
		{TABLE "  - {path: /a, expect: refused, signer: acme}\n",
		 "line 3, column 41: ", "expect: accepted"},
		{TABLE "  - {path: /a, expect: accepted, rule: 0}\n",
		 "line 3, column 40: ", "`rule`"},
		{TABLE "  - &a {path: /a, expect: accepted}\n", "line 3, column 5: ", ""},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_cases cases = {0};
		struct modseal_error error = {0};
		int result =
			modseal_cases_parse(span(rows[i].text), "c.yaml", &cases, &error);

		cr_assert(eq(int, result, MODSEAL_E_POLICY_INVALID), "row %zu", i);
		cr_assert(eq(int, error.code, MODSEAL_E_POLICY_INVALID), "row %zu", i);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY), "row %zu", i);
		cr_assert(strncmp(error.message, rows[i].place, strlen(rows[i].place)) ==
				  0,
			  "row %zu: %s", i, error.message);
		cr_assert(strstr(error.message, rows[i].said) != NULL, "row %zu: %s", i,
			  error.message);
		cr_assert(eq(sz, cases.count, 0), "row %zu", i);
	}
}
