/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take the next number each; the calling thread reports in order. */
#include <pthread.h>
#include <stdlib.h>

#include "verifier/tool/ordered.h"

struct ordered {
	const struct ordered_plan *plan;
	bool threads; /* or all in the calling one */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock */
	size_t next;	 /* to be worked on */
	size_t reported; /* so many */
	size_t running;	 /* threads */
	bool *ready;	 /* plan->window, by index modulo */
};

void ordered_ready(struct ordered *ordered, size_t index)
{
	pthread_mutex_lock(&ordered->lock);
	ordered->ready[index % ordered->plan->window] = true;
	pthread_cond_broadcast(&ordered->changed);
	pthread_mutex_unlock(&ordered->lock);
}

/* Is the next one to report on ready? Under the lock. */
static bool *next_ready(struct ordered *ordered)
{
	bool *slot = &ordered->ready[ordered->reported % ordered->plan->window];

	return ordered->reported < ordered->next && *slot ? slot : NULL;
}

/* Reports on what is ready by now. With the lock, which it lets go meanwhile. */
static void report_ready(struct ordered *ordered)
{
	bool *slot;

	while ((slot = next_ready(ordered)) != NULL) {
		size_t index = ordered->reported;

		pthread_mutex_unlock(&ordered->lock);
		ordered->plan->report(ordered->plan->argument, index);
		pthread_mutex_lock(&ordered->lock);
		/* its place is free only now: the report is done with it */
		*slot = false;
		ordered->reported++;
		pthread_cond_broadcast(&ordered->changed);
	}
}

static bool window_full(const struct ordered *ordered)
{
	return ordered->next < ordered->plan->count &&
	       ordered->next - ordered->reported >= ordered->plan->window;
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
			pthread_cond_wait(&ordered->changed, &ordered->lock);
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
	pthread_cond_broadcast(&ordered->changed);
	pthread_mutex_unlock(&ordered->lock);
	return NULL;
}

static void report_all(struct ordered *ordered)
{
	pthread_mutex_lock(&ordered->lock);
	for (;;) {
		report_ready(ordered);
		if (ordered->running == 0)
			break;
		pthread_cond_wait(&ordered->changed, &ordered->lock);
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
		.changed = PTHREAD_COND_INITIALIZER,
	};

	ordered.ready = calloc(plan->window, sizeof(*ordered.ready));
	if (!ordered.ready)
		return 0;
	if (plan->threads < 2 || !run_threads(&ordered)) {
		ordered.running = 1;
		worker(&ordered);
		report_all(&ordered);
	}
	free(ordered.ready);
	pthread_mutex_destroy(&ordered.lock);
	pthread_cond_destroy(&ordered.changed);
	return ordered.reported;
}
