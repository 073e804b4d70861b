/* SPDX-License-Identifier: Apache-2.0 */
/* Loads an approved image with its closure, dependencies first, and unloads it. */
#include "verifier/loader/load.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/image/image.h"
#include "verifier/loader/gate.h"
#include "verifier/loader/modules.h"
#include "verifier/loader/mseal.h"
#include "verifier/loader/profile.h"
#include "verifier/loader/proof.h"

#define ALL_FLAGS                                                                        \
	(MODSEAL_LOAD_NO_UNLOAD | MODSEAL_LOAD_EXPORT | MODSEAL_LOAD_DEEP_BIND |         \
	 MODSEAL_LOAD_CHECK_BINDINGS | MODSEAL_LOAD_SEAL_MEMORY)

/* The images of a load in their order: the closure, then the image itself. */
static const struct modseal_image *image_at(const struct modseal_image *image,
					    size_t index)
{
	return index < image->closure_count ? image->closure[index] : image;
}

static bool same_soname(const struct modseal_image *a, const struct modseal_image *b)
{
	return a->soname && b->soname && strcmp(a->soname, b->soname) == 0;
}

static int require_sealed(const struct modseal_image *image, struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; !result && i <= image->closure_count; i++)
		result = modseal_image_require(image_at(image, i), error);
	return result;
}

static int fail_conflict(const struct modseal_image *image, const char *other,
			 struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_SONAME_CONFLICT, MODSEAL_STAGE_LOAD,
			    image->path,
			    "its SONAME %s belongs to other bytes already, those of %s",
			    image->soname, other);
}

/* One SONAME, one digest: in the closure and in the process (R53). */
static int check_sonames(const struct modseal_image *image, struct modseal_error *error)
{
	for (size_t i = 0; i <= image->closure_count; i++) {
		const struct modseal_image *one = image_at(image, i);
		const struct modseal_object *there =
			modseal_registry_find(one->soname, one->digest);

		if (there && (!there->digest_known || memcmp(there->digest, one->digest,
							     sizeof(one->digest)) != 0))
			return fail_conflict(one, there->path, error);
		for (size_t before = 0; before < i; before++) {
			const struct modseal_image *other = image_at(image, before);

			if (same_soname(one, other) &&
			    memcmp(one->digest, other->digest, sizeof(one->digest)) != 0)
				return fail_conflict(one, other->path, error);
		}
	}
	return 0;
}

static bool is_satisfied(const struct modseal_image *image, size_t index,
			 const char *needed)
{
	for (size_t before = 0; before < index; before++) {
		const char *soname = image_at(image, before)->soname;

		if (soname && strcmp(soname, needed) == 0)
			return true;
	}
	return modseal_gate_is_startup(needed);
}

/* A needed name that nothing loaded bears would send the dynamic linker searching (R52).
 */
static int check_needs(const struct modseal_image *image, struct modseal_error *error)
{
	for (size_t i = 0; i <= image->closure_count; i++) {
		const struct modseal_image *one = image_at(image, i);

		for (size_t n = 0; n < one->needed_count; n++)
			if (!is_satisfied(image, i, one->needed[n]))
				return modseal_fail(
					error, MODSEAL_E_DEPENDENCY_MISSING,
					MODSEAL_STAGE_LOAD, one->path,
					"it needs %s, which is neither approved "
					"with it nor a part of the program",
					one->needed[n]);
	}
	return 0;
}

/* Closes in reverse order, and forgets what is really gone. */
static int close_module(struct modseal_module *module, struct modseal_error *error)
{
	int settled, result = 0;

	while (module->object_count > 0) {
		int one = modseal_object_release(module->objects[--module->object_count],
						 result ? NULL : error);

		result = result ? result : one;
	}
	settled = modseal_registry_settle(result ? NULL : error);
	free(module->objects);
	free(module);
	return result ? result : settled;
}

/* After a failed load: names what could not be unmapped, because it is still there (R63).
 */
