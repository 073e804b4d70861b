/* SPDX-License-Identifier: Apache-2.0 */
/* A policy from its text: bytes, tree, schema, and the parts put together. */
#include <stdio.h>
#include <stdlib.h>

#include "policy/part_reader.h"
#include "policy/policy.h"
#include "policy/policy_signer_reader.h"
#include "policy/record_reader.h"
#include "policy/rule_index.h"
#include "policy/rule_reader.h"
#include "policy/signer_reader.h"
#include "policy/text.h"
#include "policy/values.h"
#include "policy/version_reader.h"

static int store_crypto(struct modseal_policy_reader *reader, void *target, size_t key,
			const struct modseal_schema_value *value)
{
	struct modseal_policy *policy = target;
	uint32_t word = 0;
	int result = modseal_value_word(reader, value, &modseal_words_provider, &word);

	policy->provider = (enum modseal_provider)word;
	return result;
}

static int store_limits(struct modseal_policy_reader *reader, void *target, size_t key,
			const struct modseal_schema_value *value)
{
	struct modseal_policy *policy = target;

	return modseal_value_size(reader, value, &policy->max_size);
}

static int store_process(struct modseal_policy_reader *reader, void *target, size_t key,
			 const struct modseal_schema_value *value)
{
	struct modseal_policy *policy = target;
	uint32_t word = 0;
	int result;

	switch ((enum modseal_process_key)key) {
	case MODSEAL_KEY_PROCESS_PRELOAD:
		return modseal_value_add_path(reader, value, &policy->preload);
	case MODSEAL_KEY_PROCESS_DELETED:
		result = modseal_value_word(reader, value, &modseal_words_deleted, &word);
		policy->deleted = (enum modseal_tolerance)word;
		break;
	case MODSEAL_KEY_PROCESS_ANONYMOUS:
		result = modseal_value_word(reader, value, &modseal_words_anonymous,
					    &word);
		policy->anonymous_executable = (enum modseal_tolerance)word;
		break;
	default:
		result = modseal_value_unforeseen(reader, value);
		break;
	}
	return result;
}

