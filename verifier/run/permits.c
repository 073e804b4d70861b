/* SPDX-License-Identifier: Apache-2.0 */
/* Gives permits, and lets others wait for them in their order. */
#include "verifier/run/permits.h"

#include <string.h>
#include <time.h>

/* How often it is asked whether one goes on waiting. */
#define PAUSE_NS 20000000

struct run_turn {
	struct run_turn *next;
};

void run_condition_start(pthread_cond_t *condition)
{
	pthread_condattr_t monotonic;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

void run_condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock,
			long nanoseconds)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += nanoseconds;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(condition, lock, &until);
}

void run_permits_start(struct run_permits *permits, size_t most)
{
	memset(permits, 0, sizeof(*permits));
	permits->most = most;
	pthread_mutex_init(&permits->lock, NULL);
	run_condition_start(&permits->given_back);
}

void run_permits_end(struct run_permits *permits)
{
	pthread_cond_destroy(&permits->given_back);
	pthread_mutex_destroy(&permits->lock);
}

/* Most calls come when nobody waits: so without the lock. */
static bool take(struct run_permits *permits)
{
	if (atomic_fetch_add(&permits->given, 1) < permits->most)
		return true;
	atomic_fetch_sub(&permits->given, 1);
	return false;
}

bool run_permits_get(struct run_permits *permits)
{
	return atomic_load(&permits->awaiting) == 0 && take(permits);
}

bool run_permits_await(struct run_permits *permits, bool (*goes_on)(void *),
		       void *argument)
{
	struct run_turn own = {NULL}, **place = &permits->first;
	bool permitted = false;

	pthread_mutex_lock(&permits->lock);
	atomic_fetch_add(&permits->awaiting, 1);
	while (*place)
		place = &(*place)->next;
	*place = &own;
	while (!(permitted = permits->first == &own && take(permits)) &&
	       goes_on(argument))
		run_condition_wait(&permits->given_back, &permits->lock, PAUSE_NS);
	for (place = &permits->first; *place != &own;)
		place = &(*place)->next;
	*place = own.next;
	atomic_fetch_sub(&permits->awaiting, 1);
	/* there may be one for the next, too */
	pthread_cond_broadcast(&permits->given_back);
	pthread_mutex_unlock(&permits->lock);
	return permitted;
}

void run_permits_give_back(struct run_permits *permits)
{
	atomic_fetch_sub(&permits->given, 1);
	if (atomic_load(&permits->awaiting) == 0)
		return;
	pthread_mutex_lock(&permits->lock);
	pthread_cond_broadcast(&permits->given_back);
	pthread_mutex_unlock(&permits->lock);
}
