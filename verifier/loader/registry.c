/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the approved objects of the process, and recognizes them in a list of mappings.
 */
#include "verifier/loader/registry.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The process-wide state. */
static struct {
	pthread_once_t once;
	bool ready;
	pthread_mutex_t loading; /* recursive */
	bool telling;		 /* who holds it tells a visitor something */
	pthread_t holder;	 /* known where depth is not 0 */
	unsigned depth;		 /* of who holds it, */
	int cancel;		 /* who was to be cancelled so before */
	pthread_mutex_t data;
	struct modseal_registry lists;
} process = {.once = PTHREAD_ONCE_INIT, .data = PTHREAD_MUTEX_INITIALIZER};

static bool make_lock(void)
{
	pthread_mutexattr_t attributes;
	bool made;

	if (pthread_mutexattr_init(&attributes))
		return false;
	made = !pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE) &&
	       !pthread_mutex_init(&process.loading, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return made;
}

/*
 * In a forked process there is no thread but this one. A lock that another had is
 * nobody's now: what it was loading stays busy, and is refused. One that this had (a
 * constructor forks) is not its own any more: the number of a thread is in it.
 */
static void renew_locks(void)
{
	bool held = process.depth > 0 && pthread_equal(process.holder, pthread_self());

	process.ready = make_lock() && !pthread_mutex_init(&process.data, NULL);
	if (!held) {
		process.depth = 0;
		process.telling = false;
		process.lists.closing = 0;
	}
	for (unsigned i = 0; i < process.depth; i++)
		pthread_mutex_lock(&process.loading);
}

static void begin_locking(void)
{
	process.ready = make_lock() && !pthread_atfork(NULL, NULL, renew_locks);
}

int modseal_loader_lock(struct modseal_error *error)
{
	int before;

	pthread_once(&process.once, begin_locking);
	if (!process.ready || pthread_mutex_lock(&process.loading))
		return modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, NULL,
				    "the lock of the loader cannot be taken");
	if (process.telling) {
		pthread_mutex_unlock(&process.loading);
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_GATE, NULL,
				    "a visitor that is told what was found may not load, "
				    "unload or judge: do it when the call has returned");
	}
	/* the holder ends only when it has given it back, and proved what it has loaded
	 */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	process.holder = pthread_self();
	if (process.depth++ == 0)
		process.cancel = before;
	return 0;
}

void modseal_loader_unlock(void)
{
	int cancel = process.cancel;
	bool last = --process.depth == 0;

	pthread_mutex_unlock(&process.loading);
	if (last)
		pthread_setcancelstate(cancel, NULL);
}

void modseal_loader_tell(bool telling)
{
	process.telling = telling;
}

void modseal_registry_lock(void)
{
	pthread_mutex_lock(&process.data);
}

void modseal_registry_unlock(void)
{
	pthread_mutex_unlock(&process.data);
}

struct modseal_registry *modseal_registry(void)
{
	return &process.lists;
}

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

int modseal_object_new(enum modseal_origin origin, int descriptor, const char *path,
		       const char *soname, enum modseal_stage stage,
		       struct modseal_object **ret_object, struct modseal_error *error)
{
	struct modseal_object *object = calloc(1, sizeof(*object));
	struct stat status;
	void *page;

	if (!object)
		return modseal_fail_memory(error, stage);
	object->origin = origin;
	object->path = strdup(path);
	object->soname = soname ? strdup(soname) : NULL;
	if (!object->path || (soname && !object->soname)) {
		modseal_object_free(object);
		return modseal_fail_memory(error, stage);
	}
	page = mmap(NULL, page_size(), PROT_READ, MAP_PRIVATE, descriptor, 0);
	if (page == MAP_FAILED) {
		int errnum = errno;

		modseal_object_free(object);
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, stage, errnum, path,
					  "a page of it cannot be mapped");
	}
	object->page = page;
	if (fstat(descriptor, &status) == 0 && status.st_size > 0)
		object->file_size = (uint64_t)status.st_size;
	*ret_object = object;
	return 0;
}

void modseal_object_free(struct modseal_object *object)
{
	if (!object)
		return;
	if (object->page && !object->stale)
		munmap((void *)object->page, page_size());
	free(object->path);
	free(object->soname);
	free(object->needed_as);
	free(object->load_name);
	free(object->segments);
	free(object);
}

void modseal_objects_free(struct modseal_object *list)
{
	while (list) {
		struct modseal_object *object = list;

		list = object->next;
		modseal_object_free(object);
	}
}

static void stand_for(struct modseal_object *object,
		      const struct modseal_mapping *mapping)
{
	object->page = (const void *)mapping->start;
	object->major = mapping->major;
	object->minor = mapping->minor;
	object->inode = mapping->inode;
	object->stale = true;
	object->digest_known = false;
	memset(object->digest, 0, sizeof(object->digest));
}

void modseal_object_make_stale(struct modseal_object *object,
			       const struct modseal_mapping *mapping)
{
	munmap((void *)object->page, page_size());
	stand_for(object, mapping);
}

int modseal_object_of_stranger(const struct modseal_mapping *mapping,
			       struct modseal_object **ret_object,
			       struct modseal_error *error)
{
	struct modseal_object *object = calloc(1, sizeof(*object));

	if (object)
		object->path = modseal_mapping_path(mapping);
	if (!object || !object->path) {
		free(object);
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	}
	object->origin = MODSEAL_ORIGIN_STRANGER;
	stand_for(object, mapping);
	*ret_object = object;
	return 0;
}