static int store_revoked(struct modseal_policy_reader *reader, void *target, size_t key,
			 const struct modseal_schema_value *value)
{
	struct modseal_policy *policy = target;

	switch ((enum modseal_revoked_key)key) {
	case MODSEAL_KEY_REVOKED_KEYS:
		return modseal_value_add_digest(reader, value, &policy->revoked_keys);
	case MODSEAL_KEY_REVOKED_CERTIFICATES:
		return modseal_value_add_digest(reader, value,
						&policy->revoked_certificates);
	case MODSEAL_KEY_REVOKED_FILES:
		return modseal_value_add_digest(reader, value, &policy->revoked_files);
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section crypto = {
	.title = "`crypto`",
	.keys = modseal_crypto_keys,
	.count = MODSEAL_CRYPTO_KEY_COUNT,
	.store = store_crypto,
};
static const struct modseal_schema_section limits = {
	.title = "`limits`",
	.keys = modseal_limits_keys,
	.count = MODSEAL_LIMITS_KEY_COUNT,
	.store = store_limits,
};
static const struct modseal_schema_section process = {
	.title = "`process`",
	.keys = modseal_process_keys,
	.count = MODSEAL_PROCESS_KEY_COUNT,
	.store = store_process,
};
static const struct modseal_schema_section revoked = {
	.title = "`revoked`",
	.keys = modseal_revoked_keys,
	.count = MODSEAL_REVOKED_KEY_COUNT,
	.store = store_revoked,
};

static int store_root(struct modseal_policy_reader *reader, void *target, size_t key,
		      const struct modseal_schema_value *value)
{
	struct modseal_policy *policy = target;
	uint32_t word;

	switch ((enum modseal_root_key)key) {
	case MODSEAL_KEY_ROOT_FORMAT:
		return 0; /* modseal_text_check has compared the line, byte by byte */
	case MODSEAL_KEY_ROOT_REQUIRES:
		return modseal_value_new_word(reader, value, &modseal_words_feature,
					      &policy->requires, &word);
	case MODSEAL_KEY_ROOT_NAME:
		return modseal_value_name(reader, value, &policy->name);
	case MODSEAL_KEY_ROOT_SERIAL:
		return modseal_value_number(reader, value, 0, MODSEAL_MAX_SERIAL,
					    &policy->serial);
	case MODSEAL_KEY_ROOT_ISSUED:
		return modseal_value_time(reader, value, &policy->issued);
	case MODSEAL_KEY_ROOT_EXPIRES:
		return modseal_value_expires(reader, value, policy->issued,
					     &policy->expiry);
	case MODSEAL_KEY_ROOT_ON_EXPIRY:
		return modseal_value_on_expiry(reader, value, &policy->expiry);
	case MODSEAL_KEY_ROOT_MODE:
		return modseal_value_mode(reader, value, &policy->audits);
	case MODSEAL_KEY_ROOT_CRYPTO:
		return modseal_schema_read(reader, &crypto, value->node, policy, NULL);
	case MODSEAL_KEY_ROOT_SEARCH:
		return modseal_value_add_path(reader, value, &policy->search);
	case MODSEAL_KEY_ROOT_READ_ONLY_DEVICES:
		return modseal_value_add_device(reader, value,
						&policy->read_only_devices);
	case MODSEAL_KEY_ROOT_LIMITS:
		return modseal_schema_read(reader, &limits, value->node, policy, NULL);
	case MODSEAL_KEY_ROOT_PROCESS:
		return modseal_schema_read(reader, &process, value->node, policy, NULL);
	case MODSEAL_KEY_ROOT_RECORDS:
		return modseal_policy_read_records(reader, value->node);
	case MODSEAL_KEY_ROOT_POLICY_SIGNERS:
		return modseal_policy_read_policy_signers(reader, value->node);
	case MODSEAL_KEY_ROOT_SIGNERS:
		return modseal_policy_read_signers(reader, value->node);
	case MODSEAL_KEY_ROOT_CATALOGS:
		return modseal_policy_read_catalogs(reader, value->node);
	case MODSEAL_KEY_ROOT_SUPPLEMENTS:
		return modseal_policy_read_supplements(reader, value->node);
	case MODSEAL_KEY_ROOT_RULES:
		return modseal_policy_read_rules(reader, value->node);
	case MODSEAL_KEY_ROOT_VERSIONS:
		return modseal_policy_read_versions(reader, value->node);
	case MODSEAL_KEY_ROOT_REVOKED:
		return modseal_schema_read(reader, &revoked, value->node, policy, NULL);
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section root = {
	.title = "the policy",
	.keys = modseal_root_keys,
	.count = MODSEAL_ROOT_KEY_COUNT,
	.store = store_root,
};

/* A supplement says less, in the same words. */
static int store_supplement(struct modseal_policy_reader *reader, void *target,
			    size_t key, const struct modseal_schema_value *value)
{
	static const enum modseal_root_key same[MODSEAL_SUPPLEMENT_KEY_COUNT] = {
		[MODSEAL_KEY_SUPPLEMENT_FORMAT] = MODSEAL_KEY_ROOT_FORMAT,
		[MODSEAL_KEY_SUPPLEMENT_REQUIRES] = MODSEAL_KEY_ROOT_REQUIRES,
		[MODSEAL_KEY_SUPPLEMENT_NAME] = MODSEAL_KEY_ROOT_NAME,
		[MODSEAL_KEY_SUPPLEMENT_SERIAL] = MODSEAL_KEY_ROOT_SERIAL,
		[MODSEAL_KEY_SUPPLEMENT_ISSUED] = MODSEAL_KEY_ROOT_ISSUED,
		[MODSEAL_KEY_SUPPLEMENT_EXPIRES] = MODSEAL_KEY_ROOT_EXPIRES,
		[MODSEAL_KEY_SUPPLEMENT_ON_EXPIRY] = MODSEAL_KEY_ROOT_ON_EXPIRY,
		[MODSEAL_KEY_SUPPLEMENT_SIGNERS] = MODSEAL_KEY_ROOT_SIGNERS,
		[MODSEAL_KEY_SUPPLEMENT_CATALOGS] = MODSEAL_KEY_ROOT_CATALOGS,
		[MODSEAL_KEY_SUPPLEMENT_RULES] = MODSEAL_KEY_ROOT_RULES,
		[MODSEAL_KEY_SUPPLEMENT_REVOKED] = MODSEAL_KEY_ROOT_REVOKED,
	};

	return store_root(reader, target, same[key], value);
}

static const struct modseal_schema_section supplement = {
	.title = "the supplement",
	.keys = modseal_supplement_keys,
	.count = MODSEAL_SUPPLEMENT_KEY_COUNT,
	.reserved_keys = modseal_root_keys,
	.reserved_count = MODSEAL_ROOT_KEY_COUNT,
	.store = store_supplement,
};

static int judge_feature(const struct modseal_policy_reader *reader,
			 const struct modseal_yaml_node *node)
{
	const struct modseal_words *known = &modseal_words_feature;
	struct modseal_span feature = modseal_yaml_text(reader->tree, node);
	struct modseal_nearest nearest = {.text = feature};
	char features[256] = "";
	size_t used = 0;
	int result;

	for (size_t i = 0; i < known->count; i++) {
		const char *text = known->items[i].text;

		if (modseal_span_equal(feature, modseal_span_of(text, strlen(text))))
			return 0;
		modseal_nearest_offer(&nearest, text);
		if (used < sizeof(features))
			used += (size_t)snprintf(features + used, sizeof(features) - used,
						 "%s%s", used ? ", " : "", text);
	}
	result = modseal_policy_refuse(
		reader->source, node->place,
		"`requires` expects features of this version: %s; this is `%.*s`",
		features, MODSEAL_QUOTE(feature));
	if (modseal_nearest_meant(&nearest))
		modseal_remedy(reader->source->error,
			       "write `%s` if that is meant; else use a modseal that has "
			       "`%.*s`",
			       modseal_nearest_meant(&nearest), MODSEAL_QUOTE(feature));
	else
		modseal_remedy(reader->source->error, "use a modseal that has `%.*s`",
			       MODSEAL_QUOTE(feature));
	return result;
}

static int judge_features(const struct modseal_policy_reader *reader,
			  const struct modseal_yaml_node *list)
{
	const struct modseal_yaml_node *item = modseal_yaml_first(reader->tree, list);
	int result = 0;

	for (; item && result == 0; item = modseal_yaml_next(reader->tree, item))
		if (item->type == MODSEAL_YAML_SCALAR)
			result = judge_feature(reader, item);
	return result;
}

/* Before any other key is looked at: a policy that needs a later modseal shall be refused
 * for that reason, not for the first key of its that is unknown here. */
static int check_features(const struct modseal_policy_reader *reader)
{
	const struct modseal_yaml *tree = reader->tree;
	const struct modseal_yaml_node *key =
		modseal_yaml_first(tree, modseal_yaml_root(tree));

	while (key) {
		const struct modseal_yaml_node *value = modseal_yaml_next(tree, key);
		struct modseal_span text = modseal_yaml_text(tree, key);

		if (modseal_span_equal(text, modseal_span_of("requires", 8)) &&
		    value->type == MODSEAL_YAML_LIST)
			return judge_features(reader, value);
		key = modseal_yaml_next(tree, value);
	}
	return 0;
}

static int read_tree(const struct modseal_policy_source *source,
		     const struct modseal_yaml *tree, struct modseal_policy *policy)
{
	struct modseal_policy_reader reader = {
		.source = source,
		.tree = tree,
		.policy = policy,
	};
	int result = check_features(&reader);

	if (result == 0)
		result = modseal_schema_read(&reader,
					     policy->is_supplement ? &supplement : &root,
					     modseal_yaml_root(tree), policy, NULL);
	free(reader.signers_by_name);
	if (result)
		return result;
	policy->index = modseal_rule_index_new(policy->rules, policy->rule_count);
	if (!policy->index)
		return modseal_fail_memory(source->error, MODSEAL_STAGE_POLICY);
	return 0;
}

static int parse(struct modseal_span text, bool is_supplement, const char *path,
		 struct modseal_policy **ret_policy, struct modseal_error *error)
{
	const struct modseal_policy_source source = {
		.path = path,
		.text = text,
		.error = error,
	};
	struct modseal_policy *policy;
	struct modseal_yaml tree = {0};
	int result =
		modseal_text_check(&source, is_supplement ? MODSEAL_SUPPLEMENT_FIRST_LINE
							  : MODSEAL_POLICY_FIRST_LINE);

	if (result)
		return result;
	policy = calloc(1, sizeof(*policy));
	if (!policy)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	policy->is_supplement = is_supplement;
	result = modseal_yaml_parse(&source, &tree);
	if (result == 0)
		result = read_tree(&source, &tree, policy);
	modseal_yaml_free(&tree);
	if (result) {
		modseal_policy_free(&policy);
		return result;
	}
	*ret_policy = policy;
	return 0;
}

int modseal_policy_parse(struct modseal_span text, const char *path,
			 struct modseal_policy **ret_policy, struct modseal_error *error)
{
	return parse(text, false, path, ret_policy, error);
}

int modseal_supplement_parse(struct modseal_span text, const char *path,
			     struct modseal_policy **ret_supplement,
			     struct modseal_error *error)
{
	return parse(text, true, path, ret_supplement, error);
}

static void free_strings(struct modseal_strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
}

static void free_parts(struct modseal_policy_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(parts[i].name);
		free(parts[i].file);
		free(parts[i].signers);
	}
	free(parts);
}

static void free_signers(struct modseal_policy_signer *signers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(signers[i].name);
		free(signers[i].certificate);
		free(signers[i].certificate_file);
		free(signers[i].intermediates);
		free_strings(&signers[i].crl_files);
	}
	free(signers);
}

void modseal_policy_free(struct modseal_policy **policy)
{
	struct modseal_policy *old = *policy;

	if (!old)
		return;
	free_signers(old->policy_signers, old->policy_signer_count);
	free_signers(old->signers, old->signer_count);
	free_parts(old->catalogs, old->catalog_count);
	free_parts(old->supplements, old->supplement_count);
	for (size_t i = 0; i < old->rule_count; i++) {
		free(old->rules[i].path);
		free(old->rules[i].signers);
		free(old->rules[i].timestamp_signers);
		free_strings(&old->rules[i].origin);
		free_strings(&old->rules[i].search);
	}
	free(old->rules);
	modseal_rule_index_free(&old->index);
	for (size_t i = 0; i < old->version_count; i++)
		free(old->versions[i].name);
	free(old->versions);
	free_strings(&old->search);
	free_strings(&old->preload);
	free_strings(&old->read_only_devices);
	free(old->records.file);
	free(old->revoked_keys.digests);
	free(old->revoked_certificates.digests);
	free(old->revoked_files.digests);
	free(old->name);
	free(old);
	*policy = NULL;
}
