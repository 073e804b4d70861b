/* SPDX-License-Identifier: Apache-2.0 */
/* Differences of rules: which are new or gone, which ask for something else, and which
 * stand in another order that matters. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/patterns.h"
#include "verifier/admin/diff.h"

/* So many pairs are looked at for their order, and so many told. */
#define MAX_PAIRS 2000000
#define MAX_TOLD  50

/* A rule is known by its path and kind; of several alike the first is the first. */
struct entry {
	const struct modseal_rule *rule;
	const struct modseal_rule *other; /* in the other policy, or NULL */
};

struct entries {
	const struct modseal_policy *policy;
	struct entry *items; /* in the order of the policy */
	const struct entry **sorted;
	size_t count;
};

static int compare_rules(const struct modseal_rule *a, const struct modseal_rule *b)
{
	int order = strcmp(a->path, b->path);

	if (order == 0)
		order = (int)a->delegates - (int)b->delegates;
	if (order == 0 && !a->delegates)
		order = (int)a->kind - (int)b->kind;
	return order;
}

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = *(const struct entry *const *)a;
	const struct entry *y = *(const struct entry *const *)b;
	int order = compare_rules(x->rule, y->rule);

	return order ? order : (x < y ? -1 : x > y);
}

static bool collect(const struct modseal_policy *policy, struct entries *entries)
{
	entries->policy = policy;
	entries->count = policy->rule_count;
	entries->items = calloc(entries->count + 1, sizeof(*entries->items));
	entries->sorted = calloc(entries->count + 1, sizeof(*entries->sorted));
	if (!entries->items || !entries->sorted)
		return false;
	for (size_t i = 0; i < entries->count; i++) {
		entries->items[i].rule = &policy->rules[i];
		entries->sorted[i] = &entries->items[i];
	}
	if (entries->count > 0)
		qsort(entries->sorted, entries->count, sizeof(*entries->sorted),
		      compare_entries);
	return true;
}

static void release(struct entries *entries)
{
	free(entries->items);
	free(entries->sorted);
}

static void pair_up(struct entries *before, struct entries *after)
{
	size_t i = 0, j = 0;

	while (i < before->count && j < after->count) {
		int order =
			compare_rules(before->sorted[i]->rule, after->sorted[j]->rule);

		if (order == 0) {
			size_t a = (size_t)(before->sorted[i] - before->items);
			size_t b = (size_t)(after->sorted[j] - after->items);

			before->items[a].other = after->items[b].rule;
			after->items[b].other = before->items[a].rule;
		}
		i += order <= 0;
		j += order >= 0;
	}
}

/* ---- what a rule says ---------------------------------------------------------------
 */

static void evidence_text(const struct modseal_rule *rule, char *text)
{
	text[0] = '\0';
	for (size_t i = 0; i < rule->evidence_count; i++)
		modseal_diff_append(text, "%s%s", i ? ", " : "",
				    modseal_evidence_name(rule->evidence[i]));
}

static void hand_off_text(const struct modseal_rule *rule, char *text)
{
	text[0] = '\0';
	for (size_t i = 0; i < rule->hand_off_count; i++)
		modseal_diff_append(text, "%s%s", i ? ", " : "",
				    modseal_hand_off_name(rule->hand_off[i]));
}

static void describe(const struct modseal_policy *policy, const struct modseal_rule *rule,
		     char *text)
{
	char list[MODSEAL_DIFF_TEXT];

	text[0] = '\0';
	if (rule->delegates) {
		modseal_diff_append(text, "%s, delegated to %s", rule->path,
				    policy->supplements[rule->supplement].name);
		return;
	}
	evidence_text(rule, list);
	modseal_diff_append(text, "%s (%s): %s", rule->path,
			    modseal_purpose_name((enum modseal_purpose)rule->kind), list);
	if (rule->signer_count > 0) {
		modseal_diff_names(list, policy, rule->signers, rule->signer_count);
		modseal_diff_append(text, ", signed by %u of %s", rule->require, list);
	}
	if (rule->has_catalog)
		modseal_diff_append(text, ", catalog %s",
				    policy->catalogs[rule->catalog].name);
}

