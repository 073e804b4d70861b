/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the target that the filter stopped, and its answer. */
#ifndef MODSEAL_RUN_ANSWER_H
#define MODSEAL_RUN_ANSWER_H

#include <linux/seccomp.h>

#include "verifier/run/decision.h"

struct run_answer {
	int number;	/* the errno the call ends with; 0: the kernel does the call */
	int descriptor; /* instead of it the target gets this one; -1: none */
	/* Where stay.full is set it is none: it is to be found again once there is room.
	 */
	struct run_stay stay;
	/* Nor where this is set: it is to be found with a permit (permits.h). */
	bool wants_permit;
};

/* Decides about what was called. has_waited: for room, and it is its turn. */
void run_answer_find(struct run_decider *decider, const struct run_call *call,
		     const struct seccomp_data *data, bool has_waited,
		     struct run_about *about, struct run_answer *ret_answer);
/* It took too long: refused, whatever it would have been. path: what was looked at. */
void run_answer_late(struct run_decider *decider, const struct run_call *call, int number,
		     const char *path, int seconds, struct run_answer *ret_answer);
/* It waited too long for room, or may not wait for it: refused; only to open a file is
 * left to the kernel. */
void run_answer_no_room(struct run_decider *decider, const struct run_call *call,
			const struct seccomp_data *data, const char *path, bool waited,
			struct run_answer *ret_answer);
/* Nobody is there who could decide: refused. */
void run_answer_busy(struct run_decider *decider, const struct run_call *call,
		     const struct seccomp_data *data, struct run_answer *ret_answer);
/* Sends the answer, once; the descriptor is closed. Who called may be gone: then it is
 * dropped. */
void run_answer_send(int listener, uint64_t id, const struct run_answer *answer);

#endif
