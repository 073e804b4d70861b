/* SPDX-License-Identifier: Apache-2.0 */
/* What was read of the process at one time: what is mapped, and what the dynamic linker
 * lists. */
#ifndef MODSEAL_LOADER_SNAPSHOT_H
#define MODSEAL_LOADER_SNAPSHOT_H

#include "verifier/loader/linker.h"
#include "verifier/loader/maps.h"

struct modseal_snapshot {
	struct modseal_maps maps; /* no text: nothing was read */
	struct modseal_linked_list linked;
};

/*
 * Reads of what is mapped what is executable, the page of each object of the registry,
 * and of each listed object where it begins; or all of it where whole says so. Errors:
 * SYSTEM, RESOURCE. The caller ends with modseal_maps_free.
 */
MODSEAL_MUST_CHECK int
modseal_snapshot_read_maps(const struct modseal_linked_list *linked,
			   bool (*whole)(const struct modseal_linked *linked),
			   enum modseal_stage stage, struct modseal_maps *ret_maps,
			   struct modseal_error *error);

static inline void modseal_snapshot_free(struct modseal_snapshot *snapshot)
{
	modseal_linker_list_free(&snapshot->linked);
	modseal_maps_free(&snapshot->maps);
}

#endif
