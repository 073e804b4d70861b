/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth first over DT_NEEDED. A library is named by its SONAME alone, as the dynamic
 * linker does it, so each name stands for one file and a name met again on the way down
 * is a cycle.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/ahead.h"
#include "verifier/closure.h"
#include "verifier/search.h"

/* The libraries from the root down to the one being judged. */
struct chain {
	struct modseal_ahead *ahead;
	const struct chain *above;
	const struct modseal_subject *subject;
};

static const char *chain_name(const struct chain *link)
{
	const struct modseal_subject *subject = link->subject;

	return subject->elf.soname ? subject->elf.soname : subject->entry;
}

/* A circle whose names take more is told by its ends alone. */
#define LONGEST_ROUTE 600u

/* Room for three names of the longest kind. */
struct route {
	char text[1000];
};

static void route_add(struct route *route, const char *step)
{
	size_t used = strlen(route->text);

	snprintf(route->text + used, sizeof(route->text) - used, "%s -> ", step);
}

/* Each member needs the one behind it, and the last the first, which stands there twice.
 */
static int fail_cycle(const struct chain *chain, const char *name,
		      struct modseal_error *error)
{
	const char *members[MODSEAL_MAX_CLOSURE_DEPTH + 1];
	struct route route = {""};
	size_t count = 0, length = 0;

	for (const struct chain *link = chain; link; link = link->above) {
		members[count++] = chain_name(link);
		length += strlen(chain_name(link));
		if (strcmp(chain_name(link), name) == 0)
			break;
	}
	for (size_t i = count; i > 0; i--) {
		char more[48];

		snprintf(more, sizeof(more), "... (%zu more) ...", count - 2);
		if (length <= LONGEST_ROUTE || i == count || i == 1)
			route_add(&route, members[i - 1]);
		else if (i == count - 1)
			route_add(&route, more);
	}
	return modseal_fail(error, MODSEAL_E_DEPENDENCY_CYCLE, MODSEAL_STAGE_CLOSURE,
			    chain->subject->located.path, "a circle of %zu %s: %s%s",
			    count,
			    count == 1 ? "library that needs itself"
				       : "libraries that need each other",
			    route.text, name);
}

/* Keeps what the search said: that nothing is there, or that what is there is no file. */
static int fail_missing(const char *name, struct modseal_error *error)
{
	char why[sizeof(error->message)] = "";

	if (error)
		memcpy(why, error->message, sizeof(why));
	return modseal_fail(error, MODSEAL_E_DEPENDENCY_MISSING, MODSEAL_STAGE_CLOSURE,
			    name, "%s", why);
}

void modseal_closure_tell_needed_by(const char *needer, struct modseal_error *error)
{
	size_t used;

	if (!error)
		return;
	used = strlen(error->message);
	snprintf(error->message + used, sizeof(error->message) - used, " (needed by %s)",
		 needer);
}

static const struct modseal_subject *find_member(const struct modseal_closure *closure,
						 const char *name)
{
	for (size_t i = 0; i < closure->count; i++)
		if (strcmp(closure->members[i]->elf.soname, name) == 0)
			return closure->members[i];
	return NULL;
}

static bool is_same_file(const struct modseal_located *a, const struct modseal_located *b)
{
	return strcmp(a->path, b->path) == 0 && a->status.st_dev == b->status.st_dev &&
	       a->status.st_ino == b->status.st_ino;
}

/*
 * The dynamic linker knows one library of a name: whoever comes second gets that of the
 * first. Where rules look in places of their own that may be another than its own search
 * leads to, and which of two it is must not depend on the order.
 */
static int check_same(const struct chain *chain, const struct modseal_subject *member,
		      const char *name, struct modseal_error *error)
{
	const struct modseal_subject *s = chain->subject;
	struct modseal_located located;
	struct modseal_search search;
	int result;

	if (!modseal_rule_searches(s->rule) && !member->found_by_rule)
		return 0;
	result =
		modseal_search_open(s->context, s->rule, s->located.path, &search, error);
	if (result < 0)
		return result;
	result = modseal_path_find(s->context->root, search.directories, search.count,
				   name, &located, error);
	modseal_search_close(&search);
	if (result == MODSEAL_E_NOT_FOUND)
		return fail_missing(name, error);
	if (result < 0)
		return result;
	if (!is_same_file(&located, &member->located)) {
		result = modseal_fail(error, MODSEAL_E_SONAME_CONFLICT,
				      MODSEAL_STAGE_CLOSURE, located.path,
				      "'%s' is this file for %s, but %s for others in "
				      "the closure",
				      name, s->located.path, member->located.path);
		modseal_remedy(error, "keep one copy, or let the rules of both look in "
				      "the same `origin` and `search`");
	}
	modseal_located_close(&located);
	return result;
}

