/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutex that a forked process has anew: the thread that held it then is not there to
 * give it back, and who waited for it would wait for ever. For data that can be used
 * whenever a fork comes.
 */
#ifndef MODSEAL_INTERNAL_LOCK_H
#define MODSEAL_INTERNAL_LOCK_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct modseal_lock {
	pthread_mutex_t mutex;
	atomic_int process; /* whose it is; negative: a thread of it makes it anew */
};

/*
 * A number above 0 that no process has which this one descends from. Not its process id:
 * that comes again, at once where process 1 of a namespace forks process 1 of the next
 * one.
 */
int modseal_lock_process(void);

static inline void modseal_lock_init(struct modseal_lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	atomic_init(&lock->process, modseal_lock_process());
}

static inline void modseal_lock_destroy(struct modseal_lock *lock)
{
	pthread_mutex_destroy(&lock->mutex);
}

/* It is made anew by one of those threads that come for it first. */
static inline void modseal_lock_take(struct modseal_lock *lock)
{
	int self = modseal_lock_process(), seen = atomic_load(&lock->process);

	while (seen != self) {
		if (seen == -self) {
			sched_yield();
			seen = atomic_load(&lock->process);
		} else if (atomic_compare_exchange_strong(&lock->process, &seen, -self)) {
			pthread_mutex_init(&lock->mutex, NULL);
			atomic_store(&lock->process, self);
			seen = self;
		}
	}
	pthread_mutex_lock(&lock->mutex);
}

static inline void modseal_lock_give(struct modseal_lock *lock)
{
	pthread_mutex_unlock(&lock->mutex);
}

#endif
