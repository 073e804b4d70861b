/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forked POLICY ANCHOR FILE CHILDREN: opens a context, then forks so many processes, one
 * after the other, each of which has eight threads check the file at once, as servers do
 * that start their workers after they have read what they need. Ends with 0 if all of
 * them had the answer that it is accepted.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modseal.h"

#define THREADS 8

struct job {
	struct modseal *context;
	const char *file;
	pthread_barrier_t *start;
	int code;
};

static void *check(void *argument)
{
	struct modseal_verdict *verdict = NULL;
	struct job *job = argument;

	pthread_barrier_wait(job->start);
	job->code = modseal_check(job->context, job->file, MODSEAL_KIND_LIBRARY, &verdict,
				  NULL);
	modseal_verdict_free(&verdict);
	return NULL;
}

static int work(struct modseal *context, const char *file)
{
	struct job jobs[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	int wrong = 0;

	alarm(60);
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){context, file, &start, 1};
		if (pthread_create(&threads[i], NULL, check, &jobs[i]))
			return 3;
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		wrong |= jobs[i].code != 0;
	}
	modseal_free(&context);
	return wrong;
}

int main(int count, char **arguments)
{
	struct modseal *context = NULL;
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | MODSEAL_OPEN_CHECK_ONLY,
		.policy_path = count == 5 ? arguments[1] : NULL,
		.anchor_paths = (const char *const *)&arguments[2],
		.anchor_path_count = 1,
		.threads = 1,
	};
	struct modseal_error error;
	int status, worst = 0;

	if (count != 5)
		return 2;
	if (modseal_open(&options, &context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		return 1;
	}
	for (int i = 0; i < atoi(arguments[4]); i++) {
		pid_t child = fork();

		if (child == 0)
			exit(work(context, arguments[3]));
		if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
			worst = 1;
	}
	modseal_free(&context);
	return worst;
}
