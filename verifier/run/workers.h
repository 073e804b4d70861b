/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The threads that answer, as many as processors can use. A file system of the target's
 * (FUSE) can hold one up for as long as it likes: then there is another one, and the call
 * is refused after a while.
 */
#ifndef MODSEAL_RUN_WORKERS_H
#define MODSEAL_RUN_WORKERS_H

#include <stdatomic.h>
#include <time.h>

#include "verifier/run/decision.h"
#include "verifier/run/permits.h"
#include "verifier/run/reckon.h"

/* Seconds that a call may wait for its answer. */
#define RUN_ANSWER_SECONDS 5

struct run_workers;

struct run_worker {
	struct run_workers *all;
	/* The call in work, or 0: whoever changes it to 0 answers it. */
	atomic_ullong call;
	atomic_llong since; /* milliseconds of the monotonic clock */
	atomic_int caller;  /* the thread that waits */
	atomic_int number;  /* of the system call */
	/* somebody else answered, and it is not back from what held it up */
	atomic_bool late;
	int64_t used; /* its processor time as the last tick saw it, milliseconds */
	struct run_about about;
	pthread_t thread;
	enum { RUN_WORKER_NONE, RUN_WORKER_WORKS, RUN_WORKER_ENDS } state; /* locked */
};

struct run_workers {
	struct run_decider *decider;
	int listener;
	size_t call_size;     /* of the kernel's struct seccomp_notif */
	timer_t timer;	      /* sends TIMER_SIGNAL when an answer may be late */
	pthread_mutex_t lock; /* over starting threads, and their state */
	pthread_cond_t ended; /* a thread is about to end */
	atomic_bool over;     /* all are to end */
	struct run_limits limits;
	size_t started; /* locked */
	atomic_uint idle;
	struct run_permits permits;
	atomic_int late;
	atomic_bool armed, hurried;
	struct run_worker workers[RUN_WORKERS_MOST];
};

/* descriptors: how many this process may have. 0 or an errno. */
int run_workers_start(struct run_workers *workers, struct run_decider *decider,
		      int listener, size_t descriptors);
/* The timer's signal came: refuses what waits too long. */
void run_workers_tick(struct run_workers *workers);
/* Nobody is left to be answered: ends all threads. False: a file system holds one up, and
 * it goes on using what it works with. */
bool run_workers_end(struct run_workers *workers);
#define RUN_TIMER_SIGNAL SIGRTMIN

#endif
