/* SPDX-License-Identifier: Apache-2.0 */
/* What the program of `modseal run` inherits: its persona, and who systemd says it is. */
#include "verifier/run/surroundings.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <sys/personality.h>
#include <unistd.h>

/* EPERM: as systemd's LockPersonality= */
static void answer_personality(uint32_t number)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int result;

	cr_assert(eq(int,
		     seccomp_rule_add(filter, SCMP_ACT_ERRNO(number),
				      SCMP_SYS(personality), 0),
		     0));
	result = seccomp_load(filter);
	seccomp_release(filter);
	/* an emulator has none */
	if (result != 0)
		cr_skip_test("no seccomp filters here");
}

Test(run_surroundings, E07_read_implies_exec_is_cleared_and_the_rest_stays)
{
	int persona = personality(0xffffffff);

	cr_assert(ge(int,
		     personality((unsigned long)persona | READ_IMPLIES_EXEC |
				 ADDR_NO_RANDOMIZE),
		     0));
	cr_assert(run_persona_clear());
	cr_assert(eq(int, personality(0xffffffff), persona | ADDR_NO_RANDOMIZE));
}

Test(run_surroundings, E07_where_it_may_not_be_asked_none_is_no_failure)
{
	answer_personality(EPERM);
	cr_assert(eq(int, personality(0xffffffff), -1));
	cr_assert(run_persona_clear());
}

Test(run_surroundings, E07_where_it_cannot_be_cleared_it_says_so)
{
	cr_assert(ge(int, personality(READ_IMPLIES_EXEC), 0));
	answer_personality(EPERM);
	errno = 0;
	cr_assert(not(run_persona_clear()));
	cr_assert(eq(int, errno, EPERM));
}

Test(run_surroundings, E07_that_it_was_cleared_is_seen_and_not_believed)
{
	cr_assert(ge(int, personality(READ_IMPLIES_EXEC), 0));
	answer_personality(0);
	cr_assert(zero(int, personality(0)));
	errno = 0;
	cr_assert(not(run_persona_clear()));
	cr_assert(eq(int, errno, EPERM));
}

/* What a process with these entries has after them is left to it. */
static void take(char **entries, const char *const *wanted)
{
	size_t i;

	run_variables_take(4711, entries);
	for (i = 0; entries[i] && wanted[i]; i++)
		cr_assert(eq(str, entries[i], (char *)wanted[i]));
	cr_assert(eq(ptr, entries[i], (char *)wanted[i]), "as many as wanted");
}

Test(run_surroundings, variables_that_name_who_was_started_name_this_process)
{
	char *entries[] = {"LISTEN_PIDFDID=12",
			   "LISTEN_PID=4711",
			   "LISTEN_FDS=4711",
			   "WATCHDOG_PID=4711",
			   "OTHER_LISTEN_PID=4711",
			   "SYSTEMD_EXEC_PID=4711",
			   NULL};
	char listen[32], watchdog[32], executed[40];
	const char *wanted[] = {listen,	  "LISTEN_FDS=4711",
				watchdog, "OTHER_LISTEN_PID=4711",
				executed, NULL};

	snprintf(listen, sizeof(listen), "LISTEN_PID=%d", (int)getpid());
	snprintf(watchdog, sizeof(watchdog), "WATCHDOG_PID=%d", (int)getpid());
	snprintf(executed, sizeof(executed), "SYSTEMD_EXEC_PID=%d", (int)getpid());
	take(entries, wanted);
}

Test(run_surroundings, variables_that_name_another_process_stay)
{
	static const char *const wanted[] = {"LISTEN_PID=47110",
					     "WATCHDOG_PID=471",
					     "LISTEN_PID",
					     "LISTEN_PIDS4711",
					     "",
					     NULL};
	char *entries[] = {"LISTEN_PID=47110",
			   "WATCHDOG_PID=471",
			   "LISTEN_PID",
			   "LISTEN_PIDS4711",
			   "",
			   NULL};
	char *none[] = {NULL};

	take(entries, wanted);
	take(none, (const char *const *)none);
}
