/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threads POLICY ANCHOR GOOD BAD CODE: eight threads share one context and verify, load,
 * resolve, call and unload GOOD (its function `answer` gives 42), and ask for BAD, which
 * must be refused with CODE (by name) every time. Prints how often each happened.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal.h"

#define THREADS 8
#define ROUNDS	25

struct job {
	struct modseal *context;
	char **arguments;
	pthread_barrier_t *start;
	int good, bad;
	struct modseal_error error; /* of what went wrong first */
};

static int use(struct modseal_image *image, struct modseal_error *error)
{
	struct modseal_module *module = NULL, *again = NULL;
	int (*answer)(void) = NULL;
	void *address = NULL;
	int right = 0;

	if (modseal_load(image, 0, &module, error))
		return 0;
	/* opened once more while others ask it for the symbol */
	if (modseal_load(image, MODSEAL_LOAD_EXPORT, &again, error) == 0 &&
	    modseal_symbol(module, "answer", NULL, &address, error) == 0) {
		memcpy(&answer, &address, sizeof(answer));
		right = answer() == 42;
	}
	return modseal_unload(&module, error) == 0 &&
	       modseal_unload(&again, error) == 0 && right;
}

static int refused(struct job *job)
{
	struct modseal_error error = {0};
	struct modseal_verdict *verdict = NULL;
	struct modseal_image *image = NULL;
	int code = modseal_verify(job->context, job->arguments[4], &image, &error);
	int same = modseal_check(job->context, job->arguments[4], MODSEAL_KIND_LIBRARY,
				 &verdict, NULL) == code;

	if (!same || image || verdict ||
	    strcmp(modseal_code_name(code), job->arguments[5]) != 0) {
		job->error = error;
		return 0;
	}
	return 1;
}

static void *work(void *argument)
{
	struct job *job = argument;

	pthread_barrier_wait(job->start);
	for (int i = 0; i < ROUNDS; i++) {
		struct modseal_image *image = NULL;

		if (modseal_verify(job->context, job->arguments[3], &image,
				   &job->error) == 0 &&
		    use(image, &job->error))
			job->good++;
		modseal_image_free(&image);
		job->bad += refused(job);
	}
	return NULL;
}

int main(int count, char **arguments)
{
	static struct job jobs[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	struct modseal_error error = {0};
	const char *anchor = count == 6 ? arguments[2] : "";
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = count == 6 ? arguments[1] : NULL,
		.anchor_paths = &anchor,
		.anchor_path_count = 1,
	};
	struct modseal *context = NULL;
	int good = 0, bad = 0;

	if (count != 6)
		return 2;
	if (modseal_open(&options, &context, &error)) {
		printf("%s: %s: %s\n", modseal_code_name(error.code), error.object,
		       error.message);
		return 1;
	}
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){
			.context = context, .arguments = arguments, .start = &start};
		if (pthread_create(&threads[i], NULL, work, &jobs[i]))
			return 3;
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		good += jobs[i].good;
		bad += jobs[i].bad;
		if (jobs[i].error.code)
			printf("%s: %s: %s\n", modseal_code_name(jobs[i].error.code),
			       jobs[i].error.object, jobs[i].error.message);
	}
	modseal_free(&context);
	printf("%d good, %d bad of %d\n", good, bad, THREADS * ROUNDS);
	return good == THREADS * ROUNDS && bad == THREADS * ROUNDS ? 0 : 1;
}
