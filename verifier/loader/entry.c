/* SPDX-License-Identifier: Apache-2.0 */
/* Puts into words what a stranger is, and which way it came in. */
#include "verifier/loader/entry.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/image/seal.h"
#include "verifier/loader/environment.h"
#include "verifier/loader/startup.h"

#define PRELOAD_FILE "/etc/ld.so.preload"

bool modseal_entry_is_of_copy(const struct modseal_mapping *mapping)
{
	char *path = mapping->deleted ? modseal_mapping_path(mapping) : NULL;
	bool ours = path && modseal_memfd_source(path);

	free(path);
	return ours;
}

const char *modseal_entry_nature(const struct modseal_mapping *mapping, const char *path)
{
	struct stat status;

	switch (modseal_mapping_backing(mapping)) {
	case MODSEAL_BACKING_MEMFD:
		return modseal_entry_is_of_copy(mapping)
			       ? "it is a memfd as another copy of modseal in this "
				 "process makes them, whose verdicts count for nothing "
				 "here"
			       : "it is a memfd that modseal did not load";
	case MODSEAL_BACKING_SYSTEM_V:
		return "it is System V shared memory";
	case MODSEAL_BACKING_SHARED:
		return "it is shared memory of no file";
	case MODSEAL_BACKING_POSIX_SHARED:
		return "it is POSIX shared memory";
	case MODSEAL_BACKING_FILE:
		break;
	}
	if (!mapping->deleted)
		return NULL;
	return lstat(path, &status) == 0 ? "another file has been put in its place"
					 : "its file was deleted";
}

/* The object came before one that the program needs: the dynamic linker appends what is
 * opened later. */
static bool is_from_start(const struct modseal_inquiry *inquiry,
			  const struct modseal_linked *linked)
{
	const struct modseal_linked *end = inquiry->linked.items + inquiry->linked.count;

	for (const struct modseal_linked *other = linked + 1; other < end; other++) {
		const struct modseal_mapping *mapping;
		const struct modseal_object *object;

		if (other->segment_count == 0)
			continue;
		mapping = modseal_maps_at(&inquiry->maps,
					  (const void *)other->segments[0].start);
		object = mapping ? modseal_owners_of(&inquiry->owners, mapping) : NULL;
		if (object && object->origin == MODSEAL_ORIGIN_STARTUP)
			return true;
	}
	return false;
}

void modseal_entry_preload_file(char ret_text[MODSEAL_ENTRY_PRELOAD_SIZE])
{
	int descriptor = open(PRELOAD_FILE, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = 0;

	if (descriptor >= 0) {
		got = read(descriptor, ret_text, MODSEAL_ENTRY_PRELOAD_SIZE - 1);
		close(descriptor);
	}
	ret_text[got > 0 ? got : 0] = '\0';
}

/* It was there from the start, and no list names it. */
static const char *way_from_start(const char *preload, const char *preload_file)
{
	if (preload && *preload)
		return "it came in with what LD_PRELOAD names";
	if (*preload_file)
		return "it came in with what " PRELOAD_FILE " names";
	return "it was preloaded, and what named it is gone from the environment";
}

static const char *way_of_linked(const struct modseal_inquiry *inquiry,
				 const struct modseal_linked *linked, const char *path,
				 const char *preload)
{
	char preload_file[MODSEAL_ENTRY_PRELOAD_SIZE];

	if (preload && modseal_environment_lists(preload, path, linked->name))
		return "it came in by LD_PRELOAD";
	modseal_entry_preload_file(preload_file);
	if (modseal_environment_lists(preload_file, path, linked->name))
		return "it came in by " PRELOAD_FILE;
	if (is_from_start(inquiry, linked))
		return way_from_start(preload, preload_file);
	return "the program opened it with dlopen, or something that needs it";
}

static const char *way_of_other(const struct modseal_mapping *mapping, const char *path,
				const char *audit)
{
	uintptr_t base;

	if (!modseal_linker_knows(mapping->start, &base))
		return "it was mapped executable without the dynamic linker (mmap, or "
		       "mprotect)";
	if (audit && modseal_environment_lists(audit, path, NULL))
		return "it came in by LD_AUDIT";
	return audit && *audit ? "it came in with what LD_AUDIT names, or by dlmopen"
			       : "the program opened it with dlmopen, in a namespace of "
				 "its own";
}

const char *modseal_entry_way(const struct modseal_inquiry *inquiry,
			      const struct modseal_mapping *mapping, const char *path)
{
	const struct modseal_linked *linked =
		modseal_linker_at(&inquiry->linked, mapping->start);
	struct modseal_environment environment = modseal_environment_own();
	const char *way;

	if (linked)
		way = way_of_linked(inquiry, linked, path,
				    modseal_environment_get(&environment, "LD_PRELOAD"));
	else
		way = way_of_other(mapping, path,
				   modseal_environment_get(&environment, "LD_AUDIT"));
	modseal_environment_free(&environment);
	return way;
}
