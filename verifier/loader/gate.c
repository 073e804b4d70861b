/* SPDX-License-Identifier: Apache-2.0 */
/* Judges everything that is mapped executable in this process. */
#include "verifier/loader/gate.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "verifier/image/path.h"
#include "verifier/loader/memory.h"
#include "verifier/loader/place.h"
#include "verifier/loader/registry.h"
#include "verifier/loader/startup.h"
#include "verifier/loader/stranger.h"

int modseal_gate_tolerate(const struct modseal_gate *gate, int code,
			  struct modseal_error *error)
{
	if (!code || !gate->tolerate)
		return code;
	return gate->tolerate(gate->argument, code, error);
}

/* Executable, or the beginning of an object that the dynamic linker has: one without code
 * can still put its data in the place of another's. */
static bool is_judged(const struct modseal_inquiry *inquiry,
		      const struct modseal_mapping *mapping)
{
	if (!mapping->file || mapping->executable)
		return mapping->file;
	for (size_t i = 0; i < inquiry->linked.count; i++) {
		const struct modseal_linked *linked = &inquiry->linked.items[i];

		for (size_t at = 0; at < linked->segment_count; at++)
			if (linked->segments[at].start < mapping->end &&
			    mapping->start < linked->segments[at].end)
				return true;
	}
	return false;
}

/* The first mapping to be judged that no object owns, from index on; or count. */
static size_t next_unknown(const struct modseal_inquiry *inquiry, size_t index)
{
	for (; index < inquiry->maps.count; index++) {
		const struct modseal_mapping *mapping = &inquiry->maps.items[index];

		if (!modseal_owners_of(&inquiry->owners, mapping) &&
		    is_judged(inquiry, mapping))
			break;
	}
	return index;
}

static bool is_fresh(const struct modseal_inquiry *inquiry, const char *path)
{
	const struct modseal_object *object = inquiry->fresh;

	while (object && strcmp(object->path, path) != 0)
		object = object->next;
	return object != NULL;
}

/* Verifies a file that process.preload lists. */
static int ask_preload(struct modseal_inquiry *inquiry, const char *path,
		       struct modseal_error *error)
{
	struct modseal_gate_object seen = {.descriptor = -1};
	int result;

	for (size_t i = 0; i < inquiry->gate->preload_count; i++) {
		if (strcmp(inquiry->gate->preload[i], path) != 0 ||
		    is_fresh(inquiry, path))
			continue;
		result = modseal_startup_ask(inquiry, path, MODSEAL_KIND_BY_RULE,
					     MODSEAL_ORIGIN_PRELOAD, NULL, &seen, error);
		if (result)
			return result;
		modseal_gate_object_clear(&seen);
	}
	return 0;
}

static int gather_preload(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = next_unknown(inquiry, 0); !result && i < inquiry->maps.count;
	     i = next_unknown(inquiry, i + 1)) {
		char *path = modseal_mapping_path(&inquiry->maps.items[i]);

		if (!path)
			return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
		result = ask_preload(inquiry, path, error);
		free(path);
	}
	return result;
}

/* Audit mode: it stays, known as what it is. */
static int keep_stranger(struct modseal_inquiry *inquiry,
			 const struct modseal_mapping *mapping,
			 struct modseal_error *error)
{
	struct modseal_object *object = NULL;
	int result = modseal_object_of_stranger(mapping, &object, error);

	if (!result)
		result = modseal_owners_add(&inquiry->owners, &inquiry->maps, object,
					    MODSEAL_STAGE_GATE, error);
	if (result) {
		modseal_object_free(object);
		return result;
	}
	object->next = inquiry->fresh;
	inquiry->fresh = object;
	return 0;
}

/* A mapped file that is none of the approved: replaced since, or a stranger. */
static int judge_unknown(struct modseal_inquiry *inquiry,
			 const struct modseal_mapping *mapping,
			 struct modseal_error *error)
{
	struct modseal_object *successor = modseal_stranger_successor(inquiry, mapping);
	const struct modseal_gate *gate = inquiry->gate;
	int result = 0;

