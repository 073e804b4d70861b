/* SPDX-License-Identifier: Apache-2.0 */
/* The `timestamp` of a rule: whether signatures need a time stamp, and by whom. */
#include "policy/timestamp_reader.h"
#include "policy/signer_reader.h"
#include "policy/values.h"

static int store(struct modseal_policy_reader *reader, void *target, size_t key,
		 const struct modseal_schema_value *value)
{
	struct modseal_rule *rule = target;
	uint32_t word = 0;
	int result;

	switch ((enum modseal_timestamp_key)key) {
	case MODSEAL_KEY_TIMESTAMP_REQUIRE:
		result = modseal_value_word(reader, value, &modseal_words_timestamp,
					    &word);
		rule->timestamp = (enum modseal_timestamp_demand)word;
		return result;
	case MODSEAL_KEY_TIMESTAMP_SIGNERS:
		result =
			modseal_policy_add_signer(reader, value, &rule->timestamp_signers,
						  &rule->timestamp_signer_count);
		if (result)
			return result;
		word = rule->timestamp_signers[rule->timestamp_signer_count - 1];
		if (reader->policy->signers[word].purposes &
		    1u << MODSEAL_PURPOSE_TIMESTAMP)
			return 0;
		result = modseal_policy_refuse(
			reader->source, value->place,
			"`signers` of `timestamp` expects signers with the purpose "
			"`timestamp`, which `%.*s` has not",
			MODSEAL_QUOTE(value->text));
		modseal_remedy(reader->source->error,
			       "name the signer of a time-stamping authority, with "
			       "`purposes: [timestamp]`");
		return result;
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section section = {
	.title = "`timestamp`",
	.keys = modseal_timestamp_keys,
	.count = MODSEAL_TIMESTAMP_KEY_COUNT,
	.store = store,
};

int modseal_policy_read_timestamp(struct modseal_policy_reader *reader,
				  const struct modseal_yaml_node *node,
				  struct modseal_rule *rule)
{
	return node ? modseal_schema_read(reader, &section, node, rule, NULL) : 0;
}

int modseal_policy_check_timestamp(const struct modseal_policy_reader *reader,
				   const struct modseal_rule *rule,
				   struct modseal_place place)
{
	if (rule->timestamp == MODSEAL_TIMESTAMP_IGNORED)
		return 0;
	for (size_t i = 0; i < rule->evidence_count; i++)
		if (rule->evidence[i] != MODSEAL_EVIDENCE_APPENDED &&
		    rule->evidence[i] != MODSEAL_EVIDENCE_DETACHED)
			return modseal_policy_refuse(
				reader->source, place,
				"`timestamp` expects `evidence` of `appended` and "
				"`detached` only: no other form can bear a time stamp");
	return 0;
}
