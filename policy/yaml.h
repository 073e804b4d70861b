/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A strict small tree of the little YAML a policy may use: mappings, lists and scalars,
 * each with its place. The only user of libyaml.
 *
 * Refused, because two readers could understand it differently or because it hides
 * something: anchors, aliases, tags, merge keys, directives, document markers, duplicate
 * keys, keys that are not scalars, plain scalars over several lines, folded scalars, and
 * every character that text.h forbids, also where an escape in a quoted scalar makes it.
 * Nothing is guessed about the meaning of a scalar.
 */
#ifndef MODSEAL_POLICY_YAML_H
#define MODSEAL_POLICY_YAML_H

#include <stdbool.h>

#include "policy/refuse.h"

/* Some 16384 rules of 30 keys and items each; bounds what 4 MiB of `[a,a,...]` can take
 * of memory and time (0.1 s). */
#define MODSEAL_MAX_POLICY_NODES (1u << 19)

enum modseal_yaml_type {
	MODSEAL_YAML_SCALAR,
	MODSEAL_YAML_LIST,
	MODSEAL_YAML_MAPPING,
};

struct modseal_yaml_node {
	struct modseal_place place;
	enum modseal_yaml_type type;
	bool plain;	/* a scalar without quotes */
	uint32_t count; /* items of a list, pairs of a mapping */
	uint32_t first; /* child, of a mapping: key, value, key, ...; 0: none */
	uint32_t next;	/* sibling; 0: none */
	uint32_t text;	/* scalar: offset into the tree's strings */
	uint32_t size;	/* scalar: bytes; a NUL follows */
};

/* One allocation each; nodes[0] is the root mapping. */
struct modseal_yaml {
	struct modseal_yaml_node *nodes;
	size_t count;
	size_t capacity;
	char *strings;
	size_t used;
	size_t room;
};

/* The text must have passed modseal_text_check. Errors: POLICY_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_yaml_parse(const struct modseal_policy_source *source,
					  struct modseal_yaml *ret_tree);
void modseal_yaml_free(struct modseal_yaml *tree);

const struct modseal_yaml_node *modseal_yaml_root(const struct modseal_yaml *tree);
/* NULL where there is none. */
const struct modseal_yaml_node *modseal_yaml_first(const struct modseal_yaml *tree,
						   const struct modseal_yaml_node *node);
const struct modseal_yaml_node *modseal_yaml_next(const struct modseal_yaml *tree,
						  const struct modseal_yaml_node *node);
/* The characters of a scalar; empty for lists and mappings. A NUL follows them. */
struct modseal_span modseal_yaml_text(const struct modseal_yaml *tree,
				      const struct modseal_yaml_node *node);

#endif
