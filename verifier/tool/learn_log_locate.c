/* SPDX-License-Identifier: Apache-2.0 */
/* Where the files of records lie, and what else lies beside them. */
#ifndef MODSEAL_VERIFY_ONLY
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/learn_file.h"
#include "verifier/tool/learn_log.h"
#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

/* Records name real paths, so the file lies there itself or not at all. */
static int locate(const char *root, struct learn_file *file, struct modseal_error *error)
{
	char *real_root = realpath(root ? root : "/", NULL);
	char *path = NULL, *real = NULL;
	size_t length;
	int result = MODSEAL_OK;

	if (!real_root)
		return output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, root,
				    "check the name", "no such directory");
	length = real_root[1] ? strlen(real_root) : 0;
	if (asprintf(&path, "%.*s%s", (int)length, real_root, file->path) < 0)
		result = learn_no_memory(error);
	else
		real = realpath(path, NULL);
	if (result == MODSEAL_OK && !real)
		result = learn_leave_out(file, LEARN_REFUSED_ANYWAY, error,
					 "the log names it, but it is not there");
	else if (result == MODSEAL_OK && strcmp(real, path) != 0)
		result = learn_leave_out(
			file, LEARN_REFUSED_ANYWAY, error,
			"the log names it, but that is not its real "
			"path: %s",
			real + (strncmp(real, path, length) == 0 ? length : 0));
	free(real_root);
	free(real);
	/* of the path nothing else is kept */
	if (result != MODSEAL_OK || !path) {
		free(path);
		return result;
	}
	if (!file->left_out && !learn_is_elf(path))
		result = learn_leave_out(file, LEARN_REFUSED_ANYWAY, error,
					 "the log names it, but it is no ELF file");
	free(path);
	return result;
}

/* Is each ELF file of a directory one that was seen? */
static bool is_all_seen(const char *root, const char *directory,
			const struct learn_seen *seen)
{
	struct modseal_error ignored;
	char *path = NULL, *listed = NULL;
	DIR *stream = NULL;
	bool all = false;

	if (tree_path(root, directory, &path, &ignored) == MODSEAL_OK)
		stream = opendir(path);
	if (stream) {
		const struct dirent *entry;

		all = true;
		while (all && (entry = readdir(stream))) {
			char *name = NULL;

			if (asprintf(&name, "%s/%s", path, entry->d_name) < 0 ||
			    asprintf(&listed, "%s/%s", directory, entry->d_name) < 0)
				all = false;
			else if (learn_is_elf(name))
				all = learn_seen_find(seen, listed) != NULL;
			free(name);
			free(listed);
			listed = NULL;
		}
		closedir(stream);
	}
	free(path);
	return all;
}

int learn_log_locate(const char *root, struct learn_seen *seen,
		     struct modseal_error *error)
{
	json_t *directories = json_object(); /* those looked at already */
	int result = directories ? MODSEAL_OK : learn_no_memory(error);

	for (size_t i = 0; result == MODSEAL_OK && i < seen->count; i++) {
		struct learn_file *file = seen->files[i];
		json_t *known;
		char *directory;

		if (!file->records)
			continue;
		if (file->records->refusal)
			result =
				learn_leave_out(file, LEARN_REFUSED_BY_NOTHING, error,
						"%s in the log, which no rule can answer",
						file->records->refusal);
		if (result == MODSEAL_OK)
			result = locate(root, file, error);
		if (result != MODSEAL_OK || file->left_out || !learn_is_plain(file->path))
			continue;
		directory = strndup(file->path,
				    (size_t)(strrchr(file->path, '/') - file->path));
		if (!directory) {
			result = learn_no_memory(error);
			break;
		}
		known = json_object_get(directories, directory);
		if (!known) {
			known = json_boolean(is_all_seen(root, directory, seen));
			if (json_object_set_new(directories, directory, known) != 0)
				result = learn_no_memory(error);
		}
		file->directory_seen |= json_is_true(known);
		free(directory);
	}
	json_decref(directories);
	return result;
}
#else
typedef int modseal_learn_log_locate_is_left_out; /* something declared (C11 6.9) */
#endif
