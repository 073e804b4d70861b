/* SPDX-License-Identifier: Apache-2.0 */
/* The `rules` of a policy, and what makes a rule a contradiction in itself. */
#include <stdlib.h>

#include "policy/part_reader.h"
#include "policy/rule_reader.h"
#include "policy/rules.h"
#include "policy/signer_reader.h"
#include "policy/timestamp_reader.h"
#include "policy/values.h"

/* A rule and which words its lists have named so far. */
struct draft {
	struct modseal_rule *rule;
	uint32_t evidence;
	uint32_t owners;
	uint32_t hand_off;
};

/* Catalogs are read before the rules, as signers are. */
static int store_catalog(struct modseal_policy_reader *reader, struct modseal_rule *rule,
			 const struct modseal_schema_value *value)
{
	const struct modseal_policy *policy = reader->policy;
	struct modseal_nearest nearest = {.text = value->text};

	if (modseal_policy_find_part(policy->catalogs, policy->catalog_count, value->text,
				     &rule->catalog)) {
		rule->has_catalog = true;
		return 0;
	}
	for (size_t i = 0; i < policy->catalog_count; i++)
		modseal_nearest_offer(&nearest, policy->catalogs[i].name);
	return modseal_value_refuse_name(reader, value, "catalogs", &nearest);
}

static int store_delegate(struct modseal_policy_reader *reader, struct modseal_rule *rule,
			  const struct modseal_schema_value *value)
{
	const struct modseal_policy *policy = reader->policy;
	struct modseal_nearest nearest = {.text = value->text};

	rule->delegates =
		modseal_policy_find_part(policy->supplements, policy->supplement_count,
					 value->text, &rule->supplement);
	if (rule->delegates)
		return 0;
	for (size_t i = 0; i < policy->supplement_count; i++)
		modseal_nearest_offer(&nearest, policy->supplements[i].name);
	return modseal_value_refuse_name(reader, value, "supplements", &nearest);
}

/* The keys whose values are words. */
static int store_word(struct modseal_policy_reader *reader, struct draft *draft,
		      enum modseal_rule_key key, const struct modseal_schema_value *value)
{
	struct modseal_rule *rule = draft->rule;
	uint32_t word = 0;
	int result;

	switch (key) {
	case MODSEAL_KEY_RULE_KIND:
		result = modseal_value_word(reader, value, &modseal_words_kind, &word);
		rule->kind = (enum modseal_kind)word;
		break;
	case MODSEAL_KEY_RULE_EVIDENCE:
		result = modseal_value_new_word(reader, value, &modseal_words_evidence,
						&draft->evidence, &word);
		if (result == 0) /* no word twice: as many as there are */
			rule->evidence[rule->evidence_count++] =
				(enum modseal_evidence)word;
		break;
	case MODSEAL_KEY_RULE_MINIMUM_EVIDENCE:
		result =
			modseal_value_word(reader, value, &modseal_words_evidence, &word);
		rule->minimum_evidence = (enum modseal_evidence)word;
		break;
	case MODSEAL_KEY_RULE_OWNERS:
		result = modseal_value_new_word(reader, value, &modseal_words_owners,
						&draft->owners, &word);
		if (result == 0 && word == MODSEAL_OWNERS_CALLER)
			rule->owners = MODSEAL_OWNERS_CALLER;
		break;
	case MODSEAL_KEY_RULE_IDENTITY:
		result =
			modseal_value_word(reader, value, &modseal_words_identity, &word);
		rule->identity_bound = word != 0;
		break;
	case MODSEAL_KEY_RULE_ELF:
		result = modseal_value_word(reader, value, &modseal_words_elf, &word);
		rule->hygiene = (enum modseal_hygiene)word;
		break;
	case MODSEAL_KEY_RULE_MACHINE:
		result = modseal_value_word(reader, value, &modseal_words_machine, &word);
		rule->any_machine = word != 0;
		break;
	case MODSEAL_KEY_RULE_HAND_OFF:
		result = modseal_value_new_word(reader, value, &modseal_words_hand_off,
						&draft->hand_off, &word);
		if (result == 0)
			rule->hand_off[rule->hand_off_count++] =
				(enum modseal_hand_off)word;
		break;
	case MODSEAL_KEY_RULE_NOEXEC:
		result = modseal_value_word(reader, value, &modseal_words_noexec, &word);
		rule->noexec_allowed = word != 0;
		break;
	case MODSEAL_KEY_RULE_MODE:
		rule->mode_given = true;
		result = modseal_value_mode(reader, value, &rule->audits);
		break;
	default:
		result = modseal_value_unforeseen(reader, value);
		break;
	}
	return result;
}

