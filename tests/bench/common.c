/* SPDX-License-Identifier: Apache-2.0 */
/* Clock, lists and contexts of the measuring programs. */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

double bench_median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 ? values[count / 2]
			 : (values[count / 2 - 1] + values[count / 2]) / 2;
}

size_t bench_read_list(char **lines)
{
	char line[4200];
	size_t count = 0;

	while (count < BENCH_MAX_FILES && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if ((lines[count] = strdup(line)))
			count++;
	}
	return count;
}

void bench_put_elsewhere(pthread_t thread)
{
	cpu_set_t all, others;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	others = all;
	CPU_CLR((size_t)sched_getcpu(), &others);
	if (CPU_COUNT(&others) > 0 &&
	    pthread_setaffinity_np(thread, sizeof(others), &others) == 0)
		pthread_setaffinity_np(thread, sizeof(all), &all);
}

int bench_complain(const struct modseal_error *error)
{
	fprintf(stderr, "%s: '%s': %s (%s)\n", modseal_code_name(error->code),
		error->object, error->message, error->remedy);
	return 1;
}

int bench_open(const char *policy, const char *anchor, uint32_t flags,
	       struct modseal **ret_context)
{
	struct modseal_error error;
	const char *anchors[] = {anchor};
	const struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | flags,
		.policy_path = policy,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};

	return modseal_open(&options, ret_context, &error) < 0 ? bench_complain(&error)
							       : 0;
}
