/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that answer, as they begin and end. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "verifier/run/workers.h"

static bool is_pending(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, RUN_TIMER_SIGNAL) == 1;
}

/* With no listener all threads end at once. */
Test(run_workers, E24_a_timer_that_fires_as_they_end_does_not_end_the_process,
     .timeout = 20)
{
	static const struct itimerspec soon = {.it_value = {0, 1}};
	struct run_workers *workers = calloc(1, sizeof(*workers));
	struct run_decider *decider = calloc(1, sizeof(*decider));
	sigset_t all;
	int result;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	result = run_workers_start(workers, decider, -1, 1024);
	if (result == ENOSYS) {
		free(decider);
		free(workers);
		cr_skip_test("no seccomp filters here");
	}
	cr_assert(eq(int, result, 0));
	cr_assert(timer_settime(workers->timer, 0, &soon, NULL) == 0);
	while (!is_pending())
		;
	cr_assert(run_workers_end(workers));
	cr_assert(not(is_pending()), "it comes once signals are let in");
	free(decider);
	free(workers);
}
