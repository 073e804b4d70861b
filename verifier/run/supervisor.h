/* SPDX-License-Identifier: Apache-2.0 */
/* Answers the calls that the filter stops, with several threads, until nobody is left. */
#ifndef MODSEAL_RUN_SUPERVISOR_H
#define MODSEAL_RUN_SUPERVISOR_H

#include "verifier/run/landlock.h"
#include "verifier/run/run.h"

struct run_supervisor;

/* Starts the threads. landlock: what the target is held to, borrowed. listener: of the
 * filter, becomes the supervisor's. 0 or an errno. All signals must be blocked: the
 * threads inherit that. */
int run_supervisor_start(const struct run_options *options,
			 const struct run_landlock *landlock, int listener,
			 struct run_supervisor **ret_supervisor);
/* Waits until the last task of the target is gone; signals that were sent to this process
 * are passed on to the child. Returns the child's status as of waitpid(2). */
int run_supervisor_wait(struct run_supervisor *supervisor, pid_t child);
/* How many refusals were told. */
bool run_supervisor_refused(struct run_supervisor *supervisor);
void run_supervisor_summary(struct run_supervisor *supervisor);
/* False: a file system holds a thread up, and what it uses stays. */
bool run_supervisor_end(struct run_supervisor **supervisor);

#endif
