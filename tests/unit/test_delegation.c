/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/delegation.c: a supplement says no more than the policy delegates. */
#include "policy_text.h"

#include "policy/delegation.h"
#include "policy/rules.h"

#define SUPPLEMENT                                                                       \
	"modseal-supplement: 1\n"                                                        \
	"name: vendor\n"                                                                 \
	"serial: 3\n"                                                                    \
	"issued: 2026-11-23T00:00:00Z\n"                                                 \
	"signers:\n"                                                                     \
	"  build: {trust: pinned, certificate-file: v, certificate-sha256: " DIGEST      \
	", purposes: [library, program, kernel-module]}\n"

static const char base_text[] =
	HEAD "signers:\n"
	     "  s: {trust: pinned, certificate-file: s, certificate-sha256: " DIGEST
	     ", purposes: [supplement]}\n"
	     "supplements:\n"
	     "  - {name: vendor, file: vendor.yaml, signers: [s]}\n"
	     "  - {name: other, file: other.yaml, signers: [s]}\n"
	     "rules:\n"
	     "  - {path: /opt/vendor/strict/**, delegate: vendor, minimum-evidence: "
	     "appended}\n"
	     "  - {path: /opt/vendor/**, delegate: vendor}\n"
	     "  - {path: /srv/vendor/**, delegate: vendor, minimum-evidence: catalog}\n"
	     "  - {path: /opt/other/**, delegate: other, minimum-evidence: "
	     "protected-path}\n";

static struct modseal_policy *base;
static struct modseal_error error;
static const char *signers = "";

static void begin(void)
{
	base = accepted(base_text);
}

static void end(void)
{
	modseal_policy_free(&base);
}

TestSuite(delegation, .init = begin, .fini = end);

static int judge(uint32_t index, const char *rules)
{
	struct modseal_policy *supplement = NULL;
	char text[4096];
	struct modseal_policy_source source = {.path = "vendor.yaml", .error = &error};
	int result;

	snprintf(text, sizeof(text), "%s%s%s", SUPPLEMENT, signers, rules);
	memset(&error, 0, sizeof(error));
	result = modseal_supplement_parse(span(text), "vendor.yaml", &supplement, &error);
	source.text = span(text);
	if (result == 0)
		result = modseal_delegation_judge(base, index, supplement, &source);
	modseal_policy_free(&supplement);
	return result;
}

struct row {
	const char *rules;
	const char *said; /* NULL: it may */
};

static void each(uint32_t index, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int result = judge(index, rows[i].rules);

		cr_assert(eq(int, result, rows[i].said ? MODSEAL_E_POLICY_INVALID : 0),
			  "row %s: %s", rows[i].rules, error.message);
		if (!rows[i].said)
			continue;
		cr_assert(strstr(error.message, rows[i].said) != NULL,
			  "row %s: wanted %s, got %s", rows[i].rules, rows[i].said,
			  error.message);
		cr_assert(zero(int, strncmp(error.message, "line ", 5)),
			  "row %s has no place: %s", rows[i].rules, error.message);
	}
}
#define EACH(index, rows) each(index, rows, sizeof(rows) / sizeof((rows)[0]))

Test(delegation, of_paths_only_those_below_a_delegation_may_be_spoken_of)
{
	static const struct row rows[] = {
		{"rules: [{path: /opt/vendor/**, signers: [build]}]", NULL},
		{"rules: [{path: /opt/vendor/a.so, signers: [build]}]", NULL},
		{"rules: [{path: /opt/vendor/*, signers: [build]}]", NULL},
		{"rules: [{path: /opt/vendor/*/x/**, signers: [build]}]", NULL},
		{"rules: [{path: /srv/vendor/a*.so, signers: [build]}]", NULL},
		{"rules: []", NULL},
		{"rules: [{path: /**, signers: [build]}]", "delegates nothing there"},
		{"rules: [{path: /opt/**, signers: [build]}]", "delegates nothing there"},
		{"rules: [{path: /opt/vendor, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /opt/vendor*/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /opt/vendor-evil/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /opt/Vendor/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /opt/*/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /*/vendor/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /**/vendor/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /opt/other/x, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /usr/lib/**, signers: [build]}]",
		 "delegates nothing there"},
		{"rules: [{path: /opt/vendor/../x, signers: [build]}]", "`path` expects"},
		{"rules: [{path: /opt/vendor//x, signers: [build]}]", "`path` expects"},
		{"rules:\n  - {path: /opt/vendor/a, signers: [build]}\n"
		 "  - {path: /etc/a, signers: [build]}\n",
		 "line 9, column 6"},
	};

	EACH(0, rows);
}

