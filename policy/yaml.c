/* SPDX-License-Identifier: Apache-2.0 */
/* A strict small tree of the little YAML a policy may use; the only user of libyaml. */
#include <stdlib.h>
#include <yaml.h>

#include "internal/limits.h"
#include "policy/text.h"
#include "policy/yaml.h"

/* A list or mapping that is not closed yet. */
struct frame {
	uint32_t node;
	uint32_t last;	  /* its newest child; 0: none */
	bool wants_value; /* mapping: a key was read */
};

/* A key of a mapping that is being searched for duplicates. */
struct key {
	const char *text;
	uint32_t size;
	uint32_t node;
};

struct reader {
	const struct modseal_policy_source *source;
	struct modseal_yaml tree;
	yaml_parser_t parser;
	struct frame stack[MODSEAL_MAX_POLICY_DEPTH];
	size_t depth;
	size_t documents;
	struct key *keys; /* room for the largest mapping so far */
	size_t key_room;
};

static struct modseal_place place_of_mark(yaml_mark_t mark)
{
	return (struct modseal_place){.line = (uint32_t)mark.line + 1,
				      .column = (uint32_t)mark.column + 1};
}

/* libyaml has said no. Its words are good for syntax; what it calls a token error at a
 * '%' or a tab is named by what stands there. */
static int fail_parser(struct reader *reader)
{
	const struct modseal_policy_source *source = reader->source;
	const yaml_parser_t *parser = &reader->parser;
	const char *problem = parser->problem ? parser->problem : "no reason given";
	struct modseal_place place = place_of_mark(parser->problem_mark);

	if (parser->error == YAML_MEMORY_ERROR)
		return modseal_fail_memory(source->error, MODSEAL_STAGE_POLICY);
	if (parser->error == YAML_READER_ERROR)
		place = modseal_place_of(source->text, parser->problem_offset);
	if (parser->context)
		return modseal_policy_refuse(
			source, place, "not well-formed: %s (%s, line %zu)", problem,
			parser->context, parser->context_mark.line + 1);
	return modseal_policy_refuse(source, place, "not well-formed: %s", problem);
}

/* Makes room for one more thing in an array that doubles. */
static bool grow(void **items, size_t *capacity, size_t wanted, size_t size)
{
	size_t target = *capacity ? *capacity : 64;
	void *bigger;

	if (wanted <= *capacity)
		return true;
	while (target < wanted)
		target *= 2;
	bigger = reallocarray(*items, target, size);
	if (!bigger)
		return false;
	*items = bigger;
	*capacity = target;
	return true;
}

/* Appends a node to the tree and to the collection that is open. */
static int add_node(struct reader *reader, const yaml_event_t *event,
		    enum modseal_yaml_type type, struct modseal_yaml_node **ret_node)
{
	struct modseal_yaml *tree = &reader->tree;
	struct modseal_place place = place_of_mark(event->start_mark);
	uint32_t index = (uint32_t)tree->count;

	if (tree->count >= MODSEAL_MAX_POLICY_NODES)
		return modseal_policy_refuse(reader->source, place,
					     "expects at most %u keys, values and items",
					     MODSEAL_MAX_POLICY_NODES);
	if (!grow((void **)&tree->nodes, &tree->capacity, tree->count + 1,
		  sizeof(*tree->nodes)))
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	tree->nodes[index] = (struct modseal_yaml_node){.place = place, .type = type};
	tree->count++;
	if (reader->depth > 0) {
		struct frame *frame = &reader->stack[reader->depth - 1];
		struct modseal_yaml_node *parent = &tree->nodes[frame->node];

		if (frame->last)
			tree->nodes[frame->last].next = index;
		else
			parent->first = index;
		frame->last = index;
		if (parent->type == MODSEAL_YAML_LIST || frame->wants_value)
			parent->count++;
		if (parent->count > MODSEAL_MAX_LIST_ENTRIES)
			return modseal_policy_refuse(reader->source, place,
						     "expects at most %d entries here",
						     MODSEAL_MAX_LIST_ENTRIES);
		frame->wants_value =
			parent->type == MODSEAL_YAML_MAPPING && !frame->wants_value;
	}
	*ret_node = &tree->nodes[index];
	return 0;
}

static bool expects_key(const struct reader *reader)
{
	const struct frame *frame;

	if (reader->depth == 0)
		return false;
	frame = &reader->stack[reader->depth - 1];
	return !frame->wants_value &&
	       reader->tree.nodes[frame->node].type == MODSEAL_YAML_MAPPING;
}

static int refuse_at(struct reader *reader, const yaml_event_t *event, const char *what,
		     const char *remedy)
{
	int result = modseal_policy_refuse(reader->source,
					   place_of_mark(event->start_mark), "%s", what);

	modseal_remedy(reader->source->error, "%s", remedy);
	return result;
}

