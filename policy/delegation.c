/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy leaves to a supplement, and what it does not. */
#include <stdlib.h>

#include "policy/delegation.h"

#include "policy/rules.h"
#include "policy/values.h"

unsigned modseal_evidence_strength(enum modseal_evidence evidence)
{
	static const enum modseal_evidence order[MODSEAL_EVIDENCE_COUNT] = {
		MODSEAL_EVIDENCE_PROTECTED_PATH, MODSEAL_EVIDENCE_IMA,
		MODSEAL_EVIDENCE_CATALOG,	 MODSEAL_EVIDENCE_DETACHED,
		MODSEAL_EVIDENCE_APPENDED,
	};
	unsigned strength = 0;

	while (strength < MODSEAL_EVIDENCE_COUNT && order[strength] != evidence)
		strength++;
	/* what nobody has put in order is as weak as can be */
	return strength < MODSEAL_EVIDENCE_COUNT ? strength : 0;
}

enum modseal_evidence modseal_delegation_too_weak(const struct modseal_rule *delegation,
						  const struct modseal_rule *rule)
{
	unsigned least = modseal_evidence_strength(delegation->minimum_evidence);

	for (size_t i = 0; i < rule->evidence_count; i++)
		if (modseal_evidence_strength(rule->evidence[i]) < least)
			return rule->evidence[i];
	return MODSEAL_EVIDENCE_COUNT;
}

/* Every path that the rule can match lies below the delegation's directory, which ends
 * with the `/` before its `**`. */
static bool lies_below(const struct modseal_rule *delegation,
		       const struct modseal_rule *rule)
{
	size_t directory = modseal_pattern_fixed(delegation->path);

	/* no `*` stands in the directory, so none does in what is equal to it */
	return strlen(rule->path) > directory &&
	       memcmp(delegation->path, rule->path, directory) == 0;
}

static int refuse_outside(const struct modseal_policy *policy, uint32_t index,
			  const struct modseal_rule *rule,
			  const struct modseal_policy_source *source)
{
	const struct modseal_place place = {.line = rule->line, .column = rule->column};
	const char *name = policy->supplements[index].name;
	int result = modseal_policy_refuse(
		source, place,
		"`path` is `%.*s`, and the policy delegates nothing there to '%s'",
		MODSEAL_QUOTE(modseal_span_of(rule->path, strlen(rule->path))), name);

	modseal_remedy(source->error,
		       "write a path below a directory that a rule with `delegate: %s` "
		       "of the policy names",
		       name);
	return result;
}

static int refuse_weak(const struct modseal_rule *delegation,
		       const struct modseal_rule *rule, enum modseal_evidence weak,
		       const struct modseal_policy_source *source)
{
	const struct modseal_place place = {.line = rule->line, .column = rule->column};
	const char *least = modseal_evidence_name(delegation->minimum_evidence);
	int result = modseal_policy_refuse(source, place,
					   "it accepts `%s`, and for %s the policy (line "
					   "%u) wants evidence at least "
					   "as strong as `%s`",
					   modseal_evidence_name(weak), delegation->path,
					   delegation->line, least);

	modseal_remedy(source->error, "list `%s` or a stronger form, modseal-policy(5)",
		       least);
	return result;
}

/* The rules that delegate to one supplement; a policy may have many others. */
struct delegations {
	const struct modseal_rule **rules;
	size_t count;
};

static int gather(const struct modseal_policy *policy, uint32_t index,
		  struct delegations *ret_delegations, struct modseal_error *error)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];

		if (!rule->delegates || rule->supplement != index)
			continue;
		if (!modseal_grow((void **)&ret_delegations->rules,
				  ret_delegations->count,
				  sizeof(*ret_delegations->rules)))
			return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
		ret_delegations->rules[ret_delegations->count++] = rule;
	}
	return 0;
}

static int judge_rule(const struct modseal_policy *policy, uint32_t index,
		      const struct delegations *delegations,
		      const struct modseal_rule *rule,
		      const struct modseal_policy_source *source)
{
	bool below = false;

	for (size_t i = 0; i < delegations->count; i++) {
		const struct modseal_rule *delegation = delegations->rules[i];
		enum modseal_evidence weak;

		if (!lies_below(delegation, rule))
			continue;
		below = true;
		weak = modseal_delegation_too_weak(delegation, rule);
		if (weak != MODSEAL_EVIDENCE_COUNT)
			return refuse_weak(delegation, rule, weak, source);
	}
	return below ? 0 : refuse_outside(policy, index, rule, source);
}

int modseal_delegation_judge(const struct modseal_policy *policy, uint32_t index,
			     const struct modseal_policy *supplement,
			     const struct modseal_policy_source *source)
{
	struct delegations delegations = {.count = 0};
	int result = gather(policy, index, &delegations, source->error);

	for (size_t i = 0; result == 0 && i < supplement->rule_count; i++)
		result = judge_rule(policy, index, &delegations, &supplement->rules[i],
				    source);
	free(delegations.rules);
	return result;
}
