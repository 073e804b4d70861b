/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cancelled POLICY ANCHOR LIBRARY: makes each call that waits for others, or that others
 * wait for, in a thread that is cancelled before it; then loads and unloads the library
 * in another. Prints "CALL: ANSWER, later ANSWER", where an answer is the name of a code,
 * or "none" for a thread that ended before it had one. An end that never comes is ended
 * by SIGALRM.
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "modseal-guard.h"
#include "modseal-process.h"
#include "modseal.h"

enum call {
	OPEN,
	RELOAD,
	PROCESS,
	RUNNING,
	RECORD,
	LOAD,
	LOAD_AGAIN,
	UNLOAD,
	CALL_COUNT
};

static const char *const names[] = {
	[OPEN] = "open",
	[RELOAD] = "reload",
	[PROCESS] = "process",
	[RUNNING] = "running",
	[RECORD] = "record",
	[LOAD] = "load",
	[LOAD_AGAIN] = "load again",
	[UNLOAD] = "unload",
};

struct question {
	const struct modseal_options *options;
	struct modseal *context;
	const char *library;
	enum call call;
	int answer; /* 1: none */
};

static int prepare(const struct question *question, struct modseal_image **image,
		   struct modseal_module **module)
{
	struct modseal_error error;
	int result = 0;

	if (question->call >= LOAD)
		result = modseal_verify(question->context, question->library, image,
					&error);
	if (result == 0 && question->call >= LOAD_AGAIN)
		result = modseal_load(*image, 0, module, &error);
	if (result < 0)
		printf("before: %s: %s\n", error.object, error.message);
	return result;
}

static void *ask(void *argument)
{
	struct modseal_module *module = NULL, *again = NULL;
	struct question *question = argument;
	struct modseal_error refusal = {.code = MODSEAL_E_NOT_FOUND};
	struct modseal_use use = {.version = MODSEAL_USE_VERSION,
				  .path = question->library,
				  .descriptor = -1};
	struct modseal_image *image = NULL;
	struct modseal *opened = NULL;
	const pid_t self = getpid();
	int before, answer = 1;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	if (prepare(question, &image, &module) < 0)
		return NULL;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &before);
	pthread_cancel(pthread_self());
	switch (question->call) {
	case OPEN:
		answer = modseal_open(question->options, &opened, NULL);
		break;
	case RELOAD:
		answer = modseal_reload(question->context, NULL);
		break;
	case PROCESS:
		answer = modseal_check_process(question->context, NULL);
		break;
	case RUNNING:
		answer = modseal_check_running(question->context, &self, 1, 0, NULL, NULL,
					       NULL, NULL);
		break;
	case RECORD:
		answer = modseal_guard_record(question->context, &use, &refusal, 0, NULL);
		break;
	case LOAD:
		answer = modseal_load(image, 0, &module, NULL);
		break;
	case LOAD_AGAIN:
		answer = modseal_load(image, MODSEAL_LOAD_EXPORT, &again, NULL);
		break;
	default:
		answer = modseal_unload(&module, NULL);
		break;
	}
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
	question->answer = answer;
	modseal_unload(&again, NULL);
	modseal_unload(&module, NULL);
	modseal_image_free(&image);
	modseal_free(&opened);
	return NULL;
}

static const char *name_of(int answer)
{
	return answer == 1 ? "none" : modseal_code_name(answer);
}

static int load_and_unload(struct modseal *context, const char *library)
{
	struct modseal_module *module = NULL;
	struct modseal_image *image = NULL;
	int result = modseal_verify(context, library, &image, NULL);

	if (result == 0)
		result = modseal_load(image, 0, &module, NULL);
	if (result == 0)
		result = modseal_unload(&module, NULL);
	modseal_image_free(&image);
	/* last: it has locks of its own */
	return result ? result : modseal_reload(context, NULL);
}

int main(int count, char **arguments)
{
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = count == 4 ? arguments[1] : NULL,
		.anchor_paths = (const char *const *)&arguments[2],
		.anchor_path_count = 1,
	};
	struct question question = {.options = &options, .library = arguments[3]};
	struct modseal_error error;

	if (count != 4)
		return 2;
	if (modseal_open(&options, &question.context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		return 1;
	}
	for (question.call = OPEN; question.call < CALL_COUNT; question.call++) {
		pthread_t thread;

		question.answer = 1;
		if (pthread_create(&thread, NULL, ask, &question) ||
		    pthread_join(thread, NULL))
			return 3;
		printf("%s: %s, ", names[question.call], name_of(question.answer));
		fflush(stdout);
		alarm(20);
		printf("later %s\n",
		       name_of(load_and_unload(question.context, arguments[3])));
		fflush(stdout);
		alarm(0);
	}
	modseal_free(&question.context);
	return 0;
}
