/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From files to rules. A directory whose files are all alike becomes one pattern, with
 * all below it where that is alike too; where they differ each is named, except those
 * that a pattern can tell from the others by the end of their names.
 */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/output.h"

/* Files that lie next to each other in their order, below one directory: the first so
 * many bytes of their paths. */
struct range {
	struct learn_file **files;
	size_t count;
	size_t directory;
};

static bool alike(const struct learn_file *a, const struct learn_file *b)
{
	return a->kind == b->kind && a->form == b->form && a->signers == b->signers &&
	       a->caller == b->caller && a->unbound == b->unbound &&
	       a->foreign == b->foreign;
}

static bool is_proposed(const struct learn_file *file)
{
	return !file->left_out;
}

/* May a pattern for `one` match `other`? */
static bool may_match(const struct learn_file *one, const struct learn_file *other)
{
	if (is_proposed(other))
		return alike(one, other);
	return other->refusal == LEARN_REFUSED_ANYWAY ||
	       (other->refusal == LEARN_REFUSED_BY_EVIDENCE &&
		one->form != LEARN_PROTECTED_PATH);
}

static const char *name_of(const struct learn_file *file)
{
	return strrchr(file->path, '/') + 1;
}

/* ---- the ends of names --------------------------------------------------------------
 */

enum ending { END_SO, END_SO_VERSION, END_SO_ANY, END_KO, END_ANY, END_COUNT };
static const char *const endings[] = {"*.so", "*.so.*", "*.so*", "*.ko", "*"};

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), size = strlen(end);

	return length >= size && strcmp(name + length - size, end) == 0;
}

static bool ending_matches(enum ending ending, const char *name)
{
	switch (ending) {
	case END_SO:
		return ends_with(name, ".so");
	case END_SO_VERSION:
		return strstr(name, ".so.") != NULL;
	case END_SO_ANY:
		return strstr(name, ".so") != NULL;
	case END_KO:
		return ends_with(name, ".ko");
	default:
		return true;
	}
}

/* The narrowest that all names have. */
static enum ending choose_ending(struct learn_file *const *files, size_t count)
{
	for (int ending = 0; ending < END_COUNT; ending++) {
		size_t i = 0;

		while (i < count &&
		       (!is_proposed(files[i]) ||
			ending_matches((enum ending)ending, name_of(files[i]))))
			i++;
		if (i == count)
			return (enum ending)ending;
	}
	return END_ANY;
}

/* ---- one rule -----------------------------------------------------------------------
 */

/* Takes path over, also where it is NULL for want of memory. */
static int add_rule(struct learn_rules *rules, char *path, bool wide,
		    struct learn_file *const *files, size_t count,
		    struct modseal_error *error)
{
	struct learn_rule rule = {.path = path, .wide = wide};
	struct learn_rule *larger = rules->items;

	if (rules->count >= LEARN_MAX_RULES) {
		free(path);
		return output_error(error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_FIND, NULL,
				    "learn from fewer directories at once",
				    "it would take more than %u rules", LEARN_MAX_RULES);
	}
	if (rules->count == rules->room) {
		size_t room = rules->room ? 2 * rules->room : 64;

		larger = reallocarray(rules->items, room, sizeof(*rules->items));
		if (larger) {
			rules->items = larger;
			rules->room = room;
		}
	}
	rule.files = calloc(count, sizeof(*rule.files));
	if (!path || !larger || !rule.files) {
		free(path);
		free(rule.files);
		return learn_no_memory(error);
	}
	for (size_t i = 0; i < count; i++)
		if (is_proposed(files[i]))
			rule.files[rule.count++] = files[i];
	rules->items[rules->count++] = rule;
	return MODSEAL_OK;
}

static int add_each(struct learn_rules *rules, struct learn_file *const *files,
		    size_t count, struct modseal_error *error)
{
	int result = MODSEAL_OK;

	for (size_t i = 0; result == MODSEAL_OK && i < count; i++) {
		if (is_proposed(files[i]) && files[i]->unnameable)
			result = learn_leave_out(
				files[i], LEARN_REFUSED_BY_NOTHING, error,
				"no rule can hold this name by itself; rename it");
		else if (is_proposed(files[i]))
			result = add_rule(rules, strdup(files[i]->path), false, &files[i],
					  1, error);
	}
	return result;
}

/* directory/ENDING, or with all below it. */
static int add_pattern(struct learn_rules *rules, const struct range *range, bool deep,
		       struct learn_file *const *files, size_t count,
		       struct modseal_error *error)
{
	enum ending ending = choose_ending(files, count);
	char *path = NULL;

	if (asprintf(&path, "%.*s%s%s", (int)range->directory, range->files[0]->path,
		     !deep		 ? "/"
		     : ending == END_ANY ? "/**"
					 : "/**/",
		     deep && ending == END_ANY ? "" : endings[ending]) < 0)
		path = NULL;
	return add_rule(rules, path, true, files, count, error);
}

/* A directory that no pattern can name, `/a[b]` for one, is none to make a pattern of. */
static bool can_be_pattern(const struct range *range)
{
	const char *path = range->files[0]->path;

	for (size_t i = 0; i < range->directory; i++)
		if (strchr("*?[\\", path[i]))
			return false;
	return true;
}

/* ---- a directory --------------------------------------------------------------------
 */

