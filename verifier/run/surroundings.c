/* SPDX-License-Identifier: Apache-2.0 */
/* Persona and environment of the program. */
#include "verifier/run/surroundings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#include "verifier/run/own.h"

/* Asked of /proc: systemd's LockPersonality= refuses personality(2) even the question. */
static bool read_persona(unsigned long *ret_persona)
{
	char text[32], *end;
	int result = run_own_read("/proc/self/personality", text, sizeof(text));

	if (result != 0) {
		errno = result;
		return false;
	}
	*ret_persona = strtoul(text, &end, 16);
	if (end != text && *end == '\n')
		return true;
	errno = EINVAL;
	return false;
}

bool run_persona_clear(void)
{
	unsigned long persona;

	if (!read_persona(&persona))
		return false;
	if (!(persona & READ_IMPLIES_EXEC))
		return true;
	if (personality(persona & ~(unsigned long)READ_IMPLIES_EXEC) < 0)
		return false;
	errno = EPERM;
	return read_persona(&persona) && !(persona & READ_IMPLIES_EXEC);
}

/* The value of a variable that an entry of the environment sets, or NULL. */
static const char *value_of(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '='
		       ? entry + length + 1
		       : NULL;
}

void run_variables_take(pid_t starter, char **entries)
{
	/* sd_listen_fds(3), sd_watchdog_enabled(3), systemd.exec(5) */
	static const char *const names[] = {"LISTEN_PID", "WATCHDOG_PID",
					    "SYSTEMD_EXEC_PID"};
	static char taken[sizeof(names) / sizeof(names[0])][48];
	char theirs[16], **kept = entries;

	snprintf(theirs, sizeof(theirs), "%d", (int)starter);
	for (; *entries; entries++) {
		char *entry = *entries;

		/* the same as LISTEN_PID, by a pidfd: it need not be there */
		if (value_of(entry, "LISTEN_PIDFDID"))
			continue;
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			const char *value = value_of(entry, names[i]);

			if (!value || strcmp(value, theirs) != 0)
				continue;
			snprintf(taken[i], sizeof(taken[i]), "%s=%d", names[i],
				 (int)getpid());
			entry = taken[i];
			break;
		}
		*kept++ = entry;
	}
	*kept = NULL;
}