static void name_resident(const struct modseal_image *image, struct modseal_error *error)
{
	const char *before = "; still mapped, all of it verified: ";

	if (!error)
		return;
	for (size_t i = 0; i <= image->closure_count; i++) {
		const struct modseal_image *one = image_at(image, i);
		const struct modseal_object *object =
			modseal_registry_find(one->soname, one->digest);
		size_t used = strlen(error->message);

		if (!object || object->references > 0 || object->busy ||
		    object->origin != MODSEAL_ORIGIN_LOADED)
			continue;
		modseal_escape(error->message + used, sizeof(error->message) - used,
			       before);
		used = strlen(error->message);
		modseal_escape(error->message + used, sizeof(error->message) - used,
			       object->path);
		before = ", ";
	}
}

/* What the flags demand once everything is loaded, and constructors have run. An image
 * that is never unloaded keeps what it needs, so all of it can be sealed. */
static int finish(const struct modseal_image *image, const struct modseal_module *module,
		  uint32_t flags, struct modseal_error *error)
{
	int result = 0;

	if (flags & MODSEAL_LOAD_CHECK_BINDINGS)
		result = image->gate->check_bindings(module, error);
	if (!result && flags & MODSEAL_LOAD_SEAL_MEMORY)
		result = modseal_mseal_module(module, error);
	return result;
}

static int load_closure(const struct modseal_image *image, uint32_t flags,
			struct modseal_module **ret_module, struct modseal_error *error)
{
	struct modseal_module *module = calloc(1, sizeof(*module));
	struct modseal_loadname_way way = {.thread = 0};
	struct modseal_snapshot snapshot;
	bool look = !image->gate->anonymous_executable_allowed;
	int proved, result = 0;

	if (module)
		module->objects =
			calloc(image->closure_count + 1, sizeof(*module->objects));
	if (!module || !module->objects) {
		free(module);
		return modseal_fail_memory(error, MODSEAL_STAGE_LOAD);
	}
	module->references = 1;
	for (size_t i = 0; !result && i <= image->closure_count; i++) {
		struct modseal_object *object = NULL;

		result = modseal_object_acquire(image_at(image, i),
						i == image->closure_count ? flags : 0,
						&way, &object, error);
		if (!result)
			module->objects[module->object_count++] = object;
	}
	/* what was opened is proved whether the rest could be opened or not */
	proved = modseal_proof_check(look ? &snapshot : NULL, result ? NULL : error);
	result = result ? result : proved;
	/* constructors may have made memory executable */
	if (!result && look)
		result = modseal_gate_check_seen(image->gate, &snapshot, error);
	if (look)
		modseal_snapshot_free(&snapshot);
	if (!result)
		result = finish(image, module, flags, error);
	if (result) {
		close_module(module, NULL);
		name_resident(image, error);
		return result;
	}
	*ret_module = module;
	return 0;
}

/* One more reference to a module, with what the flags ask for beyond that. */
static int load_again(const struct modseal_image *image, struct modseal_module *module,
		      uint32_t flags, struct modseal_error *error)
{
	int result = 0;

	if (flags & (MODSEAL_LOAD_EXPORT | MODSEAL_LOAD_NO_UNLOAD))
		result = modseal_object_reopen(modseal_module_object(module), flags,
					       error);
	if (!result)
		result = finish(image, module, flags, error);
	if (!result)
		module->references++;
	return result;
}

/* Before anything is mapped. */
static int check_limits(const struct modseal_image *image, uint32_t flags,
			struct modseal_error *error)
{
	const char *limit = modseal_linker_limit(flags, image->closure_count);
	int result;

	if (!limit)
		return 0;
	if (image->closure_count == 0)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_LOAD,
				    image->path, "%s", limit);
	result = modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_LOAD,
			      image->path, "it needs %s; %s", image->closure[0]->soname,
			      limit);
	modseal_remedy(error, "link what it needs into it statically, or let the "
			      "program itself need it");
	return result;
}

/* Was the module loaded with these very libraries? One of them may have been replaced,
 * or revoked, since. */
static bool is_loaded_with(const struct modseal_module *module,
			   const struct modseal_image *image)
{
	if (module->object_count != image->closure_count + 1)
		return false;
	for (size_t i = 0; i <= image->closure_count; i++) {
		const struct modseal_object *there = module->objects[i];

		if (!there->digest_known ||
		    memcmp(there->digest, image_at(image, i)->digest,
			   MODSEAL_SHA256_SIZE) != 0)
			return false;
	}
	return true;
}

