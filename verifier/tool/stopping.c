/* SPDX-License-Identifier: Apache-2.0 */
/* Remembers the signal that wants the process to end. */
#include <signal.h>
#include <stddef.h>
#include <stdio.h>

#include "verifier/tool/stopping.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

static volatile sig_atomic_t wanted;

static void remember(int number)
{
	wanted = number;
}

void stopping_begin(void)
{
	struct sigaction action = {.sa_handler = remember}, old;

	sigemptyset(&action.sa_mask);
	action.sa_flags = (int)SA_RESETHAND | SA_RESTART;
	wanted = 0;
	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &action, NULL);
}

bool stopping(void)
{
	return wanted != 0;
}

void stopping_end(void)
{
	struct sigaction old;

	for (size_t i = 0; i < SIGNAL_COUNT; i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler == remember)
			signal(signals[i], SIG_DFL);
	if (!wanted)
		return;
	fflush(stdout);
	fflush(stderr);
	raise((int)wanted);
}
