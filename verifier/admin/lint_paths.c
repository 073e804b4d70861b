/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: the directories that rules and search lists name, as they are here. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "policy/rules.h"
#include "verifier/admin/lint.h"

/* One directory (or file) that is named, and what is expected of it. */
struct named {
	const char *path; /* without a slash at the end */
	struct modseal_place place;
	bool goes_on;	   /* the pattern continues below it */
	bool protected;	   /* nobody but root may add a name on the way */
	bool caller;	   /* the caller may own it */
	bool asks_nothing; /* who owns it is judged by another rule: search lists */
};

static const char *worst_risk(const struct modseal_way *way, const struct named *named,
			      const char **ret_path)
{
	for (size_t i = 0; i < way->count; i++) {
		const struct modseal_met *met = &way->met[i];
		bool others = met->mode & 022 && !met->link;
		bool sticky = others && met->mode & 01000;

		if (!met->risk || (sticky && !named->protected) ||
		    (!others && named->caller))
			continue;
		*ret_path = met->path;
		return met->risk;
	}
	return NULL;
}

static bool has_link(const struct modseal_way *way)
{
	for (size_t i = 0; i < way->count; i++)
		if (way->met[i].link)
			return true;
	return false;
}

static void judge_way(struct modseal_lint *lint, const struct named *named,
		      const struct modseal_way *way)
{
	const char *risky = NULL, *risk;
	char remedy[4200];

	if (has_link(way)) {
		lint->link_found = true;
		modseal_lint_tell(lint, MODSEAL_FINDING_LINK_IN_PATH, named->place,
				  modseal_lint_remedy(remedy, sizeof(remedy), "write %s",
						      way->real),
				  "%s goes through a link; rules match real paths",
				  named->path);
		return;
	}
	if (!way->whole) {
		modseal_lint_tell(lint, MODSEAL_FINDING_PATH_MISSING, named->place,
				  "check the spelling, or create it",
				  "%s does not exist here, only %s", named->path,
				  way->real);
		return;
	}
	if (named->goes_on && !S_ISDIR(way->type)) {
		modseal_lint_tell(lint, MODSEAL_FINDING_NEVER_MATCHES, named->place,
				  "name a directory", "%s is no directory", named->path);
		return;
	}
	risk = worst_risk(way, named, &risky);
	if (risk && !named->asks_nothing)
		modseal_lint_tell(lint, MODSEAL_FINDING_PATH_UNSAFE, named->place,
				  modseal_lint_remedy(remedy, sizeof(remedy),
						      "let root own %s, and nobody else "
						      "write to it",
						      risky),
				  "what lies in %s is refused: of %s it is true that %s",
				  named->path, risky, risk);
}

static void look_at(struct modseal_lint *lint, const struct named *named)
{
	struct modseal_kept kept = {0};
	struct modseal_error cause;
	struct modseal_way way;
	int result = modseal_way_walk(lint->root, named->path, &kept, &way, &cause);

	if (result == MODSEAL_E_RESOURCE) {
		lint->result = modseal_fail_memory(lint->error, MODSEAL_STAGE_POLICY);
	} else if (result < 0) {
		modseal_lint_tell(lint, MODSEAL_FINDING_PATH_MISSING, named->place,
				  "look at it as root", "%s", cause.message);
	} else {
		judge_way(lint, named, &way);
		modseal_way_clear(&way);
	}
	modseal_kept_free(&kept);
}

static bool is_pseudo(const char *pattern)
{
	static const char *const roots[] = {"/proc/", "/sys/", "/dev/pts/"};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		if (strncmp(pattern, roots[i], strlen(roots[i])) == 0)
			return true;
	return false;
}

static void look_at_rule(struct modseal_lint *lint, size_t number, const char *fixed)
{
	const struct modseal_rule *rule = &lint->policy->rules[number];
	struct named named = {
		.path = fixed,
		.place = modseal_places_at(lint->places, "rules/%zu/path", number),
		.goes_on = strchr(rule->path, '*') != NULL,
		.protected = !rule->delegates &&
			     rule->evidence[0] == MODSEAL_EVIDENCE_PROTECTED_PATH,
		.caller = rule->delegates || rule->owners == MODSEAL_OWNERS_CALLER,
	};

	if (is_pseudo(rule->path))
		modseal_lint_tell(lint, MODSEAL_FINDING_NEVER_MATCHES, named.place,
				  "take it out",
				  "what lies in %s is the kernel's and no file", fixed);
	else
		look_at(lint, &named);
}

static void look_at_search(struct modseal_lint *lint, const struct modseal_strings *list,
			   const char *way)
{
	for (size_t i = 0; i < list->count && !lint->result; i++) {
		struct named named = {
			.path = list->items[i],
			.place = modseal_places_at(lint->places, "%s/%zu", way, i),
			.goes_on = true,
			.asks_nothing = true,
		};

		look_at(lint, &named);
	}
}

void modseal_lint_paths(struct modseal_lint *lint)
{
	const struct modseal_policy *policy = lint->policy;
	char previous[4096] = "", fixed[4096], way[64];

	look_at_search(lint, &policy->search, "search");
	for (size_t i = 0; i < policy->rule_count && !lint->result; i++) {
		size_t length = modseal_pattern_fixed(policy->rules[i].path);

		while (length > 1 && policy->rules[i].path[length - 1] == '/')
			length--;
		snprintf(fixed, sizeof(fixed), "%.*s", (int)length,
			 policy->rules[i].path);
		/* rules of one directory mostly stand together: once is enough */
		if (strcmp(fixed, previous) != 0)
			look_at_rule(lint, i, fixed);
		memcpy(previous, fixed, sizeof(previous));
		snprintf(way, sizeof(way), "rules/%zu/search", i);
		look_at_search(lint, &policy->rules[i].search, way);
	}
}