Test(delegation, of_evidence_only_what_is_strong_enough_may_be_accepted)
{
	static const struct row rows[] = {
		{"rules: [{path: /opt/vendor/a, evidence: [ima], signers: [build]}]",
		 NULL},
		{"rules: [{path: /opt/vendor/a, evidence: [appended, detached, ima], "
		 "signers: [build]}]",
		 NULL},
		{"rules: [{path: /srv/vendor/a, evidence: [detached], signers: "
		 "[build]}]",
		 NULL},
		{"rules: [{path: /opt/vendor/strict/a, signers: [build]}]", NULL},
		{"rules: [{path: /opt/vendor/a, evidence: [protected-path]}]",
		 "at least as strong as `ima`"},
		{"rules: [{path: /srv/vendor/a, evidence: [ima], signers: [build]}]",
		 "at least as strong as `catalog`"},
		{"rules: [{path: /srv/vendor/a, evidence: [appended, ima], signers: "
		 "[build]}]",
		 "it accepts `ima`"},
		{"rules: [{path: /opt/vendor/strict/a, evidence: [detached], signers: "
		 "[build]}]",
		 "(line 11) wants evidence at least as strong as `appended`"},
		{"rules: [{path: /opt/vendor/strict/**, evidence: [appended, detached], "
		 "signers: [build]}]",
		 "it accepts `detached`"},
	};
	static const struct row other[] = {
		{"rules: [{path: /opt/other/a, evidence: [protected-path]}]", NULL},
		{"rules: [{path: /opt/vendor/a, signers: [build]}]",
		 "delegates nothing there to 'other'"},
	};

	EACH(0, rows);
	EACH(1, other);
}

Test(delegation, what_is_the_policys_to_say_a_supplement_must_not)
{
#define IS_THE_POLICYS "is the policy's to say"
	static const struct row rows[] = {
		{"rules: []\nsearch: [/opt/vendor/lib]", "`search` " IS_THE_POLICYS},
		{"rules: []\nmode: enforce", "`mode` " IS_THE_POLICYS},
		{"rules: []\nprocess: {deleted: log}", "`process` " IS_THE_POLICYS},
		{"rules: []\nlimits: {max-size: 2G}", "`limits` " IS_THE_POLICYS},
		{"rules: []\ncrypto: {provider: fips}", "`crypto` " IS_THE_POLICYS},
		{"rules: []\nsupplements: []", "`supplements` " IS_THE_POLICYS},
		{"rules: []\npolicy-signers: {}", "`policy-signers` " IS_THE_POLICYS},
		{"rules: []\nread-only-devices: []",
		 "`read-only-devices` " IS_THE_POLICYS},
		{"rules: []\nmodseal-policy: 1", "`modseal-policy` " IS_THE_POLICYS},
		{"rules: [{path: /opt/vendor/a/**, delegate: vendor}]",
		 "there is no `vendor`"},
		{"rules: [{path: /opt/vendor/a, signers: [build], minimum-evidence: "
		 "ima}]",
		 "`minimum-evidence` " IS_THE_POLICYS},
		{"rules: []\nversions: {}", "`versions` " IS_THE_POLICYS},
		{"rules: [{path: /opt/vendor/a, signers: [build], search: [/usr/lib]}]",
		 "`search` " IS_THE_POLICYS},
		{"rules: [{path: /opt/vendor/a, signers: [build], noexec: allow}]",
		 "`noexec` " IS_THE_POLICYS},
		{"rules: [{path: /opt/vendor/a, signers: [build], mode: audit}]",
		 "`mode` " IS_THE_POLICYS},
		{"rules: []\nfoo: bar", "unknown key `foo`"},
	};

	EACH(0, rows);
	signers =
		"  more: {trust: pinned, certificate-file: v, certificate-sha256: " DIGEST
		", purposes: [supplement]}\n";
	cr_assert(eq(int, judge(0, "rules: []"), MODSEAL_E_POLICY_INVALID));
	cr_assert(strstr(error.message, "only the policy says who signs") != NULL, "%s",
		  error.message);
}

