/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out how a file that nobody approved came to be mapped executable. */
#include "verifier/loader/stranger.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/loader/entry.h"
#include "verifier/loader/environment.h"

static bool same_directory(const char *a, const char *b)
{
	size_t length = (size_t)(modseal_path_name(a) - a);

	return length == (size_t)(modseal_path_name(b) - b) && strncmp(a, b, length) == 0;
}

static bool was_opened_as(const struct modseal_linked *linked, const char *name)
{
	return linked && name &&
	       (strcmp(linked->name, name) == 0 ||
		strcmp(modseal_path_name(linked->name), name) == 0);
}

struct modseal_object *modseal_stranger_successor(const struct modseal_inquiry *inquiry,
						  const struct modseal_mapping *mapping)
{
	const struct modseal_linked *linked =
		modseal_linker_at(&inquiry->linked, mapping->start);
	char *path = modseal_mapping_path(mapping);
	struct modseal_object *object = path ? inquiry->fresh : NULL;

	for (; object; object = object->next) {
		if (object->stale ||
		    modseal_owners_mapped(&inquiry->owners, &inquiry->maps, object))
			continue;
		if (strcmp(object->path, path) == 0)
			break;
		if (mapping->deleted && was_opened_as(linked, object->needed_as) &&
		    same_directory(object->path, path))
			break;
	}
	free(path);
	return object;
}

/* The verified object whose needed name the linker satisfied with this one, or NULL. */
static const struct modseal_object *ousted(const struct modseal_inquiry *inquiry,
					   const struct modseal_linked *linked)
{
	const struct modseal_object *object = inquiry->fresh;

	for (; object; object = object->next)
		if (was_opened_as(linked, object->needed_as))
			return object;
	return NULL;
}

static int refuse_instead(const struct modseal_object *instead,
			  const struct modseal_linked *linked, const char *path,
			  struct modseal_error *error)
{
	struct modseal_environment environment = modseal_environment_own();
	const char *list = modseal_environment_get(&environment, "LD_LIBRARY_PATH");
	bool searched = list && modseal_environment_searches(list, linked->name);
	int code = modseal_fail(
		error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, path,
		"it is mapped for %s, for which the policy's search finds %s (it came in "
		"by %s)",
		instead->needed_as, instead->path,
		searched ? "LD_LIBRARY_PATH"
			 : "a RUNPATH, the linker's cache or its own directories");

	modseal_remedy(error,
		       searched ? "start the program without LD_LIBRARY_PATH, or put the "
				  "right directory first in the policy's search"
				: "put the directory that the dynamic linker takes it "
				  "from first in the policy's search");
	modseal_environment_free(&environment);
	return code;
}

static int refuse(const struct modseal_inquiry *inquiry,
		  const struct modseal_mapping *mapping, const char *path,
		  struct modseal_error *error)
{
	const struct modseal_linked *linked =
		modseal_linker_at(&inquiry->linked, mapping->start);
	const struct modseal_object *instead = ousted(inquiry, linked);
	const char *nature;
	int code;

	if (instead)
		return refuse_instead(instead, linked, path, error);
	nature = modseal_entry_nature(mapping, path);
	code = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, path,
			    "it is in this process, but the program did not need it and "
			    "modseal did not load it: %s%s%s",
			    nature ? nature : "", nature ? ", and " : "",
			    modseal_entry_way(inquiry, mapping, path));
	if (modseal_entry_is_of_copy(mapping))
		modseal_remedy(error, "link the program and its plugins with one shared "
				      "libmodseal, and load with that alone");
	return code;
}

int modseal_stranger_refuse(const struct modseal_inquiry *inquiry,
			    const struct modseal_mapping *mapping,
			    struct modseal_error *error)
{
	char *path = modseal_mapping_path(mapping);
	int code;

	if (!path)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	code = refuse(inquiry, mapping, path, error);
	free(path);
	return code;
}

int modseal_stranger_missing(const struct modseal_object *object,
			     struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
				object->path,
				"the policy's search finds it for %s, which the program "
				"needs, but the dynamic linker took something else",
				object->needed_as ? object->needed_as : "the program");

	modseal_remedy(error,
		       "start the program without LD_LIBRARY_PATH and LD_PRELOAD, or "
		       "put the right directory first in the policy's search");
	return code;
}
