/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the target that the filter stopped, and its answer. */
#ifndef MODSEAL_RUN_ANSWER_H
#define MODSEAL_RUN_ANSWER_H

#include <linux/seccomp.h>

#include "verifier/run/decision.h"

struct run_answer {
	int number;	/* the errno the call ends with; 0: the kernel does the call */
	int descriptor; /* instead of it the target gets this one; -1: none */
};

/* Decides about the call. listener: to ask whether the caller is still there (E22).
 * False: it is gone, and there is nobody to answer. */
bool run_answer_find(struct run_decider *decider, int listener,
		     const struct seccomp_notif *call, struct run_about *about,
		     struct run_answer *ret_answer);
/* It took too long: refused, whatever it would have been. */
void run_answer_late(struct run_decider *decider, pid_t thread, struct run_about *about,
		     int seconds, struct run_answer *ret_answer);
/* Sends the answer, once; the descriptor is closed. */
void run_answer_send(int listener, uint64_t id, const struct run_answer *answer);

#endif
