/* SPDX-License-Identifier: Apache-2.0 */
/* One library: checked, verified, loaded; and dlopen beside it. */
#include <dlfcn.h>
#include <stdio.h>

#include "bench.h"

#define LOAD_AGAIN 2000

int bench_plain(char **arguments)
{
	double us;

	if (arguments[1] && !dlopen(arguments[1], RTLD_NOW)) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	bench_print_memory("before");
	us = bench_now();
	if (!dlopen(arguments[0], RTLD_NOW)) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	us = bench_now() - us;
	bench_print_memory("behind");
	printf("us %.2f\n", us);
	return 0;
}

static int check_first(struct modseal *context, const char *path)
{
	struct modseal_verdict *verdict;
	struct modseal_error error;

	if (modseal_check(context, path, MODSEAL_KIND_LIBRARY, &verdict, &error))
		return bench_complain(&error);
	modseal_verdict_free(&verdict);
	return 0;
}

int bench_check(char **arguments)
{
	struct modseal *context;
	struct modseal_verdict *verdict;
	struct modseal_error error;
	double us;

	if (bench_open(arguments[0], arguments[1], MODSEAL_OPEN_CHECK_ONLY, &context) ||
	    (arguments[3] && check_first(context, arguments[3])))
		return 1;
	bench_forget_peak();
	us = bench_now();
	if (modseal_check(context, arguments[2], MODSEAL_KIND_LIBRARY, &verdict, &error))
		return bench_complain(&error);
	us = bench_now() - us;
	bench_print_memory("check");
	printf("us %.2f\n", us);
	modseal_verdict_free(&verdict);
	modseal_free(&context);
	return 0;
}

static int load_first(struct modseal *context, const char *path)
{
	struct modseal_image *image;
	struct modseal_module *module;
	struct modseal_error error;

	if (modseal_verify(context, path, &image, &error) ||
	    modseal_load(image, 0, &module, &error))
		return bench_complain(&error);
	return 0;
}

int bench_load(char **arguments)
{
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module;
	struct modseal_error error;
	double verify, load;

	if (bench_open(arguments[0], arguments[1], 0, &context) ||
	    (arguments[3] && load_first(context, arguments[3])))
		return 1;
	bench_forget_peak();
	verify = bench_now();
	if (modseal_verify(context, arguments[2], &image, &error))
		return bench_complain(&error);
	verify = bench_now() - verify;
	bench_print_memory("verify");
	load = bench_now();
	if (modseal_load(image, 0, &module, &error))
		return bench_complain(&error);
	load = bench_now() - load;
	bench_print_memory("load");
	printf("verify %.2f\nload %.2f\nus %.2f\n", verify, load, verify + load);
	return 0;
}

int bench_memory(char **arguments)
{
	struct modseal *context;

	return bench_open(arguments[0], arguments[1], 0, &context) || bench_watch() ||
	       load_first(context, arguments[2]) || bench_watched();
}

/* Each load of it gives the same module with one more reference. */
int bench_again(char **arguments)
{
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module, *again;
	struct modseal_error error;
	static double times[LOAD_AGAIN];

	if (bench_open(arguments[0], arguments[1], 0, &context))
		return 1;
	if (modseal_verify(context, arguments[2], &image, &error) ||
	    modseal_load(image, 0, &module, &error))
		return bench_complain(&error);
	for (int i = 0; i < LOAD_AGAIN; i++) {
		times[i] = bench_now();
		if (modseal_load(image, 0, &again, &error))
			return bench_complain(&error);
		times[i] = bench_now() - times[i];
		modseal_unload(&again, NULL);
	}
	printf("us %.3f\n", bench_median(times, LOAD_AGAIN));
	return 0;
}

int bench_closure(char **arguments)
{
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_error error;
	const struct modseal_verdict *verdict, *needed;

	if (bench_open(arguments[0], arguments[1], 0, &context))
		return 1;
	if (modseal_verify(context, arguments[2], &image, &error))
		return bench_complain(&error);
	verdict = modseal_image_verdict(image);
	for (size_t i = 0; (needed = modseal_verdict_dependency(verdict, i)); i++)
		puts(modseal_verdict_path(needed));
	puts(modseal_verdict_path(verdict));
	modseal_image_free(&image);
	modseal_free(&context);
	return 0;
}
