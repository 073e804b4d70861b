/* SPDX-License-Identifier: Apache-2.0 */
/* Opens paths below the root of a thread, where a user may have mounted what he likes. */
#ifndef MODSEAL_RUN_PLACES_H
#define MODSEAL_RUN_PLACES_H

#include "verifier/run/names.h"
#include "verifier/run/target.h"

/* These end with 0 or an errno. */

/*
 * Whether a name (of run_names_read) is what it says: `/proc` there is the kernel's,
 * nothing is mounted over the entry, `/dev/fd` leads to it. ELOOP: it is not, and the
 * kernel would follow the name to whatever file a user has put there.
 */
int run_places_check(struct run_target *target, const struct run_name *name);

/* Opens (O_PATH) an absolute path. ELOOP: a link of /proc, such as /proc/self, which
 * would be the one of this process. */
int run_places_open(struct run_target *target, const char *path, bool no_follow,
		    int *ret_descriptor);

/* Whether the path leads to this very directory, of the same mount. ELOOP: it leads to
 * another, that was mounted over it. */
int run_places_same(struct run_target *target, const char *path, int directory);

/* Whether a file lies in an overlay, or that cannot be told. */
bool run_places_is_overlay(int descriptor);

#endif
