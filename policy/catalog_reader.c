/* SPDX-License-Identifier: Apache-2.0 */
/* The `catalogs` of a policy: which signed lists of files rules may name. */
#include <stdlib.h>

#include "policy/catalog_reader.h"
#include "policy/signer_reader.h"
#include "policy/values.h"

static int store_name(struct modseal_policy_reader *reader,
		      struct modseal_policy_catalog *catalog,
		      const struct modseal_schema_value *value)
{
	const struct modseal_policy *policy = reader->policy;
	uint32_t index;

	/* this one is counted already, but has no name yet */
	if (modseal_policy_find_catalog(reader, value->text, &index))
		return modseal_policy_refuse(
			reader->source, value->place,
			"`catalogs` expects each name once, `%.*s` stands in line %u "
			"already",
			MODSEAL_QUOTE(value->text), policy->catalogs[index].line);
	return modseal_value_name(reader, value, &catalog->name);
}

static int store_catalog(struct modseal_policy_reader *reader, void *target, size_t key,
			 const struct modseal_schema_value *value)
{
	struct modseal_policy_catalog *catalog = target;
	uint64_t require;
	int result;

	switch ((enum modseal_catalog_key)key) {
	case MODSEAL_KEY_CATALOG_NAME:
		return store_name(reader, catalog, value);
	case MODSEAL_KEY_CATALOG_FILE:
		return modseal_value_file(reader, value, &catalog->file);
	case MODSEAL_KEY_CATALOG_SIGNERS:
		return modseal_policy_add_signer(reader, value, &catalog->signers,
						 &catalog->signer_count);
	case MODSEAL_KEY_CATALOG_REQUIRE:
		result = modseal_value_number(reader, value, 1, UINT32_MAX, &require);
		if (result == 0)
			catalog->require = (uint32_t)require;
		return result;
	case MODSEAL_KEY_CATALOG_MINIMUM_SERIAL:
		return modseal_value_number(reader, value, 0, MODSEAL_MAX_SERIAL,
					    &catalog->minimum_serial);
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section section = {
	.title = "a catalog",
	.keys = modseal_catalog_keys,
	.count = MODSEAL_CATALOG_KEY_COUNT,
	.store = store_catalog,
};

static int read_catalog(struct modseal_policy_reader *reader,
			const struct modseal_yaml_node *node,
			struct modseal_policy_catalog *catalog)
{
	const struct modseal_yaml_node *first = modseal_yaml_first(reader->tree, node);
	const struct modseal_yaml_node *signers, *require;
	struct modseal_schema_found found;
	int result;

	catalog->line = first ? first->place.line : node->place.line;
	result = modseal_schema_read(reader, &section, node, catalog, &found);
	if (result)
		return result;
	signers = found.values[MODSEAL_KEY_CATALOG_SIGNERS];
	require = found.values[MODSEAL_KEY_CATALOG_REQUIRE];
	return modseal_policy_check_signers(
		reader, catalog->signers, catalog->signer_count, catalog->require,
		MODSEAL_PURPOSE_CATALOG,
		(struct modseal_signer_places){
			.signers = signers ? signers->place : node->place,
			.require = require ? require->place : node->place});
}

int modseal_policy_read_catalogs(struct modseal_policy_reader *reader,
				 const struct modseal_yaml_node *node)
{
	struct modseal_policy *policy = reader->policy;
	const struct modseal_yaml_node *item;

	if (!node || node->count == 0)
		return 0;
	if (node->count > MODSEAL_MAX_CATALOGS)
		return modseal_policy_refuse(
			reader->source, node->place,
			"`catalogs` expects at most %d catalogs, these are %u",
			MODSEAL_MAX_CATALOGS, node->count);
	policy->catalogs = calloc(node->count, sizeof(*policy->catalogs));
	if (!policy->catalogs)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	item = modseal_yaml_first(reader->tree, node);
	for (; item; item = modseal_yaml_next(reader->tree, item)) {
		/* counted before it is read, so that it is freed whatever happens */
		int result = read_catalog(reader, item,
					  &policy->catalogs[policy->catalog_count++]);

		if (result)
			return result;
	}
	return 0;
}

bool modseal_policy_find_catalog(const struct modseal_policy_reader *reader,
				 struct modseal_span name, uint32_t *ret_index)
{
	const struct modseal_policy *policy = reader->policy;

	for (size_t i = 0; i < policy->catalog_count; i++) {
		const char *known = policy->catalogs[i].name;

		if (!known ||
		    !modseal_span_equal(name, modseal_span_of(known, strlen(known))))
			continue;
		*ret_index = (uint32_t)i;
		return true;
	}
	return false;
}
