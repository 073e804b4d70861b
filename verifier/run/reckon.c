/* SPDX-License-Identifier: Apache-2.0 */
/* Reckons how many threads are wanted, and how much memory files may take. */
#include "verifier/run/reckon.h"

/* What takes longer, and no processor meanwhile, holds a thread up: there is one more for
 * it. Where much is to be read more threads only make all of it late. */
#define HELD_MS 400
#define WORK_MS 2
/* The same where it takes its time bit by bit: but of these only as many again. */
#define SLOW_MS 2000
/* One of so many threads asks nothing that may not answer. */
#define CAREFUL	 4
#define MEBIBYTE (1024ull * 1024)
/* A part of the machine's memory. */
#define PART_OF_MEMORY 16
#define LEAST_SHARE    (16 * MEBIBYTE)
#define MOST_SHARE     (1024 * MEBIBYTE)

static uint64_t between(uint64_t least, uint64_t number, uint64_t most)
{
	return number < least ? least : number > most ? most : number;
}

void run_reckon_limits(size_t processors, size_t descriptors,
		       struct run_limits *ret_limits)
{
	size_t most = between(RUN_WORKERS_FIRST, descriptors / RUN_WORKER_DESCRIPTORS,
			      RUN_WORKERS_MOST);

	ret_limits->most = most;
	ret_limits->useful = between(RUN_WORKERS_FIRST, processors,
				     between(0, RUN_WORKERS_USEFUL, most));
	ret_limits->permits = most - most / CAREFUL;
}

enum run_progress run_reckon_progress(bool answers, bool is_late, int64_t took,
				      int64_t worked)
{
	if (is_late)
		return RUN_PROGRESS_LATE;
	if (answers && worked < WORK_MS && took >= HELD_MS)
		return RUN_PROGRESS_HELD;
	return answers && took >= SLOW_MS ? RUN_PROGRESS_SLOW : RUN_PROGRESS_WELL;
}

size_t run_reckon_threads(const struct run_limits *limits,
			  const size_t progress[RUN_PROGRESS_COUNT])
{
	size_t slow = between(0, progress[RUN_PROGRESS_SLOW], limits->useful);

	return between(0,
		       limits->useful + slow + progress[RUN_PROGRESS_HELD] +
			       progress[RUN_PROGRESS_LATE],
		       limits->most);
}

bool run_reckon_is_careful(const struct run_limits *limits, int late)
{
	return late >= (int)(limits->permits + 1) / 2;
}

uint64_t run_reckon_share(uint64_t memory)
{
	return between(LEAST_SHARE, memory / PART_OF_MEMORY, MOST_SHARE);
}
