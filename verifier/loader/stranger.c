/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out how a file that nobody approved came to be mapped executable. */
#include "verifier/loader/stranger.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRELOAD_FILE "/etc/ld.so.preload"
/* It only serves a message: what lies beyond is not looked at. */
#define PRELOAD_SIZE 4096

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

/* Does a list as in LD_PRELOAD (colons or white space between) name the object? */
static bool list_names(const char *list, const char *path,
		       const struct modseal_linked *linked)
{
	static const char separators[] = ": \t\n";

	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t length = strcspn(list, separators);
		const char *names[] = {path, modseal_path_name(path),
				       linked ? linked->name : path};

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i]) == length &&
			    strncmp(names[i], list, length) == 0)
				return true;
		list += length;
	}
	return false;
}

static bool environment_names(const char *variable, const char *path,
			      const struct modseal_linked *linked)
{
	const char *list = getenv(variable);

	return list && list_names(list, path, linked);
}

static bool preload_file_names(const char *path, const struct modseal_linked *linked)
{
	char text[PRELOAD_SIZE];
	int descriptor = open(PRELOAD_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got;

	if (descriptor < 0)
		return false;
	got = read(descriptor, text, sizeof(text) - 1);
	close(descriptor);
	if (got <= 0)
		return false;
	text[got] = '\0';
	return list_names(text, path, linked);
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

static int refuse(const struct modseal_inquiry *inquiry,
		  const struct modseal_mapping *mapping, const char *path,
		  struct modseal_error *error)
{
	const struct modseal_linked *linked =
		modseal_linker_at(&inquiry->linked, mapping->start);
	const struct modseal_object *instead = ousted(inquiry, linked);
	const char *way = "the program opened it with dlopen";
	int code;

	if (modseal_mapping_is_memfd(mapping))
		way = "it is a memfd that modseal did not load";
	else if (environment_names("LD_PRELOAD", path, linked))
		way = "it came in by LD_PRELOAD";
	else if (preload_file_names(path, linked))
		way = "it came in by " PRELOAD_FILE;
	else if (environment_names("LD_AUDIT", path, linked))
		way = "it came in by LD_AUDIT";
	else if (!linked && !mapping->deleted)
		way = "it was mapped without the dynamic linker, or into another "
		      "namespace";
	else if (mapping->deleted)
		way = "its file is deleted";
	if (instead) {
		code = modseal_fail(
			error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, path,
			"it is mapped for %s, for which the policy's search "
			"finds %s (%s)",
			instead->needed_as, instead->path,
			getenv("LD_LIBRARY_PATH")
				? "it came in by LD_LIBRARY_PATH or by a RUNPATH"
				: "it came in by a RUNPATH or the linker's cache");
		modseal_remedy(error,
			       "start the program without LD_LIBRARY_PATH, or put the "
			       "right directory first in the policy's search");
		return code;
	}
	return modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE, path,
			    "it is in this process, but the program did not need it and "
			    "modseal did not load it: %s",
			    way);
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
