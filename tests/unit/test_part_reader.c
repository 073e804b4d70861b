/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/part_reader.c: catalogs and supplements, and the rules that name them.
 */
#include "policy_text.h"

#define CATALOGS                                                                         \
	"  c: {trust: pinned, certificate-file: c, certificate-sha256: " DIGEST          \
	", purposes: [catalog]}\n"                                                       \
	"catalogs:\n"                                                                    \
	"  - {name: base, file: base.cat, signers: [c], minimum-serial: 7}\n"            \
	"  - {name: more, file: /b.cat, signers: [c, a], require: 1}\n"

Test(part_reader, of_a_rule_with_a_catalog_names_it_and_who_signs_the_rest)
{
	static const struct contradiction rows[] = {
		{"evidence: [catalog], catalog: base", 0, NULL},
		{"evidence: [catalog], catalog: more", 0, NULL},
		{"evidence: [catalog], catalog: base, owners: [caller]", 0, NULL},
		{"evidence: [appended, catalog], catalog: base, signers: [a]", 0, NULL},
		{"evidence: [catalog, detached], catalog: base, signers: [a, b], "
		 "require: 2",
		 0, NULL},
		{"kind: program, evidence: [catalog], catalog: base", 0, NULL},
		{"evidence: [catalog]", 5, "expects `catalog: NAME`"},
		{"evidence: [appended, catalog], signers: [a]", 5,
		 "expects `catalog: NAME`"},
		{"evidence: [appended], signers: [a], catalog: base", 61,
		 "expects `catalog` among"},
		{"signers: [a], catalog: base", 39, "expects `catalog` among"},
		{"evidence: [protected-path], catalog: base", 53,
		 "expects `catalog` among"},
		{"evidence: [protected-path, catalog], catalog: base", 26,
		 "`protected-path` alone"},
		{"evidence: [catalog], catalog: bas", 46, "there is no `bas`"},
		{"evidence: [catalog], catalog: base, signers: [a]", 61,
		 "alone expects no `signers`"},
		{"evidence: [catalog], catalog: base, require: 1", 61,
		 "alone expects no `require`"},
		{"evidence: [catalog, appended], catalog: base", 5, "expects `signers`"},
		{"evidence: [catalog, appended], catalog: base, signers: [c]", 71,
		 "of its signers 0 have it"},
		{"evidence: [catalog, catalog], catalog: base", 36, "each word once"},
	};

	each_rule(HEAD THREE_SIGNERS CATALOGS, 14, rows, sizeof(rows) / sizeof(rows[0]));
}

Test(part_reader, catalogs_are_read_with_their_defaults)
{
	struct modseal_policy *policy =
		accepted(HEAD THREE_SIGNERS CATALOGS
			 "rules:\n  - {path: /a, evidence: [catalog], catalog: more}\n"
			 "  - {path: /b, signers: [a]}\n");

	cr_assert(eq(sz, policy->catalog_count, 2));
	cr_assert(eq(str, policy->catalogs[0].name, "base"));
	cr_assert(eq(str, policy->catalogs[0].file, "base.cat"));
	cr_assert(eq(u32, policy->catalogs[0].line, 11));
	cr_assert(eq(sz, policy->catalogs[0].signer_count, 1));
	cr_assert(eq(u32, policy->catalogs[0].signers[0], 3));
	cr_assert(eq(u32, policy->catalogs[0].require, 1));
	cr_assert(eq(u64, policy->catalogs[0].minimum_serial, 7));
	cr_assert(eq(u64, policy->catalogs[1].minimum_serial, 0));
	cr_assert(policy->rules[0].has_catalog);
	cr_assert(eq(u32, policy->rules[0].catalog, 1));
	cr_assert(not(policy->rules[1].has_catalog));
	modseal_policy_free(&policy);
}

Test(part_reader, R33_two_catalogs_of_one_name_are_refused)
{
	refused(HEAD THREE_SIGNERS CATALOGS
		"  - {name: base, file: other.cat, signers: [c]}\nrules: []\n",
		13, 12, "each name once, `base` stands in line 11 already");
}

Test(part_reader, R18_R30_of_catalogs_that_nobody_could_sign_is_refused)
{
	refused(HEAD THREE_SIGNERS CATALOGS
		"  - {name: x, file: x.cat, signers: [a, b]}\nrules: []\n",
		13, 37, "a catalog that requires 1 expects as many signers with the");
	refused(HEAD THREE_SIGNERS CATALOGS
		"  - {name: x, file: x.cat, signers: [c, b], require: 2}\nrules: []\n",
		13, 37, "of its signers 1 have it");
	refused(HEAD THREE_SIGNERS CATALOGS
		"  - {name: x, file: x.cat, signers: [c], require: 2}\nrules: []\n",
		13, 51, "number of the signers, 1; this is 2");
}

Test(part_reader, R89_of_more_catalogs_than_the_cap_is_refused)
{
	char text[16384];
	size_t used = (size_t)snprintf(text, sizeof(text), HEAD THREE_SIGNERS CATALOGS);
	struct modseal_policy *policy;

	for (int i = 2; i < MODSEAL_MAX_CATALOGS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "  - {name: c%d, file: c.cat, signers: [c]}\n",
					 i);
	snprintf(text + used, sizeof(text) - used, "rules: []\n");
	policy = accepted(text);
	cr_assert(eq(sz, policy->catalog_count, MODSEAL_MAX_CATALOGS));
	modseal_policy_free(&policy);
	snprintf(text + used, sizeof(text) - used,
		 "  - {name: more, file: c.cat, signers: [c]}\nrules: []\n");
	refused(text, 11, 3, "at most 64 catalogs, these are 65");
}
