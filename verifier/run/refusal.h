/* SPDX-License-Identifier: Apache-2.0 */
/* What the library is told of a use, and what comes of a refusal: told, recorded,
 * answered. Internal to the decisions. */
#ifndef MODSEAL_RUN_REFUSAL_H
#define MODSEAL_RUN_REFUSAL_H

#include "verifier/run/decision.h"

/* What the library is to know of a use; all of it is borrowed. */
void run_use_fill(struct modseal_use *use, int descriptor, int root, const char *path,
		  enum run_use as, const struct run_asker *asker);
/* Lets the file have its part of the memory while it is judged; native: the file system
 * is one of this process's, too. Ends with run_room_leave(&target->stay). */
void run_use_hold(struct modseal_use *use, struct run_decider *decider,
		  struct run_target *target, bool native);
/* A refusal that is recorded already, or not to be. Returns what the call is to end with:
 * number, or 0 in audit mode. */
int run_refuse(struct run_decider *decider, const struct run_asker *asker,
	       enum run_use use, const struct modseal_error *error, int number);
/* The target, or something in it (what), could not be looked at (E23). Of its program,
 * too, the kernel may tell nothing then. As run_decide_refuse. */
int run_cannot_look(struct run_decider *decider, struct run_target *target,
		    enum run_use use, int number, const char *what);

/* Whether the file may lie on a file system that does not answer, and no thread is left
 * to wait for it. */
bool run_might_hang(struct run_decider *decider, const struct run_target *target,
		    const struct run_file *file);
/* Refused for that, or to be decided again: EAGAIN; else it returns as run_decide_refuse.
 */
int run_refuse_unasked(struct run_decider *decider, struct run_target *target,
		       enum run_use use);

#endif
