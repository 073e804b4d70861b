/* SPDX-License-Identifier: Apache-2.0 */
/* Where files may be written that are not of /proc, for a list that can only allow. */
#ifndef MODSEAL_RUN_PROCS_H
#define MODSEAL_RUN_PROCS_H

#include <stdbool.h>
#include <stddef.h>

/* The places where file systems of the type proc are mounted, absolute. */
struct run_procs {
	char **places;
	size_t count;
};

/* Takes one directory or file, by a descriptor (O_PATH) that is open until it returns. 0
 * or an errno. */
typedef int run_procs_visit(void *argument, int descriptor);

/* Reads them from a file like /proc/self/mountinfo. 0 or an errno; then nothing is to be
 * freed. */
int run_procs_read(const char *mounts, struct run_procs *ret_procs);
void run_procs_free(struct run_procs *procs);

/* Whether one lies below the directory, at any depth; or is it. */
bool run_procs_below(const struct run_procs *procs, const char *directory);
bool run_procs_are_at(const struct run_procs *procs, const char *directory);

/*
 * Visits what together is all that is below `directory` now ("": below `/`) but those
 * places: each entry below which there is none, and of the others each of their own. What
 * cannot be opened is left out; links are not followed. 0, or an errno, of visit too.
 */
int run_procs_others(const struct run_procs *procs, const char *directory,
		     run_procs_visit *visit, void *argument);

#endif
