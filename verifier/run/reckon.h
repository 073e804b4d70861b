/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many threads are wanted, which calls may be held up, and how much memory files may
 * take: numbers only. A file system that does not answer keeps each thread that asks it,
 * for as long as it likes; one that is slow, or much to be read, keeps it for a while.
 */
#ifndef MODSEAL_RUN_RECKON_H
#define MODSEAL_RUN_RECKON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RUN_WORKERS_FIRST  4
#define RUN_WORKERS_USEFUL 32
#define RUN_WORKERS_MOST   64
/* Descriptors that one may have open. */
#define RUN_WORKER_DESCRIPTORS 12

struct run_limits {
	size_t useful; /* threads that are started as soon as they are wanted */
	size_t most;   /* and where those are held up */
	/* Calls that may be held up; for the others there are always threads left. */
	size_t permits;
};
void run_reckon_limits(size_t processors, size_t descriptors,
		       struct run_limits *ret_limits);

/* How a thread gets on. */
enum run_progress {
	RUN_PROGRESS_WELL,
	RUN_PROGRESS_HELD, /* it waits for something, and gets no processor for it */
	RUN_PROGRESS_SLOW, /* it takes long */
	RUN_PROGRESS_LATE, /* somebody else answered: it may never be back */
	RUN_PROGRESS_COUNT
};
/* took: since the call; worked: of the processor, since this was asked the last time;
 * milliseconds. */
enum run_progress run_reckon_progress(bool answers, bool is_late, int64_t took,
				      int64_t worked);

/* How many threads there may be. */
size_t run_reckon_threads(const struct run_limits *limits,
			  const size_t progress[RUN_PROGRESS_COUNT]);
/* Whether a call without a permit goes on, carefully, instead of waiting for one: too
 * many of those who have one are late. */
bool run_reckon_is_careful(const struct run_limits *limits, int late);

/* What each sort of what is held in memory may take of that, in bytes. memory: of the
 * machine; 0: that is unknown. */
uint64_t run_reckon_share(uint64_t memory);

#endif
