/* SPDX-License-Identifier: Apache-2.0 */
/* Opens and closes single objects of a closure, for load.c. */
#ifndef MODSEAL_LOADER_LOAD_H
#define MODSEAL_LOADER_LOAD_H

#include "verifier/image/image.h"
#include "verifier/loader/loadname.h"
#include "verifier/loader/registry.h"

/*
 * Brings one image into the process, or takes another reference to the object that has
 * its SONAME and digest already. The caller holds the loader lock and has checked the
 * gate. flags: MODSEAL_LOAD_*. way: that of this load. Errors: LOAD_FAILED, SYSTEM,
 * RESOURCE; the process ends where the proof fails.
 */
MODSEAL_MUST_CHECK int modseal_object_acquire(const struct modseal_image *image,
					      uint32_t flags,
					      struct modseal_loadname_way *way,
					      struct modseal_object **ret_object,
					      struct modseal_error *error);

/* One more opening of an object that is loaded, so that flags apply to it, too. */
MODSEAL_MUST_CHECK int modseal_object_reopen(struct modseal_object *object,
					     uint32_t flags, struct modseal_error *error);

/* Gives a reference back; the last one closes. LOAD_FAILED where the linker says no. */
int modseal_object_release(struct modseal_object *object, struct modseal_error *error);

#endif
