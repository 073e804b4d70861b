/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/policy.c: whole policies, their defaults, contradictions and mutations.
 */
#include <malloc.h>

#include "internal/limits.h"
#include "policy_text.h"

Test(policy, of_the_smallest_size_is_read_with_its_defaults)
{
	struct modseal_policy *policy = accepted(SMALL);
	const struct modseal_policy_signer *signer = &policy->signers[0];
	const struct modseal_rule *rule = &policy->rules[0];

	cr_assert(eq(str, policy->name, "gateway-test"));
	cr_assert(eq(u64, policy->serial, 42));
	cr_assert(eq(i64, policy->issued, 1795392000));
	cr_assert(eq(sz, policy->search.count, 0));
	cr_assert(eq(u64, policy->max_size, MODSEAL_DEFAULT_MAX_SIZE));
	cr_assert(eq(sz, policy->read_only_devices.count, 0));
	cr_assert(eq(sz, policy->preload.count, 0));
	cr_assert(eq(int, policy->deleted, MODSEAL_TOLERANCE_REFUSE));
	cr_assert(eq(int, policy->anonymous_executable, MODSEAL_TOLERANCE_LOG));
	cr_assert(eq(sz, policy->signer_count, 1));
	cr_assert(eq(str, signer->name, "acme"));
	cr_assert(eq(u32, signer->line, 6));
	cr_assert(eq(int, signer->trust, MODSEAL_TRUST_CHAIN));
	cr_assert(eq(str, signer->certificate,
		     "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
	cr_assert(signer->certificate_file == NULL);
	cr_assert(signer->intermediates == NULL);
	cr_assert(eq(u32, signer->algorithms, MODSEAL_ALGORITHMS_ALL));
	cr_assert(eq(u32, signer->purposes, 1u << MODSEAL_PURPOSE_LIBRARY));
	cr_assert(eq(sz, policy->rule_count, 1));
	cr_assert(eq(u32, rule->line, 13));
	cr_assert(eq(str, rule->path, "/opt/acme/*.so"));
	cr_assert(eq(int, rule->kind, MODSEAL_KIND_LIBRARY));
	cr_assert(eq(sz, rule->evidence_count, 1));
	cr_assert(eq(int, rule->evidence[0], MODSEAL_EVIDENCE_APPENDED));
	cr_assert(eq(sz, rule->signer_count, 1));
	cr_assert(eq(u32, rule->signers[0], 0));
	cr_assert(eq(u32, rule->require, 1));
	cr_assert(not(rule->version_wanted));
	cr_assert(rule->identity_bound);
	cr_assert(eq(sz, rule->hand_off_count, 2));
	cr_assert(eq(int, rule->hand_off[0], MODSEAL_HAND_OFF_VERITY));
	cr_assert(eq(int, rule->hand_off[1], MODSEAL_HAND_OFF_SEALED));
	cr_assert(eq(int, rule->owners, MODSEAL_OWNERS_ROOT));
	cr_assert(eq(int, rule->hygiene, MODSEAL_HYGIENE_STANDARD));
	modseal_policy_free(&policy);
	cr_assert(policy == NULL);
	modseal_policy_free(&policy);
}

Test(policy, of_every_key_is_read_as_written)
{
	struct modseal_policy *policy = accepted(
		HEAD "mode: enforce\ncrypto: {provider: fips}\nsearch: [/opt/acme/lib, "
		     "/usr/lib]\nlimits: {max-size: 64M}\nread-only-devices: "
		     "[PARTUUID=01234567-89, DM-UUID=CRYPT-VERITY-*-root]\n"
		     "process: {preload: "
		     "[/usr/lib/a.so], deleted: log, anonymous-executable: refuse}\n"
		     "rules:\n"
		     "  - path: /opt/acme/**\n    kind: program\n    evidence: "
		     "[detached, appended]\n"
		     "    signers: [b, a]\n    require: 2\n    minimum-version: 9\n    "
		     "identity: unbound\n    elf: hardened\n"
		     "    owners: [caller]\n    hand-off: [sealed]\n"
		     "  - {path: /usr/lib/*, evidence: [protected-path]}\n"
		     "signers:\n"
		     "  a: {trust: pinned, certificate-file: a.pem, "
		     "certificate-sha256: " DIGEST
		     ", purposes: [program], algorithms: [ed25519]}\n"
		     "  b:\n    trust: chain\n    purposes: [library, program]\n" PEM
		     "    intermediates: |\n      -----BEGIN CERTIFICATE-----\n      B\n"
		     "revoked:\n  keys: [" DIGEST "]\n  certificates: [" DIGEST
		     ", " DIGEST "]\n"
		     "  files: []\n");
	const struct modseal_rule *rule = &policy->rules[0];

	cr_assert(eq(int, policy->provider, MODSEAL_PROVIDER_FIPS));
	cr_assert(eq(sz, policy->search.count, 2));
	cr_assert(eq(str, policy->search.items[1], "/usr/lib"));
	cr_assert(eq(u64, policy->max_size, 64u << 20));
	cr_assert(eq(sz, policy->read_only_devices.count, 2));
	cr_assert(eq(str, policy->read_only_devices.items[0], "PARTUUID=01234567-89"));
	cr_assert(eq(str, policy->read_only_devices.items[1],
		     "DM-UUID=CRYPT-VERITY-*-root"));
	cr_assert(eq(sz, policy->preload.count, 1));
	cr_assert(eq(str, policy->preload.items[0], "/usr/lib/a.so"));
	cr_assert(eq(int, policy->deleted, MODSEAL_TOLERANCE_LOG));
	cr_assert(eq(int, policy->anonymous_executable, MODSEAL_TOLERANCE_REFUSE));
	cr_assert(eq(int, policy->signers[0].trust, MODSEAL_TRUST_PINNED));
	cr_assert(eq(str, policy->signers[0].certificate_file, "a.pem"));
	cr_assert(policy->signers[0].certificate == NULL);
	cr_assert(eq(u8, policy->signers[0].certificate_sha256[1], 0x23));
	cr_assert(
		eq(u32, policy->signers[0].algorithms, 1u << MODSEAL_ALGORITHM_ED25519));
	cr_assert(eq(u32, policy->signers[0].purposes, 1u << MODSEAL_PURPOSE_PROGRAM));
	cr_assert(eq(str, policy->signers[1].intermediates,
		     "-----BEGIN CERTIFICATE-----\nB\n"));
	cr_assert(eq(u32, policy->signers[1].purposes,
		     1u << MODSEAL_PURPOSE_PROGRAM | 1u << MODSEAL_PURPOSE_LIBRARY));
	cr_assert(eq(sz, policy->rule_count, 2));
	cr_assert(eq(int, rule->kind, MODSEAL_KIND_PROGRAM));
	cr_assert(eq(sz, rule->evidence_count, 2));
	cr_assert(eq(int, rule->evidence[0], MODSEAL_EVIDENCE_DETACHED),
		  "in the text's order");
	cr_assert(eq(int, rule->evidence[1], MODSEAL_EVIDENCE_APPENDED));
	cr_assert(eq(sz, rule->signer_count, 2));
	cr_assert(eq(u32, rule->signers[0], 1));
	cr_assert(eq(u32, rule->signers[1], 0));
	cr_assert(eq(u32, rule->require, 2));
	cr_assert(rule->version_wanted);
	cr_assert(eq(u64, rule->minimum_version, 9));
	cr_assert(not(rule->identity_bound));
	cr_assert(eq(int, rule->hygiene, MODSEAL_HYGIENE_HARDENED));
	cr_assert(eq(int, rule->owners, MODSEAL_OWNERS_CALLER));
	cr_assert(eq(int, policy->rules[1].evidence[0], MODSEAL_EVIDENCE_PROTECTED_PATH));
	cr_assert(eq(sz, policy->rules[1].signer_count, 0));
	cr_assert(eq(u32, policy->rules[1].require, 0));
	cr_assert(eq(sz, policy->revoked_keys.count, 1));
	cr_assert(eq(u8, policy->revoked_keys.digests[0][31], 0xef));
	cr_assert(eq(sz, policy->revoked_certificates.count, 2));
	cr_assert(eq(sz, policy->revoked_files.count, 0));
	modseal_policy_free(&policy);
}

Test(policy, R05_of_protected_path_beside_signed_evidence_is_refused)
{
	static const struct contradiction rows[] = {
		{"evidence: [protected-path]", 0, NULL},
		{"evidence: [protected-path], owners: [root]", 0, NULL},
		{"evidence: [protected-path, appended]", 26, "`protected-path` alone"},
		{"evidence: [appended, protected-path]", 26, "`protected-path` alone"},
		{"evidence: [appended, protected-path], signers: [a]", 26,
		 "`protected-path` alone"},
		{"evidence: [detached, appended, protected-path], signers: [a]", 26,
		 "`protected-path` alone"},
		{"evidence: [protected-path], owners: [caller]", 52,
		 "expects `owners: [root]`"},
		{"evidence: [protected-path], owners: [root, caller]", 52,
		 "expects `owners: [root]`"},
		{"evidence: [protected-path], signers: [a]", 53, "expects no `signers`"},
		{"evidence: [protected-path], require: 1", 53, "expects no `require`"},
	};

	each_rule(HEAD THREE_SIGNERS, 10, rows, sizeof(rows) / sizeof(rows[0]));
}

Test(policy, R18_of_signers_that_cannot_be_counted_is_refused)
{
	static const struct contradiction rows[] = {
		{"signers: [a, b], require: 2", 0, NULL},
		{"evidence: [ima], signers: [a, b, m], require: 2", 0, NULL},
		{"evidence: [ima], signers: [a, b, m], require: 3", 62,
		 "a `require` of 1 or 2"},
		{"signers: [a, b, m], require: 2", 0, NULL},
		{"kind: kernel-module, signers: [m]", 0, NULL},
		{"signers: [a], minimum-version: 0", 0, NULL},
		{"evidence: [protected-path], minimum-version: 1", 0, NULL},
		{"kind: program, signers: [m], minimum-version: 1", 0, NULL},
		{"kind: kernel-module, signers: [m], minimum-version: 1", 68,
		 "expects no `minimum-version`"},
		{"signers: [a, b], require: 3", 42,
		 "number of the signers, 2; this is 3"},
		{"require: 1", 5, "expects `signers`"},
		{"evidence: [appended]", 5, "expects `signers`"},
		{"evidence: [detached]", 5, "expects `signers`"},
		{"evidence: [ima]", 5, "expects `signers`"},
		{"kind: library", 5, "expects `signers`"},
		{"signers: []", 25, "an empty list"},
		{"signers: a", 25, "; this is a single value"},
		{"signers: [a, c]", 29, "there is no `c`"},
		{"signers: [A]", 26, "there is no `A`"},
		{"signers: ['']", 26, "there is no ``"},
		{"signers: [a, b, a], require: 2", 32, "`a` stands twice"},
		{"signers: [m]", 25, "of its signers 0 have it"},
		{"signers: [a, m], require: 2", 25, "of its signers 1 have it"},
		{"kind: kernel-module, signers: [a, b]", 46, "of `kind: kernel-module`"},
		{"kind: program, signers: [a, m], require: 2", 40,
		 "of its signers 1 have it"},
	};

	each_rule(HEAD THREE_SIGNERS, 10, rows, sizeof(rows) / sizeof(rows[0]));
}

/* text, then count times the line with its number, then end */
static char *repeated(const char *text, const char *line, size_t count, const char *end)
{
	size_t room = strlen(text) + count * (strlen(line) + 8) + strlen(end) + 1;
	char *whole = malloc(room);
	size_t used = (size_t)snprintf(whole, room, "%s", text);

	for (size_t i = 0; i < count; i++) {
		const char *mark = strchr(line, '#');

		used += (size_t)snprintf(whole + used, room - used, "%.*s%zu%s",
					 (int)(mark - line), line, i, mark + 1);
	}
	snprintf(whole + used, room - used, "%s", end);
	return whole;
}

#define MANY_RULE "  - {path: /o#, signers: [a]}\n"
#define MANY_SIGNER                                                                      \
	"  s#: {trust: pinned, certificate-file: a, certificate-sha256: " DIGEST "}\n"

Test(policy, R89_of_more_rules_than_the_cap_is_refused)
{
	char *text =
		repeated(HEAD THREE_SIGNERS "rules:\n", MANY_RULE, MODSEAL_MAX_RULES, "");
	double start = cpu_seconds();
	struct modseal_policy *policy = accepted(text);

	cr_assert(cpu_seconds() - start < 0.2 * time_factor());
	cr_assert(eq(sz, policy->rule_count, MODSEAL_MAX_RULES));
	cr_assert(eq(u32, policy->rules[MODSEAL_MAX_RULES - 1].line,
		     9 + MODSEAL_MAX_RULES));
	modseal_policy_free(&policy);
	free(text);
	text = repeated(HEAD THREE_SIGNERS "rules:\n", MANY_RULE, MODSEAL_MAX_RULES + 1,
			"");
	refused(text, 10, 3, "at most 16384 rules, these are 16385");
	free(text);
}

Test(policy, R89_of_more_signers_than_the_caps_is_refused)
{
	char *text = repeated(HEAD "signers:\n", MANY_SIGNER, MODSEAL_MAX_SIGNERS,
			      "rules: [{path: /a, signers: [s0, s4095]}]\n");
	struct modseal_policy *policy = accepted(text);

	cr_assert(eq(sz, policy->signer_count, MODSEAL_MAX_SIGNERS));
	cr_assert(eq(u32, policy->rules[0].signers[1], MODSEAL_MAX_SIGNERS - 1));
	modseal_policy_free(&policy);
	free(text);
	text = repeated(HEAD "signers:\n", MANY_SIGNER, MODSEAL_MAX_SIGNERS + 1,
			"rules: []\n");
	refused(text, 6, 3, "at most 4096 signers, these are 4097");
	free(text);

	text = repeated(HEAD "rules:\n  - path: /a\n    signers:\n", "      - s#\n",
			MODSEAL_MAX_RULE_SIGNERS, "");
	char *all = repeated("signers:\n", MANY_SIGNER, MODSEAL_MAX_RULE_SIGNERS + 1, "");
	size_t room = strlen(text) + strlen(all) + 32;
	char *both = malloc(room);

	snprintf(both, room, "%s%s", text, all);
	policy = accepted(both);
	cr_assert(eq(sz, policy->rules[0].signer_count, MODSEAL_MAX_RULE_SIGNERS));
	modseal_policy_free(&policy);
	snprintf(both, room, "%s      - s64\n%s", text, all);
	refused(both, 8 + MODSEAL_MAX_RULE_SIGNERS, 9,
		"`signers` of a rule, catalog or supplement expects at most 64");
	free(both);
	free(all);
	free(text);
}

Test(policy, R89_of_more_devices_than_the_cap_is_refused)
{
	char *text = repeated(HEAD "read-only-devices:\n", "  - DM-UUID=a#\n",
			      MODSEAL_MAX_DEVICES, "rules: []\n");
	struct modseal_policy *policy = accepted(text);

	cr_assert(eq(sz, policy->read_only_devices.count, MODSEAL_MAX_DEVICES));
	modseal_policy_free(&policy);
	free(text);
	text = repeated(HEAD "read-only-devices:\n", "  - DM-UUID=a#\n",
			MODSEAL_MAX_DEVICES + 1, "rules: []\n");
	refused(text, 6 + MODSEAL_MAX_DEVICES, 5,
		"`read-only-devices` expects at most 64 devices");
	free(text);
}

Test(policy, of_ten_thousand_rules_is_read_in_time)
{
	char *text = repeated(HEAD THREE_SIGNERS "rules:\n",
			      "  - path: /opt/acme/lib/plugins/module-#-*.so\n"
			      "    kind: library\n    signers: [a]\n",
			      10000, "");
	double start = cpu_seconds();
	struct modseal_policy *policy = accepted(text);

	cr_assert(cpu_seconds() - start < 0.1 * time_factor());
	modseal_policy_free(&policy);
	free(text);
}

/* What one parse of hostile text may take (R81, R88). */
#define LONGEST (0.2 * time_factor())

/* NULL, or what is wrong. Asserts nothing itself: Criterion keeps memory for each
 * assertion, and the caller counts what is left behind. */
static const char *parse_any(const char *text, size_t size)
{
	/* an exact copy, so that a byte read behind it is seen by the sanitizer */
	char *copy = malloc(size ? size : 1);
	struct modseal_policy *policy = NULL;
	struct modseal_error error = {0};
	const char *wrong = NULL;
	double start;
	int result;

	if (!copy)
		return "no memory";
	memcpy(copy, text, size);
	start = cpu_seconds();
	result = modseal_policy_parse(modseal_span_of(copy, size), "p.yaml", &policy,
				      &error);
	if (cpu_seconds() - start > LONGEST)
		wrong = "too slow";
	if (result && (result != MODSEAL_E_POLICY_INVALID || policy ||
		       error.stage != MODSEAL_STAGE_POLICY ||
		       strncmp(error.message, "line ", 5) != 0))
		wrong = "another refusal";
	modseal_policy_free(&policy);
	free(copy);
	return wrong;
}

static const char *parse_mutations(const char *text, char *copy, size_t size)
{
	const char *wrong = NULL;

	for (size_t length = 0; length <= size && !wrong; length++)
		wrong = parse_any(text, length);
	for (size_t i = 0; i < size * 8 && !wrong; i++) {
		memcpy(copy, text, size);
		copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
		wrong = parse_any(copy, size);
	}
	memcpy(copy, text, size);
	for (int byte = 0; byte < 256 && !wrong; byte++) {
		copy[size] = (char)byte;
		wrong = parse_any(copy, size + 1);
	}
	return wrong;
}

/* Twice: what the allocator keeps for itself is there after the first round, mostly. A
 * leak on one path only is for the sanitizer to find; one on a common path shows here
 * too. */
static void each_mutation(const char *text)
{
	size_t size = strlen(text);
	char *copy = malloc(size + 1);
	const char *wrong = parse_mutations(text, copy, size);
	size_t before = mallinfo2().uordblks;
	size_t after;

	if (!wrong)
		wrong = parse_mutations(text, copy, size);
	after = mallinfo2().uordblks;
	cr_assert(wrong == NULL, "%s: %s", wrong, copy);
	cr_assert(after <= before + 32768, "%zu bytes are left behind", after - before);
	free(copy);
}

Test(policy, R81_R88_of_every_mutation_is_refused_or_read_without_harm, .timeout = 120)
{
	each_mutation(SMALL);
}

Test(policy, R81_R88_of_every_mutation_of_all_keys_is_harmless, .timeout = 240)
{
	each_mutation(HEAD
		      "search: [/a]\nlimits: {max-size: 1M}\nprocess: {preload: [/b]}\n"
		      "read-only-devices: [PARTUUID=01234567-89, DM-UUID=a*]\n"
		      "signers:\n  a: {trust: pinned, certificate-file: a, "
		      "certificate-sha256: " DIGEST ", algorithms: [ed25519, "
		      "ecdsa-p256-sha256], purposes: [library, catalog]}\n"
		      "catalogs: [{name: b, file: b, signers: [a], minimum-serial: 1}]\n"
		      "rules:\n  - {path: /o/**, evidence: [detached], signers: [a], "
		      "require: 1, owners: [caller]}\n"
		      "  - {path: \"/p\", evidence: [protected-path]}\n"
		      "  - {path: /q, evidence: [catalog], catalog: b}\n"
		      "revoked: {keys: [" DIGEST "]}\nx-a: |\n  b\n");
}
