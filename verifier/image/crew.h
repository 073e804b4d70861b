/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that help with one call, and are gone when it returns. Whatever they do the
 * caller can do alone: where there is one processor, or no thread can be started, it
 * does, and only the time differs.
 */
#ifndef MODSEAL_IMAGE_CREW_H
#define MODSEAL_IMAGE_CREW_H

#include <stdbool.h>

struct modseal_crew;

enum modseal_task_state { MODSEAL_TASK_OFFERED, MODSEAL_TASK_BEGUN, MODSEAL_TASK_DONE };

/* Something that any thread may do, once. Its owner keeps it until it is finished. */
struct modseal_task {
	void (*run)(struct modseal_task *task);
	enum modseal_task_state state; /* internal, under the crew's lock */
	struct modseal_task *next;     /* internal */
};

/* For at most `threads` at a time, the caller's included. NULL, which all of these take
 * for "alone": fewer than two, or no memory. No thread is started before it has a task.
 */
struct modseal_crew *modseal_crew_new(unsigned threads);
/* Ends the threads. Every task that was offered must be finished. */
void modseal_crew_free(struct modseal_crew **crew);

/* From now on a thread that finds no task ends, and another is started for the next one:
 * where tasks come seldom nobody has to wait for its end when all is done. NULL: alone.
 */
void modseal_crew_end_idle(struct modseal_crew *crew);

/* How many threads a call may use by default: the processors this thread may run on, but
 * at most 8. */
unsigned modseal_crew_default(void);

/* One file at a time may be held in private memory as a whole. False: another is, or
 * nobody could help anyway. */
bool modseal_crew_claim(struct modseal_crew *crew);
/* The same once no other is: its thread gives it back whatever others do. */
void modseal_crew_claim_in_turn(struct modseal_crew *crew);
void modseal_crew_unclaim(struct modseal_crew *crew);

/* Anybody may do it from now on. urgent: before what was offered earlier. From any thread
 * of the crew. */
void modseal_crew_offer(struct modseal_crew *crew, struct modseal_task *task,
			bool urgent);
/* Returns when it is done: here, unless another thread has begun. help: meanwhile other
 * tasks are done, too. */
void modseal_crew_finish(struct modseal_crew *crew, struct modseal_task *task, bool help);

#endif
