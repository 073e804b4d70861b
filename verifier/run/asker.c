/* SPDX-License-Identifier: Apache-2.0 */
/* Who in the target wants something: only for people to read, so a race does no harm. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/decision.h"

static size_t read_file(const char *name, char *buffer, size_t size)
{
	int file = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? 0 : read(file, buffer, size - 1);

	if (file >= 0)
		close(file);
	buffer[length > 0 ? length : 0] = '\0';
	return length > 0 ? (size_t)length : 0;
}

static uint32_t number_behind(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? (uint32_t)strtoul(at + strlen(key), NULL, 10) : 0;
}

void run_asker_of(struct run_target *target, struct run_asker *ret_asker)
{
	char name[48], status[1024], *end;
	ssize_t length;

	memset(ret_asker, 0, sizeof(*ret_asker));
	ret_asker->process =
		run_target_process(target) == 0 ? target->process : target->call.thread;
	snprintf(name, sizeof(name), "/proc/%d/status", (int)target->call.thread);
	read_file(name, status, sizeof(status));
	ret_asker->parent = (pid_t)number_behind(status, "\nPPid:\t");
	end = strstr(status, "\nUid:\t");
	/* real, effective */
	if (end && (end = strchr(end + 6, '\t')))
		ret_asker->user = (uint32_t)strtoul(end + 1, NULL, 10);
	snprintf(name, sizeof(name), "/proc/%d/exe", (int)target->call.thread);
	length = readlink(name, ret_asker->program, sizeof(ret_asker->program) - 1);
	ret_asker->program[length > 0 ? length : 0] = '\0';
	snprintf(name, sizeof(name), "/proc/%d/comm", (int)target->call.thread);
	read_file(name, ret_asker->command, sizeof(ret_asker->command));
	ret_asker->command[strcspn(ret_asker->command, "\n")] = '\0';
}
