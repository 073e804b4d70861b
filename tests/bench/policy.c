/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy costs: when a context is opened, and when a file is decided. */
#include "policy/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define DECISIONS 20000

int bench_context(char **arguments)
{
	struct modseal *context;
	double start = bench_now();

	if (bench_open(arguments[0], arguments[1], MODSEAL_OPEN_CHECK_ONLY, &context))
		return 1;
	printf("us %.2f\n", bench_now() - start);
	modseal_free(&context);
	return 0;
}

static char *read_text(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	char *text = file ? malloc(MODSEAL_MAX_POLICY_SIZE) : NULL;

	if (text)
		*ret_size = fread(text, 1, MODSEAL_MAX_POLICY_SIZE, file);
	if (file)
		fclose(file);
	return text;
}

/* Every answer is used, so that none is left out. */
int bench_decide(char **arguments)
{
	static char *paths[BENCH_MAX_FILES];
	size_t count = bench_read_list(paths), size = 0, decided = 0;
	char *text = read_text(arguments[0], &size);
	struct modseal_policy *policy;
	struct modseal_error error;
	double start;

	if (!text || count == 0)
		return 1;
	if (modseal_policy_parse(modseal_span_of(text, size), arguments[0], &policy,
				 &error))
		return bench_complain(&error);
	start = bench_now();
	for (size_t i = 0; i < DECISIONS; i++)
		decided += modseal_policy_decide(policy, paths[i * 7919 % count],
						 MODSEAL_KIND_LIBRARY) != NULL;
	printf("us %.4f\n", (bench_now() - start) / DECISIONS);
	if (decided != DECISIONS)
		fprintf(stderr, "only %zu of %d paths had a rule\n", decided, DECISIONS);
	modseal_policy_free(&policy);
	free(text);
	return decided != DECISIONS;
}
