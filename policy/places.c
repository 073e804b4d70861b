/* SPDX-License-Identifier: Apache-2.0 */
/* Where in its text each part of a policy stands. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "internal/scalars.h"
#include "policy/places.h"
#include "policy/text.h"
#include "policy/yaml.h"

struct modseal_places {
	struct modseal_yaml tree;
};

int modseal_places_read(struct modseal_span text, const char *first_line,
			struct modseal_places **ret_places, struct modseal_error *error)
{
	const struct modseal_policy_source source = {.text = text, .error = error};
	struct modseal_places *places;
	int result = modseal_text_check(&source, first_line);

	if (result < 0)
		return result;
	places = calloc(1, sizeof(*places));
	if (!places)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_yaml_parse(&source, &places->tree);
	if (result < 0) {
		modseal_places_free(&places);
		return result;
	}
	*ret_places = places;
	return 0;
}

void modseal_places_free(struct modseal_places **places)
{
	if (!*places)
		return;
	modseal_yaml_free(&(*places)->tree);
	free(*places);
	*places = NULL;
}

static const struct modseal_yaml_node *item_at(const struct modseal_yaml *tree,
					       const struct modseal_yaml_node *node,
					       struct modseal_span word)
{
	const struct modseal_yaml_node *item = modseal_yaml_first(tree, node);
	uint64_t number;

	if (!modseal_scalar_decimal(word, UINT32_MAX, &number))
		return NULL;
	while (item && number-- > 0)
		item = modseal_yaml_next(tree, item);
	return item;
}

/* *key: where it is named. */
static const struct modseal_yaml_node *value_of(const struct modseal_yaml *tree,
						const struct modseal_yaml_node *node,
						struct modseal_span word,
						const struct modseal_yaml_node **key)
{
	*key = modseal_yaml_first(tree, node);
	while (*key) {
		const struct modseal_yaml_node *value = modseal_yaml_next(tree, *key);

		if (modseal_span_equal(modseal_yaml_text(tree, *key), word))
			return value;
		*key = modseal_yaml_next(tree, value);
	}
	return NULL;
}

struct modseal_place modseal_places_at(const struct modseal_places *places,
				       const char *format, ...)
{
	const struct modseal_yaml *tree = &places->tree;
	const struct modseal_yaml_node *node = modseal_yaml_root(tree);
	struct modseal_place place = node->place;
	char way[512];
	const char *at = way;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(way, sizeof(way), format, arguments);
	va_end(arguments);
	while (node && *at) {
		size_t length = strcspn(at, "/");
		struct modseal_span word = modseal_span_of(at, length);
		const struct modseal_yaml_node *named = NULL;

		if (node->type == MODSEAL_YAML_LIST)
			node = item_at(tree, node, word);
		else
			node = value_of(tree, node, word, &named);
		if (node)
			place = named && node->type == MODSEAL_YAML_MAPPING ? named->place
									    : node->place;
		at += length + (at[length] == '/');
	}
	return place;
}
