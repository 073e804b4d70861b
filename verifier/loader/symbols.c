/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hands out symbols, only where their address lies in a verified image.
 *
 * Judged is the address that the dynamic linker gives, so what an IFUNC resolver chose is
 * judged, too. A thread-local variable lies in no image but in a thread's own block, and
 * a symbol can have the value NULL: both are refused as foreign; a function of the
 * library can give the address of a thread-local variable.
 */
#include <dlfcn.h>
#include <string.h>
#include <sys/auxv.h>

#include "internal/error.h"
#include "verifier/loader/modules.h"

static int fail_symbol(const struct modseal_object *object, int code, const char *name,
		       const char *version, const char *why, struct modseal_error *error)
{
	code = modseal_fail(error, code, MODSEAL_STAGE_SYMBOL, object->path, "%s%s%s: %s",
			    name, version ? ", version " : "", version ? version : "",
			    why);
	if (error)
		modseal_escape(error->symbol, sizeof(error->symbol), name);
	return code;
}

/* The C library's IFUNCs of the clock functions choose the kernel's own code. */
static bool in_kernel_code(const void *address)
{
	struct modseal_maps maps = {0};
	const struct modseal_mapping *mapping;
	bool found;

	if (!getauxval(AT_SYSINFO_EHDR) ||
	    modseal_maps_read(MODSEAL_STAGE_SYMBOL, &maps, NULL))
		return false;
	mapping = modseal_maps_at(&maps, address);
	found = mapping && mapping->executable && modseal_mapping_is_kernel(mapping);
	modseal_maps_free(&maps);
	return found;
}

static int find_symbol(struct modseal_module *module, const char *name,
		       const char *version, bool anywhere, void **ret_address,
		       struct modseal_error *error)
{
	const struct modseal_object *object, *owner;
	void *address = NULL, *handle;
	bool loaded;

	if (!name || !*name || !ret_address)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SYMBOL, NULL,
				    "no name, or no place for the address");
	modseal_registry_lock();
	loaded = modseal_module_is_loaded(module);
	object = loaded ? modseal_module_object(module) : NULL;
	handle = loaded ? object->handle : NULL;
	modseal_registry_unlock();
	if (!loaded)
		return modseal_fail(error, MODSEAL_E_NOT_LOADED, MODSEAL_STAGE_SYMBOL,
				    name, NULL);
	if (version && !modseal_linker_has_versions())
		return fail_symbol(object, MODSEAL_E_UNSUPPORTED, name, version,
				   "musl's dynamic linker knows no versions", error);
	if (!modseal_linker_symbol(handle, name, version, &address))
		return fail_symbol(object, MODSEAL_E_SYMBOL_NOT_FOUND, name, version,
				   "neither it nor what it needs defines this", error);
	if (!address)
		return fail_symbol(object, MODSEAL_E_SYMBOL_FOREIGN, name, version,
				   "its value is NULL", error);
	modseal_registry_lock();
	owner = modseal_registry_at((uintptr_t)address);
	modseal_registry_unlock();
	if (!owner && !(anywhere && in_kernel_code(address)))
		return fail_symbol(
			object, MODSEAL_E_SYMBOL_FOREIGN, name, version,
			"its address lies in no verified image (a thread-local "
			"variable, or chosen by an IFUNC elsewhere)",
			error);
	if (!anywhere && owner != object) {
		int code =
			fail_symbol(object, MODSEAL_E_SYMBOL_NOT_FOUND, name, version,
				    "only a library that it needs defines this", error);

		modseal_remedy(error, "ask for it with modseal_symbol_anywhere");
		return code;
	}
	*ret_address = address;
	return 0;
}

int modseal_symbol(struct modseal_module *module, const char *name, const char *version,
		   void **ret_address, struct modseal_error *error)
{
	return find_symbol(module, name, version, false, ret_address, error);
}

int modseal_symbol_anywhere(struct modseal_module *module, const char *name,
			    const char *version, void **ret_address,
			    struct modseal_error *error)
{
	return find_symbol(module, name, version, true, ret_address, error);
}
