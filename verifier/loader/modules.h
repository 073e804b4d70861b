/* SPDX-License-Identifier: Apache-2.0 */
/* The list of loaded modules: what modseal_load has given out and not got back. */
#ifndef MODSEAL_LOADER_MODULES_H
#define MODSEAL_LOADER_MODULES_H

#include "verifier/loader/registry.h"

/* True while the module is loaded. Of one that was given back nothing but its address may
 * be known any more, so that is all that is looked at. The caller holds a lock. */
bool modseal_module_is_loaded(const struct modseal_module *module);
/* The object that the module was loaded for, the last of its closure. */
struct modseal_object *modseal_module_object(const struct modseal_module *module);
/* The module that was loaded for an object, or NULL. The caller holds a lock. */
struct modseal_module *modseal_module_find(const struct modseal_object *object);

/* Changes of the list; the caller holds the loader lock. */
void modseal_module_add(struct modseal_module *module);
void modseal_module_remove(struct modseal_module *module);

#endif
