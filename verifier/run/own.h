/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads /proc; and this process, as it tells of it: its descriptors by their numbers, its
 * root, its user namespace. What stays the same is asked once.
 */
#ifndef MODSEAL_RUN_OWN_H
#define MODSEAL_RUN_OWN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What /proc says of a link, with its NUL. 0 or an errno; ENAMETOOLONG. */
int run_own_read_link(int directory, const char *link, char text[PATH_MAX]);
/* The beginning of a file of /proc, with a NUL. 0 or an errno, and "" then; ESRCH:
 * nothing is in it. */
int run_own_read(const char *name, char *buffer, size_t size);
/* The path of a descriptor of this process, as it sees it. 0 or an errno. */
int run_own_path(int descriptor, char path[PATH_MAX]);
/* The same file, opened anew (flags as for open(2), and O_CLOEXEC). 0 or an errno. */
int run_own_reopen(int descriptor, int flags, int *ret_descriptor);
/* Whether the directory is the very root of this process. */
bool run_own_is_root(int directory);
/* The user namespace, as its link in /proc says it; "": not to be had. */
const char *run_own_user_namespace(void);

/* How many this thread may run on; 0: that is unknown. */
size_t run_own_processors(void);
/* Bytes of memory that it may have at most: the machine's, or its control group's. 0:
 * that is unknown. */
uint64_t run_own_memory(void);
/* What a control group may have, and those it is in: its path (which is cut) below where
 * they are mounted. UINT64_MAX: whatever there is. */
uint64_t run_own_memory_of(const char *mounted, char *group);

#endif
