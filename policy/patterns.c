/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns compared: does one cover another, and how near a path came to one. */
#include "policy/patterns.h"
#include "internal/scalars.h"
#include "policy/rule_index.h"
#include "policy/rules.h"

/* A component takes two bytes at least, and `**` at the end becomes two. */
#define MAX_COMPONENTS (MODSEAL_MAX_POLICY_PATH / 2 + 8)

/*
 * A pattern as components. A run of `*` and `**` means the same in any order: there is
 * one `**` in it, before or behind all `*`. A `**` at the end, which wants at least one
 * component, is a `*` and a `**`.
 */
struct components {
	struct modseal_span items[MAX_COMPONENTS];
	size_t count;
};

static bool is_any(struct modseal_span component)
{
	return component.size == 2 && modseal_span_starts(component, "**");
}

static bool is_star(struct modseal_span component)
{
	return component.size == 1 && component.data[0] == '*';
}

static bool next(struct modseal_span *rest, struct modseal_span *ret_component)
{
	const uint8_t *slash;
	size_t end;

	if (rest->size == 0)
		return false;
	slash = memchr(rest->data + 1, '/', rest->size - 1);
	end = slash ? (size_t)(slash - rest->data) : rest->size;
	*ret_component = modseal_span_of(rest->data + 1, end - 1);
	*rest = modseal_span_of(rest->data + end, rest->size - end);
	return true;
}

static const struct modseal_span star = {(const uint8_t *)"*", 1};
static const struct modseal_span any = {(const uint8_t *)"**", 2};

/* A run of stars, and of any number of `**`. */
static void append_run(struct components *list, size_t stars, bool has_any,
		       bool any_first)
{
	if (has_any && any_first)
		list->items[list->count++] = any;
	for (size_t i = 0; i < stars; i++)
		list->items[list->count++] = star;
	if (has_any && !any_first)
		list->items[list->count++] = any;
}

static void split(const char *pattern, bool any_first, struct components *ret_list)
{
	struct modseal_span rest = modseal_span_of(pattern, strlen(pattern));
	struct modseal_span component;
	bool has_any = false;
	size_t stars = 0;

	ret_list->count = 0;
	while (next(&rest, &component)) {
		if (is_any(component)) {
			has_any = true;
			stars += rest.size == 0;
		} else if (is_star(component)) {
			stars++;
		} else {
			append_run(ret_list, stars, has_any, any_first);
			ret_list->items[ret_list->count++] = component;
			has_any = false;
			stars = 0;
		}
	}
	append_run(ret_list, stars, has_any, any_first);
}

/*
 * Exact for one component: if outer matches inner with a byte of no pattern in the place
 * of each `*`, that byte fell to a `*` of outer, which takes any others as well; and if
 * it does not match, it does not match that name.
 */
static bool component_covers(struct modseal_span outer, struct modseal_span inner)
{
	uint8_t name[MODSEAL_MAX_POLICY_PATH];

	if (inner.size > sizeof(name))
		return false;
	for (size_t i = 0; i < inner.size; i++)
		name[i] = inner.data[i] == '*' ? 1 : inner.data[i];
	return modseal_component_matches(outer, modseal_span_of(name, inner.size));
}

/*
 * covers[i], for the inner components from j on: do the outer ones from i on cover them?
 * Worked out from the end, j by j, from the answers for j + 1 (after[]).
 */
static bool components_cover(const struct components *outer,
			     const struct components *inner)
{
	bool rows[2][MAX_COMPONENTS + 1];
	bool *covers = rows[0], *after = rows[1];

	for (size_t j = inner->count + 1; j-- > 0;) {
		bool ended = j == inner->count;
		bool inner_any = !ended && is_any(inner->items[j]);
		bool *swap = covers;

		covers = after;
		after = swap;
		covers[outer->count] = ended;
		for (size_t i = outer->count; i-- > 0;) {
			bool outer_any = is_any(outer->items[i]);

			if (outer_any)
				/* it takes nothing, or one more, or any number */
				covers[i] = covers[i + 1] || (!ended && after[i]);
			else
				covers[i] = !ended && !inner_any && after[i + 1] &&
					    component_covers(outer->items[i],
							     inner->items[j]);
		}
	}
	return covers[0];
}

bool modseal_pattern_covers(const char *outer, const char *inner)
{
	struct components a, b;

	if (strlen(outer) > MODSEAL_MAX_POLICY_PATH ||
	    strlen(inner) > MODSEAL_MAX_POLICY_PATH)
		return false;
	/* Components are compared in the order they stand in, so that which form of a
	 * run fits depends on what stands beside it in the other pattern. */
	for (unsigned form = 0; form < 4; form++) {
		split(outer, form & 1, &a);
		split(inner, form & 2, &b);
		if (components_cover(&a, &b))
			return true;
	}
	return false;
}

