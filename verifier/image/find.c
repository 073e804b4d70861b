/* SPDX-License-Identifier: Apache-2.0 */
/* Finds names in search directories, and the real spelling of paths. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/image/walk.h"

static int fail_not_found(char *const *directories, size_t count, const char *name,
			  struct modseal_error *error)
{
	char looked[sizeof(error->message)];
	size_t used = 0;
	int result;

	looked[0] = '\0';
	for (size_t i = 0; i < count && used < sizeof(looked); i++)
		used += (size_t)snprintf(looked + used, sizeof(looked) - used, "%s%s",
					 i ? ", " : "", directories[i]);
	result = modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND, name,
			      count ? "not found in %s" : "no directories are searched%s",
			      looked);
	modseal_remedy(error,
		       "check the name, name a file here by its path (./%s), or add "
		       "its directory to the policy's search list",
		       name);
	return result;
}

int modseal_path_find(int root, char *const *directories, size_t count, const char *name,
		      struct modseal_located *ret_located, struct modseal_error *error)
{
	if (name[0] == '\0' || strchr(name, '/'))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, name,
				    "not a name to search for");
	for (size_t i = 0; i < count; i++) {
		const char *directory = strcmp(directories[i], "/") ? directories[i] : "";
		char *path = NULL;
		bool entry;
		int result;

		if (asprintf(&path, "%s/%s", directory, name) < 0)
			return modseal_fail_memory(error, MODSEAL_STAGE_FIND);
		result = modseal_path_open_entry(root, path, ret_located, &entry, error);
		free(path);
		/* A link to nothing is an entry: nothing behind it in the list may step
		 * in. */
		if (result != MODSEAL_E_NOT_FOUND || entry)
			return result;
	}
	return fail_not_found(directories, count, name, error);
}

int modseal_path_real(int root, const char *path, char **ret_real,
		      struct modseal_error *error)
{
	struct modseal_walk walk;
	size_t length;
	char *real;
	int result;

	if (path[0] != '/')
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_OPEN, path,
				    "the path is not absolute");
	result = modseal_walk_to(&walk, root, path, false, error);
	if (result)
		return result;
	if (asprintf(&real, "%s%s%s", walk.path, *walk.rest || !walk.path[0] ? "/" : "",
		     walk.rest) < 0)
		result = modseal_fail_memory(error, MODSEAL_STAGE_OPEN);
	modseal_walk_end(&walk);
	if (result)
		return result;
	length = strlen(real);
	while (length > 1 && real[length - 1] == '/')
		real[--length] = '\0';
	*ret_real = real;
	return 0;
}
