/* SPDX-License-Identifier: Apache-2.0 */
/* What the files need: found by name, as a policy's `search` would find it. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_needed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

/* The directories of modseal-policy(5), `search`; a link is none of them there. */
static const char *const defaults[] = {
#ifdef MODSEAL_MULTIARCH
	"/usr/lib/" MODSEAL_MULTIARCH, "/lib/" MODSEAL_MULTIARCH,
#elif defined(__LP64__)
	"/usr/lib64", "/lib64",
#endif
	"/usr/lib", "/lib"};
#define DEFAULT_COUNT (sizeof(defaults) / sizeof(defaults[0]))

struct following {
	const struct learn_examiner *examiner;
	struct learn_seen *seen;
	char *root;    /* real path, without a slash at its end: "" for this system */
	json_t *names; /* those looked up already */
	/* where libraries were seen, in order, and which of them something was found in
	 */
	char **directories;
	bool *used;
	size_t count;
};

/* ---- directories --------------------------------------------------------------------
 */

static bool is_default(const char *directory)
{
	for (size_t i = 0; i < DEFAULT_COUNT; i++)
		if (strcmp(defaults[i], directory) == 0)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int gather_directories(struct following *following, struct modseal_error *error)
{
	const struct learn_seen *seen = following->seen;
	size_t kept = 0;

	following->directories = calloc(seen->count + 1, sizeof(char *));
	following->used = calloc(seen->count + 1, sizeof(bool));
	if (!following->directories || !following->used)
		return learn_no_memory(error);
	for (size_t i = 0; i < seen->count; i++) {
		const struct learn_file *file = seen->files[i];
		size_t length = (size_t)(strrchr(file->path, '/') - file->path);

		if (file->skipped || file->left_out || length == 0 ||
		    file->kind != MODSEAL_KIND_LIBRARY)
			continue;
		following->directories[following->count] = strndup(file->path, length);
		if (!following->directories[following->count++])
			return learn_no_memory(error);
	}
	qsort(following->directories, following->count, sizeof(char *), compare);
	for (size_t i = 0; i < following->count; i++) {
		char *directory = following->directories[i];

		if (is_default(directory) ||
		    (kept && strcmp(directory, following->directories[kept - 1]) == 0))
			free(directory);
		else
			following->directories[kept++] = directory;
	}
	following->count = kept;
	return MODSEAL_OK;
}

/* ---- names --------------------------------------------------------------------------
 */

/* The real path, inside of the root, that a name in a directory leads to; NULL: nothing
 * there, or it leads out of the image. */
static char *find_in(const struct following *following, const char *directory,
		     const char *name)
{
	size_t length = strlen(following->root);
	char *path = NULL, *real = NULL, *inside = NULL;

	if (asprintf(&path, "%s%s%s%s", following->root, directory,
		     *name == '/' ? "" : "/", name) < 0)
		return NULL;
	real = realpath(path, NULL);
	if (real && strncmp(real, following->root, length) == 0 && real[length] == '/')
		inside = strdup(real + length);
	free(real);
	free(path);
	return inside;
}

static char *find(struct following *following, const char *name)
{
	char *found = NULL;

	if (*name == '/') /* the interpreter of a program */
		return find_in(following, "", name);
	for (size_t i = 0; !found && i < DEFAULT_COUNT; i++)
		found = find_in(following, defaults[i], name);
	for (size_t i = 0; !found && i < following->count; i++) {
		found = find_in(following, following->directories[i], name);
		following->used[i] |= found != NULL;
	}
	return found;
}

static int note_missing(struct learn_seen *seen, const char *name, const char *path,
			struct modseal_error *error)
{
	char **larger = reallocarray(seen->missing, seen->missing_count + 1,
				     sizeof(*seen->missing));

	if (!larger)
		return learn_no_memory(error);
	seen->missing = larger;
	if (asprintf(&seen->missing[seen->missing_count], "%s, which %s needs", name,
		     path) < 0)
		return learn_no_memory(error);
	seen->missing_count++;
	return MODSEAL_OK;
}

static int follow_name(struct following *following, const struct learn_file *by,
		       const char *name, struct modseal_error *error)
{
	struct learn_file *file;
	char *path;
	int result = MODSEAL_OK;

	/* names with a slash are refused in libraries; none of them twice */
	if (!name || (strchr(name, '/') && *name != '/') ||
	    json_object_get(following->names, name))
		return MODSEAL_OK;
	if (json_object_set_new(following->names, name, json_true()) != 0)
		return learn_no_memory(error);
	path = find(following, name);
	if (!path)
		return note_missing(following->seen, name, by->path, error);
	file = learn_seen_add(following->seen, path, error);
	if (!file) {
		result = error->code;
	} else if (!file->examined && !file->needed_by && !file->records) {
		file->needed_by = strdup(by->path);
		if (!file->needed_by)
			result = learn_no_memory(error);
	}
	free(path);
	return result;
}

static int follow_file(struct following *following, const struct learn_file *file,
		       struct modseal_error *error)
{
	int result =
		follow_name(following, file, json_string_value(file->interpreter), error);

	if (result == MODSEAL_OK && json_is_string(file->needed))
		result = follow_name(following, file, json_string_value(file->needed),
				     error);
	for (size_t i = 0; result == MODSEAL_OK && i < json_array_size(file->needed); i++)
		result = follow_name(following, file,
				     json_string_value(json_array_get(file->needed, i)),
				     error);
	return result;
}

/* ---- all of them --------------------------------------------------------------------
 */

static int add_directory(struct learn_search *search, const char *directory,
			 struct modseal_error *error)
{
	search->directories[search->count] = strdup(directory);
	if (!search->directories[search->count])
		return learn_no_memory(error);
	search->count++;
	return MODSEAL_OK;
}

static int make_search(const struct following *following, struct learn_search *search,
		       struct modseal_error *error)
{
	int result = MODSEAL_OK;

	search->plain = true;
	for (size_t i = 0; i < following->count; i++)
		search->plain &= !following->used[i];
	search->directories =
		calloc(DEFAULT_COUNT + following->count, sizeof(*search->directories));
	if (!search->directories)
		return learn_no_memory(error);
	for (size_t i = 0; result == MODSEAL_OK && i < DEFAULT_COUNT; i++) {
		char *real = find_in(following, defaults[i], "");

		if (real && strcmp(real, defaults[i]) == 0)
			result = add_directory(search, real, error);
		free(real);
	}
	for (size_t i = 0; result == MODSEAL_OK && i < following->count; i++)
		if (following->used[i])
			result = add_directory(search, following->directories[i], error);
	return result;
}

static int examine_from(struct following *following, size_t *at, learn_progress *progress,
			void *argument, struct modseal_error *error)
{
	struct learn_seen *seen = following->seen;
	int result = MODSEAL_OK;

	for (; result == MODSEAL_OK && *at < seen->count; ++*at) {
		progress(argument, *at, seen->count);
		if (!seen->files[*at]->left_out)
			result = learn_file_examine(following->examiner, seen->files[*at],
						    error);
	}
	return result;
}

static int follow_all(struct following *following, learn_progress *progress,
		      void *argument, struct modseal_error *error)
{
	size_t examined = 0;
	int result = examine_from(following, &examined, progress, argument, error);

	if (result == MODSEAL_OK)
		result = gather_directories(following, error);
	for (size_t i = 0; result == MODSEAL_OK && i < following->seen->count; i++) {
		result = examine_from(following, &examined, progress, argument, error);
		if (result == MODSEAL_OK)
			result = follow_file(following, following->seen->files[i], error);
	}
	return result;
}

static void clear(struct following *following)
{
	for (size_t i = 0; i < following->count; i++)
		free(following->directories[i]);
	free(following->directories);
	free(following->used);
	free(following->root);
	json_decref(following->names);
}

int learn_needed_follow(const struct learn_examiner *examiner, struct learn_seen *seen,
			learn_progress *progress, void *argument,
			struct learn_search *ret_search, struct modseal_error *error)
{
	const char *root = examiner->root ? examiner->root : "/";
	struct following following = {
		.examiner = examiner,
		.seen = seen,
		.root = realpath(root, NULL),
		.names = json_object(),
	};
	int result = MODSEAL_OK;

	*ret_search = (struct learn_search){0};
	if (!following.names)
		result = learn_no_memory(error);
	else if (!following.root)
		result = output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND,
				      root, "check the name", "no such directory");
	if (result == MODSEAL_OK && strcmp(following.root, "/") == 0)
		following.root[0] = '\0';
	if (result == MODSEAL_OK)
		result = follow_all(&following, progress, argument, error);
	if (result == MODSEAL_OK)
		result = make_search(&following, ret_search, error);
	clear(&following);
	return result;
}

void learn_search_clear(struct learn_search *search)
{
	for (size_t i = 0; i < search->count; i++)
		free(search->directories[i]);
	free(search->directories);
	*search = (struct learn_search){0};
}
#else
typedef int modseal_learn_needed_is_left_out; /* something declared (C11 6.9) */
#endif
