/* SPDX-License-Identifier: Apache-2.0 */
/* Tells a terminal how far a long run has come, how fast it is, and how long it takes. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "verifier/tool/output.h"

#define INTERVAL 200 /* milliseconds */
/* Before so much time has passed a rate is no more than a guess. */
#define RATE_AFTER 1000

static int64_t now_milliseconds(void)
{
	struct timespec now = {0};

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void output_progress_start(struct output *output)
{
	output->progress_begun = now_milliseconds();
	output->progress_due = output->progress_begun + INTERVAL;
}

void output_progress_clear(struct output *output)
{
	if (!output->progress_shown)
		return;
	fputs("\r\033[K", stderr);
	output->progress_shown = false;
}

/* "850 a second, 2 min 5 s left" */
static void print_rate(int64_t passed, size_t done, size_t total)
{
	uint64_t rate = (uint64_t)done * 10000 / (uint64_t)passed, left; /* tenths */

	if (rate == 0)
		return;
	if (rate < 100)
		fprintf(stderr, ", %" PRIu64 ".%" PRIu64 " a second", rate / 10,
			rate % 10);
	else
		fprintf(stderr, ", %" PRIu64 " a second", rate / 10);
	if (total < done || total == 0)
		return;
	left = ((uint64_t)(total - done) * 10 + rate - 1) / rate;
	if (left >= 3600)
		fprintf(stderr, ", %" PRIu64 " h %" PRIu64 " min left", left / 3600,
			left % 3600 / 60);
	else if (left >= 60)
		fprintf(stderr, ", %" PRIu64 " min %" PRIu64 " s left", left / 60,
			left % 60);
	else
		fprintf(stderr, ", %" PRIu64 " s left", left);
}

void output_progress(struct output *output, size_t done, size_t total)
{
	int64_t now;

	if (!output->progress)
		return;
	now = now_milliseconds();
	if (now < output->progress_due)
		return;
	output->progress_due = now + INTERVAL;
	/* a shorter line would leave the end of a longer one standing */
	output_progress_clear(output);
	if (total > 0)
		fprintf(stderr, "\r%zu of %zu", done, total);
	else
		fprintf(stderr, "\r%zu", done);
	if (now - output->progress_begun >= RATE_AFTER)
		print_rate(now - output->progress_begun, done, total);
	output->progress_shown = true;
}