int modseal_closure_append(struct modseal_closure *closure,
			   struct modseal_subject *subject, const char *members_are,
			   struct modseal_error *error)
{
	struct modseal_subject **members;

	if (closure->count == MODSEAL_MAX_CLOSURE)
		return modseal_fail(error, MODSEAL_E_DEPENDENCY_LIMIT,
				    MODSEAL_STAGE_CLOSURE, subject->located.path,
				    "more than %d %s are needed", MODSEAL_MAX_CLOSURE,
				    members_are);
	members = reallocarray(closure->members, closure->count + 1, sizeof(subject));
	if (!members)
		return modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
	closure->members = members;
	closure->members[closure->count++] = subject;
	return 0;
}

static int collect(const struct chain *chain, size_t depth,
		   struct modseal_closure *closure, struct modseal_error *error);

static int judge_needed(const struct chain *chain, size_t depth, const char *name,
			struct modseal_closure *closure, struct modseal_error *error)
{
	struct chain link = {.ahead = chain->ahead, .above = chain};
	struct modseal_subject *subject;
	int result;

	subject = modseal_ahead_take(chain->ahead, chain->subject, name, &result, error);
	if (!subject) {
		subject = modseal_subject_needed(chain->subject, name);
		if (!subject)
			return modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
		result = modseal_subject_run(subject, error);
	}
	link.subject = subject;
	result = modseal_subject_conclude(subject, result, error);
	if (result == MODSEAL_E_NOT_FOUND)
		result = fail_missing(name, error);
	if (result < 0)
		modseal_closure_tell_needed_by(chain_name(chain), error);
	if (result == 0)
		result = collect(&link, depth + 1, closure, error);
	if (result == 0)
		result = modseal_closure_append(closure, subject, "libraries", error);
	if (result < 0) {
		/* what it needs may be being judged, and looks at it */
		modseal_ahead_stop(chain->ahead);
		modseal_subject_clear(subject);
		free(subject);
	}
	return result;
}

static int collect(const struct chain *chain, size_t depth,
		   struct modseal_closure *closure, struct modseal_error *error)
{
	const struct modseal_elf *elf = &chain->subject->elf;

	if (depth > MODSEAL_MAX_CLOSURE_DEPTH)
		return modseal_fail(error, MODSEAL_E_DEPENDENCY_LIMIT,
				    MODSEAL_STAGE_CLOSURE, chain->subject->located.path,
				    "libraries need each other more than %d deep",
				    MODSEAL_MAX_CLOSURE_DEPTH);
	for (size_t i = 0; i < elf->needed_count; i++) {
		const char *name = elf->needed[i];
		const struct modseal_subject *member;
		int result;

		for (const struct chain *link = chain; link; link = link->above)
			if (strcmp(chain_name(link), name) == 0)
				return fail_cycle(chain, name, error);
		member = find_member(closure, name);
		if (member) {
			result = check_same(chain, member, name, error);
			if (result < 0) {
				modseal_closure_tell_needed_by(chain_name(chain), error);
				return result;
			}
			continue;
		}
		if (chain->subject->to_load && modseal_gate_is_startup(name))
			continue;
		result = judge_needed(chain, depth, name, closure, error);
		if (result < 0)
			return result;
	}
	return 0;
}

int modseal_closure_collect(struct modseal_subject *root,
			    struct modseal_closure *ret_closure,
			    struct modseal_error *error)
{
	struct modseal_closure closure = {0};
	struct chain chain = {.above = NULL, .subject = root};
	int result;

	/* To check, files are held in private memory: one at a time. */
	if (root->to_load)
		chain.ahead = modseal_ahead_new(root->crew);
	modseal_ahead_offer(chain.ahead, root);
	result = collect(&chain, 0, &closure, error);
	modseal_ahead_free(&chain.ahead);
	if (result < 0) {
		modseal_closure_clear(&closure);
		return result;
	}
	*ret_closure = closure;
	return 0;
}

void modseal_closure_clear(struct modseal_closure *closure)
{
	for (size_t i = 0; i < closure->count; i++) {
		modseal_subject_clear(closure->members[i]);
		free(closure->members[i]);
	}
	free(closure->members);
	*closure = (struct modseal_closure){0};
}
