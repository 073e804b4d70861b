/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench check CERTIFICATE < LIST: all files of a list, floor and modseal in turn.
 * bench load POLICY ANCHOR LIBRARY: verified load of a library beside plain dlopen and
 * beside the digest of its whole closure; each measured in fresh processes, in turn.
 * Output: lines `name microseconds` (medians); the ratio is the reader's to take.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "floor.h"
#include "modseal-inspect.h"
#include "policy.h"
#include "sign.h"

#define ROUNDS	  7
#define MAX_FILES 8192

static int complain(const struct modseal_error *error)
{
	fprintf(stderr, "%s: '%s': %s (%s)\n", modseal_code_name(error->code),
		error->object, error->message, error->remedy);
	return 1;
}

/* ---- check ------------------------------------------------------------------------- */

static size_t read_list(char **files)
{
	char line[4200];
	size_t count = 0;

	while (count < MAX_FILES && fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		files[count++] = strdup(line);
	}
	return count;
}

static int check_all(struct modseal_trust *trust, char **files, size_t count)
{
	static struct modseal_error error;

	for (size_t i = 0; i < count; i++) {
		struct modseal_verdict *verdict;

		if (modseal_trust_check(trust, files[i], &verdict, &error) < 0)
			return complain(&error);
		modseal_verdict_free(&verdict);
	}
	return 0;
}

static int bench_check(const char *certificate)
{
	static char *files[MAX_FILES];
	static struct modseal_error error;
	struct modseal_trust_options options = {.version = MODSEAL_TRUST_OPTIONS_VERSION,
						.certificate_path = certificate};
	double floor_times[ROUNDS], times[ROUNDS];
	struct bench_floor *floor = bench_floor_new(certificate);
	struct modseal_trust *trust;
	size_t count = read_list(files);

	if (!floor || count == 0)
		return 2;
	if (modseal_trust_open(&options, &trust, &error) < 0)
		return complain(&error);
	for (int round = -1; round < ROUNDS; round++) {
		double start = bench_now(), middle;

		for (size_t i = 0; i < count; i++)
			if (bench_floor_check(floor, files[i]) != 0)
				return 1;
		middle = bench_now();
		if (check_all(trust, files, count) != 0)
			return 1;
		if (round < 0) /* warm-up */
			continue;
		floor_times[round] = (middle - start) / (double)count;
		times[round] = (bench_now() - middle) / (double)count;
	}
	printf("files %zu\nfloor %.1f\nmodseal %.1f\n", count,
	       bench_median(floor_times, ROUNDS), bench_median(times, ROUNDS));
	modseal_trust_free(&trust);
	bench_floor_free(floor);
	return 0;
}

/* ---- load -------------------------------------------------------------------------- */

struct load_task {
	const char *policy, *anchor, *library;
	char **closure; /* files whose digest is the floor */
	size_t closure_count;
};

static int open_context(const struct load_task *task, uint32_t flags,
			struct modseal **context)
{
	static struct modseal_error error;
	const char *anchors[] = {task->anchor};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED | flags,
		.policy_path = task->policy,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};

	return modseal_open(&options, context, &error) < 0 ? complain(&error) : 0;
}

static double run_digest(const struct load_task *task)
{
	double start = bench_now();

	for (size_t i = 0; i < task->closure_count; i++)
		if (bench_digest_file(task->closure[i]) != 0)
			return -1;
	return bench_now() - start;
}

static double run_plain(const struct load_task *task)
{
	double start = bench_now();

	return dlopen(task->library, RTLD_NOW) ? bench_now() - start : -1;
}

static double run_verify(const struct load_task *task)
{
	static struct modseal_error error;
	struct modseal *context;
	struct modseal_verdict *verdict;
	double start;

	if (open_context(task, MODSEAL_OPEN_CHECK_ONLY, &context) != 0)
		return -1;
	start = bench_now();
	if (modseal_check(context, task->library, MODSEAL_KIND_LIBRARY, &verdict,
			  &error) < 0)
		return -complain(&error);
	return bench_now() - start;
}

static double run_load(const struct load_task *task)
{
	static struct modseal_error error;
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module;
	double start;

	if (open_context(task, 0, &context) != 0)
		return -1;
	start = bench_now();
	if (modseal_verify(context, task->library, &image, &error) < 0 ||
	    modseal_load(image, 0, &module, &error) < 0)
		return -complain(&error);
	return bench_now() - start;
}

