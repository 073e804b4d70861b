/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/policy_signer_reader.c: who may sign the next policies, as text. */
#include "policy_text.h"

#define INLINE_PEM "\"-----BEGIN CERTIFICATE-----\\nA\\n\""
#define ONE	   "{certificate: " INLINE_PEM "}"
#define EIGHT	   ONE ", " ONE ", " ONE ", " ONE ", " ONE ", " ONE ", " ONE ", " ONE

Test(policy_signer_reader, R85_R86_takes_only_what_fits)
{
	static const struct {
		const char *text;
		unsigned column;  /* 0: not asserted */
		const char *said; /* NULL: accepted */
	} rows[] = {
		{"policy-signers: {certificates: [{certificate: " INLINE_PEM "}]}", 0,
		 NULL},
		{"policy-signers: {require: 1, certificates: [{certificate-file: a.pem, "
		 "certificate-sha256: " DIGEST "}]}",
		 0, NULL},
		{"policy-signers: {}", 17,
		 "`policy-signers` expects the key `certificates`"},
		{"policy-signers: []", 17, "`policy-signers` expects a mapping"},
		{"policy-signers: {certificates: []}", 32,
		 "expects 1 to 16 certificates, these are 0"},
		{"policy-signers: {certificates: [" EIGHT ", " EIGHT ", " ONE "]}", 32,
		 "expects 1 to 16 certificates, these are 17"},
		/* a CMS cannot hold the signatures of nine */
		{"policy-signers: {require: 9, certificates: [" EIGHT ", " ONE "]}", 27,
		 "from 1 to the number of signers"},
		{"policy-signers: {certificates: {}}", 32, "a list of mappings"},
		{"policy-signers: {certificates: [a.pem]}", 33,
		 "a policy signer expects a mapping"},
		{"policy-signers: {certificates: [{}]}", 33,
		 "expects `certificate`, or `certificate-file` with"},
		{"policy-signers: {certificates: [{certificate-file: a.pem}]}", 33,
		 "expects `certificate-sha256` beside `certificate-file`"},
		{"policy-signers: {certificates: [{certificate: " INLINE_PEM
		 ", trust: chain}]}",
		 0, "unknown key `trust` in a policy signer"},
		{"policy-signers: {require: 2, certificates: [{certificate: " INLINE_PEM
		 "}]}",
		 27, "from 1 to the number of signers"},
		{"policy-signers: {require: 0, certificates: [{certificate: " INLINE_PEM
		 "}]}",
		 27, "from 1 to the number of signers"},
		{"policy-signers: {require: 1}", 17, "expects the key `certificates`"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[2048];

		snprintf(text, sizeof(text), HEAD "%s\n" SIGNERS RULES, rows[i].text);
		if (rows[i].said) {
			unsigned line = rows[i].column ? 5 : 0;

			refused_span(span(text), line, rows[i].column, rows[i].said,
				     rows[i].text);
		} else {
			struct modseal_policy *policy = accepted(text);

			cr_assert(eq(sz, policy->policy_signer_count, 1));
			cr_assert(eq(u32, policy->policy_signer_require, 1));
			modseal_policy_free(&policy);
		}
	}
}

Test(policy_signer_reader, none_are_read_without_the_key)
{
	struct modseal_policy *policy = accepted(HEAD SIGNERS RULES);

	cr_assert(zero(sz, policy->policy_signer_count));
	modseal_policy_free(&policy);
}
