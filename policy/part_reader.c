/* SPDX-License-Identifier: Apache-2.0 */
/* The `catalogs` and `supplements` of a policy: the signed files it leaves decisions to.
 */
#include <stdlib.h>

#include "policy/part_reader.h"
#include "policy/signer_reader.h"
#include "policy/values.h"

/* One of the two lists, as it is read. */
struct list {
	const char *key; /* "catalogs" */
	enum modseal_purpose purpose;
	size_t most;
	const struct modseal_schema_section *section;
	struct modseal_policy_part **parts;
	size_t *count;
};

/* What the store of a section is given. */
struct target {
	const struct list *list;
	struct modseal_policy_part *part;
};

static int store_name(struct modseal_policy_reader *reader, const struct target *target,
		      const struct modseal_schema_value *value)
{
	const struct list *list = target->list;
	uint32_t index;

	/* this one is counted already, but has no name yet */
	if (modseal_policy_find_part(*list->parts, *list->count, value->text, &index))
		return modseal_policy_refuse(
			reader->source, value->place,
			"`%s` expects each name once, `%.*s` stands in line %u already",
			list->key, MODSEAL_QUOTE(value->text),
			(*list->parts)[index].line);
	return modseal_value_name(reader, value, &target->part->name);
}

static int store_part(struct modseal_policy_reader *reader, void *argument, size_t key,
		      const struct modseal_schema_value *value)
{
	const struct target *target = argument;
	struct modseal_policy_part *part = target->part;
	uint64_t require;
	int result;

	switch ((enum modseal_part_key)key) {
	case MODSEAL_KEY_PART_NAME:
		return store_name(reader, target, value);
	case MODSEAL_KEY_PART_FILE:
		return modseal_value_file(reader, value, &part->file);
	case MODSEAL_KEY_PART_SIGNERS:
		return modseal_policy_add_signer(reader, value, &part->signers,
						 &part->signer_count);
	case MODSEAL_KEY_PART_REQUIRE:
		result = modseal_value_number(reader, value, 1, UINT32_MAX, &require);
		if (result == 0)
			part->require = (uint32_t)require;
		return result;
	case MODSEAL_KEY_PART_MINIMUM_SERIAL:
		return modseal_value_number(reader, value, 0, MODSEAL_MAX_SERIAL,
					    &part->minimum_serial);
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section catalog = {
	.title = "a catalog",
	.keys = modseal_part_keys,
	.count = MODSEAL_PART_KEY_COUNT,
	.store = store_part,
};
static const struct modseal_schema_section supplement = {
	.title = "a supplement",
	.keys = modseal_part_keys,
	.count = MODSEAL_PART_KEY_COUNT,
	.store = store_part,
};

static int read_part(struct modseal_policy_reader *reader, const struct list *list,
		     const struct modseal_yaml_node *node,
		     struct modseal_policy_part *part)
{
	const struct modseal_yaml_node *first = modseal_yaml_first(reader->tree, node);
	const struct modseal_yaml_node *signers, *require;
	struct target target = {.list = list, .part = part};
	struct modseal_schema_found found;
	int result;

	part->line = first ? first->place.line : node->place.line;
	result = modseal_schema_read(reader, list->section, node, &target, &found);
	if (result)
		return result;
	signers = found.values[MODSEAL_KEY_PART_SIGNERS];
	require = found.values[MODSEAL_KEY_PART_REQUIRE];
	return modseal_policy_check_signers(
		reader, part->signers, part->signer_count, part->require, list->purpose,
		(struct modseal_signer_places){
			.signers = signers ? signers->place : node->place,
			.require = require ? require->place : node->place});
}

static int read_list(struct modseal_policy_reader *reader, const struct list *list,
		     const struct modseal_yaml_node *node)
{
	const struct modseal_yaml_node *item;

	if (!node || node->count == 0)
		return 0;
	if (node->count > list->most)
		return modseal_policy_refuse(reader->source, node->place,
					     "`%s` expects at most %zu %s, these are %u",
					     list->key, list->most, list->key,
					     node->count);
	*list->parts = calloc(node->count, sizeof(**list->parts));
	if (!*list->parts)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	item = modseal_yaml_first(reader->tree, node);
	for (; item; item = modseal_yaml_next(reader->tree, item)) {
		/* counted before it is read, so that it is freed whatever happens */
		int result =
			read_part(reader, list, item, &(*list->parts)[(*list->count)++]);

		if (result)
			return result;
	}
	return 0;
}

int modseal_policy_read_catalogs(struct modseal_policy_reader *reader,
				 const struct modseal_yaml_node *node)
{
	const struct list list = {
		.key = "catalogs",
		.purpose = MODSEAL_PURPOSE_CATALOG,
		.most = MODSEAL_MAX_CATALOGS,
		.section = &catalog,
		.parts = &reader->policy->catalogs,
		.count = &reader->policy->catalog_count,
	};

	return read_list(reader, &list, node);
}

int modseal_policy_read_supplements(struct modseal_policy_reader *reader,
				    const struct modseal_yaml_node *node)
{
	const struct list list = {
		.key = "supplements",
		.purpose = MODSEAL_PURPOSE_SUPPLEMENT,
		.most = MODSEAL_MAX_SUPPLEMENTS,
		.section = &supplement,
		.parts = &reader->policy->supplements,
		.count = &reader->policy->supplement_count,
	};

	return read_list(reader, &list, node);
}

bool modseal_policy_find_part(const struct modseal_policy_part *parts, size_t count,
			      struct modseal_span name, uint32_t *ret_index)
{
	for (size_t i = 0; i < count; i++) {
		const char *known = parts[i].name;

		if (!known ||
		    !modseal_span_equal(name, modseal_span_of(known, strlen(known))))
			continue;
		*ret_index = (uint32_t)i;
		return true;
	}
	return false;
}
