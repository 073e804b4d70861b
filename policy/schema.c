/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a mapping by the table of its section: which keys there are, may be and must be.
 */
#include "policy/schema.h"
#include "internal/limits.h"
#include "policy/nearest.h"

enum form {
	FORM_SCALAR,
	FORM_LIST,
	FORM_NODE,
};

struct type {
	enum form form;
	uint32_t least; /* items of a list */
	const char *expected;
};

static const struct type types[] = {
#define X(name, form, least, expected) {FORM_##form, least, expected},
	MODSEAL_SCHEMA_TYPE_LIST(X)
#undef X
};

#define X(name, key, type, presence, fallback)                                           \
	{key, MODSEAL_SCHEMA_##type, MODSEAL_SCHEMA_##presence, fallback},
const struct modseal_schema_key modseal_root_keys[] = {MODSEAL_ROOT_KEYS(X)};
const struct modseal_schema_key modseal_crypto_keys[] = {MODSEAL_CRYPTO_KEYS(X)};
const struct modseal_schema_key modseal_limits_keys[] = {MODSEAL_LIMITS_KEYS(X)};
const struct modseal_schema_key modseal_process_keys[] = {MODSEAL_PROCESS_KEYS(X)};
const struct modseal_schema_key modseal_records_keys[] = {MODSEAL_RECORDS_KEYS(X)};
const struct modseal_schema_key modseal_policysigners_keys[] = {
	MODSEAL_POLICYSIGNERS_KEYS(X)};
const struct modseal_schema_key modseal_policysigner_keys[] = {
	MODSEAL_POLICYSIGNER_KEYS(X)};
const struct modseal_schema_key modseal_signer_keys[] = {MODSEAL_SIGNER_KEYS(X)};
const struct modseal_schema_key modseal_supplement_keys[] = {MODSEAL_SUPPLEMENT_KEYS(X)};
const struct modseal_schema_key modseal_part_keys[] = {MODSEAL_PART_KEYS(X)};
const struct modseal_schema_key modseal_rule_keys[] = {MODSEAL_RULE_KEYS(X)};
const struct modseal_schema_key modseal_timestamp_keys[] = {MODSEAL_TIMESTAMP_KEYS(X)};
const struct modseal_schema_key modseal_revoked_keys[] = {MODSEAL_REVOKED_KEYS(X)};
#undef X

_Static_assert(MODSEAL_ROOT_KEY_COUNT <= MODSEAL_SCHEMA_MAX_KEYS &&
		       MODSEAL_RULE_KEY_COUNT <= MODSEAL_SCHEMA_MAX_KEYS,
	       "struct modseal_schema_found holds every section");

const char *modseal_schema_expected(const struct modseal_schema_key *key)
{
	return types[key->type].expected;
}

const char *modseal_schema_nearest(const struct modseal_schema_key *keys, size_t count,
				   struct modseal_span text)
{
	struct modseal_nearest nearest = {.text = text};

	for (size_t i = 0; i < count; i++)
		modseal_nearest_offer(&nearest, keys[i].name);
	return nearest.word ? nearest.word : "";
}

static size_t find_key(const struct modseal_schema_key *keys, size_t count,
		       struct modseal_span text)
{
	size_t i = 0;

	while (i < count && (strlen(keys[i].name) != text.size ||
			     memcmp(keys[i].name, text.data, text.size) != 0))
		i++;
	return i;
}

static int refuse_unknown(const struct modseal_policy_reader *reader,
			  const struct modseal_schema_section *section,
			  struct modseal_place place, struct modseal_span text)
{
	const char *nearest = modseal_schema_nearest(section->keys, section->count, text);
	int result;

	if (find_key(section->reserved_keys, section->reserved_count, text) <
	    section->reserved_count)
		return modseal_policy_refuse_reserved(reader->source, place, text);
	result = modseal_policy_refuse(
		reader->source, place,
		"unknown key `%.*s` in %s; the nearest known key is `%s`",
		MODSEAL_QUOTE(text), section->title, nearest);

	modseal_remedy(
		reader->source->error,
		"write `%s` if that is meant; else take the key out, or begin it with "
		"`x-`, which is ignored",
		nearest);
	return result;
}

/* Notes where each key's value stands. Names are unique: yaml.c has seen to that. */
static int collect(const struct modseal_policy_reader *reader,
		   const struct modseal_schema_section *section,
		   const struct modseal_yaml_node *node,
		   struct modseal_schema_found *found)
{
	const struct modseal_yaml_node *key = modseal_yaml_first(reader->tree, node);

	while (key) {
		const struct modseal_yaml_node *value =
			modseal_yaml_next(reader->tree, key);
		struct modseal_span text = modseal_yaml_text(reader->tree, key);
		size_t index = find_key(section->keys, section->count, text);

		if (index < section->count)
			found->values[index] = value;
		else if (!modseal_span_starts(text, "x-"))
			return refuse_unknown(reader, section, key->place, text);
		key = modseal_yaml_next(reader->tree, value);
	}
	return 0;
}

static int refuse_form(const struct modseal_policy_reader *reader,
		       const struct modseal_schema_key *key, struct modseal_place place,
		       const char *instead)
{
	const struct type *type = &types[key->type];
	const char *expected = type->expected;

	if (*expected == '\0')
		expected = type->form == FORM_LIST ? "a list such as `[a, b]`"
						   : "a single word";
	return modseal_policy_refuse(reader->source, place, "`%s` expects %s; this is %s",
				     key->name, expected, instead);
}

static const char *form_of(const struct modseal_yaml_node *node)
{
	switch (node->type) {
	case MODSEAL_YAML_LIST:
		return "a list";
	case MODSEAL_YAML_MAPPING:
		return "a mapping";
	default:
		return "a single value";
	}
}

static int store_list(struct modseal_policy_reader *reader,
		      const struct modseal_schema_section *section, size_t index,
		      const struct modseal_yaml_node *node, void *target)
{
	const struct modseal_schema_key *key = &section->keys[index];
	const struct modseal_yaml_node *item = modseal_yaml_first(reader->tree, node);

	if (node->count < types[key->type].least)
		return refuse_form(reader, key, node->place, "an empty list");
	for (; item; item = modseal_yaml_next(reader->tree, item)) {
		struct modseal_schema_value value = {
			.key = key,
			.node = item,
			.text = modseal_yaml_text(reader->tree, item),
			.place = item->place,
			.plain = item->plain,
		};
		int result;

		if (item->type != MODSEAL_YAML_SCALAR)
			return refuse_form(reader, key, item->place, form_of(item));
		result = section->store(reader, target, index, &value);
		if (result)
			return result;
	}
	return 0;
}

static int store_given(struct modseal_policy_reader *reader,
		       const struct modseal_schema_section *section, size_t index,
		       const struct modseal_yaml_node *node, void *target)
{
	const struct modseal_schema_key *key = &section->keys[index];
	struct modseal_schema_value value = {
		.key = key,
		.node = node,
		.text = modseal_yaml_text(reader->tree, node),
		.place = node->place,
		.plain = node->plain,
	};

	switch (types[key->type].form) {
	case FORM_LIST:
		if (node->type != MODSEAL_YAML_LIST)
			return refuse_form(reader, key, node->place, form_of(node));
		return store_list(reader, section, index, node, target);
	case FORM_SCALAR:
		if (node->type != MODSEAL_YAML_SCALAR)
			return refuse_form(reader, key, node->place, form_of(node));
		break;
	case FORM_NODE:
		if (key->type == MODSEAL_SCHEMA_SECTIONS &&
		    node->type != MODSEAL_YAML_LIST)
			return refuse_form(reader, key, node->place, form_of(node));
		if (key->type != MODSEAL_SCHEMA_SECTIONS &&
		    node->type != MODSEAL_YAML_MAPPING)
			return refuse_form(reader, key, node->place, form_of(node));
		break;
	}
	return section->store(reader, target, index, &value);
}

/* The items of a list that nothing was given for, separated by spaces. */
static int store_fallback_list(struct modseal_policy_reader *reader,
			       const struct modseal_schema_section *section, size_t index,
			       struct modseal_schema_value *value, void *target)
{
	const char *at = section->keys[index].fallback;
	int result = 0;

	while (result == 0 && *at) {
		size_t length = strcspn(at, " ");

		value->text = modseal_span_of(at, length);
		result = section->store(reader, target, index, value);
		at += length + strspn(at + length, " ");
	}
	return result;
}

static int store_absent(struct modseal_policy_reader *reader,
			const struct modseal_schema_section *section, size_t index,
			struct modseal_place place, void *target)
{
	const struct modseal_schema_key *key = &section->keys[index];
	struct modseal_schema_value value = {.key = key, .place = place, .plain = true};
	int result;

	if (key->presence == MODSEAL_SCHEMA_REQUIRED) {
		result =
			modseal_policy_refuse(reader->source, place,
					      "%s expects the key `%s`, which is missing",
					      section->title, key->name);
		modseal_remedy(
			reader->source->error, "add `%s:`; it expects %s", key->name,
			*modseal_schema_expected(key) ? modseal_schema_expected(key)
						      : "a word of modseal-policy(5)");
		return result;
	}
	if (types[key->type].form != FORM_NODE && !key->fallback)
		return 0;
	if (types[key->type].form == FORM_LIST)
		return store_fallback_list(reader, section, index, &value, target);
	if (key->fallback)
		value.text = modseal_span_of(key->fallback, strlen(key->fallback));
	return section->store(reader, target, index, &value);
}

int modseal_schema_read(struct modseal_policy_reader *reader,
			const struct modseal_schema_section *section,
			const struct modseal_yaml_node *node, void *target,
			struct modseal_schema_found *ret_found)
{
	struct modseal_schema_found found = {0};
	struct modseal_place place = {.line = 1, .column = 1};
	int result;

	if (node) {
		place = node->place;
		if (node->type != MODSEAL_YAML_MAPPING)
			return modseal_policy_refuse(
				reader->source, place,
				"%s expects a mapping of keys to values", section->title);
		result = collect(reader, section, node, &found);
		if (result)
			return result;
	}
	for (size_t i = 0; i < section->count; i++) {
		if (found.values[i])
			result = store_given(reader, section, i, found.values[i], target);
		else
			result = store_absent(reader, section, i, place, target);
		if (result)
			return result;
	}
	if (ret_found)
		*ret_found = found;
	return 0;
}
