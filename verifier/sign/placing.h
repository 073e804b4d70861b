/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts many new files in place for the price of one: all are on disk before the first is
 * renamed, and each file system is synced once for that and once for the renames.
 */
#ifndef MODSEAL_SIGN_PLACING_H
#define MODSEAL_SIGN_PLACING_H

#include "verifier/sign/target.h"

struct modseal_placement {
	struct modseal_target *target; /* written, or of a file changed in its place */
	const char *const *links;      /* other names of the file, see links.h */
	size_t link_count;
	/* What came of it: 0, or why this file is not in place (or, SYSTEM, perhaps not
	 * for long). The caller frees error, which is NULL too where memory ran out. */
	int code;
	struct modseal_error *error;
};

/* Each file by itself: one that fails stays as it was and stops no other. What has a code
 * already is left out. */
void modseal_targets_place(struct modseal_placement *placements, size_t count);

/* True where syncfs(2) waits for data and metadata, and tells of data that could not be
 * written: a network file system or FUSE may do neither. */
bool modseal_syncs_together(int directory);

#endif
