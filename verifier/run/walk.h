/* SPDX-License-Identifier: Apache-2.0 */
/*
 * openat2(2) where it is refused: systemd's RestrictSUIDSGID=, which DynamicUser= brings
 * along, lets it end with ENOSYS, since no filter sees its flags.
 */
#ifndef MODSEAL_RUN_WALK_H
#define MODSEAL_RUN_WALK_H

#include <stdbool.h>

/*
 * Opens (O_PATH) a path, as run_names_join leaves it, below a directory, which is its
 * root, and follows no link: ELOOP,
 * but for the last component if no_follow. stay: EXDEV where another file system is
 * mounted on the way. 0 or an errno.
 */
int run_walk(int directory, const char *path, bool no_follow, bool stay,
	     int *ret_descriptor);

#endif