/* ---- what is asked for now ----------------------------------------------------------
 */

struct comparison {
	struct modseal_diff *diff;
	const struct modseal_rule *a, *b;
	char label[MODSEAL_DIFF_TEXT];
};

static void texts(const struct comparison *c, const char *key, const char *before,
		  const char *after)
{
	modseal_diff_texts(c->diff, "rule", c->a->line, c->b->line, c->label, key, before,
			   after);
}

static void timestamp_text(const struct modseal_policy *policy,
			   const struct modseal_rule *rule, char *text)
{
	char list[MODSEAL_DIFF_TEXT];

	text[0] = '\0';
	if (rule->timestamp == MODSEAL_TIMESTAMP_IGNORED)
		return;
	modseal_diff_names(list, policy, rule->timestamp_signers,
			   rule->timestamp_signer_count);
	modseal_diff_append(text, "%s by %s",
			    rule->timestamp == MODSEAL_TIMESTAMP_ALWAYS ? "always"
									: "if-expired",
			    list);
}

static void compare_signed(const struct comparison *c)
{
	const struct modseal_policy *old_policy = c->diff->before.policy;
	const struct modseal_policy *new_policy = c->diff->after.policy;
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];

	evidence_text(c->a, old);
	evidence_text(c->b, new);
	texts(c, "evidence", old, new);
	modseal_diff_names(old, old_policy, c->a->signers, c->a->signer_count);
	modseal_diff_names(new, new_policy, c->b->signers, c->b->signer_count);
	texts(c, "signers", old, new);
	texts(c, "catalog",
	      c->a->has_catalog ? old_policy->catalogs[c->a->catalog].name : "",
	      c->b->has_catalog ? new_policy->catalogs[c->b->catalog].name : "");
	if (c->a->require != c->b->require)
		modseal_diff_tell(c->diff, "rule", "changed", c->a->line, c->b->line,
				  "%s: require: was %u, is %u", c->label, c->a->require,
				  c->b->require);
	timestamp_text(old_policy, c->a, old);
	timestamp_text(new_policy, c->b, new);
	texts(c, "timestamp", old, new);
}

static void version_text(const struct modseal_rule *rule, char *text)
{
	text[0] = '\0';
	if (rule->version_wanted)
		modseal_diff_append(text, "%" PRIu64, rule->minimum_version);
}

static void compare_others(const struct comparison *c)
{
	const struct modseal_rule *a = c->a, *b = c->b;
	char old[MODSEAL_DIFF_TEXT], new[MODSEAL_DIFF_TEXT];

	version_text(a, old);
	version_text(b, new);
	texts(c, "minimum-version", old, new);
	texts(c, "identity", a->identity_bound ? "bound" : "unbound",
	      b->identity_bound ? "bound" : "unbound");
	hand_off_text(a, old);
	hand_off_text(b, new);
	texts(c, "hand-off", old, new);
	texts(c, "owners", a->owners == MODSEAL_OWNERS_CALLER ? "caller" : "root",
	      b->owners == MODSEAL_OWNERS_CALLER ? "caller" : "root");
	texts(c, "elf", a->hygiene == MODSEAL_HYGIENE_HARDENED ? "hardened" : "standard",
	      b->hygiene == MODSEAL_HYGIENE_HARDENED ? "hardened" : "standard");
	texts(c, "machine", a->any_machine ? "any" : "native",
	      b->any_machine ? "any" : "native");
	texts(c, "noexec", a->noexec_allowed ? "allow" : "refuse",
	      b->noexec_allowed ? "allow" : "refuse");
	modseal_diff_list(old, &a->search);
	modseal_diff_list(new, &b->search);
	texts(c, "search", old, new);
	modseal_diff_list(old, &a->origin);
	modseal_diff_list(new, &b->origin);
	texts(c, "origin", old, new);
}