static int refuse_properties(struct reader *reader, const yaml_event_t *event,
			     const yaml_char_t *anchor, const yaml_char_t *tag)
{
	if (anchor)
		return refuse_at(reader, event, "expects no anchors (`&name`)",
				 "write the value out at each place");
	if (tag)
		return refuse_at(reader, event, "expects no tags (`!name`)",
				 "take the tag out; the type of each key is fixed");
	return 0;
}

static int judge_scalar(struct reader *reader, const yaml_event_t *event)
{
	yaml_scalar_style_t style = event->data.scalar.style;
	struct modseal_span value =
		modseal_span_of(event->data.scalar.value, event->data.scalar.length);
	struct modseal_text_flaw flaw;
	int result = refuse_properties(reader, event, event->data.scalar.anchor,
				       event->data.scalar.tag);

	if (result)
		return result;
	if (style == YAML_PLAIN_SCALAR_STYLE &&
	    event->start_mark.line != event->end_mark.line)
		return refuse_at(
			reader, event, "expects an unquoted value to stand on one line",
			"put it on one line, or use `|` for a text of several lines; a "
			"line that is indented more belongs to the one before");
	if (style == YAML_FOLDED_SCALAR_STYLE)
		return refuse_at(reader, event, "expects no folded text (`>`)",
				 "use `|`, which keeps the lines as they are");
	if (modseal_text_flawed(value, &flaw)) {
		result = modseal_policy_refuse(
			reader->source, place_of_mark(event->start_mark),
			"expects plain text, an escape makes %s", flaw.what);
		modseal_remedy(reader->source->error, "take the escape out");
		return result;
	}
	if (!expects_key(reader))
		return 0;
	if (value.size == 0)
		return refuse_at(reader, event, "expects a key before `:`",
				 "write a key, or take the line out");
	if (value.size == 2 && modseal_span_starts(value, "<<"))
		return refuse_at(reader, event, "expects no merge keys (`<<`)",
				 "write the keys out");
	return 0;
}

static int read_scalar(struct reader *reader, const yaml_event_t *event)
{
	struct modseal_yaml *tree = &reader->tree;
	size_t length = event->data.scalar.length;
	struct modseal_yaml_node *node;
	int result = judge_scalar(reader, event);

	if (result)
		return result;
	result = add_node(reader, event, MODSEAL_YAML_SCALAR, &node);
	if (result)
		return result;
	/* a value is never much longer than the text, so this fits 32 bits */
	if (!grow((void **)&tree->strings, &tree->room, tree->used + length + 1, 1))
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = (uint32_t)tree->used;
	node->size = (uint32_t)length;
	memcpy(tree->strings + tree->used, event->data.scalar.value, length);
	tree->strings[tree->used + length] = '\0';
	tree->used += length + 1;
	return 0;
}

static int open_collection(struct reader *reader, const yaml_event_t *event)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	struct modseal_yaml_node *node;
	uint32_t index = (uint32_t)reader->tree.count;
	int result;

	if (mapping)
		result =
			refuse_properties(reader, event, event->data.mapping_start.anchor,
					  event->data.mapping_start.tag);
	else
		result = refuse_properties(reader, event,
					   event->data.sequence_start.anchor,
					   event->data.sequence_start.tag);
	if (result)
		return result;
	/* before the next event is asked for: libyaml takes quadratic time for deep
	 * nesting */
	if (reader->depth == MODSEAL_MAX_POLICY_DEPTH) {
		result = modseal_policy_refuse(
			reader->source, place_of_mark(event->start_mark),
			"expects at most %d levels of nesting", MODSEAL_MAX_POLICY_DEPTH);
		modseal_remedy(reader->source->error,
			       "no key of a policy needs more than 4");
		return result;
	}
	if (expects_key(reader))
		return refuse_at(reader, event, "expects a key, not a list or mapping",
				 "write a name as the key");
	if (reader->depth == 0 && !mapping)
		return refuse_at(reader, event, "expects the policy to be a mapping",
				 "start the lines with `key: value`");
	result = add_node(reader, event,
			  mapping ? MODSEAL_YAML_MAPPING : MODSEAL_YAML_LIST, &node);
	if (result)
		return result;
	reader->stack[reader->depth++] = (struct frame){.node = index};
	return 0;
}

static int compare_keys(const void *a, const void *b)
{
	const struct key *left = a;
	const struct key *right = b;
	uint32_t shorter = left->size < right->size ? left->size : right->size;
	int order = memcmp(left->text, right->text, shorter);

	if (order)
		return order;
	if (left->size != right->size)
		return left->size < right->size ? -1 : 1;
	return left->node < right->node ? -1 : left->node > right->node;
}

static bool same_key(const struct key *a, const struct key *b)
{
	return a->size == b->size && memcmp(a->text, b->text, a->size) == 0;
}

