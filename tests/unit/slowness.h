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

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#define IS_SANITIZED __has_feature(address_sanitizer)
#else
#define IS_SANITIZED 0
#endif

/* What a limit of time is multiplied by. A busy virtual machine charges a process up to
 * twice its time. */
static inline double time_factor(void)
{
#if IS_SANITIZED
	return 20;
#else
	return is_emulated() ? 100 : 3;
#endif
}

/* Seconds of processor time, so that a busy machine does not fail a test. */
static inline double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

#endif