static int store_rule(struct modseal_policy_reader *reader, void *target, size_t key,
		      const struct modseal_schema_value *value)
{
	struct draft *draft = target;
	uint64_t require;
	int result;

	switch ((enum modseal_rule_key)key) {
	case MODSEAL_KEY_RULE_PATH:
		return modseal_value_pattern(reader, value, &draft->rule->path);
	case MODSEAL_KEY_RULE_SIGNERS:
		return modseal_policy_add_signer(reader, value, &draft->rule->signers,
						 &draft->rule->signer_count);
	case MODSEAL_KEY_RULE_TIMESTAMP:
		return modseal_policy_read_timestamp(reader, value->node, draft->rule);
	case MODSEAL_KEY_RULE_CATALOG:
		return store_catalog(reader, draft->rule, value);
	case MODSEAL_KEY_RULE_DELEGATE:
		return store_delegate(reader, draft->rule, value);
	case MODSEAL_KEY_RULE_SEARCH:
		return modseal_value_add_path(reader, value, &draft->rule->search);
	case MODSEAL_KEY_RULE_ORIGIN:
		return modseal_value_add_origin(reader, value, &draft->rule->origin);
	case MODSEAL_KEY_RULE_REQUIRE:
		result = modseal_value_number(reader, value, 1, UINT32_MAX, &require);
		if (result == 0)
			draft->rule->require = (uint32_t)require;
		return result;
	case MODSEAL_KEY_RULE_MINIMUM_VERSION:
		draft->rule->version_wanted = true;
		return modseal_value_number(reader, value, 0, MODSEAL_MAX_SERIAL,
					    &draft->rule->minimum_version);
	default:
		return store_word(reader, draft, (enum modseal_rule_key)key, value);
	}
}

static const struct modseal_schema_section section = {
	.title = "a rule",
	.keys = modseal_rule_keys,
	.count = MODSEAL_RULE_KEY_COUNT,
	.store = store_rule,
};

/* The place of a key's value, or of the rule where the key is not given. */
static struct modseal_place place_of(const struct modseal_yaml_node *node,
				     const struct modseal_schema_found *found,
				     enum modseal_rule_key key)
{
	return found->values[key] ? found->values[key]->place : node->place;
}

/* Root's protection of a place, instead of a signature: nothing else may stand beside it,
 * since the weaker of two forms would decide (R05). */
static int check_protected(const struct modseal_policy_reader *reader,
			   const struct modseal_rule *rule,
			   const struct modseal_yaml_node *node,
			   const struct modseal_schema_found *found)
{
	if (rule->evidence_count > 1)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_EVIDENCE),
			"`evidence` expects `protected-path` alone, not beside signed "
			"forms");
	if (rule->owners != MODSEAL_OWNERS_ROOT)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_OWNERS),
			"a rule with `protected-path` expects `owners: [root]`");
	if (rule->signer_count > 0)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_SIGNERS),
			"a rule with `protected-path` expects no `signers`: nothing is "
			"signed");
	if (rule->require > 0)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_REQUIRE),
			"a rule with `protected-path` expects no `require`: nothing is "
			"signed");
	return 0;
}

static bool lists(const struct modseal_rule *rule, enum modseal_evidence form)
{
	for (size_t i = 0; i < rule->evidence_count; i++)
		if (rule->evidence[i] == form)
			return true;
	return false;
}

static int check_catalog(const struct modseal_policy_reader *reader,
			 const struct modseal_rule *rule,
			 const struct modseal_yaml_node *node,
			 const struct modseal_schema_found *found)
{
	bool wanted = lists(rule, MODSEAL_EVIDENCE_CATALOG);

	if (wanted && !rule->has_catalog)
		return modseal_policy_refuse(
			reader->source, node->place,
			"a rule with the evidence `catalog` expects `catalog: NAME`");
	if (!wanted && rule->has_catalog)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_CATALOG),
			"`catalog` expects `catalog` among the rule's `evidence`");
	if (!wanted || rule->evidence_count > 1)
		return 0;
	if (rule->signer_count > 0)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_SIGNERS),
			"a rule with the evidence `catalog` alone expects no `signers`: "
			"those of the catalog decide");
	if (rule->require > 0)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_REQUIRE),
			"a rule with the evidence `catalog` alone expects no `require`: "
			"that of the catalog decides");
	return 0;
}

static int check_signed(const struct modseal_policy_reader *reader,
			struct modseal_rule *rule, const struct modseal_yaml_node *node,
			const struct modseal_schema_found *found)
{
	if (rule->signer_count == 0)
		return modseal_policy_refuse(
			reader->source, node->place,
			"a rule with signed evidence expects `signers`");
	if (rule->require == 0)
		rule->require = 1;
	if (rule->evidence_count == 1 && rule->evidence[0] == MODSEAL_EVIDENCE_IMA &&
	    rule->require > 2)
		return modseal_policy_refuse(
			reader->source, place_of(node, found, MODSEAL_KEY_RULE_REQUIRE),
			"a rule with the evidence `ima` alone expects a `require` of 1 "
			"or "
			"2: a file holds two such signatures, security.ima and FILE.sig");
	return modseal_policy_check_signers(
		reader, rule->signers, rule->signer_count, rule->require,
		(enum modseal_purpose)rule->kind,
		(struct modseal_signer_places){
			.signers = place_of(node, found, MODSEAL_KEY_RULE_SIGNERS),
			.require = place_of(node, found, MODSEAL_KEY_RULE_REQUIRE)});
}

/* Only a whole directory can be left to another: what lies below it must be plain to both
 * sides, and no other key has a meaning there. */
