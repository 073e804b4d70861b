/* SPDX-License-Identifier: Apache-2.0 */
/* Calls into a library that is loaded, plain and through modseal. */
#include "calls.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "floor.h"
#include "modseal.h"

#define ROUNDS	   25
#define CALLS	   (8 << 20)
#define CRC_CALLS  (1 << 18)
#define CRC_BYTES  4096
#define LOAD_AGAIN 20000

typedef const char *version_function(void);
typedef unsigned long crc_function(unsigned long, const unsigned char *, unsigned);

struct result {
	double call, crc; /* nanoseconds each */
	double again;	  /* microseconds; 0: not measured */
};

struct task {
	const char *policy, *anchor, *library;
};

static int complain(const struct modseal_error *error)
{
	fprintf(stderr, "%s: '%s': %s\n", modseal_code_name(error->code), error->object,
		error->message);
	return 1;
}

static void time_calls(void *version_address, void *crc_address, struct result *ret)
{
	static unsigned char bytes[CRC_BYTES];
	version_function *version;
	crc_function *crc;
	volatile unsigned long sink = 0;
	double start;

	memcpy(&version, &version_address, sizeof(version));
	memcpy(&crc, &crc_address, sizeof(crc));
	start = bench_now();
	for (int i = 0; i < CALLS; i++)
		sink += (unsigned long)version();
	ret->call = (bench_now() - start) * 1000 / CALLS;
	start = bench_now();
	for (int i = 0; i < CRC_CALLS; i++)
		sink += crc(sink, bytes, sizeof(bytes));
	ret->crc = (bench_now() - start) * 1000 / CRC_CALLS;
}

static int run_plain(const struct task *task, struct result *ret)
{
	void *handle = dlopen(task->library, RTLD_NOW);

	if (!handle)
		return 1;
	time_calls(dlsym(handle, "zlibVersion"), dlsym(handle, "crc32"), ret);
	return 0;
}

static int load_again(struct modseal_image *image, struct result *ret)
{
	static struct modseal_error error;
	double inside = 0;

	for (int i = 0; i < LOAD_AGAIN; i++) {
		struct modseal_module *module;
		double start = bench_now();

		if (modseal_load(image, 0, &module, &error))
			return complain(&error);
		inside += bench_now() - start;
		modseal_unload(&module, NULL);
	}
	ret->again = inside / LOAD_AGAIN;
	return 0;
}

static int run_modseal(const struct task *task, struct result *ret)
{
	static struct modseal_error error;
	const char *anchors[] = {task->anchor};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = task->policy,
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module;
	void *version, *crc;

	if (modseal_open(&options, &context, &error) ||
	    modseal_verify(context, task->library, &image, &error) ||
	    modseal_load(image, 0, &module, &error) ||
	    modseal_symbol(module, "zlibVersion", NULL, &version, &error) ||
	    modseal_symbol(module, "crc32", NULL, &crc, &error))
		return complain(&error);
	time_calls(version, crc, ret);
	return load_again(image, ret);
}

/* In a child, so that each round lies elsewhere in memory. */
static int in_child(int (*run)(const struct task *, struct result *),
		    const struct task *task, struct result *ret)
{
	int ends[2], status;
	pid_t child;

	if (pipe(ends) < 0 || (child = fork()) < 0)
		return 1;
	if (child == 0) {
		struct result result = {0};

		_exit(run(task, &result) ||
		      write(ends[1], &result, sizeof(result)) != sizeof(result));
	}
	close(ends[1]);
	status = read(ends[0], ret, sizeof(*ret)) == sizeof(*ret) ? 0 : 1;
	close(ends[0]);
	waitpid(child, NULL, 0);
	return status;
}

static double least(double a, double b)
{
	return a < b ? a : b;
}

int bench_calls(const char *policy, const char *anchor, const char *library)
{
	const struct task task = {policy, anchor, library};
	struct result plain = {1e9, 1e9, 1e9}, ours = plain;

	for (int round = 0; round < ROUNDS; round++) {
		struct result one, two;

		if (in_child(run_plain, &task, &one) ||
		    in_child(run_modseal, &task, &two))
			return 1;
		plain.call = least(plain.call, one.call);
		plain.crc = least(plain.crc, one.crc);
		ours.call = least(ours.call, two.call);
		ours.crc = least(ours.crc, two.crc);
		ours.again = least(ours.again, two.again);
	}
	printf("call-plain %.3f\ncall-modseal %.3f\n", plain.call, ours.call);
	printf("crc-plain %.1f\ncrc-modseal %.1f\n", plain.crc, ours.crc);
	printf("again %.2f\n", ours.again);
	return 0;
}