	if (!successor) {
		result = modseal_gate_tolerate(
			inquiry->gate, modseal_stranger_refuse(inquiry, mapping, error),
			error);
		return result ? result : keep_stranger(inquiry, mapping, error);
	}
	if (!mapping->deleted || !gate->deleted_allowed ||
	    (gate->deleted_told && gate->tell))
		result = modseal_fail(
			error, MODSEAL_E_STALE_OBJECT, MODSEAL_STAGE_GATE,
			successor->path,
			"this process runs %s, which is not the file that lies "
			"there now",
			mapping->name);
	if (result && mapping->deleted && gate->deleted_allowed) {
		gate->tell(gate->argument, false, error);
		modseal_error_clear(error);
		result = 0;
	}
	result = modseal_gate_tolerate(gate, result, error);
	if (result)
		return result;
	modseal_object_make_stale(successor, mapping);
	for (size_t i = 0; i < inquiry->owners.count; i++)
		if (inquiry->owners.rows[i].object == successor)
			inquiry->owners.rows[i].shown = mapping;
	return 0;
}

/* Every file judged is an approved object, and what the program needs is mapped. */
static int judge_files(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	struct modseal_object *object;
	int result = 0;

	for (size_t i = next_unknown(inquiry, 0); !result && i < inquiry->maps.count;
	     i = next_unknown(inquiry, i + 1))
		result = judge_unknown(inquiry, &inquiry->maps.items[i], error);
	for (object = inquiry->fresh; !result && object; object = object->next) {
		if (object->stale ||
		    modseal_owners_mapped(&inquiry->owners, &inquiry->maps, object))
			continue;
		result = modseal_gate_tolerate(
			inquiry->gate, modseal_stranger_missing(object, error), error);
		object->absent = !result;
	}
	return result;
}

/* Takes over where the dynamic linker put the new objects. */
static int link_fresh(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	for (size_t i = 0; i < inquiry->linked.count; i++) {
		const struct modseal_linked *linked = &inquiry->linked.items[i];
		const struct modseal_mapping *mapping;
		struct modseal_object *object;
		int result;

		if (linked->segment_count == 0)
			continue;
		mapping = modseal_maps_at(&inquiry->maps,
					  (const void *)linked->segments[0].start);
		object = mapping ? modseal_owners_of(&inquiry->owners, mapping) : NULL;
		if (!object || object->segments ||
		    object->origin == MODSEAL_ORIGIN_STRANGER)
			continue;
		result = modseal_object_link(object, linked, MODSEAL_STAGE_GATE, error);
		if (result)
			return result;
	}
	return 0;
}

static void close_sight(struct modseal_inquiry *inquiry)
{
	modseal_owners_free(&inquiry->owners);
	modseal_linker_list_free(&inquiry->linked);
	modseal_maps_free(&inquiry->maps);
}

/* Whose it is that is mapped. */
static int find_owners(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	int result = modseal_owners_add(&inquiry->owners, &inquiry->maps,
					modseal_registry()->objects, MODSEAL_STAGE_GATE,
					error);

	if (!result)
		result = modseal_owners_add(&inquiry->owners, &inquiry->maps,
					    inquiry->fresh, MODSEAL_STAGE_GATE, error);
	return result;
}

static bool is_judged_whole(const struct modseal_linked *linked)
{
	(void)linked;
	return true;
}

/* The first look: at nothing but what is judged. */
static int open_first_sight(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	int result = modseal_linker_list(MODSEAL_STAGE_GATE, &inquiry->linked, error);

	if (!result)
		result = modseal_snapshot_read_maps(&inquiry->linked, is_judged_whole,
						    MODSEAL_STAGE_GATE, &inquiry->maps,
						    error);
	if (!result)
		result = find_owners(inquiry, error);
	return result;
}

