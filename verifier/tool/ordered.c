/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take the next number each; the calling thread reports in order. */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "verifier/tool/ordered.h"

/* To wake a thread takes as long as many a file: the calling one is woken for a part of
 * the window, and else looks by itself after so many milliseconds. */
#define WINDOW_PARTS 4
#define PATIENCE     50

struct ordered {
	const struct ordered_plan *plan;
	bool threads; /* or all in the calling one */
	pthread_mutex_t lock;
	pthread_cond_t news; /* for the calling thread */
	pthread_cond_t room; /* in the window, for the others */
	/* under the lock */
	size_t next;	 /* to be worked on */
	size_t reported; /* so many */
	size_t finished; /* ready and not reported */
	size_t running;	 /* threads */
	size_t waiting;	 /* threads, for room */
	bool *ready;	 /* plan->window, by index modulo */
};

/* How many from the next one on can be reported. Under the lock. */
static size_t count_ready(const struct ordered *ordered)
{
	size_t at = ordered->reported;

	while (at < ordered->next && at - ordered->reported < ordered->plan->window &&
	       ordered->ready[at % ordered->plan->window])
		at++;
	return at - ordered->reported;
}

/* Under the lock. */
static void tell(struct ordered *ordered)
{
	bool much = ordered->finished >= ordered->plan->window / WINDOW_PARTS;

	if ((much || ordered->waiting > 0) &&
	    ordered->ready[ordered->reported % ordered->plan->window])
		pthread_cond_signal(&ordered->news);
}

void ordered_ready(struct ordered *ordered, size_t index)
{
	pthread_mutex_lock(&ordered->lock);
	ordered->ready[index % ordered->plan->window] = true;
	ordered->finished++;
	tell(ordered);
	pthread_mutex_unlock(&ordered->lock);
}

/* Reports on what is ready by now. With the lock, which it lets go meanwhile. */
static void report_ready(struct ordered *ordered)
{
	size_t count;

	while ((count = count_ready(ordered)) > 0) {
		size_t first = ordered->reported;

		pthread_mutex_unlock(&ordered->lock);
		for (size_t i = 0; i < count; i++)
			ordered->plan->report(ordered->plan->argument, first + i);
		pthread_mutex_lock(&ordered->lock);
		/* their places are free only now: the reports are done with them */
		for (size_t i = 0; i < count; i++)
			ordered->ready[(first + i) % ordered->plan->window] = false;
		ordered->reported += count;
		ordered->finished -= count;
		if (ordered->waiting > 0)
			pthread_cond_broadcast(&ordered->room);
	}
}

static bool window_full(const struct ordered *ordered)
{
	return ordered->next < ordered->plan->count &&
	       ordered->next - ordered->reported >= ordered->plan->window;
}

static void wait_for_room(struct ordered *ordered)
{
	ordered->waiting++;
	tell(ordered);
	pthread_cond_wait(&ordered->room, &ordered->lock);
	ordered->waiting--;
}

/* The next number for this thread. What fills the window may be its own: it is settled
 * before anybody waits, so that nobody waits for ever. */
static bool take(struct ordered *ordered, void *own, size_t *ret_index)
{
	const struct ordered_plan *plan = ordered->plan;
	bool taken;

	pthread_mutex_lock(&ordered->lock);
	if (window_full(ordered) && plan->settle) {
		pthread_mutex_unlock(&ordered->lock);
		plan->settle(ordered, own);
		pthread_mutex_lock(&ordered->lock);
	}
	while (window_full(ordered)) {
		if (ordered->threads)
			wait_for_room(ordered);
		else
			report_ready(ordered);
	}
	taken = ordered->next < plan->count && !(plan->stopped && plan->stopped());
	if (taken)
		*ret_index = ordered->next++;
	pthread_mutex_unlock(&ordered->lock);
	return taken;
}

static void *worker(void *argument)
{
	struct ordered *ordered = argument;
	const struct ordered_plan *plan = ordered->plan;
	void *own = plan->begin ? plan->begin(plan->argument) : plan->argument;
	size_t index;

	while (take(ordered, own, &index)) {
		plan->work(ordered, own, index);
		if (ordered->threads)
			continue;
		pthread_mutex_lock(&ordered->lock);
		report_ready(ordered);
		pthread_mutex_unlock(&ordered->lock);
	}
	if (plan->settle)
		plan->settle(ordered, own);
	if (plan->end)
		plan->end(own);
	pthread_mutex_lock(&ordered->lock);
	ordered->running--;
	pthread_cond_signal(&ordered->news);
	pthread_mutex_unlock(&ordered->lock);
	return NULL;
}

static void wait_for_news(struct ordered *ordered)
{
	struct timespec until = {0};

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += PATIENCE * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&ordered->news, &ordered->lock, &until);
}

static void report_all(struct ordered *ordered)
{
	pthread_mutex_lock(&ordered->lock);
	for (;;) {
		report_ready(ordered);
		if (ordered->running == 0)
			break;
		wait_for_news(ordered);
	}
	report_ready(ordered);
	pthread_mutex_unlock(&ordered->lock);
}

/* True if at least one thread ran; then everything is reported. */
static bool run_threads(struct ordered *ordered)
{
	pthread_t *threads = calloc(ordered->plan->threads, sizeof(*threads));
	size_t started = 0;

	if (!threads)
		return false;
	pthread_mutex_lock(&ordered->lock);
	ordered->threads = true;
	while (started < ordered->plan->threads &&
	       pthread_create(&threads[started], NULL, worker, ordered) == 0)
		started++;
	ordered->running = started;
	ordered->threads = started > 0;
	pthread_mutex_unlock(&ordered->lock);
	if (started > 0)
		report_all(ordered);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return started > 0;
}

size_t ordered_run(const struct ordered_plan *plan)
{
	struct ordered ordered = {
		.plan = plan,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.room = PTHREAD_COND_INITIALIZER,
	};
	pthread_condattr_t attributes;

	ordered.ready = calloc(plan->window, sizeof(*ordered.ready));
	if (!ordered.ready)
		return 0;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&ordered.news, &attributes);
	pthread_condattr_destroy(&attributes);
	if (plan->threads < 2 || !run_threads(&ordered)) {
		ordered.running = 1;
		worker(&ordered);
		report_all(&ordered);
	}
	free(ordered.ready);
	pthread_mutex_destroy(&ordered.lock);
	pthread_cond_destroy(&ordered.news);
	pthread_cond_destroy(&ordered.room);
	return ordered.reported;
}