int modseal_object_link(struct modseal_object *object,
			const struct modseal_linked *linked, enum modseal_stage stage,
			struct modseal_error *error)
{
	size_t size = linked->segment_count * sizeof(*linked->segments);
	struct modseal_segment *segments = malloc(size + 1);
	char *name = object->load_name ? object->load_name : strdup(linked->name);

	if (!segments || !name) {
		free(segments);
		if (name != object->load_name)
			free(name);
		return modseal_fail_memory(error, stage);
	}
	memcpy(segments, linked->segments, size);
	modseal_registry_lock();
	free(object->segments);
	object->segments = segments;
	object->segment_count = linked->segment_count;
	object->base = linked->base;
	object->load_name = name;
	modseal_registry_unlock();
	return 0;
}

void modseal_registry_add(struct modseal_object *list)
{
	struct modseal_object *last = list;

	if (!list)
		return;
	while (last->next)
		last = last->next;
	modseal_registry_lock();
	last->next = process.lists.objects;
	process.lists.objects = list;
	modseal_registry_unlock();
}

void modseal_registry_remove(struct modseal_object *object)
{
	struct modseal_object **link = &process.lists.objects;

	modseal_registry_lock();
	while (*link && *link != object)
		link = &(*link)->next;
	if (*link)
		*link = object->next;
	object->next = NULL;
	modseal_registry_unlock();
}

struct modseal_object *modseal_registry_find(const char *soname,
					     const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	struct modseal_object *object = process.lists.objects;

	for (; object; object = object->next) {
		if (soname && object->soname && strcmp(soname, object->soname) == 0)
			return object;
		if (!soname && !object->soname && object->digest_known &&
		    memcmp(object->digest, digest, MODSEAL_SHA256_SIZE) == 0)
			return object;
	}
	return NULL;
}

struct modseal_object *modseal_registry_at(uintptr_t address)
{
	struct modseal_object *object = process.lists.objects;

	for (; object; object = object->next)
		if (modseal_segments_hold(object->segments, object->segment_count,
					  address))
			return object;
	return NULL;
}

/* A stale object has no page of its own: its mapping must still show the same file. */
static bool is_gone(const struct modseal_object *object,
		    const struct modseal_mapping *shown)
{
	return !shown || shown->major != object->major || shown->minor != object->minor ||
	       shown->inode != object->inode;
}

int modseal_owners_add(struct modseal_owners *owners, const struct modseal_maps *maps,
		       struct modseal_object *list, enum modseal_stage stage,
		       struct modseal_error *error)
{
	struct modseal_owner_row *rows;
	size_t more = 0;

	for (struct modseal_object *object = list; object; object = object->next)
		more++;
	rows = realloc(owners->rows, (owners->count + more + 1) * sizeof(*rows));
	if (!rows)
		return modseal_fail_memory(error, stage);
	owners->rows = rows;
	for (struct modseal_object *object = list; object; object = object->next) {
		const struct modseal_mapping *shown = modseal_maps_at(maps, object->page);

		if (object->retiring || (object->stale && is_gone(object, shown)))
			continue;
		if (!shown || !shown->file)
			return modseal_fail(error, MODSEAL_E_SYSTEM, stage, object->path,
					    "the kernel's list of mappings does not show "
					    "our own mapping of it");
		rows[owners->count++] = (struct modseal_owner_row){shown, object};
	}
	return 0;
}

void modseal_owners_free(struct modseal_owners *owners)
{
	free(owners->rows);
	*owners = (struct modseal_owners){0};
}

struct modseal_object *modseal_owners_of(const struct modseal_owners *owners,
					 const struct modseal_mapping *mapping)
{
	for (size_t i = 0; i < owners->count; i++)
		if (modseal_mapping_same(owners->rows[i].shown, mapping))
			return owners->rows[i].object;
	return NULL;
}

bool modseal_owners_mapped(const struct modseal_owners *owners,
			   const struct modseal_maps *maps,
			   const struct modseal_object *object)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct modseal_mapping *mapping = &maps->items[i];
		bool ours = false;

		if (!mapping->file)
			continue;
		for (size_t row = 0; row < owners->count && !ours; row++)
			ours = owners->rows[row].shown == mapping &&
			       !owners->rows[row].object->stale;
		if (!ours && modseal_owners_of(owners, mapping) == object)
			return true;
	}
	return false;
}

static bool may_be_gone(const struct modseal_object *object)
{
	return object->references == 0 && !object->busy &&
	       (object->origin == MODSEAL_ORIGIN_LOADED ||
		object->origin == MODSEAL_ORIGIN_PRELOAD ||
		object->origin == MODSEAL_ORIGIN_STRANGER);
}

int modseal_registry_settle(struct modseal_error *error)
{
	struct modseal_owners owners = {0};
	struct modseal_maps maps = {0};
	struct modseal_object *object = process.lists.objects, *next, *gone = NULL;
	int result;

	while (object && !may_be_gone(object))
		object = object->next;
	if (!object)
		return 0;
	result = modseal_maps_read(MODSEAL_STAGE_LOAD, &maps, error);
	if (!result)
		result = modseal_owners_add(&owners, &maps, process.lists.objects,
					    MODSEAL_STAGE_LOAD, error);
	for (object = result ? NULL : process.lists.objects; object; object = next) {
		next = object->next;
		if (!may_be_gone(object) || modseal_owners_mapped(&owners, &maps, object))
			continue;
		modseal_registry_remove(object);
		object->next = gone; /* the rows still point to it */
		gone = object;
	}
	modseal_objects_free(gone);
	modseal_owners_free(&owners);
	modseal_maps_free(&maps);
	return result;
}