/* Reads what is mapped, and whose it is. */
static int open_sight(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	int result;

	close_sight(inquiry);
	result = modseal_linker_list(MODSEAL_STAGE_GATE, &inquiry->linked, error);
	if (!result)
		result = modseal_maps_read(MODSEAL_STAGE_GATE, &inquiry->maps, error);
	if (!result)
		result = find_owners(inquiry, error);
	return result;
}

static int take_snapshot(struct modseal_inquiry *inquiry,
			 struct modseal_snapshot *snapshot, struct modseal_error *error)
{
	if (!snapshot->maps.text)
		return open_first_sight(inquiry, error);
	inquiry->maps = snapshot->maps;
	inquiry->linked = snapshot->linked;
	*snapshot = (struct modseal_snapshot){.maps = {.text = NULL}};
	return find_owners(inquiry, error);
}

/* Approved files are executable only where the dynamic linker has put their code. What
 * another thread opens is mapped before it is listed, and what it closes after that, and
 * so is looked at again: after 1, 2, 4 ... ms. */
static int judge_places(struct modseal_inquiry *inquiry, struct modseal_error *error)
{
	const struct modseal_mapping *wrong = NULL;
	int result = modseal_place_find_wrong(inquiry, &wrong, error);

	for (long ms = 1; !result && wrong && ms <= 64; ms *= 2) {
		nanosleep(&(struct timespec){0, ms * 1000000}, NULL);
		result = open_sight(inquiry, error);
		if (!result)
			result = modseal_place_find_wrong(inquiry, &wrong, error);
	}
	if (!result && wrong)
		result = modseal_gate_tolerate(
			inquiry->gate, modseal_place_refuse(inquiry, wrong, error),
			error);
	return result;
}

static bool is_program_known(void)
{
	const struct modseal_object *object = modseal_registry()->objects;

	while (object && object->origin != MODSEAL_ORIGIN_PROGRAM)
		object = object->next;
	return object != NULL;
}

/* Verifies what is not known yet. The list of mappings is read again, because only now it
 * shows the pages of the files that were verified. */
static int approve(struct modseal_inquiry *inquiry, bool program_known,
		   struct modseal_error *error)
{
	int result = 0;

	if (!program_known)
		result = modseal_startup_gather(inquiry, error);
	if (!result)
		result = gather_preload(inquiry, error);
	if (!result)
		result = open_sight(inquiry, error);
	if (!result)
		result = modseal_memory_judge(inquiry, error);
	if (!result)
		result = judge_files(inquiry, error);
	if (!result)
		result = link_fresh(inquiry, error);
	return result;
}

/* What another policy approved owns nothing while this one judges (true), or again. */
static void retire(const struct modseal_gate *gate, bool retiring)
{
	struct modseal_object *object = modseal_registry()->objects;

	for (; object; object = object->next)
		if (object->origin != MODSEAL_ORIGIN_LOADED ||
		    (object->would_refuse && !gate->audits_any))
			object->retiring = retiring;
}

/* The retiring object of the same file, or NULL. */
static struct modseal_object *find_predecessor(const struct modseal_inquiry *inquiry,
					       const struct modseal_object *fresh)
{
	const struct modseal_mapping *shown =
		modseal_maps_at(&inquiry->maps, fresh->page);
	struct modseal_object *object = modseal_registry()->objects;

	for (; object; object = object->next) {
		const struct modseal_mapping *other =
			modseal_maps_at(&inquiry->maps, object->page);

		if (object->retiring && shown && other &&
		    modseal_mapping_same(shown, other))
			break;
	}
	return object;
}

/* Registers what was approved. A module can hold an object that was retiring: if it is
 * the same file it stays that object, by this policy's verdict. */
