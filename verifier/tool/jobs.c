/* SPDX-License-Identifier: Apache-2.0 */
/* The operands, each by itself: its result waits until those before it are printed. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/tool/jobs.h"
#include "verifier/tool/ordered.h"

/* Results finished early wait here for an earlier one: per thread, so that one large file
 * does not stop the others at once. */
#define WINDOW_PER_THREAD 64

/* What came of one file. On success error is NULL. */
struct job_result {
	int code;
	struct modseal_verdict *verdict; /* or NULL */
	struct modseal_error *error;	 /* NULL also where memory for it ran out */
};

struct jobs {
	const struct options *options;
	struct output *output;
	job_work *work;
	job_report *report;
	void *argument;
	struct job_result *results; /* of the window */
	size_t window;
};

/* An error is several kilobytes: it lives only as long as its result waits. */
static void work(struct ordered *ordered, void *own, size_t index)
{
	struct jobs *jobs = own;
	struct job_result result = {.code = MODSEAL_E_RESOURCE};

	result.error = calloc(1, sizeof(*result.error));
	if (result.error)
		result.code =
			jobs->work(jobs->argument, jobs->options->operands.items[index],
				   &result.verdict, result.error);
	if (result.code == MODSEAL_OK) {
		free(result.error);
		result.error = NULL;
	}
	jobs->results[index % jobs->window] = result;
	ordered_ready(ordered, index);
}

static void report(void *argument, size_t index)
{
	struct jobs *jobs = argument;
	struct job_result *result = &jobs->results[index % jobs->window];
	const char *operand = jobs->options->operands.items[index];

	if (result->code == MODSEAL_OK) {
		jobs->report(jobs->argument, jobs->output, operand, result->verdict);
	} else if (result->error) {
		result->error->code = result->code;
		output_failure(jobs->output, operand, result->error);
	} else {
		jobs_no_memory(jobs->output, operand);
	}
	modseal_verdict_free(&result->verdict);
	free(result->error);
	output_progress(jobs->output, index + 1, jobs->options->operands.count);
}

void jobs_no_memory(struct output *output, const char *operand)
{
	struct modseal_error error = {.code = MODSEAL_E_RESOURCE};

	memcpy(error.message, "out of memory", sizeof("out of memory"));
	output_failure(output, operand, &error);
}

size_t jobs_threads(const struct options *options, size_t count)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted = options->jobs_given ? options->jobs : 1;

	if (wanted == 0)
		wanted = processors > 0 ? (size_t)processors : 1;
	if (wanted > count)
		wanted = count;
	return wanted ? wanted : 1;
}

void jobs_run(const struct options *options, struct output *output, job_work *work_one,
	      job_report *report_one, void *argument)
{
	size_t count = options->operands.count, threads = jobs_threads(options, count);
	struct jobs jobs = {
		.options = options,
		.output = output,
		.work = work_one,
		.report = report_one,
		.argument = argument,
		.window = threads * WINDOW_PER_THREAD,
	};
	const struct ordered_plan plan = {
		.count = count,
		.threads = threads,
		.window = jobs.window,
		.argument = &jobs,
		.work = work,
		.report = report,
	};
	size_t done = 0;

	jobs.results = calloc(jobs.window, sizeof(*jobs.results));
	if (jobs.results)
		done = ordered_run(&plan);
	for (; done < count; done++)
		jobs_no_memory(output, options->operands.items[done]);
	free(jobs.results);
}
