/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader_many ROUNDS SEARCH FOLDER: eight threads share ROUNDS rounds. In each, a thread
 * makes an image of each of the 50 modules FOLDER/libmany00.so.1 ... libmany49.so.1,
 * loads, resolves, calls `many_value`, which must give the module's number, and unloads
 * it; in every other round all 50 are held before the first is unloaded.
 *
 * All stop after each tenth, and what the process holds then is compared: descriptors,
 * mappings and objects with those of before; from 1000 rounds on also its memory with
 * that after the first tenth. Prints this, and `N wrong`.
 */
#include <dirent.h>
#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "tests/hosts/loader_host.h"

#define THREADS	   8
#define MODULES	   50
#define LEGS	   10
#define SLACK_KIB  1024 /* of memory: two bytes per load of the full count */
#define SETTLED	   1000 /* rounds, from which on memory is compared */
#define WRONG_KEPT 10	/* that are printed */

/* A sanitizer's own memory grows with what it remembers. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ONLY_OWN_MEMORY false
#else
#define ONLY_OWN_MEMORY true
#endif

struct many {
	struct stand_in stand_in;
	const char *folder;
	int rounds; /* of a leg, of all threads */
	atomic_int next, wrong;
	pthread_barrier_t leg;
};

struct held {
	unsigned long descriptors, mappings, objects, kilobytes;
};

static void complain(struct many *many, int number, const struct modseal_error *error)
{
	if (atomic_fetch_add(&many->wrong, 1) < WRONG_KEPT)
		fprintf(stderr, "module %d: %s: %s\n", number,
			modseal_code_name(error->code), error->message);
}

/* The module, loaded, if its function gives the right value. */
static struct modseal_module *load_one(struct many *many, int number)
{
	struct modseal_error error = {0};
	struct modseal_module *module = NULL;
	struct modseal_image *image;
	void *address = NULL;
	char path[4096];

	snprintf(path, sizeof(path), "%s/libmany%02d.so.1", many->folder, number);
	image = make_image(&many->stand_in, path, NULL, 0, &error);
	if (!image || modseal_load(image, 0, &module, &error) ||
	    modseal_symbol(module, "many_value", NULL, &address, &error) ||
	    ((int (*)(void))address)() != number)
		complain(many, number, &error);
	modseal_image_free(&image);
	return module;
}

static void unload_one(struct many *many, int number, struct modseal_module **module)
{
	struct modseal_error error = {0};

	if (modseal_unload(module, &error))
		complain(many, number, &error);
}

/* Each round begins at another module. */
static void one_round(struct many *many, int round)
{
	struct modseal_module *modules[MODULES];
	bool hold = round % 2;

	for (int i = 0; i < MODULES; i++) {
		int number = (round * 7 + i) % MODULES;

		modules[number] = load_one(many, number);
		if (!hold)
			unload_one(many, number, &modules[number]);
	}
	for (int i = 0; hold && i < MODULES; i++)
		unload_one(many, i, &modules[i]);
}

static void *run(void *argument)
{
	struct many *many = argument;

	for (int leg = 0; leg < LEGS; leg++) {
		int round;

		pthread_barrier_wait(&many->leg);
		while ((round = atomic_fetch_add(&many->next, 1)) < many->rounds)
			one_round(many, round);
		pthread_barrier_wait(&many->leg);
	}
	return NULL;
}

static int count_object(struct dl_phdr_info *info, size_t size, void *argument)
{
	++*(unsigned long *)argument;
	return 0;
}

/* Nothing here keeps a buffer, which would be memory of its own. */
static struct held look(void)
{
	struct held held = {0};
	char text[4096];
	DIR *directory = opendir("/proc/self/fd");
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	FILE *statm;
	ssize_t got;

	while (directory && readdir(directory))
		held.descriptors++;
	closedir(directory);
	while ((got = read(maps, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < got; i++)
			held.mappings += text[i] == '\n';
	close(maps);
	dl_iterate_phdr(count_object, &held.objects);
	statm = fopen("/proc/self/statm", "r");
	if (!statm || fscanf(statm, "%*u %lu", &held.kilobytes) != 1)
		abort();
	fclose(statm);
	held.kilobytes *= (unsigned long)sysconf(_SC_PAGESIZE) / 1024;
	return held;
}

/* Tells what is not as it was. */
static int compare(int rounds, const struct held *before, const struct held *first,
		   const struct held *last)
{
	printf("descriptors %lu to %lu, mappings %lu to %lu, objects %lu to %lu, "
	       "memory %lu KiB after the first tenth to %lu after the last\n",
	       before->descriptors, last->descriptors, before->mappings, last->mappings,
	       before->objects, last->objects, first->kilobytes, last->kilobytes);
	return before->descriptors != last->descriptors ||
	       before->objects != last->objects ||
	       (ONLY_OWN_MEMORY && before->mappings != last->mappings) ||
	       (ONLY_OWN_MEMORY && rounds >= SETTLED &&
		last->kilobytes > first->kilobytes + SLACK_KIB);
}

int main(int argc, char **argv)
{
	static struct many many;
	pthread_t threads[THREADS];
	struct held before, after[LEGS];
	int leaked;

	if (argc != 4)
		return 2;
	/* one heap, of one mapping: each thread's own would grow into view by turns */
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_MAX, 0);
	stand_in_init(&many.stand_in);
	many.stand_in.search[many.stand_in.search_count++] = argv[2];
	many.folder = argv[3];
	many.rounds = (atoi(argv[1]) + LEGS - 1) / LEGS;
	pthread_barrier_init(&many.leg, NULL, THREADS + 1);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, run, &many))
			return 3;
	one_round(&many, 1); /* what is made once and kept: registry, OpenSSL */
	before = look();
	for (int leg = 0; leg < LEGS; leg++) {
		atomic_store(&many.next, 0);
		pthread_barrier_wait(&many.leg);
		pthread_barrier_wait(&many.leg);
		after[leg] = look();
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	leaked = compare(many.rounds * LEGS, &before, &after[0], &after[LEGS - 1]);
	printf("%d rounds of %d modules, %d wrong\n", many.rounds * LEGS, MODULES,
	       many.wrong);
	return leaked || many.wrong;
}