static const char *mode_text(const struct modseal_rule *rule)
{
	if (!rule->mode_given)
		return "the policy's";
	return rule->audits ? "audit" : "enforce";
}

static void compare_pair(struct modseal_diff *diff, const struct modseal_rule *a,
			 const struct modseal_rule *b)
{
	struct comparison c = {.diff = diff, .a = a, .b = b};

	modseal_diff_append(c.label, "rule in line %u, %s", b->line, b->path);
	texts(&c, "mode", mode_text(a), mode_text(b));
	if (a->delegates) {
		texts(&c, "delegate",
		      diff->before.policy->supplements[a->supplement].name,
		      diff->after.policy->supplements[b->supplement].name);
		texts(&c, "minimum-evidence", modseal_evidence_name(a->minimum_evidence),
		      modseal_evidence_name(b->minimum_evidence));
		return;
	}
	compare_signed(&c);
	compare_others(&c);
}

/* ---- order --------------------------------------------------------------------------
 */

static bool can_compete(const struct modseal_rule *a, const struct modseal_rule *b)
{
	return (a->delegates || b->delegates || a->kind == b->kind) &&
	       modseal_pattern_overlaps(a->path, b->path);
}

static void tell_order(struct modseal_diff *diff, const struct entry *first,
		       const struct entry *second)
{
	modseal_diff_tell(diff, "order", "moved", first->rule->line, first->other->line,
			  "%s came before %s, and comes behind it now: files that both "
			  "match are decided by the rule in line %u",
			  first->rule->path, second->rule->path, second->other->line);
}

/* Of the rules that both policies have: pairs that changed places and match some file in
 * common. */
static void compare_order(struct modseal_diff *diff, const struct entries *before)
{
	size_t pairs = 0, told = 0;

	for (size_t i = 0; i < before->count; i++)
		for (size_t j = i + 1; before->items[i].other && j < before->count; j++) {
			const struct entry *first = &before->items[i];
			const struct entry *second = &before->items[j];

			if (!second->other || first->other < second->other)
				continue;
			if (++pairs > MAX_PAIRS || told == MAX_TOLD) {
				modseal_diff_tell(diff, "order", "moved", 0, 0,
						  "more rules changed places than are "
						  "looked at");
				return;
			}
			if (!can_compete(first->rule, second->rule))
				continue;
			tell_order(diff, first, second);
			told++;
		}
}

static void compare_all(struct modseal_diff *diff, const struct entries *before,
			const struct entries *after)
{
	char text[MODSEAL_DIFF_TEXT];

	for (size_t i = 0; i < before->count && !diff->result; i++) {
		const struct entry *entry = &before->items[i];

		if (entry->other) {
			compare_pair(diff, entry->rule, entry->other);
			continue;
		}
		describe(before->policy, entry->rule, text);
		modseal_diff_tell(diff, "rule", "removed", entry->rule->line, 0,
				  "rule in line %u: %s", entry->rule->line, text);
	}
	for (size_t i = 0; i < after->count && !diff->result; i++) {
		const struct entry *entry = &after->items[i];

		if (entry->other)
			continue;
		describe(after->policy, entry->rule, text);
		modseal_diff_tell(diff, "rule", "added", 0, entry->rule->line,
				  "rule in line %u: %s", entry->rule->line, text);
	}
	compare_order(diff, before);
}

void modseal_diff_rules(struct modseal_diff *diff)
{
	struct entries before = {0}, after = {0};

	if (!collect(diff->before.policy, &before) ||
	    !collect(diff->after.policy, &after)) {
		diff->result = modseal_fail_memory(diff->error, MODSEAL_STAGE_POLICY);
	} else {
		pair_up(&before, &after);
		compare_all(diff, &before, &after);
	}
	release(&before);
	release(&after);
}
