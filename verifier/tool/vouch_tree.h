/* SPDX-License-Identifier: Apache-2.0 */
/* What packages would install, in a private tree: files that can be loaded, with the
 * signatures beside them, each where it would lie. */
#ifndef MODSEAL_TOOL_VOUCH_TREE_H
#define MODSEAL_TOOL_VOUCH_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "modseal.h"

struct vouch_tree {
	char *root;   /* mode 0700, of the caller */
	char **paths; /* of files that can be loaded, as they would lie below `/` */
	size_t count;
	size_t room;
	uint64_t size; /* bytes written so far */
};

/* An empty tree in $TMPDIR or /var/tmp. Errors: SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int vouch_tree_open(struct vouch_tree *ret_tree,
				       struct modseal_error *error);
/* Adds the files of a Debian or RPM package, told apart by their first bytes. merged: as
 * package_walk. Errors: those of package_walk, NOT_WRITABLE (no room, for one). */
MODSEAL_MUST_CHECK int vouch_tree_add(struct vouch_tree *tree, const char *package,
				      bool merged, struct modseal_error *error);
/* Removes it from the disk. */
void vouch_tree_close(struct vouch_tree *tree);

#endif
