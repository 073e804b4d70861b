/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permits to ask what may not answer (reckon.h): so many and no more, and who waits for
 * one gets it in his turn. Without that order one who comes all the time could have each
 * that is given back.
 */
#ifndef MODSEAL_RUN_PERMITS_H
#define MODSEAL_RUN_PERMITS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct run_turn; /* of one who waits */

struct run_permits {
	size_t most;
	atomic_size_t given;
	atomic_size_t awaiting; /* so many wait; changed with the lock */
	pthread_mutex_t lock;	/* over those that wait */
	pthread_cond_t given_back;
	struct run_turn *first;
};

/* A condition that somebody waits for at most so long, whatever becomes of the clock. */
void run_condition_start(pthread_cond_t *condition);
void run_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock,
			long nanoseconds);

void run_permits_start(struct run_permits *permits, size_t most);
void run_permits_end(struct run_permits *permits);

/* One at once. False: there is none, or others wait for it. */
bool run_permits_get(struct run_permits *permits);
/* Waits for one as long as goes_on(argument), which is asked time and again. False: it
 * does not. */
bool run_permits_await(struct run_permits *permits, bool (*goes_on)(void *),
		       void *argument);
void run_permits_give_back(struct run_permits *permits);

#endif
