/* SPDX-License-Identifier: Apache-2.0 */
/* Who in the target wants something: only for people to read, so a race does no harm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/decision.h"
#include "verifier/run/own.h"

void run_asker_of(struct run_target *target, struct run_asker *ret_asker)
{
	char name[48], status[RUN_TARGET_STATUS];
	const char *effective;
	ssize_t length;

	memset(ret_asker, 0, sizeof(*ret_asker));
	run_target_status(target, status);
	ret_asker->process = target->process > 0 ? target->process : target->call.thread;
	ret_asker->parent = (pid_t)strtoul(run_status_line(status, "PPid"), NULL, 10);
	effective = strchr(run_status_line(status, "Uid"), '\t'); /* behind the real */
	if (effective)
		ret_asker->user = (uint32_t)strtoul(effective + 1, NULL, 10);
	snprintf(name, sizeof(name), "/proc/%d/exe", (int)target->call.thread);
	length = readlink(name, ret_asker->program, sizeof(ret_asker->program) - 1);
	ret_asker->program[length > 0 ? length : 0] = '\0';
	snprintf(name, sizeof(name), "/proc/%d/comm", (int)target->call.thread);
	run_own_read(name, ret_asker->command, sizeof(ret_asker->command));
	ret_asker->command[strcspn(ret_asker->command, "\n")] = '\0';
}

void run_asker_advise(const struct run_asker *asker, bool seal,
		      struct modseal_error *error)
{
	const char *remedy = NULL;

	if (error->code == MODSEAL_E_PATH_MISMATCH)
		snprintf(error->remedy, sizeof(error->remedy),
			 "restart the program if the file was replaced; else another was "
			 "put there, or mounted in another mount namespace");
	if (asker->user != geteuid() && error->code == MODSEAL_E_PATH_UNSAFE &&
	    strstr(error->message, "nor the caller"))
		remedy = "; `caller` is who started `modseal run`: let the user of the "
			 "program do that";
	else if (error->code == MODSEAL_E_HAND_OFF_UNAVAILABLE && seal)
		remedy = "; it is given a sealed copy of a library that it opens with "
			 "O_RDONLY and O_CLOEXEC only, if it has the user, groups and "
			 "capabilities of `modseal run`";
	if (remedy)
		strncat(error->remedy, remedy,
			sizeof(error->remedy) - strlen(error->remedy) - 1);
}
