/* SPDX-License-Identifier: Apache-2.0 */
/* The paths a policy names are spelled as they really are (R79). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "internal/scalars.h"
#include "policy/excerpt.h"
#include "policy/rules.h"
#include "verifier/real_paths.h"

/* One path that the policy names, without slash at its end. */
struct named {
	const char *path;
	size_t length;
	uint32_t line; /* of its rule; 0: in the policy's `search` */
};

struct list {
	struct named *items;
	size_t count;
};

static int require_real(const struct modseal_context *context,
			const struct modseal_authority *authority,
			const struct named *named, struct modseal_error *error)
{
	size_t length = named->length;
	char *spelled = strndup(named->path, length);
	struct modseal_error cause;
	char *real = NULL;
	int result;

	if (!spelled)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	while (length > 1 && spelled[length - 1] == '/')
		spelled[--length] = '\0';
	result = modseal_path_real(context->root, spelled, &real, &cause);
	/* Where this process may not go nothing can be opened that the rule could allow.
	 */
	if (result < 0 && cause.system_errno == EACCES) {
		free(spelled);
		return 0;
	}
	if (result < 0 && error)
		*error = cause;
	if (result == 0 && strcmp(spelled, real) != 0) {
		char where[32] = "search";

		if (named->line)
			snprintf(where, sizeof(where), "line %u", named->line);
		result = modseal_fail(
			error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY,
			authority->path ? authority->path : context->policy_path,
			"%s: %s goes through a link; its real path is %s", where, spelled,
			real);
		modseal_remedy(error, "write %s", real);
		modseal_excerpt_want(named->line, error);
	}
	free(real);
	free(spelled);
	return result;
}

/* ---- many paths ---------------------------------------------------------------------
 *
 * Thousands of rules share most of their directories. In the order of their bytes a path
 * shares with the one before it all that it shares with any earlier one, so that each
 * directory is looked at once, by its name alone: nothing is opened by what is found
 * here.
 */

static int compare_paths(const void *a, const void *b)
{
	const struct named *left = a, *right = b;
	size_t shorter = left->length < right->length ? left->length : right->length;
	int order = memcmp(left->path, right->path, shorter);

	if (order)
		return order;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	return left->line < right->line ? -1 : left->line > right->line;
}

/* The length of the whole components that two paths begin with. */
static size_t common_length(const struct named *a, const struct named *b)
{
	size_t i = 0, common = 0;

	while (i < a->length && i < b->length && a->path[i] == b->path[i]) {
		if (a->path[i] == '/')
			common = i;
		i++;
	}
	if ((i == a->length || a->path[i] == '/') &&
	    (i == b->length || b->path[i] == '/'))
		common = i;
	return common;
}

enum found {
	FOUND_DIRECT,  /* all of it is there, and no link */
	FOUND_NOTHING, /* up to *at, from where on nothing is there */
	FOUND_OTHER,   /* a link, or no way to look: *at is where */
	FOUND_FAILED,  /* errno says why */
};

/* Goes on from *at, up to where the path is known to be direct. */
static enum found look(int root, const struct named *named, size_t *at)
{
	char path[MODSEAL_MAX_POLICY_PATH + 1];
	int directory = root < 0 ? AT_FDCWD : root;

	while (*at < named->length) {
		size_t end = *at + 1;
		struct stat status;

		while (end < named->length && named->path[end] != '/')
			end++;
		memcpy(path, named->path, end);
		path[end] = '\0';
		/* below an image's root the name is relative to it */
		if (fstatat(directory, root < 0 ? path : path + 1, &status,
			    AT_SYMLINK_NOFOLLOW) < 0)
			return errno == ENOENT ? FOUND_NOTHING
			       : errno == EACCES || errno == ENOTDIR || errno == ELOOP
				       ? FOUND_OTHER
				       : FOUND_FAILED;
		if (S_ISLNK(status.st_mode))
			return FOUND_OTHER;
		*at = end;
	}
	return FOUND_DIRECT;
}

static int require_all(const struct modseal_context *context,
		       const struct modseal_authority *authority, const struct list *list,
		       struct modseal_error *error)
{
	uint32_t first = UINT32_MAX;
	size_t direct = 0; /* of the path before */
	enum found found = FOUND_DIRECT;
	int result = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct named *named = &list->items[i];
		size_t common = i ? common_length(&list->items[i - 1], named) : 0;
		struct modseal_error cause;
		int code = 0;

		/* what nothing is below, and what is no directory, stays so */
		if (common > direct && found == FOUND_NOTHING)
			continue;
		direct = common < direct ? common : direct;
		found = look(context->root, named, &direct);
		if (found == FOUND_FAILED)
			return modseal_fail_errno(error, MODSEAL_E_SYSTEM,
						  MODSEAL_STAGE_POLICY, errno,
						  named->path, "it cannot be looked at");
		if (found == FOUND_OTHER && named->line < first)
			code = require_real(context, authority, named, &cause);
		if (code < 0) {
			result = code;
			first = named->line;
			if (error)
				*error = cause;
		}
	}
	return result;
}

static void name(struct list *list, const char *path, size_t length, uint32_t line)
{
	while (length > 1 && path[length - 1] == '/')
		length--;
	list->items[list->count++] =
		(struct named){.path = path, .length = length, .line = line};
}

static size_t count_paths(const struct modseal_policy *policy)
{
	size_t count = policy->search.count + policy->rule_count;

	for (size_t i = 0; i < policy->rule_count; i++)
		count += policy->rules[i].search.count;
	return count;
}

int modseal_real_paths_require(const struct modseal_context *context,
			       const struct modseal_authority *authority,
			       struct modseal_error *error)
{
	const struct modseal_policy *policy = authority->policy;
	size_t count = count_paths(policy);
	struct list list = {.items = calloc(count ? count : 1, sizeof(*list.items))};
	int result;

	if (!list.items)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < policy->search.count; i++)
		name(&list, policy->search.items[i], strlen(policy->search.items[i]), 0);
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];

		name(&list, rule->path, modseal_pattern_fixed(rule->path), rule->line);
		for (size_t at = 0; at < rule->search.count; at++)
			name(&list, rule->search.items[at],
			     strlen(rule->search.items[at]), rule->line);
	}
	qsort(list.items, list.count, sizeof(*list.items), compare_paths);
	result = require_all(context, authority, &list, error);
	free(list.items);
	return result;
}
