/* SPDX-License-Identifier: Apache-2.0 */
/* How the hostile programs of `modseal run` race with a check: one thread asks, another
 * changes what was asked about. */
#ifndef TESTS_RUN_RACE_H
#define TESTS_RUN_RACE_H

#include <time.h>

/* So long is tried. */
#define SECONDS 10

static inline double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Long enough for a check to see the one, short enough that it is soon the other. */
static inline void rest(unsigned turn)
{
	static const long nanoseconds[] = {1000, 20000, 60000, 200000, 1000000};
	const struct timespec time = {.tv_nsec = nanoseconds[turn % 5]};

	nanosleep(&time, NULL);
}

#endif