struct shadow {
	const struct modseal_policy *policy;
	size_t number;
	uint64_t *effort;
};

/* False where it was too much. */
static bool take_effort(const struct shadow *shadow, const char *outer, const char *inner)
{
	uint64_t wanted = (strlen(outer) + 8) * (strlen(inner) + 8);

	*shadow->effort = *shadow->effort > wanted ? *shadow->effort - wanted : 0;
	return *shadow->effort > 0;
}

static bool shadows(const void *argument, size_t rule)
{
	const struct shadow *shadow = argument;
	const struct modseal_rule *inner = &shadow->policy->rules[shadow->number];
	const struct modseal_rule *outer = &shadow->policy->rules[rule];

	/* what is delegated is so for every kind */
	if (rule >= shadow->number ||
	    !(outer->delegates || (outer->kind == inner->kind && !inner->delegates)))
		return false;
	/* an end of the search, which is no answer */
	return !take_effort(shadow, outer->path, inner->path) ||
	       modseal_pattern_covers(outer->path, inner->path);
}

size_t modseal_rule_shadow(const struct modseal_policy *policy, size_t number,
			   uint64_t *effort)
{
	const char *path = policy->rules[number].path;
	struct shadow shadow = {policy, number, effort};
	char fixed[MODSEAL_MAX_POLICY_PATH + 1];
	size_t length = strcspn(path, "*"), rule = 0;

	if (length >= sizeof(fixed) || !policy->index) {
		while (rule < number && !shadows(&shadow, rule))
			rule++;
		return *effort ? rule : number;
	}
	/* What covers a pattern begins, up to its first `*`, as that begins: a `*` of the
	 * inner one stands for bytes that no fixed text of the outer one can be. */
	memcpy(fixed, path, length);
	fixed[length] = '\0';
	rule = modseal_rule_index_first(policy->index, fixed, number, shadows, &shadow);
	return *effort ? rule : number;
}

void modseal_pattern_compare(const char *pattern, const char *path,
			     struct modseal_pattern_miss *ret_miss)
{
	struct modseal_span pattern_rest = modseal_span_of(pattern, strlen(pattern));
	struct modseal_span path_rest = modseal_span_of(path, strlen(path));
	struct modseal_pattern_miss miss = {0};

	for (;;) {
		bool wants = next(&pattern_rest, &miss.want);
		bool has = next(&path_rest, &miss.have);

		if (!wants)
			miss.want = modseal_span_of(NULL, 0);
		if (!has)
			miss.have = modseal_span_of(NULL, 0);
		miss.any_components = wants && is_any(miss.want);
		if (!wants || !has || miss.any_components ||
		    !modseal_component_matches(miss.want, miss.have))
			break;
		miss.components++;
	}
	*ret_miss = miss;
}

/* ---- overlap -------------------------------------------------------------------------
 */

/* Is there a name that both allow? Worked out from the end, as covering is. */
static bool components_meet(struct modseal_span a, struct modseal_span b)
{
	bool rows[2][MODSEAL_MAX_POLICY_PATH + 1];
	bool *meets = rows[0], *after = rows[1];

	if (a.size > MODSEAL_MAX_POLICY_PATH || b.size > MODSEAL_MAX_POLICY_PATH)
		return true;
	for (size_t j = b.size + 1; j-- > 0;) {
		bool ended = j == b.size, star_b = !ended && b.data[j] == '*';
		bool *swap = meets;

		meets = after;
		after = swap;
		meets[a.size] = ended || (star_b && after[a.size]);
		for (size_t i = a.size; i-- > 0;) {
			bool star_a = a.data[i] == '*';

			meets[i] = (star_a && (meets[i + 1] || (!ended && after[i]))) ||
				   (star_b && (after[i] || meets[i + 1])) ||
				   (!ended && a.data[i] == b.data[j] && after[i + 1]);
		}
	}
	return meets[0];
}

bool modseal_pattern_overlaps(const char *first, const char *second)
{
	struct components a, b;
	bool rows[2][MAX_COMPONENTS + 1];
	bool *meets = rows[0], *after = rows[1];

	split(first, true, &a);
	split(second, true, &b);
	for (size_t j = b.count + 1; j-- > 0;) {
		bool ended = j == b.count, any_b = !ended && is_any(b.items[j]);
		bool *swap = meets;

		meets = after;
		after = swap;
		meets[a.count] = ended || (any_b && after[a.count]);
		for (size_t i = a.count; i-- > 0;) {
			bool any_a = is_any(a.items[i]);

			meets[i] = (any_a && (meets[i + 1] || (!ended && after[i]))) ||
				   (any_b && (after[i] || meets[i + 1])) ||
				   (!ended && !any_a && !any_b && after[i + 1] &&
				    components_meet(a.items[i], b.items[j]));
		}
	}
	return meets[0];
}
