/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a proposal is made from: each path once. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/learn_seen.h"

#include <search.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/output.h"

int learn_no_memory(struct modseal_error *error)
{
	return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND, NULL, NULL,
			    "out of memory");
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct learn_file *)a)->path,
		      ((const struct learn_file *)b)->path);
}

static int compare_places(const void *a, const void *b)
{
	return compare(*(struct learn_file *const *)a, *(struct learn_file *const *)b);
}

void learn_seen_sort(struct learn_seen *seen)
{
	if (seen->count)
		qsort(seen->files, seen->count, sizeof(*seen->files), compare_places);
}

static bool make_room(struct learn_seen *seen)
{
	size_t room = seen->room ? 2 * seen->room : 256;
	struct learn_file **larger;

	if (seen->count < seen->room)
		return true;
	larger = reallocarray(seen->files, room, sizeof(*seen->files));
	if (!larger)
		return false;
	seen->files = larger;
	seen->room = room;
	return true;
}

const struct learn_file *learn_seen_find(const struct learn_seen *seen, const char *path)
{
	struct learn_file key = {.path = (char *)path};
	struct learn_file *const *found = tfind(&key, &seen->tree, compare);

	return found ? *found : NULL;
}

struct learn_file *learn_seen_add(struct learn_seen *seen, const char *path,
				  struct modseal_error *error)
{
	struct learn_file key = {.path = (char *)path};
	struct learn_file *file, *const *found = tfind(&key, &seen->tree, compare);

	if (found)
		return *found;
	if (seen->count >= LEARN_MAX_FILES) {
		output_error(error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_FIND, path,
			     "learn from fewer directories at once", "more than %u files",
			     LEARN_MAX_FILES);
		return NULL;
	}
	file = calloc(1, sizeof(*file));
	if (file)
		file->path = strdup(path);
	if (!file || !file->path || !make_room(seen) ||
	    !tsearch(file, &seen->tree, compare)) {
		if (file)
			free(file->path);
		free(file);
		learn_no_memory(error);
		return NULL;
	}
	seen->files[seen->count++] = file;
	return file;
}

static void keep(void *node)
{
}

static void clear_file(struct learn_file *file)
{
	free(file->path);
	free(file->needed_by);
	free(file->left_out);
	json_decref(file->needed);
	json_decref(file->interpreter);
	if (file->records) {
		json_decref(file->records->codes);
		json_decref(file->records->programs);
		free(file->records->digest);
		free(file->records->refusal);
		free(file->records);
	}
	free(file);
}

void learn_seen_clear(struct learn_seen *seen)
{
	tdestroy(seen->tree, keep);
	for (size_t i = 0; i < seen->count; i++)
		clear_file(seen->files[i]);
	for (size_t i = 0; i < seen->missing_count; i++)
		free(seen->missing[i]);
	free(seen->files);
	free(seen->missing);
	*seen = (struct learn_seen){0};
}

int learn_leave_out(struct learn_file *file, enum learn_refusal refusal,
		    struct modseal_error *error, const char *format, ...)
{
	va_list arguments;
	int length;

	if (file->left_out)
		return MODSEAL_OK;
	file->refusal = refusal;
	va_start(arguments, format);
	length = vasprintf(&file->left_out, format, arguments);
	va_end(arguments);
	if (length >= 0)
		return MODSEAL_OK;
	file->left_out = NULL;
	return learn_no_memory(error);
}
#else
typedef int modseal_learn_seen_is_left_out; /* something declared (C11 6.9) */
#endif
