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
	cr_assert(rule->identity_bound);
	cr_assert(eq(sz, rule->hand_off_count, 1));
	cr_assert(eq(int, rule->hand_off[0], MODSEAL_HAND_OFF_SEALED));
	cr_assert(eq(int, rule->owners, MODSEAL_OWNERS_ROOT));
	cr_assert(eq(int, rule->hygiene, MODSEAL_HYGIENE_STANDARD));
	modseal_policy_free(&policy);
	cr_assert(policy == NULL);
	modseal_policy_free(&policy);
}

/* What one parse of hostile text may take (R81, R88). */
#define LONGEST (0.2 * TIME_FACTOR)

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

/* Twice: what the allocator keeps for itself is there after the first round. A leak on
 * one path only is for the sanitizer to find; one on a common path shows here as well. */
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
	cr_assert(after <= before + 4096, "%zu bytes are left behind", after - before);
	free(copy);
}

Test(policy, R81_R88_of_every_mutation_is_refused_or_read_without_harm, .timeout = 120)
{
	each_mutation(SMALL);
}
