/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are tried for a path, and why each decides or not. */
#include <string.h>

#include "policy/patterns.h"
#include "policy/rules.h"
#include "verifier/admin/explain.h"

static const char *kind_name(enum modseal_kind kind)
{
	return modseal_purpose_name((enum modseal_purpose)kind);
}

static bool is_kernel_module(const char *path)
{
	size_t length = strlen(path);

	return length > 3 && strcmp(path + length - 3, ".ko") == 0;
}

/* As modseal_policy_decide has it. */
static bool kind_fits(const struct modseal_rule *rule, const char *path,
		      enum modseal_kind kind)
{
	if (rule->delegates)
		return true;
	if (kind != MODSEAL_KIND_BY_RULE)
		return rule->kind == kind;
	return (rule->kind == MODSEAL_KIND_KERNEL_MODULE) == is_kernel_module(path);
}

static const char *wanted_kind(const char *path, enum modseal_kind kind)
{
	if (kind != MODSEAL_KIND_BY_RULE)
		return kind_name(kind);
	return is_kernel_module(path) ? kind_name(MODSEAL_KIND_KERNEL_MODULE)
				      : "a library or program";
}

#define QUOTE(span) (int)(span).size, (const char *)(span).data

static const char *path_differs(struct modseal_kept *kept, const char *pattern,
				const struct modseal_pattern_miss *miss)
{
	if (miss->any_components)
		return modseal_kept_text(kept, "nothing below its `**` ends so: %s",
					 pattern);
	if (!miss->want.data)
		return modseal_kept_text(kept, "it ends before '%.*s'",
					 QUOTE(miss->have));
	if (!miss->have.data)
		return modseal_kept_text(kept, "the path ends before its '%.*s'",
					 QUOTE(miss->want));
	return modseal_kept_text(kept, "component %zu: '%.*s' is not '%.*s'",
				 miss->components + 1, QUOTE(miss->have),
				 QUOTE(miss->want));
}

static void judge(struct modseal_kept *kept, const struct modseal_rule *rule,
		  const char *path, enum modseal_kind kind,
		  struct modseal_rule_tried *tried)
{
	bool path_fits = modseal_pattern_matches(rule->path, path);
	struct modseal_pattern_miss miss;

	modseal_pattern_compare(rule->path, path, &miss);
	tried->components = (uint32_t)miss.components;
	if (path_fits) /* nothing is nearer */
		tried->components = (uint32_t)strlen(path);
	tried->kind_matches = kind_fits(rule, path, kind);
	tried->matched = path_fits && tried->kind_matches;
	if (tried->matched && rule->delegates)
		tried->why = "it matches, and leaves the file to a supplement";
	else if (tried->matched)
		tried->why = "it matches";
	else if (!path_fits)
		tried->why = path_differs(kept, rule->path, &miss);
	else
		tried->why =
			modseal_kept_text(kept, "its kind is %s, asked is %s",
					  kind_name(rule->kind), wanted_kind(path, kind));
}

int modseal_explain_rules(struct modseal_explaining *e,
			  const struct modseal_policy *policy, const char *supplement,
			  const char *path, enum modseal_kind kind,
			  const struct modseal_rule **ret_rule,
			  struct modseal_error *error)
{
	const struct modseal_rule *decides = modseal_policy_decide(policy, path, kind);

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];
		struct modseal_rule_tried *tried = modseal_kept_append(
			&e->kept, &e->rules, &e->answer.rule_count, sizeof(*tried));

		if (!tried)
			return modseal_fail_memory(error, MODSEAL_STAGE_RULE);
		tried->line = rule->line;
		tried->path = modseal_kept_text(&e->kept, "%s", rule->path);
		tried->kind = rule->delegates ? "any" : kind_name(rule->kind);
		tried->supplement = supplement;
		judge(&e->kept, rule, path, kind, tried);
		if (rule == decides)
			break;
	}
	*ret_rule = decides;
	return 0;
}
