/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way to a file, told component by component. For people only: it judges nobody, and
 * opens nothing that anything is decided by.
 */
#ifndef MODSEAL_ADMIN_WAY_H
#define MODSEAL_ADMIN_WAY_H

#include "internal/error.h"
#include "modseal-ask.h"
#include "verifier/admin/kept.h"

struct modseal_way {
	struct modseal_met *met; /* from `/` on; freed by modseal_way_clear */
	size_t count;
	char *real;  /* the real path, as far as it exists */
	bool whole;  /* all of it exists */
	bool risky;  /* something met has a risk */
	mode_t type; /* of the last that exists, as st_mode */
};

/*
 * Walks an absolute path below a root (a descriptor, or MODSEAL_ROOT_OF_PROCESS); what is
 * missing ends the walk. Texts are kept in *kept. Errors: SYSTEM (unreadable), RESOURCE.
 * The caller ends with modseal_way_clear.
 */
MODSEAL_MUST_CHECK int modseal_way_walk(int root, const char *path,
					struct modseal_kept *kept,
					struct modseal_way *ret_way,
					struct modseal_error *error);
void modseal_way_clear(struct modseal_way *way);

#endif
