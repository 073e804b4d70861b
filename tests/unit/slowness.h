/* SPDX-License-Identifier: Apache-2.0 */
/* Processor time in tests, and how much more of it sanitizers and emulators take. */
#ifndef MODSEAL_TEST_SLOWNESS_H
#define MODSEAL_TEST_SLOWNESS_H

#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

/* True where the tests run on an emulated processor (tests/run.sh says so): its system
 * calls, limits and maps are those of the emulator. */
static inline bool is_emulated(void)
{
	return getenv("MODSEAL_EMULATED") != NULL;
}

/* There where AddressSanitizer is linked: the tests themselves are compiled once, for all
 * builds. */
extern void __asan_init(void) __attribute__((weak));

static inline bool is_sanitized(void)
{
	return __asan_init != NULL;
}

/* What a limit of time is multiplied by. A busy virtual machine charges a process up to
 * twice its time. */
static inline double time_factor(void)
{
	if (is_sanitized())
		return 20;
	return is_emulated() ? 100 : 3;
}

/* Seconds of processor time, so that a busy machine does not fail a test. */
static inline double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
