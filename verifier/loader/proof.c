/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what is mapped after a load with what was approved. */
#include "verifier/loader/proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <unistd.h>

struct sight {
	struct modseal_maps maps;
	struct modseal_linked_list linked;
	struct modseal_owners owners;
};

/* Why what is there is not what was approved. */
struct breach {
	const char *what;
	const char *name; /* of the stranger; "": there is none */
};

/* Code is running, or about to, that nobody approved: there is no way back. Whoever finds
 * the core has this line beside it. */
static void end_process(const struct modseal_object *object, const struct breach *breach)
{
	char path[1024], name[1024];

	modseal_escape(path, sizeof(path), object->path);
	modseal_escape(name, sizeof(name), breach->name);
	if (!getauxval(AT_SECURE))
		dprintf(STDERR_FILENO,
			"modseal: '%s' was loaded, but %s%s%s: the process ends (see "
			"modseal_load in modseal(3))\n",
			path, breach->what, *name ? ": " : "", name);
	abort();
}

/* Audit mode may have let through what is writable and executable; never of what is being
 * loaded. */
static bool only_approved_code(const struct sight *sight,
			       const struct modseal_object *loaded, struct breach *breach)
{
	for (size_t i = 0; i < sight->maps.count; i++) {
		const struct modseal_mapping *mapping = &sight->maps.items[i];
		const struct modseal_object *owner;

		if (!mapping->executable || !mapping->file)
			continue;
		owner = modseal_owners_of(&sight->owners, mapping);
		if (!owner ||
		    (mapping->writable &&
		     (owner == loaded || !modseal_registry()->memory_let_through))) {
			*breach = (struct breach){
				owner ? "code became writable meanwhile"
				      : "other code, which nobody approved, came in "
					"meanwhile",
				mapping->name};
			return false;
		}
	}
	return true;
}

static const struct modseal_mapping *first_mapping(const struct sight *sight,
						   const struct modseal_linked *linked)
{
	if (linked->segment_count == 0)
		return NULL;
	return modseal_maps_at(&sight->maps, (const void *)linked->segments[0].start);
}

/* A library without code would not be seen among the executable mappings. */
static bool only_approved_objects(const struct sight *sight, struct breach *breach)
{
	for (size_t i = 0; i < sight->linked.count; i++) {
		const struct modseal_mapping *mapping =
			first_mapping(sight, &sight->linked.items[i]);

		/* NULL: another thread closed it since it was listed */
		if (mapping && mapping->file &&
		    !modseal_owners_of(&sight->owners, mapping)) {
			*breach = (struct breach){
				"another library, which nobody approved, was opened "
				"meanwhile",
				mapping->name};
			return false;
		}
	}
	return true;
}

/* The one listed object of this file, or NULL: none, or more than one. */
static const struct modseal_linked *find_linked(const struct sight *sight,
						const struct modseal_object *object)
{
	const struct modseal_linked *found = NULL;

	for (size_t i = 0; i < sight->linked.count; i++) {
		const struct modseal_linked *linked = &sight->linked.items[i];
		const struct modseal_mapping *mapping = first_mapping(sight, linked);

		if (!mapping || modseal_owners_of(&sight->owners, mapping) != object)
			continue;
		if (found)
			return NULL;
		found = linked;
	}
	return found;
}

/* Is all of a segment that comes from a file mapped from the object's? */
static bool is_own_segment(const struct sight *sight,
			   const struct modseal_segment *segment,
			   const struct modseal_object *object)
{
	uintptr_t at = segment->start;

	while (at < segment->file_end) {
		const struct modseal_mapping *mapping =
			modseal_maps_at(&sight->maps, (const void *)at);

		if (!mapping || modseal_owners_of(&sight->owners, mapping) != object)
			return false;
		at = mapping->end;
	}
	return true;
}

static bool is_own_file(const struct sight *sight, const struct modseal_linked *linked,
			const struct modseal_object *object)
{
	for (size_t i = 0; i < linked->segment_count; i++)
		if (!is_own_segment(sight, &linked->segments[i], object))
			return false;
	return true;
}

static const struct modseal_linked *prove(const struct sight *sight,
					  const struct modseal_object *object,
					  uintptr_t base, struct breach *breach)
{
	const struct modseal_linked *linked = find_linked(sight, object);

	*breach = (struct breach){"what is mapped is not the file that was approved", ""};
	if (!linked || linked->base != base || !is_own_file(sight, linked, object))
		return NULL;
	return only_approved_objects(sight, breach) &&
			       only_approved_code(sight, object, breach)
		       ? linked
		       : NULL;
}

int modseal_proof_check(struct modseal_object *object, uintptr_t base,
			struct modseal_error *error)
{
	struct sight sight = {0};
	int result = modseal_linker_list(MODSEAL_STAGE_LOAD, &sight.linked, error);

	if (!result)
		result = modseal_maps_read(MODSEAL_STAGE_LOAD, &sight.maps, error);
	if (!result)
		result = modseal_owners_add(&sight.owners, &sight.maps,
					    modseal_registry()->objects,
					    MODSEAL_STAGE_LOAD, error);
	if (!result) {
		struct breach breach;
		const struct modseal_linked *linked =
			prove(&sight, object, base, &breach);

		if (!linked)
			end_process(object, &breach);
		result = modseal_object_link(object, linked, MODSEAL_STAGE_LOAD, error);
	}
	modseal_owners_free(&sight.owners);
	modseal_linker_list_free(&sight.linked);
	modseal_maps_free(&sight.maps);
	return result;
}
