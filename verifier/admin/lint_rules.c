/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: rules that never decide, and rules that ask for little. */
#include <string.h>

#include "policy/patterns.h"
#include "policy/rules.h"
#include "verifier/admin/lint.h"

/* Three or more who may sign alone: the weakest of them is what counts. */
#define MANY_SIGNERS 3

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = strlen(end);

	return length >= size && strcmp(text + length - size, end) == 0;
}

static const char *last_component(const char *pattern)
{
	return strrchr(pattern, '/') + 1;
}

/* Can a name of the last component end so? */
static bool can_end(const char *pattern, const char *end)
{
	const char *last = last_component(pattern);
	const char *star = strrchr(last, '*');
	size_t length;

	if (!star)
		return ends_with(last, end);
	length = strlen(star + 1);
	/* what follows the last `*` is the end of every name, or an end of the end */
	return length >= strlen(end) ? ends_with(star + 1, end)
				     : ends_with(end, star + 1);
}

static void lint_kind(struct modseal_lint *lint, size_t number)
{
	const struct modseal_rule *rule = &lint->policy->rules[number];
	struct modseal_place place =
		modseal_places_at(lint->places, "rules/%zu/path", number);

	if (rule->kind == MODSEAL_KIND_KERNEL_MODULE && !can_end(rule->path, ".ko"))
		modseal_lint_tell(lint, MODSEAL_FINDING_NEVER_MATCHES, place,
				  "let the pattern end in `.ko`; compressed modules are "
				  "not accepted",
				  "a rule for kernel modules whose names do not end in "
				  "'.ko': %s",
				  rule->path);
	if (rule->kind != MODSEAL_KIND_KERNEL_MODULE &&
	    ends_with(last_component(rule->path), ".ko"))
		modseal_lint_tell(lint, MODSEAL_FINDING_NEVER_MATCHES, place,
				  "write `kind: kernel-module`",
				  "names that end in '.ko' are kernel modules, and the "
				  "rule is not for these: %s",
				  rule->path);
}

static void lint_mode(struct modseal_lint *lint, size_t number)
{
	const struct modseal_rule *rule = &lint->policy->rules[number];

	if (!rule->mode_given || !rule->audits)
		return;
	modseal_lint_tell(lint, MODSEAL_FINDING_AUDIT_MODE,
			  modseal_places_at(lint->places, "rules/%zu/mode", number),
			  "take it out once nothing right would be refused",
			  "the rule is in audit mode: what it would refuse is loaded and "
			  "told");
}

static void lint_shadowed(struct modseal_lint *lint, size_t number)
{
	const struct modseal_rule *rules = lint->policy->rules;
	uint64_t before = lint->shadow_effort;
	size_t shadow =
		before ? modseal_rule_shadow(lint->policy, number, &lint->shadow_effort)
		       : number;

	if (before && !lint->shadow_effort)
		modseal_lint_tell(
			lint, MODSEAL_FINDING_RULES_NOT_COMPARED,
			modseal_places_at(lint->places, "rules/%zu/path", number),
			"let patterns differ before their first `*`",
			"whether rules from here on ever decide was not looked "
			"at: too many patterns begin alike");
	if (shadow >= number)
		return;
	modseal_lint_tell(lint, MODSEAL_FINDING_SHADOWED_RULE,
			  modseal_places_at(lint->places, "rules/%zu/path", number),
			  "put it before that one, or take it out",
			  "the rule in line %u decides first about every file that this "
			  "one is for: %s is part of %s",
			  rules[shadow].line, rules[number].path, rules[shadow].path);
}

static bool has(const struct modseal_rule *rule, enum modseal_evidence form)
{
	for (size_t i = 0; i < rule->evidence_count; i++)
		if (rule->evidence[i] == form)
			return true;
	return false;
}

/* From the root, or one directory below, the base system is not all that is there. */
static bool is_broad(const char *pattern)
{
	size_t length = modseal_pattern_fixed(pattern);
	size_t slashes = 0;

	if (!strstr(pattern, "**"))
		return false;
	for (size_t i = 0; i < length; i++)
		slashes += pattern[i] == '/';
	return slashes <= 2;
}

static void lint_weak(struct modseal_lint *lint, size_t number)
{
	const struct modseal_rule *rule = &lint->policy->rules[number];
	const struct modseal_places *places = lint->places;

	if (has(rule, MODSEAL_EVIDENCE_PROTECTED_PATH) && is_broad(rule->path))
		modseal_lint_tell(lint, MODSEAL_FINDING_BROAD_PROTECTED_PATH,
				  modseal_places_at(places, "rules/%zu/path", number),
				  "name the directories that packages fill, such as "
				  "/usr/lib/**",
				  "everything that root puts below here is accepted "
				  "without a signature: %s",
				  rule->path);
	if (!rule->identity_bound && rule->kind == MODSEAL_KIND_LIBRARY)
		modseal_lint_tell(lint, MODSEAL_FINDING_IDENTITY_UNBOUND,
				  modseal_places_at(places, "rules/%zu/identity", number),
				  "give the files module notes or SONAMEs, or use a "
				  "catalog, and take it out",
				  "one file that these signers signed can stand in for "
				  "another");
	if (rule->owners == MODSEAL_OWNERS_CALLER)
		modseal_lint_tell(lint, MODSEAL_FINDING_OWNERS_CALLER,
				  modseal_places_at(places, "rules/%zu/owners", number),
				  "write `[root]` where root installs the files",
				  "whoever runs the program may exchange these files for "
				  "others that the rule accepts");
	if (rule->noexec_allowed)
		modseal_lint_tell(lint, MODSEAL_FINDING_NOEXEC_ALLOWED,
				  modseal_places_at(places, "rules/%zu/noexec", number),
				  "take it out where the files lie on a file system "
				  "mounted without noexec",
				  "files of a file system mounted noexec are loaded");
	if (rule->require == 1 && rule->signer_count >= MANY_SIGNERS)
		modseal_lint_tell(lint, MODSEAL_FINDING_ONE_OF_MANY,
				  modseal_places_at(places, "rules/%zu/signers", number),
				  "write `require: 2`, or rules of their own for their "
				  "own directories",
				  "each of %zu signers alone can sign for this rule",
				  rule->signer_count);
}

void modseal_lint_rules(struct modseal_lint *lint)
{
	lint->shadow_effort = MODSEAL_SHADOW_EFFORT;
	for (size_t i = 0; i < lint->policy->rule_count && !lint->result; i++) {
		lint_shadowed(lint, i);
		lint_mode(lint, i);
		if (lint->policy->rules[i].delegates)
			continue;
		lint_kind(lint, i);
		lint_weak(lint, i);
	}
}
