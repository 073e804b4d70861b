/* SPDX-License-Identifier: Apache-2.0 */
/* What many rules, signers and supplements cost. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "floor.h"
#include "modseal.h"
#include "policy.h"
#include "policy/rules.h"

#define ROUNDS	  15
#define PATHS	  10000
#define DECISIONS 20000

static char *read_text(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "r");
	char *text = malloc(MODSEAL_MAX_POLICY_SIZE);

	if (!file || !text) {
		free(text);
		if (file)
			fclose(file);
		return NULL;
	}
	*ret_size = fread(text, 1, MODSEAL_MAX_POLICY_SIZE, file);
	fclose(file);
	return text;
}

static size_t read_paths(char **paths)
{
	char line[4096];
	size_t count = 0;

	while (count < PATHS && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		paths[count++] = strdup(line);
	}
	return count;
}

static double time_open(const char *policy, const char *anchor)
{
	const char *anchors[] = {anchor};
	const struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = policy,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	double times[ROUNDS];

	for (int round = -1; round < ROUNDS; round++) {
		struct modseal *context = NULL;
		struct modseal_error error;
		double start = bench_now();

		if (modseal_open(&options, &context, &error) < 0) {
			fprintf(stderr, "%s: %s\n", error.object, error.message);
			return -1;
		}
		if (round >= 0)
			times[round] = bench_now() - start;
		modseal_free(&context);
	}
	return bench_median(times, ROUNDS);
}

/* Every answer is used, so that none is left out. */
static double time_decisions(const struct modseal_policy *policy, char **paths,
			     size_t count)
{
	double times[ROUNDS];
	size_t decided = 0;

	for (int round = -1; round < ROUNDS; round++) {
		double start = bench_now();

		for (size_t i = 0; i < DECISIONS; i++)
			decided += modseal_policy_decide(policy, paths[i * 7919 % count],
							 MODSEAL_KIND_LIBRARY) != NULL;
		if (round >= 0)
			times[round] = bench_now() - start;
	}
	if (decided != (size_t)DECISIONS * (ROUNDS + 1))
		fprintf(stderr, "only %zu paths had a rule\n", decided);
	return bench_median(times, ROUNDS) * 1000 / DECISIONS;
}

int bench_policy(const char *path, const char *anchor)
{
	static char *paths[PATHS];
	struct modseal_policy *policy = NULL;
	struct modseal_error error;
	size_t count = read_paths(paths), size = 0;
	char *text = read_text(path, &size);
	double opened = time_open(path, anchor);

	if (!text || count == 0 || opened < 0)
		return 1;
	if (modseal_policy_parse(modseal_span_of(text, size), path, &policy, &error)) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	printf("open %.0f\ndecide %.0f\n", opened, time_decisions(policy, paths, count));
	modseal_policy_free(&policy);
	free(text);
	return 0;
}