/* Runs one measurement in a child, so that each starts cold in the process. */
static double in_child(double (*run)(const struct load_task *),
		       const struct load_task *task)
{
	double result = -1;
	int ends[2], status;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		return -1;
	if (child == 0) {
		result = run(task);
		_exit(write(ends[1], &result, sizeof(result)) != sizeof(result));
	}
	close(ends[1]);
	if (read(ends[0], &result, sizeof(result)) != sizeof(result))
		result = -1;
	close(ends[0]);
	waitpid(child, &status, 0);
	return result;
}

static int find_closure(struct load_task *task)
{
	static struct modseal_error error;
	static char *files[1024];
	struct modseal_verdict *verdict;
	const struct modseal_verdict *dependency;
	struct modseal *context;

	if (open_context(task, MODSEAL_OPEN_CHECK_ONLY, &context) != 0)
		return 1;
	if (modseal_check(context, task->library, MODSEAL_KIND_LIBRARY, &verdict,
			  &error) < 0)
		return complain(&error);
	task->closure = files;
	files[task->closure_count++] = strdup(modseal_verdict_path(verdict));
	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)) != NULL;
	     i++)
		if (task->closure_count < 1024)
			files[task->closure_count++] =
				strdup(modseal_verdict_path(dependency));
	modseal_verdict_free(&verdict);
	modseal_free(&context);
	return 0;
}

static int bench_load(const char *policy, const char *anchor, const char *library)
{
	static const struct {
		const char *name;
		double (*run)(const struct load_task *);
	} rows[] = {{"digest", run_digest},
		    {"plain", run_plain},
		    {"verify", run_verify},
		    {"load", run_load}};
	struct load_task task = {.policy = policy, .anchor = anchor, .library = library};
	double times[4][ROUNDS];

	if (find_closure(&task) != 0)
		return 1;
	printf("objects %zu\n", task.closure_count);
	for (int round = -1; round < ROUNDS; round++) {
		for (size_t i = 0; i < 4; i++) {
			double time = in_child(rows[i].run, &task);

			if (time < 0) {
				fprintf(stderr, "%s failed\n", rows[i].name);
				return 1;
			}
			if (round >= 0)
				times[i][round] = time;
		}
	}
	for (size_t i = 0; i < 4; i++)
		printf("%s %.0f\n", rows[i].name, bench_median(times[i], ROUNDS));
	return 0;
}

/* A context with a catalog, one without, and SHA-256 of the catalog by itself. */
static int bench_catalog(const char *with, const char *without, const char *anchor,
			 const char *catalog, const char *library)
{
	const struct load_task tasks[] = {{.policy = with, .anchor = anchor},
					  {.policy = without, .anchor = anchor}};
	static struct modseal_error error;
	double times[4][ROUNDS];

	for (int round = -1; round < ROUNDS; round++) {
		struct modseal *contexts[2];
		struct modseal_verdict *verdict;
		double marks[5] = {bench_now()};

		for (size_t i = 0; i < 2; i++) {
			if (open_context(&tasks[i], MODSEAL_OPEN_CHECK_ONLY,
					 &contexts[i]) != 0)
				return 1;
			marks[i + 1] = bench_now();
		}
		if (bench_digest_file(catalog) != 0)
			return 1;
		marks[3] = bench_now();
		if (modseal_check(contexts[0], library, MODSEAL_KIND_LIBRARY, &verdict,
				  &error) < 0)
			return complain(&error);
		marks[4] = bench_now();
		modseal_verdict_free(&verdict);
		modseal_free(&contexts[0]);
		modseal_free(&contexts[1]);
		for (size_t i = 0; round >= 0 && i < 4; i++)
			times[i][round] = marks[i + 1] - marks[i];
	}
	for (size_t i = 0; i < 4; i++) {
		static const char *const names[] = {"with", "without", "digest", "check"};

		printf("%s %.0f\n", names[i], bench_median(times[i], ROUNDS));
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "catalog") == 0)
		return bench_catalog(argv[2], argv[3], argv[4], argv[5], argv[6]);
	if (argc == 4 && strcmp(argv[1], "policy") == 0)
		return bench_policy(argv[2], argv[3]);
	if (argc == 3 && strcmp(argv[1], "sign") == 0)
		return bench_sign(argv[2]);
	if (argc == 3 && strcmp(argv[1], "check") == 0)
		return bench_check(argv[2]);
	if (argc == 5 && strcmp(argv[1], "load") == 0)
		return bench_load(argv[2], argv[3], argv[4]);
	if (argc == 5 && strcmp(argv[1], "calls") == 0)
		return bench_calls(argv[2], argv[3], argv[4]);
	return 2;
}