Test(delegation, a_rule_that_reaches_over_two_of_them_is_weighed_at_each_path)
{
	struct modseal_policy *supplement = NULL;
	const struct modseal_rule *rule, *strict, *wide;
	char text[1024];

	snprintf(text, sizeof(text), "%s%s", SUPPLEMENT,
		 "rules: [{path: /opt/vendor/**, evidence: [ima], signers: [build]}]");
	cr_assert(zero(int, modseal_supplement_parse(span(text), "v.yaml", &supplement,
						     &error)),
		  "%s", error.message);
	rule = &supplement->rules[0];
	strict =
		modseal_policy_decide(base, "/opt/vendor/strict/a", MODSEAL_KIND_LIBRARY);
	wide = modseal_policy_decide(base, "/opt/vendor/a", MODSEAL_KIND_KERNEL_MODULE);
	cr_assert(eq(u32, strict->line, 11));
	cr_assert(eq(u32, wide->line, 12), "every kind of file is delegated");
	cr_assert(
		eq(int, modseal_delegation_too_weak(strict, rule), MODSEAL_EVIDENCE_IMA));
	cr_assert(
		eq(int, modseal_delegation_too_weak(wide, rule), MODSEAL_EVIDENCE_COUNT));
	modseal_policy_free(&supplement);
}

Test(delegation, forms_of_evidence_are_in_one_order)
{
	static const enum modseal_evidence order[MODSEAL_EVIDENCE_COUNT] = {
		MODSEAL_EVIDENCE_PROTECTED_PATH, MODSEAL_EVIDENCE_IMA,
		MODSEAL_EVIDENCE_CATALOG,	 MODSEAL_EVIDENCE_DETACHED,
		MODSEAL_EVIDENCE_APPENDED,
	};

	for (unsigned i = 0; i < MODSEAL_EVIDENCE_COUNT; i++)
		cr_assert(eq(uint, modseal_evidence_strength(order[i]), i));
	cr_assert(zero(uint, modseal_evidence_strength(MODSEAL_EVIDENCE_COUNT)));
}

Test(delegation, a_rule_that_delegates_says_nothing_else)
{
	static const struct row rows[] = {
		{"delegate: v", NULL},
		{"delegate: v, minimum-evidence: detached", NULL},
		{"delegate: w", "there is no `w`"},
		{"delegate: v, signers: [a]", "expects no `signers`"},
		{"delegate: v, kind: library", "expects no `kind`"},
		{"delegate: v, evidence: [ima]", "expects no `evidence`"},
		{"delegate: v, owners: [root]", "expects no `owners`"},
		{"delegate: v, minimum-evidence: strong", "expects one of"},
		{"signers: [a], minimum-evidence: ima", "expects `delegate`"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[2048];
		struct modseal_policy *policy;

		snprintf(text, sizeof(text), "%srules: [{path: /opt/v/**, %s}]\n",
			 HEAD THREE_SIGNERS
			 "  v: {trust: pinned, certificate-file: v, "
			 "certificate-sha256: " DIGEST ", purposes: [supplement]}\n"
			 "supplements: [{name: v, file: v, signers: [v]}]\n",
			 rows[i].rules);
		if (rows[i].said) {
			refused_span(span(text), 0, 0, rows[i].said, rows[i].rules);
			continue;
		}
		policy = accepted(text);
		modseal_policy_free(&policy);
	}
	refused(HEAD THREE_SIGNERS
		"  v: {trust: pinned, certificate-file: v, certificate-sha256: " DIGEST
		", purposes: [supplement]}\n"
		"supplements: [{name: v, file: v, signers: [v]}]\n"
		"rules: [{path: /opt/a*/**, delegate: v}]\n",
		11, 16, "expects a whole directory");
	refused(HEAD THREE_SIGNERS
		"  v: {trust: pinned, certificate-file: v, certificate-sha256: " DIGEST
		", purposes: [supplement]}\n"
		"supplements: [{name: v, file: v, signers: [v]}]\n"
		"rules: [{path: /**, delegate: v}]\n",
		11, 16, "other than `/`");
}
