/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork_held POLICY ANCHOR LIBRARY: a thread checks, verifies and reloads, and is stopped
 * where it has taken a mutex or is about to give it back, each time one further on; while
 * it stands there a process is forked off, which does the same with the same context.
 * Prints "N places", or at which a child did not have its answers. No mutex is left out,
 * as the functions that take and give them are this program's.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "modseal.h"

static struct modseal *context;
static const char *library;
static sem_t stopped, go_on;
static unsigned wanted;
static bool over; /* the thread did not come to it */
static int answer;

static int (*lock)(pthread_mutex_t *), (*unlock)(pthread_mutex_t *);
static __thread bool watched;
static __thread unsigned passed;

/* Libraries use them before main. */
static void find(void)
{
	*(void **)&lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
	*(void **)&unlock = dlsym(RTLD_NEXT, "pthread_mutex_unlock");
}

static void pass(void)
{
	if (watched && ++passed == wanted) {
		sem_post(&stopped);
		sem_wait(&go_on);
	}
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	int result;

	if (!lock)
		find();
	result = lock(mutex);
	pass();
	return result;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	if (!unlock)
		find();
	pass();
	return unlock(mutex);
}

static int use(void)
{
	struct modseal_verdict *verdict = NULL;
	struct modseal_image *image = NULL;
	struct modseal_error error;
	int result =
		modseal_check(context, library, MODSEAL_KIND_LIBRARY, &verdict, &error);

	if (result == 0)
		result = modseal_verify(context, library, &image, &error);
	modseal_verdict_free(&verdict);
	modseal_image_free(&image);
	if (result == 0)
		result = modseal_reload(context, &error);
	if (result)
		fprintf(stderr, "%s: %s\n", error.object, error.message);
	return result;
}

static void *run(void *argument)
{
	watched = true;
	answer = use();
	watched = false;
	over = passed < wanted;
	if (over)
		sem_post(&stopped);
	return NULL;
}

/* True where the child had all its answers. */
static bool fork_and_use(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		alarm(20);
		_exit(use() != 0);
	}
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* A context of its own for each: what is decoded once is decoded again. */
static bool hold_one(const struct modseal_options *options)
{
	struct modseal_error error;
	pthread_t thread;
	bool right;

	if (modseal_open(options, &context, &error)) {
		fprintf(stderr, "%s: %s\n", error.object, error.message);
		exit(1);
	}
	if (pthread_create(&thread, NULL, run, NULL))
		exit(3);
	sem_wait(&stopped);
	right = over || fork_and_use();
	if (!over)
		sem_post(&go_on);
	pthread_join(thread, NULL);
	modseal_free(&context);
	return right && answer == 0;
}

int main(int count, char **arguments)
{
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = count == 4 ? arguments[1] : NULL,
		.anchor_paths = (const char *const *)&arguments[2],
		.anchor_path_count = 1,
		.threads = 1,
	};

	if (count != 4)
		return 2;
	library = arguments[3];
	sem_init(&stopped, 0, 0);
	sem_init(&go_on, 0, 0);
	for (wanted = 1; !over; wanted++)
		if (!hold_one(&options)) {
			printf("a process that was forked off at place %u waits, or has "
			       "no answer\n",
			       wanted);
			return 1;
		}
	printf("%u places\n", wanted - 2);
	return 0;
}
