/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptors ROUNDS SEARCH LIBRARY STRANGER
 *
 * R62: while this thread loads the library, another one puts the stranger, sealed memory
 * as well, over the descriptor that was approved. Each round is a process of its own,
 * since one that finds the stranger mapped ends at once. Prints
 * `N loaded, N refused, N ended, N wrong`.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/hosts/loader_host.h"

/* Turns of the loop before the first time, at most: longer than a load takes. */
#define SPREAD 100000u

enum { LOADED = 0, REFUSED = 10, WRONG = 11, BROKEN = 12 };

struct attack {
	int from;
	int over;
	unsigned delay; /* turns of an empty loop */
	atomic_bool go;
};

static void *put(void *argument)
{
	struct attack *attack = argument;

	while (!atomic_load(&attack->go))
		;
	for (volatile unsigned turn = 0; turn < attack->delay; turn++)
		;
	for (int again = 0; again < 50; again++)
		dup2(attack->from, attack->over);
	return NULL;
}

static int judge(struct modseal_module *module)
{
	struct modseal_error error = {0};
	void *address = NULL;

	if (modseal_symbol(module, "msa_value", NULL, &address, &error))
		return WRONG;
	return ((int (*)(void))address)() == 1 ? LOADED : WRONG;
}

static int child(struct modseal_image *image, struct modseal_image *stranger,
		 unsigned delay)
{
	struct attack attack = {
		.from = stranger->descriptor, .over = image->descriptor, .delay = delay};
	struct modseal_module *module = NULL;
	struct modseal_error error = {0};
	pthread_t thread;
	int code;

	if (pthread_create(&thread, NULL, put, &attack))
		return BROKEN;
	atomic_store(&attack.go, true);
	code = modseal_load(image, 0, &module, &error);
	pthread_join(thread, NULL);
	if (code == 0)
		return judge(module);
	/* what it says must be about the descriptor */
	return code == MODSEAL_E_NOT_SEALED || code == MODSEAL_E_SYSTEM ? REFUSED
									: BROKEN;
}

int main(int argc, char **argv)
{
	struct stand_in stand_in;
	struct modseal_image *image, *stranger;
	struct modseal_error error = {0};
	unsigned counts[4] = {0}, rounds;

	if (argc != 5)
		return 2;
	rounds = (unsigned)strtoul(argv[1], NULL, 10);
	stand_in_init(&stand_in);
	stand_in.search[stand_in.search_count++] = argv[2];
	/* those that end leave no core file */
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	image = make_image(&stand_in, argv[3], NULL, 0, &error);
	stranger = make_image(&stand_in, argv[4], NULL, 0, &error);
	if (!image || !stranger || modseal_gate_check(&stand_in.gate, &error)) {
		fprintf(stderr, "%s: %s\n", modseal_code_name(error.code), error.message);
		return 3;
	}
	for (unsigned round = 0; round < rounds; round++) {
		/* from "long before" to "long after" the load */
		unsigned delay = round * 7919u % SPREAD;
		pid_t one = fork();
		int status;

		if (one == 0) {
			_exit(child(image, stranger, delay));
		}
		if (one < 0 || waitpid(one, &status, 0) != one)
			return 3;
		if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
			counts[2]++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == LOADED)
			counts[0]++;
		else if (WIFEXITED(status) && WEXITSTATUS(status) == REFUSED)
			counts[1]++;
		else
			counts[3]++;
	}
	printf("%u loaded, %u refused, %u ended, %u wrong\n", counts[0], counts[1],
	       counts[2], counts[3]);
	return 0;
}
