/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader_threads MODE ROUNDS SEARCH LIBRARIES
 *
 * together: eight threads judge the process, load, resolve and unload at once. Odd ones
 *load libmsa by itself, even ones libmsb with libmsa under it. unshared: a thread that
 *has a table of descriptors of its own does it. forked: the process does it that was
 *forked off while a thread of the first was loading. Prints `N wrong`.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "tests/hosts/loader_host.h"
#include "verifier/loader/registry.h"

#define THREADS 8

struct work {
	struct stand_in *stand_in;
	const char *libraries;
	int rounds;
	int number;
	bool unshared;
	atomic_int *wrong;
};

static struct modseal_image *approve(const struct work *work, bool with_b,
				     struct modseal_error *error)
{
	struct modseal_image *a, *b;
	char path[4096];

	snprintf(path, sizeof(path), "%s/v1/libmsa.so.1", work->libraries);
	a = make_image(work->stand_in, path, NULL, 0, error);
	if (!a || !with_b)
		return a;
	snprintf(path, sizeof(path), "%s/v1/libmsb.so.1", work->libraries);
	b = make_image(work->stand_in, path, &a, 1, error);
	modseal_image_free(&a);
	return b;
}

/* True if the module did what it should. */
static bool once(const struct work *work, bool with_b, struct modseal_error *error)
{
	struct modseal_image *image = approve(work, with_b, error);
	struct modseal_module *module = NULL;
	void *address = NULL;
	bool right;

	if (!image || modseal_load(image, 0, &module, error))
		return false;
	modseal_image_free(&image);
	right = modseal_symbol(module, with_b ? "msb_value" : "msa_value", NULL, &address,
			       error) == 0 &&
		((int (*)(void))address)() == (with_b ? 11 : 1) &&
		modseal_symbol_anywhere(module, "msa_only", NULL, &address, error) == 0;
	return modseal_unload(&module, error) == 0 && right;
}

static void *run(void *argument)
{
	const struct work *work = argument;
	struct modseal_error error = {0};

	if (work->unshared && unshare(CLONE_FILES)) {
		perror("unshare");
		exit(3);
	}
	for (int i = 0; i < work->rounds; i++)
		if (modseal_gate_check(&work->stand_in->gate, &error) ||
		    !once(work, (work->number + i) % 2, &error)) {
			atomic_fetch_add(work->wrong, 1);
			fprintf(stderr, "%s: %s\n", modseal_code_name(error.code),
				error.message);
		}
	return NULL;
}

/* As long as it takes to be forked. */
static void *hold(void *argument)
{
	pthread_barrier_t *both = argument;

	if (modseal_loader_lock(NULL))
		exit(3);
	pthread_barrier_wait(both);
	pthread_barrier_wait(both);
	modseal_loader_unlock();
	return NULL;
}

static void run_forked(struct work *work)
{
	pthread_barrier_t both;
	pthread_t holder;
	int status = 0;
	pid_t child;

	pthread_barrier_init(&both, NULL, 2);
	if (pthread_create(&holder, NULL, hold, &both))
		exit(3);
	pthread_barrier_wait(&both);
	child = fork();
	if (child == 0) {
		alarm(20);
		run(work);
		_exit(*work->wrong != 0);
	}
	pthread_barrier_wait(&both);
	pthread_join(holder, NULL);
	if (waitpid(child, &status, 0) != child || status != 0)
		atomic_fetch_add(work->wrong, 1);
}

int main(int argc, char **argv)
{
	struct stand_in stand_in;
	struct work works[THREADS];
	pthread_t threads[THREADS];
	atomic_int wrong = 0;
	int count;

	if (argc != 5)
		return 2;
	count = strcmp(argv[1], "together") == 0 ? THREADS : 1;
	stand_in_init(&stand_in);
	stand_in.search[stand_in.search_count++] = argv[3];
	for (int i = 0; i < count; i++) {
		works[i] = (struct work){&stand_in, argv[4],	atoi(argv[2]),
					 i,	    count == 1, &wrong};
		if (strcmp(argv[1], "forked") == 0) {
			works[i].unshared = false;
			run_forked(&works[i]);
			count = 0;
		} else if (pthread_create(&threads[i], NULL, run, &works[i]))
			return 3;
	}
	for (int i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%d wrong\n", wrong);
	return 0;
}
