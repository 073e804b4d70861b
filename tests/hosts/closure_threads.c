/* SPDX-License-Identifier: Apache-2.0 */
/*
 * closure_threads POLICY ANCHOR THREADS ROUNDS LIBRARY...: verifies each library for
 * loading with so many threads, ROUNDS times, and prints what was decided: the paths in
 * their order, or code, stage, object and message. With CANCELLED in the environment each
 * time in a thread that is cancelled before it asks, and nothing is printed if it ends
 * before it has its answer.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "modseal.h"

static struct modseal_error error;

static void show(const struct modseal_verdict *verdict)
{
	const struct modseal_verdict *dependency;

	printf("%s", modseal_verdict_path(verdict));
	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)) != NULL;
	     i++)
		printf(" %s", modseal_verdict_path(dependency));
	puts("");
}

struct question {
	struct modseal *context;
	const char *library;
};

static void *verify(void *argument)
{
	const struct question *question = argument;
	struct modseal_image *image = NULL;
	int code, before;

	if (getenv("CANCELLED"))
		pthread_cancel(pthread_self());
	code = modseal_verify(question->context, question->library, &image, &error);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	if (code)
		printf("%s %d %s: %s\n", modseal_code_name(error.code), error.stage,
		       error.object, error.message);
	else
		show(modseal_image_verdict(image));
	modseal_image_free(&image);
	return NULL;
}

static int ask(struct modseal *context, const char *library)
{
	struct question question = {context, library};
	pthread_t thread;

	return pthread_create(&thread, NULL, verify, &question) ||
	       pthread_join(thread, NULL);
}

int main(int count, char **arguments)
{
	struct modseal *context = NULL;
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = count > 5 ? arguments[1] : NULL,
		.anchor_paths = (const char *const *)&arguments[2],
		.anchor_path_count = 1,
	};

	if (count < 6)
		return 2;
	options.threads = (uint32_t)atoi(arguments[3]);
	if (modseal_open(&options, &context, &error)) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	for (int round = 0; round < atoi(arguments[4]); round++)
		for (int i = 5; i < count; i++)
			if (ask(context, arguments[i]))
				return 3;
	modseal_free(&context);
	return 0;
}
