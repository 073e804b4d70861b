/* SPDX-License-Identifier: Apache-2.0 */
/* One object: registered, opened under a name never used before, proven, named. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "verifier/loader/load.h"

#define MESSAGE_SIZE 512

static const char loading[] = "loaded: a constructor";
static const char unloading[] = "unloaded: a destructor";

static int fail_open(const char *path, const char *why, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_LOAD_FAILED, MODSEAL_STAGE_LOAD, path,
			    "the dynamic linker says: %s", why);
}

/* What tables, zeroed memory and borders of pages take beside the file's own bytes. */
#define MAPPED_BESIDE (1024u * 1024)

/* 0, or why a file cannot be mapped as the dynamic linker maps it, which does not tell
 * what it was about: no memory, or a security module or a seccomp filter that lets it be
 * read but not be code. */
static int try_mapping(const struct modseal_image *image)
{
	size_t size = (size_t)image->size + MAPPED_BESIDE;
	void *mapping = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_PRIVATE,
			     image->descriptor, 0);

	if (mapping == MAP_FAILED)
		return errno;
	munmap(mapping, size);
	return 0;
}

static int fail_new(const struct modseal_image *image, const char *why,
		    struct modseal_error *error)
{
	int code, errnum = try_mapping(image);

	if (errnum == ENOMEM || errnum == EAGAIN)
		return modseal_fail_errno(
			error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_LOAD, errnum,
			image->path, "no memory to map it; the dynamic linker says: %s",
			why);
	if (errnum != EACCES && errnum != EPERM)
		return fail_open(image->path, why, error);
	code = modseal_fail_errno(
		error, MODSEAL_E_LOAD_FAILED, MODSEAL_STAGE_LOAD, errnum, image->path,
		"the kernel lets this process map no code from %s; the dynamic linker "
		"says: %s",
		image->hand_off == MODSEAL_HAND_OFF_SEALED ? "its sealed copy"
							   : "the file",
		why);
	modseal_remedy(error, "look for a security module (SELinux: ausearch -m AVC) or "
			      "a seccomp filter that forbids it");
	return code;
}

/* Others ask it for symbols with the data lock alone. */
static void note_opening(struct modseal_object *object, void *handle)
{
	modseal_registry_lock();
	object->handle = handle;
	object->openings++;
	modseal_registry_unlock();
}

int modseal_object_reopen(struct modseal_object *object, uint32_t flags,
			  struct modseal_error *error)
{
	char why[MESSAGE_SIZE] = "it is not loaded by a name";
	struct link_map *record = NULL;
	void *handle = NULL;

	/* The name is compared with those of loaded objects and nothing else: right here,
	 * where the object is known to be loaded under it. */
	if (object->load_name && *object->load_name)
		handle = modseal_linker_reopen(object->load_name, object->base, flags,
					       why, sizeof(why));
	if (!handle)
		return fail_open(object->path, why, error);
	if (!modseal_linker_record(handle, &record) ||
	    modseal_linker_base(record) != object->base) {
		modseal_linker_close(handle, why, sizeof(why));
		return fail_open(object->path, "its name belongs to another object",
				 error);
	}
	note_opening(object, handle);
	return 0;
}

/* Others read the count with the data lock alone. */
static unsigned count_references(struct modseal_object *object, int more)
{
	unsigned references;

	modseal_registry_lock();
	object->references += (unsigned)more;
	references = object->references;
	modseal_registry_unlock();
	return references;
}

/* What a destructor closes the dynamic linker puts off: its own destructors run when that
 * one has returned, so it is in hand until the outermost closing ends. */
static void end_closing(void)
{
	struct modseal_object *object = modseal_registry()->objects;

	if (--modseal_registry()->closing > 0)
		return;
	for (; object; object = object->next)
		if (object->busy == unloading)
			object->busy = NULL;
}

