/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the list of loaded modules, answers what is loaded, and closes loading. */
#include "verifier/loader/modules.h"

#include <string.h>

#include "modseal.h"
#include "verifier/image/image.h"

bool modseal_module_is_loaded(const struct modseal_module *module)
{
	const struct modseal_module *known = modseal_registry()->modules;

	while (known && known != module)
		known = known->next;
	return known != NULL;
}

struct modseal_object *modseal_module_object(const struct modseal_module *module)
{
	return module->objects[module->object_count - 1];
}

struct modseal_module *modseal_module_find(const struct modseal_object *object)
{
	struct modseal_module *module = modseal_registry()->modules;

	while (module && modseal_module_object(module) != object)
		module = module->next;
	return module;
}

void modseal_module_add(struct modseal_module *module)
{
	struct modseal_registry *registry = modseal_registry();

	modseal_registry_lock();
	module->next = registry->modules;
	registry->modules = module;
	modseal_registry_unlock();
}

void modseal_module_remove(struct modseal_module *module)
{
	struct modseal_module **link = &modseal_registry()->modules;

	modseal_registry_lock();
	while (*link && *link != module)
		link = &(*link)->next;
	if (*link)
		*link = module->next;
	modseal_registry_unlock();
}

int modseal_image_is_loaded(const struct modseal_image *image)
{
	const struct modseal_object *object;
	bool loaded;

	if (!image)
		return 0;
	modseal_registry_lock();
	object = modseal_registry_find(image->soname, image->digest);
	loaded = object && object->origin == MODSEAL_ORIGIN_LOADED &&
		 object->references > 0 && object->digest_known &&
		 memcmp(object->digest, image->digest, sizeof(image->digest)) == 0;
	modseal_registry_unlock();
	return loaded;
}

const char *modseal_module_path(const struct modseal_module *module)
{
	const char *path = NULL;

	modseal_registry_lock();
	if (modseal_module_is_loaded(module))
		path = modseal_module_object(module)->path;
	modseal_registry_unlock();
	return path;
}

const char *modseal_module_soname(const struct modseal_module *module)
{
	const char *soname = NULL;

	modseal_registry_lock();
	if (modseal_module_is_loaded(module))
		soname = modseal_module_object(module)->soname;
	modseal_registry_unlock();
	return soname;
}

int modseal_close_loading(struct modseal_error *error)
{
	int result;

	modseal_error_clear(error);
	result = modseal_loader_lock(error);
	if (result)
		return result;
	modseal_registry()->closed = true;
	modseal_loader_unlock();
	return 0;
}