static void commit(struct modseal_inquiry *inquiry)
{
	while (inquiry->fresh) {
		struct modseal_object *fresh = inquiry->fresh;
		struct modseal_object *known = find_predecessor(inquiry, fresh);

		inquiry->fresh = fresh->next;
		fresh->next = NULL;
		if (fresh->absent) {
			modseal_object_free(fresh);
			continue;
		}
		if (!known) {
			modseal_registry_add(fresh);
			continue;
		}
		modseal_registry_lock();
		known->retiring = false;
		known->origin = fresh->origin;
		known->digest_known = fresh->digest_known;
		memcpy(known->digest, fresh->digest, sizeof(known->digest));
		modseal_registry_unlock();
		modseal_object_free(fresh);
	}
}

/* From here on the program and what it needs are here by this policy's verdict. */
static void forget_retired(const struct modseal_gate *gate)
{
	struct modseal_registry *registry = modseal_registry();
	struct modseal_object *object = registry->objects;

	while (object) {
		struct modseal_object *next = object->next;

		if (object->retiring && object->references == 0 && !object->busy) {
			modseal_registry_remove(object);
			modseal_object_free(object);
		}
		object = next;
	}
	memcpy(registry->policy_digest, gate->policy_digest, MODSEAL_SHA256_SIZE);
	registry->policy_known = true;
}

static int check(const struct modseal_gate *gate, struct modseal_snapshot *snapshot,
		 struct modseal_error *error)
{
	const struct modseal_registry *registry = modseal_registry();
	struct modseal_inquiry inquiry = {.gate = gate};
	bool same_policy = registry->policy_known &&
			   memcmp(registry->policy_digest, gate->policy_digest,
				  MODSEAL_SHA256_SIZE) == 0;
	bool program_known = same_policy && is_program_known();
	int result;

	if (!modseal_proc_is_real()) {
		result = modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE,
				      "/proc", "it is not the kernel's proc file system");
		modseal_remedy(error, "mount the kernel's own proc file system on /proc");
		return result;
	}
	retire(gate, !same_policy);
	result = take_snapshot(&inquiry, snapshot, error);
	if (!result)
		result = modseal_memory_judge(&inquiry, error);
	if (!result && (!program_known || next_unknown(&inquiry, 0) < inquiry.maps.count))
		result = approve(&inquiry, program_known, error);
	if (!result)
		result = judge_places(&inquiry, error);
	if (!result && inquiry.fresh)
		commit(&inquiry);
	close_sight(&inquiry);
	if (!result && !same_policy)
		forget_retired(gate);
	retire(gate, false);
	modseal_objects_free(inquiry.fresh);
	return result;
}

int modseal_gate_check_seen(const struct modseal_gate *gate,
			    struct modseal_snapshot *snapshot,
			    struct modseal_error *error)
{
	struct modseal_error own;
	int result;

	if (!error) /* audit mode asks what was refused */
		error = &own;
	result = modseal_loader_lock(error);
	if (result)
		return result;
	result = modseal_registry_settle(error);
	if (!result)
		result = check(gate, snapshot, error);
	/* what the verifier refused it has recorded */
	if (result && gate->tell && error->stage == MODSEAL_STAGE_GATE)
		gate->tell(gate->argument, true, error);
	modseal_loader_unlock();
	return result;
}

int modseal_gate_check(const struct modseal_gate *gate, struct modseal_error *error)
{
	struct modseal_snapshot none = {.maps = {.text = NULL}};

	return modseal_gate_check_seen(gate, &none, error);
}

static bool is_startup(const struct modseal_object *object)
{
	return object->origin == MODSEAL_ORIGIN_PROGRAM ||
	       object->origin == MODSEAL_ORIGIN_STARTUP;
}

bool modseal_gate_is_startup(const char *soname)
{
	const struct modseal_object *object;
	bool found = modseal_linker_provides(soname);

	modseal_registry_lock();
	for (object = modseal_registry()->objects; object && !found;
	     object = object->next)
		found = is_startup(object) && object->soname &&
			strcmp(object->soname, soname) == 0;
	modseal_registry_unlock();
	return found;
}
