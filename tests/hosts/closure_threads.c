/* SPDX-License-Identifier: Apache-2.0 */
/*
 * closure_threads POLICY ANCHOR THREADS ROUNDS LIBRARY...: verifies each library for
 * loading with so many threads, ROUNDS times, and prints what was decided: the paths in
 * their order, or code, stage, object and message.
 */
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

static void verify(struct modseal *context, const char *library)
{
	struct modseal_image *image = NULL;

	if (modseal_verify(context, library, &image, &error))
		printf("%s %d %s: %s\n", modseal_code_name(error.code), error.stage,
		       error.object, error.message);
	else
		show(modseal_image_verdict(image));
	modseal_image_free(&image);
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
			verify(context, arguments[i]);
	modseal_free(&context);
	return 0;
}