static bool lies_directly(const struct range *range, const struct learn_file *file)
{
	return strchr(file->path + range->directory + 1, '/') == NULL;
}

/* Those of the files of one directory that are like the first of them. */
static int cover_group(struct learn_rules *rules, const struct range *range,
		       struct learn_file *const *group, size_t count,
		       struct modseal_error *error)
{
	enum ending ending = choose_ending(group, count);
	bool pattern = count > 1 && can_be_pattern(range);

	for (size_t i = 0; i < count; i++)
		pattern = pattern && group[i]->directory_seen;
	for (size_t i = 0; pattern && i < range->count; i++)
		if (ending_matches(ending, name_of(range->files[i])))
			pattern = may_match(group[0], range->files[i]);
	return pattern ? add_pattern(rules, range, false, group, count, error)
		       : add_each(rules, group, count, error);
}

/* range: only files that lie directly in the directory. Those that are alike are moved
 * together one kind after the other. */
static int cover_directory(struct learn_rules *rules, const struct range *range,
			   struct modseal_error *error)
{
	struct learn_file **group = calloc(range->count, sizeof(*group));
	bool *taken = calloc(range->count, sizeof(*taken));
	int result = group && taken ? MODSEAL_OK : learn_no_memory(error);

	for (size_t i = 0; result == MODSEAL_OK && i < range->count; i++) {
		size_t count = 0;

		if (taken[i] || !is_proposed(range->files[i]))
			continue;
		for (size_t j = i; j < range->count; j++) {
			struct learn_file *file = range->files[j];

			if (taken[j] || !is_proposed(file) ||
			    !alike(range->files[i], file))
				continue;
			taken[j] = true;
			group[count++] = file;
		}
		result = cover_group(rules, range, group, count, error);
	}
	free(group);
	free(taken);
	return result;
}

/* ---- a tree -------------------------------------------------------------------------
 */

/* One pattern for all below the directory, if nothing else is there. */
static bool is_uniform(const struct range *range)
{
	const struct learn_file *first = NULL;
	size_t proposed = 0;

	if (!can_be_pattern(range))
		return false;
	for (size_t i = 0; i < range->count; i++) {
		const struct learn_file *file = range->files[i];

		if (!file->tree_seen || file->tree > range->directory)
			return false;
		if (!is_proposed(file))
			continue;
		first = first ? first : file;
		proposed++;
	}
	for (size_t i = 0; i < range->count && first; i++)
		if (!may_match(first, range->files[i]))
			return false;
	return proposed > 1;
}

static bool is_flat(const struct range *range)
{
	for (size_t i = 0; i < range->count; i++)
		if (!lies_directly(range, range->files[i]))
			return false;
	return true;
}

static int cover(struct learn_rules *rules, const struct range *range,
		 struct modseal_error *error);

/* The directories of a range, each by itself. In the order of paths the files of one lie
 * together, among those that lie directly in the range's. */
static int cover_parts(struct learn_rules *rules, const struct range *range,
		       struct modseal_error *error)
{
	struct range direct = {.directory = range->directory};
	int result = MODSEAL_OK;

	direct.files = calloc(range->count, sizeof(*direct.files));
	if (!direct.files)
		return learn_no_memory(error);
	for (size_t i = 0; i < range->count; i++)
		if (lies_directly(range, range->files[i]))
			direct.files[direct.count++] = range->files[i];
	if (direct.count)
		result = cover_directory(rules, &direct, error);
	free(direct.files);
	for (size_t i = 0; result == MODSEAL_OK && i < range->count;) {
		struct range part = {.files = range->files + i, .count = 1};
		const char *path = range->files[i]->path;
		const char *slash = strchr(path + range->directory + 1, '/');

		if (slash) {
			part.directory = (size_t)(slash - path);
			while (i + part.count < range->count &&
			       strncmp(part.files[part.count]->path, path,
				       part.directory + 1) == 0)
				part.count++;
			result = cover(rules, &part, error);
		}
		i += part.count;
	}
	return result;
}

/* As deep as paths have components, which are at most 2048. */
static int cover(struct learn_rules *rules, const struct range *range,
		 struct modseal_error *error)
{
	if (is_flat(range))
		return cover_directory(rules, range, error);
	if (is_uniform(range))
		return add_pattern(rules, range, true, range->files, range->count, error);
	return cover_parts(rules, range, error);
}

int learn_rules_make(const struct learn_seen *seen, struct learn_rules *ret_rules,
		     struct modseal_error *error)
{
	struct range all = {0};
	int result = MODSEAL_OK;

	*ret_rules = (struct learn_rules){0};
	all.files = calloc(seen->count + 1, sizeof(*all.files));
	if (!all.files)
		return learn_no_memory(error);
	for (size_t i = 0; i < seen->count; i++)
		if (!seen->files[i]->skipped)
			all.files[all.count++] = seen->files[i];
	if (all.count)
		result = cover(ret_rules, &all, error);
	free(all.files);
	return result;
}

void learn_rules_clear(struct learn_rules *rules)
{
	for (size_t i = 0; i < rules->count; i++) {
		free(rules->items[i].path);
		free(rules->items[i].files);
	}
	free(rules->items);
	*rules = (struct learn_rules){0};
}
#else
typedef int modseal_learn_rules_is_left_out; /* something declared (C11 6.9) */
#endif