/*
 * The module of these bytes, if it is loaded already and nothing of it has to be opened
 * again: one more reference maps nothing and runs nothing, so there is nothing to prove.
 * Only if the process was last judged by the image's own policy: what another let in is
 * nothing to this one.
 */
static struct modseal_module *find_loaded(const struct modseal_image *image,
					  uint32_t flags)
{
	const struct modseal_registry *registry = modseal_registry();
	const struct modseal_object *there;
	struct modseal_module *module;

	if (flags || !registry->policy_known ||
	    memcmp(registry->policy_digest, image->gate->policy_digest,
		   MODSEAL_SHA256_SIZE) != 0)
		return NULL;
	there = modseal_registry_find(image->soname, image->digest);
	module = there ? modseal_module_find(there) : NULL;
	return module && is_loaded_with(module, image) ? module : NULL;
}

static int load(const struct modseal_image *image, uint32_t flags,
		struct modseal_module **ret_module, struct modseal_error *error)
{
	const struct modseal_object *there;
	struct modseal_module *module;
	int result = check_limits(image, flags, error);

	if (!result)
		result = require_sealed(image, error);
	if (!result && flags & MODSEAL_LOAD_SEAL_MEMORY)
		result = modseal_mseal_require(image->path, error);
	if (!result)
		result = modseal_gate_check(image->gate, error);
	if (!result)
		result = check_sonames(image, error);
	if (!result)
		result = check_needs(image, error);
	if (result)
		return result;
	there = modseal_registry_find(image->soname, image->digest);
	module = there ? modseal_module_find(there) : NULL;
	if (!module) {
		result = modseal_profile_refuse(image, error);
		if (!result)
			result = load_closure(image, flags, &module, error);
		if (result)
			return result;
		modseal_module_add(module);
	} else {
		result = load_again(image, module, flags, error);
		if (result)
			return result;
	}
	*ret_module = module;
	return 0;
}

static int load_once(const struct modseal_image *image, uint32_t flags,
		     struct modseal_module **ret_module, struct modseal_error *error)
{
	struct modseal_module *module;

	if (modseal_registry()->closed)
		return modseal_fail(error, MODSEAL_E_LOADING_CLOSED, MODSEAL_STAGE_LOAD,
				    image->path, NULL);
	module = find_loaded(image, flags);
	if (!module)
		return load(image, flags, ret_module, error);
	module->references++;
	*ret_module = module;
	return 0;
}

int modseal_load(struct modseal_image *image, uint32_t flags,
		 struct modseal_module **ret_module, struct modseal_error *error)
{
	int result;

	if (!image || !ret_module)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD, NULL,
				    "no image, or no place for the module");
	if (flags & ~ALL_FLAGS)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
				    image->path, "unknown load flag 0x%x",
				    flags & ~ALL_FLAGS);
	if (flags & MODSEAL_LOAD_SEAL_MEMORY && !(flags & MODSEAL_LOAD_NO_UNLOAD))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
				    image->path,
				    "sealed memory cannot be unmapped: "
				    "MODSEAL_LOAD_SEAL_MEMORY wants "
				    "MODSEAL_LOAD_NO_UNLOAD beside it");
	/* nothing to map: it is the kernel's to link */
	if (image->kind != MODSEAL_KIND_LIBRARY)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_LOAD,
				    image->path,
				    "a kernel module: modseal_load_kernel_module hands "
				    "it to the kernel");
	if (!image->gate)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_LOAD,
				    image->path, "the image has no gate");
	result = modseal_loader_lock(error);
	if (result)
		return result;
	result = load_once(image, flags, ret_module, error);
	modseal_loader_unlock();
	return result;
}

static int unload(struct modseal_module *module, struct modseal_error *error)
{
	if (!modseal_module_is_loaded(module))
		return modseal_fail(error, MODSEAL_E_NOT_LOADED, MODSEAL_STAGE_LOAD, NULL,
				    "it was given back already");
	if (--module->references > 0)
		return 0;
	modseal_module_remove(module);
	return close_module(module, error);
}

int modseal_unload(struct modseal_module **module, struct modseal_error *error)
{
	struct modseal_module *gone = module ? *module : NULL;
	int result;

	if (!gone)
		return 0;
	result = modseal_loader_lock(error);
	if (result)
		return result;
	*module = NULL;
	result = unload(gone, error);
	modseal_loader_unlock();
	return result;
}
