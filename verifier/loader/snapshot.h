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

static inline void modseal_snapshot_free(struct modseal_snapshot *snapshot)
{
	modseal_linker_list_free(&snapshot->linked);
	modseal_maps_free(&snapshot->maps);
}

#endif
