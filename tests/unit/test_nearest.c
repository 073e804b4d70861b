/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/nearest.c: what somebody may have meant. */
#include "policy/nearest.h"
#include "policy_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

/* What somebody may have meant is named; what is nothing like it is not. */
Test(nearest, R85_the_nearest_word_and_name_are_told)
{
	static const struct {
		const char *text; /* behind SMALL */
		const char *message, *remedy;
	} rows[] = {
		{"mode: enforced\n", "this is `enforced`", "write `enforce` if that"},
		{"mode: yes\n", "this is `yes`", "mend the line named"},
		{"crypto: {provider: fpis}\n", "this is `fpis`", "write `fips` if that"},
		{"requires: [orgin]\n", "; this is `orgin`", "write `origin` if that"},
		{"requires: [teleport]\n", "; this is `teleport`",
		 "use a modseal that has `teleport`"},
		{"catalogs: [{name: c, file: f, signers: [acmee]}]\n",
		 "there is no `acmee`; the nearest is `acme`", "correct the name"},
		{"catalogs: [{name: c, file: f, signers: [vendor]}]\n",
		 "there is no `vendor`", "correct the name, or add it to the policy's"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct modseal_error error = {0};
		struct modseal_policy *policy = NULL;
		char text[1024];

		snprintf(text, sizeof(text), "%s%s", SMALL, rows[i].text);
		cr_assert(eq(int, modseal_policy_parse(span(text), "p", &policy, &error),
			     MODSEAL_E_POLICY_INVALID));
		cr_assert(strstr(error.message, rows[i].message) != NULL, "%s",
			  error.message);
		cr_assert(strstr(error.remedy, rows[i].remedy) != NULL, "%s",
			  error.remedy);
	}
	refused(HEAD SIGNERS "catalogs: [{name: debian, file: f, signers: [acme]}]\n", 0,
		0, "purpose `catalog`");
	refused(HEAD "signers: {c: {trust: chain, purposes: [catalog], certificate: "
		     "\"-----BEGIN CERTIFICATE-----\\nA\\n\"}}\n"
		     "catalogs: [{name: debian, file: f, signers: [c]}]\n"
		     "rules: [{path: /a, evidence: [catalog], catalog: debain}]\n",
		0, 0, "there is no `debain`; the nearest is `debian`");
}