static int check_delegation(const struct modseal_policy_reader *reader,
			    const struct modseal_rule *rule,
			    const struct modseal_yaml_node *node,
			    const struct modseal_schema_found *found)
{
	size_t length = strlen(rule->path), fixed = modseal_pattern_fixed(rule->path);

	for (size_t key = 0; key < MODSEAL_RULE_KEY_COUNT; key++)
		if (found->values[key] && key != MODSEAL_KEY_RULE_PATH &&
		    key != MODSEAL_KEY_RULE_DELEGATE && key != MODSEAL_KEY_RULE_MODE &&
		    key != MODSEAL_KEY_RULE_MINIMUM_EVIDENCE)
			return modseal_policy_refuse(
				reader->source, found->values[key]->place,
				"a rule with `delegate` expects no `%s`: the supplement "
				"decides",
				modseal_rule_keys[key].name);
	if (fixed > 1 && length == fixed + 2 && memcmp(rule->path + fixed, "**", 2) == 0)
		return 0;
	return modseal_policy_refuse(
		reader->source, place_of(node, found, MODSEAL_KEY_RULE_PATH),
		"a rule with `delegate` expects a whole directory other than `/`, "
		"`/DIRECTORY/**`");
}

/* What a supplement must leave to its policy (delegation.h). */
static int check_reserved(const struct modseal_policy_reader *reader,
			  const struct modseal_schema_found *found)
{
	static const enum modseal_rule_key reserved[] = {
		MODSEAL_KEY_RULE_DELEGATE, MODSEAL_KEY_RULE_MINIMUM_EVIDENCE,
		MODSEAL_KEY_RULE_SEARCH,   MODSEAL_KEY_RULE_NOEXEC,
		MODSEAL_KEY_RULE_ORIGIN,   MODSEAL_KEY_RULE_MODE,
	};

	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		const struct modseal_yaml_node *value = found->values[reserved[i]];
		const char *name = modseal_rule_keys[reserved[i]].name;

		if (value)
			return modseal_policy_refuse_reserved(
				reader->source, value->place,
				modseal_span_of(name, strlen(name)));
	}
	return 0;
}

static int read_rule(struct modseal_policy_reader *reader,
		     const struct modseal_yaml_node *node, struct modseal_rule *rule)
{
	struct draft draft = {.rule = rule};
	struct modseal_schema_found found;
	const struct modseal_yaml_node *first = modseal_yaml_first(reader->tree, node);
	int result = modseal_schema_read(reader, &section, node, &draft, &found);

	if (result)
		return result;
	rule->line = first ? first->place.line : node->place.line;
	rule->column = first ? first->place.column : node->place.column;
	if (reader->policy->is_supplement) {
		result = check_reserved(reader, &found);
		if (result)
			return result;
	}
	if (found.values[MODSEAL_KEY_RULE_DELEGATE])
		return check_delegation(reader, rule, node, &found);
	if (found.values[MODSEAL_KEY_RULE_MINIMUM_EVIDENCE])
		return modseal_policy_refuse(
			reader->source,
			place_of(node, &found, MODSEAL_KEY_RULE_MINIMUM_EVIDENCE),
			"`minimum-evidence` expects `delegate` in the same rule; here "
			"`evidence` says what is accepted");
	/* `version` in .modinfo is for people: nobody promised that it only grows */
	if (rule->version_wanted && rule->kind == MODSEAL_KIND_KERNEL_MODULE)
		return modseal_policy_refuse(
			reader->source,
			place_of(node, &found, MODSEAL_KEY_RULE_MINIMUM_VERSION),
			"a rule of `kind: kernel-module` expects no `minimum-version`: "
			"kernel modules carry no security version");
	result = modseal_policy_check_timestamp(
		reader, rule, place_of(node, &found, MODSEAL_KEY_RULE_TIMESTAMP));
	if (result == 0)
		result = check_catalog(reader, rule, node, &found);
	if (result)
		return result;
	if (lists(rule, MODSEAL_EVIDENCE_PROTECTED_PATH))
		return check_protected(reader, rule, node, &found);
	if (rule->evidence_count == 1 && rule->has_catalog)
		return 0;
	return check_signed(reader, rule, node, &found);
}

int modseal_policy_read_rules(struct modseal_policy_reader *reader,
			      const struct modseal_yaml_node *node)
{
	struct modseal_policy *policy = reader->policy;
	const struct modseal_yaml_node *item = modseal_yaml_first(reader->tree, node);

	if (node->count > MODSEAL_MAX_RULES)
		return modseal_policy_refuse(
			reader->source, node->place,
			"`rules` expects at most %d rules, these are %u",
			MODSEAL_MAX_RULES, node->count);
	if (node->count == 0)
		return 0;
	policy->rules = calloc(node->count, sizeof(*policy->rules));
	if (!policy->rules)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	for (; item; item = modseal_yaml_next(reader->tree, item)) {
		/* counted before it is read, so that it is freed whatever happens */
		int result =
			read_rule(reader, item, &policy->rules[policy->rule_count++]);

		if (result)
			return result;
	}
	return 0;
}
