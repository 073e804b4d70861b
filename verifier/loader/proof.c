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
	struct modseal_object **linked_owners; /* by linked.items; NULL: a stranger's */
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

/* Its segments are known by its proof alone. */
static bool is_unproved(const struct modseal_object *object)
{
	return object->origin == MODSEAL_ORIGIN_LOADED && !object->segments;
}

/* Audit mode may have let through what is writable and executable; never of what is being
 * loaded. */
static bool only_approved_code(const struct sight *sight, struct breach *breach)
{
	for (size_t i = 0; i < sight->maps.count; i++) {
		const struct modseal_mapping *mapping = &sight->maps.items[i];
		const struct modseal_object *owner;

		if (!mapping->executable || !mapping->file)
			continue;
		owner = modseal_owners_of(&sight->owners, mapping);
		if (!owner ||
		    (mapping->writable &&
		     (is_unproved(owner) || !modseal_registry()->memory_let_through))) {
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

/* Whose each listed object is. */
static int find_owners(struct sight *sight, struct modseal_error *error)
{
	sight->linked_owners =
		calloc(sight->linked.count + 1, sizeof(*sight->linked_owners));
	if (!sight->linked_owners)
		return modseal_fail_memory(error, MODSEAL_STAGE_LOAD);
	for (size_t i = 0; i < sight->linked.count; i++) {
		const struct modseal_mapping *mapping =
			first_mapping(sight, &sight->linked.items[i]);

		if (mapping)
			sight->linked_owners[i] =
				modseal_owners_of(&sight->owners, mapping);
	}
	return 0;
}

/* A library without code would not be seen among the executable mappings. */
static bool only_approved_objects(const struct sight *sight, struct breach *breach)
{
	for (size_t i = 0; i < sight->linked.count; i++) {
		const struct modseal_mapping *mapping =
			first_mapping(sight, &sight->linked.items[i]);

		/* NULL: another thread closed it since it was listed */
		if (mapping && mapping->file && !sight->linked_owners[i]) {
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
		if (sight->linked_owners[i] != object)
			continue;
		if (found)
			return NULL;
		found = &sight->linked.items[i];
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

static bool prove(const struct sight *sight, const struct modseal_object *object,
		  struct breach *breach)
{
	const struct modseal_linked *linked = find_linked(sight, object);

	*breach = (struct breach){"what is mapped is not the file that was approved", ""};
	return linked && linked->base == object->base &&
	       is_own_file(sight, linked, object);
}

/* Opened, and not proved yet. Of one that is being opened, whose constructors run, there
 * is no handle. */
static struct modseal_object *next_unproved(struct modseal_object *object)
{
	while (object && (!is_unproved(object) || !object->handle))
		object = object->next;
	return object;
}

static int prove_each(const struct sight *sight, struct modseal_object *first,
		      struct modseal_error *error)
{
	struct breach breach;
	int result = 0;

	for (struct modseal_object *object = first; object;
	     object = next_unproved(object->next))
		if (!prove(sight, object, &breach))
			end_process(object, &breach);
	if (!only_approved_objects(sight, &breach) || !only_approved_code(sight, &breach))
		end_process(first, &breach); /* which was opened last */
	for (struct modseal_object *object = first; !result && object;
	     object = next_unproved(object->next))
		result = modseal_object_link(object, find_linked(sight, object),
					     MODSEAL_STAGE_LOAD, error);
	return result;
}

/* Of those that are to be proved all is looked at. */
static bool is_based_unproved(const struct modseal_linked *linked)
{
	struct modseal_object *object = next_unproved(modseal_registry()->objects);

	while (object && object->base != linked->base)
		object = next_unproved(object->next);
	return object != NULL;
}

int modseal_proof_check(struct modseal_snapshot *ret_snapshot,
			struct modseal_error *error)
{
	struct modseal_object *first = next_unproved(modseal_registry()->objects);
	struct sight sight = {.linked_owners = NULL};
	int result;

	if (ret_snapshot)
		*ret_snapshot = (struct modseal_snapshot){.maps = {.text = NULL}};
	if (!first)
		return 0;
	result = modseal_linker_list(MODSEAL_STAGE_LOAD, &sight.linked, error);
	if (!result)
		result = ret_snapshot ? modseal_maps_read(MODSEAL_STAGE_LOAD, &sight.maps,
							  error)
				      : modseal_snapshot_read_maps(
						&sight.linked, is_based_unproved,
						MODSEAL_STAGE_LOAD, &sight.maps, error);
	if (!result)
		result = modseal_owners_add(&sight.owners, &sight.maps,
					    modseal_registry()->objects,
					    MODSEAL_STAGE_LOAD, error);
	if (!result)
		result = find_owners(&sight, error);
	if (!result)
		result = prove_each(&sight, first, error);
	free(sight.linked_owners);
	modseal_owners_free(&sight.owners);
	if (!result && ret_snapshot) {
		*ret_snapshot = (struct modseal_snapshot){sight.maps, sight.linked};
		return 0;
	}
	modseal_linker_list_free(&sight.linked);
	modseal_maps_free(&sight.maps);
	return result;
}