/* Two keys of one name: other readers take the first or the last, we take none. */
static int close_collection(struct reader *reader)
{
	struct modseal_yaml *tree = &reader->tree;
	const struct modseal_yaml_node *node =
		&tree->nodes[reader->stack[--reader->depth].node];
	const struct modseal_yaml_node *nodes = tree->nodes;
	size_t count = 0;

	if (node->type != MODSEAL_YAML_MAPPING || node->count < 2)
		return 0;
	if (!grow((void **)&reader->keys, &reader->key_room, node->count,
		  sizeof(*reader->keys)))
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	for (uint32_t key = node->first; key; key = nodes[nodes[key].next].next)
		reader->keys[count++] =
			(struct key){.text = tree->strings + nodes[key].text,
				     .size = nodes[key].size,
				     .node = key};
	qsort(reader->keys, count, sizeof(*reader->keys), compare_keys);
	for (size_t i = 1; i < count; i++) {
		const struct key *key = &reader->keys[i];
		int result;

		if (!same_key(key - 1, key))
			continue;
		result = modseal_policy_refuse(
			reader->source, nodes[key->node].place,
			"expects each key once, `%.*s` stands in line %u "
			"already",
			MODSEAL_QUOTE(modseal_span_of(key->text, key->size)),
			nodes[key[-1].node].place.line);
		modseal_remedy(reader->source->error, "take one of the two out");
		return result;
	}
	return 0;
}

static int read_document(struct reader *reader, const yaml_event_t *event)
{
	if (event->type == YAML_DOCUMENT_END_EVENT) {
		if (event->data.document_end.implicit)
			return 0;
		return refuse_at(reader, event, "expects no end marker (`...`)",
				 "take it and everything behind it out");
	}
	if (event->data.document_start.version_directive ||
	    event->data.document_start.tag_directives.start !=
		    event->data.document_start.tag_directives.end)
		return refuse_at(reader, event, "expects no directives (`%`)",
				 "take the line out");
	if (reader->documents++ > 0)
		return refuse_at(reader, event,
				 "expects one document, this begins a second",
				 "keep only the first document");
	if (!event->data.document_start.implicit)
		return refuse_at(reader, event, "expects no document marker (`---`)",
				 "take the line out");
	return 0;
}

static int read_event(struct reader *reader, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_STREAM_START_EVENT:
		return 0;
	case YAML_DOCUMENT_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return read_document(reader, event);
	case YAML_SCALAR_EVENT:
		if (reader->depth == 0)
			return refuse_at(reader, event,
					 "expects the policy to be a mapping",
					 "start the lines with `key: value`");
		return read_scalar(reader, event);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return open_collection(reader, event);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return close_collection(reader);
	case YAML_STREAM_END_EVENT:
		if (reader->documents == 1)
			return 0;
		return refuse_at(reader, event, "expects a policy, this holds nothing",
				 "write the policy's keys");
	case YAML_ALIAS_EVENT:
		return refuse_at(reader, event, "expects no aliases (`*name`)",
				 "write the value out at each place");
	default:
		return refuse_at(reader, event, "expects a key or a value",
				 "mend the line");
	}
}

static int read_events(struct reader *reader)
{
	for (;;) {
		yaml_event_t event;
		bool last;
		int result;

		if (!yaml_parser_parse(&reader->parser, &event))
			return fail_parser(reader);
		last = event.type == YAML_STREAM_END_EVENT;
		result = read_event(reader, &event);
		yaml_event_delete(&event);
		if (result || last)
			return result;
	}
}

int modseal_yaml_parse(const struct modseal_policy_source *source,
		       struct modseal_yaml *ret_tree)
{
	struct reader reader = {.source = source};
	int result;

	if (!yaml_parser_initialize(&reader.parser))
		return modseal_fail_memory(source->error, MODSEAL_STAGE_POLICY);
	yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&reader.parser, source->text.data,
				     source->text.size);
	result = read_events(&reader);
	yaml_parser_delete(&reader.parser);
	free(reader.keys);
	if (result)
		modseal_yaml_free(&reader.tree);
	else
		*ret_tree = reader.tree;
	return result;
}

void modseal_yaml_free(struct modseal_yaml *tree)
{
	free(tree->nodes);
	free(tree->strings);
	*tree = (struct modseal_yaml){0};
}

const struct modseal_yaml_node *modseal_yaml_root(const struct modseal_yaml *tree)
{
	return &tree->nodes[0];
}

const struct modseal_yaml_node *modseal_yaml_first(const struct modseal_yaml *tree,
						   const struct modseal_yaml_node *node)
{
	return node->first ? &tree->nodes[node->first] : NULL;
}

const struct modseal_yaml_node *modseal_yaml_next(const struct modseal_yaml *tree,
						  const struct modseal_yaml_node *node)
{
	return node->next ? &tree->nodes[node->next] : NULL;
}

struct modseal_span modseal_yaml_text(const struct modseal_yaml *tree,
				      const struct modseal_yaml_node *node)
{
	if (node->type != MODSEAL_YAML_SCALAR)
		return modseal_span_of("", 0);
	return modseal_span_of(tree->strings + node->text, node->size);
}
