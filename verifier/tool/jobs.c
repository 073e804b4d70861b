/* SPDX-License-Identifier: Apache-2.0 */
/* Threads take the next operand each; the calling thread prints results in input order.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/tool/jobs.h"

/* Results finished early wait here for an earlier one: per thread, so that one large file
 * does not stop the others at once. */
#define WINDOW_PER_THREAD 16

/* What came of one file. On success error is NULL. */
struct job_result {
	int code;
	struct modseal_verdict *verdict; /* or NULL */
	struct modseal_error *error;	 /* NULL also where memory for it ran out */
};

struct slot {
	bool ready;
	struct job_result result;
};

struct jobs {
	const struct options *options;
	struct output *output;
	job_work *work;
	job_report *report;
	void *argument;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* under the lock */
	size_t next;	 /* operand to be worked on */
	size_t reported; /* operands printed */
	struct slot *window;
	size_t window_size;
};

/* An error is several kilobytes: it lives only as long as its result waits. */
static struct job_result work_on(const struct jobs *jobs, size_t index)
{
	struct job_result result = {.code = MODSEAL_E_INTERNAL};

	result.error = calloc(1, sizeof(*result.error));
	if (!result.error) {
		result.code = MODSEAL_E_RESOURCE;
		return result;
	}
	result.code = jobs->work(jobs->argument, jobs->options->operands.items[index],
				 &result.verdict, result.error);
	if (result.code == MODSEAL_OK) {
		free(result.error);
		result.error = NULL;
	}
	return result;
}

static void report_on(struct jobs *jobs, size_t index, struct job_result *result)
{
	const char *operand = jobs->options->operands.items[index];
	struct modseal_error error = {.code = MODSEAL_E_RESOURCE};

	if (result->code == MODSEAL_OK) {
		jobs->report(jobs->argument, jobs->output, operand, result->verdict);
	} else if (result->error) {
		result->error->code = result->code;
		output_failure(jobs->output, operand, result->error);
	} else {
		memcpy(error.message, "out of memory", sizeof("out of memory"));
		output_failure(jobs->output, operand, &error);
	}
	modseal_verdict_free(&result->verdict);
	free(result->error);
	output_progress(jobs->output, index + 1, jobs->options->operands.count);
}

static void *worker(void *argument)
{
	struct jobs *jobs = argument;
	size_t count = jobs->options->operands.count;

	pthread_mutex_lock(&jobs->lock);
	for (;;) {
		struct job_result result;
		struct slot *slot;
		size_t index;

		while (jobs->next < count &&
		       jobs->next - jobs->reported >= jobs->window_size)
			pthread_cond_wait(&jobs->changed, &jobs->lock);
		if (jobs->next >= count)
			break;
		index = jobs->next++;
		pthread_mutex_unlock(&jobs->lock);
		result = work_on(jobs, index);
		pthread_mutex_lock(&jobs->lock);
		slot = &jobs->window[index % jobs->window_size];
		slot->result = result;
		slot->ready = true;
		pthread_cond_broadcast(&jobs->changed);
	}
	pthread_mutex_unlock(&jobs->lock);
	return NULL;
}

static void report_all(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->options->operands.count; i++) {
		struct slot *slot = &jobs->window[i % jobs->window_size];
		struct job_result result;

		pthread_mutex_lock(&jobs->lock);
		while (!slot->ready)
			pthread_cond_wait(&jobs->changed, &jobs->lock);
		result = slot->result;
		slot->ready = false;
		jobs->reported = i + 1;
		pthread_cond_broadcast(&jobs->changed);
		pthread_mutex_unlock(&jobs->lock);
		report_on(jobs, i, &result);
	}
}

static void run_here(struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->options->operands.count; i++) {
		struct job_result result = work_on(jobs, i);

		report_on(jobs, i, &result);
	}
}

static size_t thread_count(const struct options *options)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = options->jobs_given ? options->jobs : 1;

	if (wanted == 0)
		wanted = processors > 0 ? (size_t)processors : 1;
	return wanted < options->operands.count ? wanted : options->operands.count;
}

/* True if at least one thread ran; then everything is reported. */
static bool run_threads(struct jobs *jobs, size_t wanted)
{
	pthread_t *threads = calloc(wanted, sizeof(*threads));
	size_t started = 0;

	jobs->window_size = wanted * WINDOW_PER_THREAD;
	jobs->window = calloc(jobs->window_size, sizeof(*jobs->window));
	if (threads && jobs->window)
		while (started < wanted &&
		       pthread_create(&threads[started], NULL, worker, jobs) == 0)
			started++;
	if (started > 0)
		report_all(jobs);
	for (size_t i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	free(jobs->window);
	free(threads);
	return started > 0;
}

void jobs_run(const struct options *options, struct output *output, job_work *work,
	      job_report *report, void *argument)
{
	struct jobs jobs = {
		.options = options,
		.output = output,
		.work = work,
		.report = report,
		.argument = argument,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	size_t wanted = thread_count(options);

	if (wanted < 2 || !run_threads(&jobs, wanted))
		run_here(&jobs);
	pthread_mutex_destroy(&jobs.lock);
	pthread_cond_destroy(&jobs.changed);
}
