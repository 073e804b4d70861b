/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the kernel itself holds the target to under --strict, whatever it was told
 * between a check and the call: it executes nothing outside of the policy's directories
 * and writes to no file of /proc, memory of processes among them (landlock(7)).
 */
#ifndef MODSEAL_RUN_LANDLOCK_H
#define MODSEAL_RUN_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "modseal-guard.h"

struct run_file; /* verifier/run/verdicts.h */

struct run_landlock {
	int rules;		 /* a descriptor; -1: this kernel has no Landlock */
	uint32_t flags;		 /* with which it is entered */
	struct run_file *places; /* directories below which it executes */
	size_t place_count;
};

/*
 * Makes the rules from the policy in force and the file systems that are mounted. The
 * caller ends it whatever comes of it. 0, or an errno: *ret_what went wrong.
 */
int run_landlock_make(struct modseal *context, struct run_landlock *ret_landlock,
		      const char **ret_what);

/* Holds this thread, and all it starts, to the rules for good; no_new_privs must be set.
 * Nothing happens where there is no Landlock. 0 or an errno. */
int run_landlock_enter(const struct run_landlock *landlock);

/*
 * Whether the kernel will execute what lies in a directory (a descriptor), as far as that
 * can be told: it says no without a word, so whoever approves a program asks before.
 */
bool run_landlock_executes(const struct run_landlock *landlock, int directory);

void run_landlock_end(struct run_landlock *landlock);

#endif