int modseal_object_release(struct modseal_object *object, struct modseal_error *error)
{
	char why[MESSAGE_SIZE] = "";
	unsigned openings = object->openings;
	void *handle = object->handle;
	int result = 0;

	if (count_references(object, -1) > 0)
		return 0;
	/* destructors may load and unload: leave nothing half done for them */
	modseal_registry_lock();
	object->handle = NULL;
	object->openings = 0;
	modseal_registry_unlock();
	object->busy = unloading;
	modseal_registry()->closing++;
	while (openings-- > 0)
		if (!modseal_linker_close(handle, why, sizeof(why)))
			result = fail_open(object->path, why, error);
	end_closing();
	return result;
}

static int prepare(const struct modseal_image *image, struct modseal_loadname_way *way,
		   struct modseal_object **ret_object, struct modseal_error *error)
{
	struct modseal_object *object = NULL;
	int result =
		modseal_object_new(MODSEAL_ORIGIN_LOADED, image->descriptor, image->path,
				   image->soname, MODSEAL_STAGE_LOAD, &object, error);

	if (result) {
		int held = modseal_image_require(image, error);

		return held ? held : result;
	}
	memcpy(object->digest, image->digest, sizeof(object->digest));
	object->digest_known = true;
	object->would_refuse = image->would_refuse;
	object->references = 1;
	/* The page shows what is approved: it must not be that of a file that another
	 * thread has put under the number since the image was looked at (R62). */
	result = modseal_image_require(image, error);
	if (!result)
		result = modseal_loadname_take(way, modseal_registry()->names++,
					       image->descriptor, strlen(image->path),
					       image->path, &object->load_name, error);
	if (result) {
		modseal_object_free(object);
		return result;
	}
	*ret_object = object;
	return 0;
}

static int open_new(const struct modseal_image *image, uint32_t flags,
		    struct modseal_loadname_way *way, struct modseal_object **ret_object,
		    struct modseal_error *error)
{
	char why[MESSAGE_SIZE] = "";
	struct modseal_object *object = NULL;
	struct link_map *record = NULL;
	void *handle;
	int result = prepare(image, way, &object, error);

	if (result)
		return result;
	/* known before its constructors run: they may load, too, and the gate must know
	 * it */
	object->busy = loading;
	modseal_registry_add(object);
	handle = modseal_linker_open(object->load_name, flags, why, sizeof(why));
	object->busy = NULL;
	if (!handle) {
		/* settled by the caller: it may be mapped even so */
		count_references(object, -1);
		return fail_new(image, why, error);
	}
	note_opening(object, handle);
	if (!modseal_linker_record(handle, &record)) {
		result = fail_open(image->path, "it does not know this object", error);
		modseal_object_release(object, NULL);
		return result;
	}
	modseal_registry_lock();
	object->base = modseal_linker_base(record);
	modseal_registry_unlock();
	modseal_linker_rename(record, object->path);
	*ret_object = object;
	return 0;
}

/* Taken from a destructor it would be a module whose memory is gone a moment later. */
static int refuse_busy(const struct modseal_object *object, struct modseal_error *error)
{
	int code = modseal_fail(
		error, MODSEAL_E_LOAD_FAILED, MODSEAL_STAGE_LOAD, object->path,
		"it is just being %s that runs meanwhile asks for it again",
		object->busy);

	modseal_remedy(error,
		       "load it before or after that, not from within, nor in a process "
		       "that was forked off meanwhile");
	return code;
}

int modseal_object_acquire(const struct modseal_image *image, uint32_t flags,
			   struct modseal_loadname_way *way,
			   struct modseal_object **ret_object,
			   struct modseal_error *error)
{
	struct modseal_object *object =
		modseal_registry_find(image->soname, image->digest);
	int result = 0;

	if (!object)
		return open_new(image, flags, way, ret_object, error);
	if (object->busy)
		return refuse_busy(object, error);
	if (object->openings == 0 ||
	    flags & (MODSEAL_LOAD_EXPORT | MODSEAL_LOAD_NO_UNLOAD))
		result = modseal_object_reopen(object, flags, error);
	if (result)
		return result;
	count_references(object, 1);
	*ret_object = object;
	return 0;
}
