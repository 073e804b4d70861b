/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/signer_reader.c: what a signer says about revocation lists. */
#include "policy_text.h"

#define SIGNER(text) HEAD "signers:\n  acme:\n" PEM text "\n" RULES

Test(signer_reader, R85_lists_are_asked_for_where_somebody_can_answer)
{
	static const struct {
		const char *text;
		const char *said; /* NULL: accepted */
	} rows[] = {
		{"    trust: chain\n    crl: none", NULL},
		{"    trust: chain\n    crl: required\n    crl-files: [a, /b/c.crl]",
		 NULL},
		{"    trust: chain\n    crl: if-present\n    crl-files: [a]\n    "
		 "crl-maximum-age: 3650",
		 NULL},
		{"    trust: chain\n    crl: maybe",
		 "expects one of: none, if-present, required; this is `maybe`"},
		{"    trust: chain\n    crl: required",
		 "expects `crl-files` beside `crl`"},
		{"    trust: chain\n    crl: if-present",
		 "expects `crl-files` beside `crl`"},
		{"    trust: chain\n    crl-files: [a]",
		 "expects `crl-files` only with `crl: required` or"},
		{"    trust: chain\n    crl: none\n    crl-files: [a]",
		 "expects `crl-files` only with `crl: required` or"},
		{"    trust: chain\n    crl-maximum-age: 1",
		 "expects `crl-maximum-age` only with"},
		{"    trust: chain\n    crl: required\n    crl-files: []",
		 "an empty list"},
		{"    trust: chain\n    crl: required\n    crl-files: a",
		 "expects a list of file names"},
		{"    trust: chain\n    crl: required\n    crl-files: [../a]",
		 "without `//`, `.` and `..`; this is `../a`"},
		{"    trust: chain\n    crl: required\n    crl-files: [a, b, a]",
		 "`a` stands twice"},
		{"    trust: chain\n    crl: required\n    crl-files: [a, b, c, d, e, f, "
		 "g, h, i, j, k, l, m, n, o, p, q]",
		 "expects at most 16 files"},
		{"    trust: chain\n    crl: required\n    crl-files: [a]\n    "
		 "crl-maximum-age: 0",
		 "a whole number of days from 1 to 3650; this is `0`"},
		{"    trust: chain\n    crl: required\n    crl-files: [a]\n    "
		 "crl-maximum-age: 3651",
		 "from 1 to 3650"},
		{"    trust: chain\n    crl: required\n    crl-files: [a]\n    "
		 "crl-maximum-age: '30'",
		 "the text `30`"},
		{"    trust: pinned\n    crl: required\n    crl-files: [a]",
		 "expects `crl` only with `trust: chain`: a pinned key has no issuer"},
		{"    trust: pinned\n    crl: none",
		 "expects `crl` only with `trust: chain`"},
		{"    trust: pinned\n    crl-files: [a]",
		 "expects `crl-files` only with `trust: chain`"},
		{"    trust: pinned\n    crl-maximum-age: 9",
		 "expects `crl-maximum-age` only with `trust: chain`"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[2048];

		snprintf(text, sizeof(text), HEAD "signers:\n  acme:\n" PEM "%s\n" RULES,
			 rows[i].text);
		if (rows[i].said) {
			refused_span(span(text), 0, 0, rows[i].said, rows[i].text);
		} else {
			struct modseal_policy *policy = accepted(text);

			modseal_policy_free(&policy);
		}
	}
}

Test(signer_reader, lists_are_read_as_data)
{
	struct modseal_policy *policy =
		accepted(SIGNER("    trust: chain\n    crl: required\n    crl-files: "
				"[b.crl, /c/d.crl]\n    crl-maximum-age: 7"));
	struct modseal_policy *other = accepted(SMALL);

	cr_assert(eq(int, policy->signers[0].crl, MODSEAL_CRL_REQUIRED));
	cr_assert(eq(sz, policy->signers[0].crl_files.count, 2));
	cr_assert(eq(str, policy->signers[0].crl_files.items[0], "b.crl"));
	cr_assert(eq(str, policy->signers[0].crl_files.items[1], "/c/d.crl"));
	cr_assert(eq(u64, policy->signers[0].crl_maximum_age, 7));
	cr_assert(eq(int, other->signers[0].crl, MODSEAL_CRL_NONE));
	cr_assert(eq(sz, other->signers[0].crl_files.count, 0));
	cr_assert(eq(u64, other->signers[0].crl_maximum_age, 0));
	modseal_policy_free(&policy);
	modseal_policy_free(&other);
}
