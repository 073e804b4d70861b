/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule decides: the first whose path and kind match. */
#include "policy/rules.h"
#include "internal/scalars.h"
#include "policy/rule_index.h"
#include "policy/text.h"

const char *modseal_pattern_flaw(struct modseal_span pattern)
{
	for (size_t i = 0; i < pattern.size; i++) {
		bool starts = i == 0 || pattern.data[i - 1] == '/';

		if (pattern.data[i] == '?' || pattern.data[i] == '[' ||
		    pattern.data[i] == '\\')
			return "`?`, `[` and `\\` have no meaning in a pattern";
		if (pattern.data[i] != '*' || i + 1 == pattern.size ||
		    pattern.data[i + 1] != '*')
			continue;
		if (!starts || (i + 2 < pattern.size && pattern.data[i + 2] != '/'))
			return "`**` must be a whole component";
		i++;
	}
	if (!modseal_scalar_is_absolute(pattern))
		return "it must begin with `/`";
	if (!modseal_scalar_is_path(pattern))
		return "it must have no `//`, `.`, `..` or control bytes, and no `/` at "
		       "its end";
	return NULL;
}

static bool is_spelled_plainly(const char *path, size_t length)
{
	struct modseal_span span = modseal_span_of(path, length);
	struct modseal_text_flaw flaw;

	return modseal_scalar_is_absolute(span) && modseal_scalar_is_path(span) &&
	       !modseal_text_flawed(span, &flaw);
}

/* One component against one with `*`. When bytes do not fit, only the last `*` is tried
 * longer: an earlier one could not do better, so no pattern takes exponential time. */
bool modseal_component_matches(struct modseal_span pattern, struct modseal_span name)
{
	size_t p = 0, n = 0;
	size_t retry_p = SIZE_MAX, retry_n = 0;

	while (n < name.size) {
		if (p < pattern.size && pattern.data[p] == '*') {
			retry_p = ++p;
			retry_n = n;
		} else if (p < pattern.size && pattern.data[p] == name.data[n]) {
			p++;
			n++;
		} else if (retry_p != SIZE_MAX) {
			p = retry_p;
			n = ++retry_n;
		} else {
			return false;
		}
	}
	while (p < pattern.size && pattern.data[p] == '*')
		p++;
	return p == pattern.size;
}

/* Cuts the first component off a rest that begins with '/'; an empty rest has none. */
static bool next_component(struct modseal_span *rest, struct modseal_span *ret_component)
{
	size_t end = 1;

	if (rest->size == 0)
		return false;
	while (end < rest->size && rest->data[end] != '/')
		end++;
	*ret_component = modseal_span_of(rest->data + 1, end - 1);
	*rest = modseal_span_of(rest->data + end, rest->size - end);
	return true;
}

static bool is_any_components(struct modseal_span component)
{
	return component.size == 2 && modseal_span_starts(component, "**");
}

/* The same once more, with components for bytes and `**` for `*`. */
static bool spans_match(struct modseal_span pattern, struct modseal_span path)
{
	struct modseal_span retry_pattern = {0}, retry_path = {0};
	struct modseal_span pattern_rest, path_rest, want, name;

	for (;;) {
		pattern_rest = pattern;
		path_rest = path;
		if (!next_component(&path_rest, &name))
			return pattern.size == 0;
		if (!next_component(&pattern_rest, &want)) {
			want = modseal_span_of(NULL, 0);
		} else if (is_any_components(want)) {
			if (pattern_rest.size == 0)
				return true;
			pattern = retry_pattern = pattern_rest;
			retry_path = path_rest;
			continue;
		}
		if (pattern.size > 0 && modseal_component_matches(want, name)) {
			pattern = pattern_rest;
			path = path_rest;
		} else if (retry_path.size > 0) {
			pattern = retry_pattern;
			path = retry_path;
			next_component(&retry_path, &name);
		} else {
			return false;
		}
	}
}

bool modseal_pattern_matches(const char *pattern, const char *path)
{
	size_t length = strlen(path);

	return is_spelled_plainly(path, length) &&
	       spans_match(modseal_span_of(pattern, strlen(pattern)),
			   modseal_span_of(path, length));
}

size_t modseal_pattern_fixed(const char *pattern)
{
	size_t star = strcspn(pattern, "*");

	if (pattern[star] == '\0')
		return star;
	while (star > 0 && pattern[star - 1] != '/')
		star--;
	return star;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
	size_t size = strlen(end);

	return length >= size && memcmp(text + length - size, end, size) == 0;
}

static bool kind_matches(enum modseal_kind rule, enum modseal_kind wanted)
{
	if (wanted == MODSEAL_KIND_BY_RULE)
		return rule == MODSEAL_KIND_LIBRARY || rule == MODSEAL_KIND_PROGRAM;
	return rule == wanted;
}

/* What is asked of each rule. */
struct question {
	const struct modseal_policy *policy;
	struct modseal_span path;
	enum modseal_kind kind;
};

static bool rule_matches(const void *argument, size_t number)
{
	const struct question *question = argument;
	const struct modseal_rule *rule = &question->policy->rules[number];

	return (rule->delegates || kind_matches(rule->kind, question->kind)) &&
	       spans_match(modseal_span_of(rule->path, strlen(rule->path)),
			   question->path);
}

const struct modseal_rule *modseal_policy_decide(const struct modseal_policy *policy,
						 const char *path, enum modseal_kind kind)
{
	struct question question = {
		.policy = policy,
		.path = modseal_span_of(path, strlen(path)),
		.kind = kind,
	};
	size_t number = 0;

	if (!is_spelled_plainly(path, question.path.size))
		return NULL;
	if (kind == MODSEAL_KIND_BY_RULE && ends_with(path, question.path.size, ".ko"))
		question.kind = MODSEAL_KIND_KERNEL_MODULE;
	if (policy->index)
		number = modseal_rule_index_first(policy->index, path, policy->rule_count,
						  rule_matches, &question);
	else
		while (number < policy->rule_count && !rule_matches(&question, number))
			number++;
	return number < policy->rule_count ? &policy->rules[number] : NULL;
}
