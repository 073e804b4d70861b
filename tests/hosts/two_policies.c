/* SPDX-License-Identifier: Apache-2.0 */
/*
 * two_policies ANCHOR POLICY...: opens one context after the other in one process, all
 * kept open, and prints the answer to each. With a library named in FIRST_LOADS the first
 * context loads that before the next is opened. With one named in LAST_LOADS memory of no
 * file becomes executable then, the last context loads it, and then the first one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "modseal.h"

static void load(struct modseal *context, const char *library)
{
	static struct modseal_error error;
	struct modseal_image *image = NULL;
	struct modseal_module *module;
	int result = modseal_verify(context, library, &image, &error);

	if (result == 0)
		result = modseal_load(image, 0, &module, &error);
	printf("load %s\n", modseal_code_name(result));
	modseal_image_free(&image);
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	static struct modseal *contexts[16];

	for (int i = 2; i < argc && i < 16; i++) {
		const char *anchors[] = {argv[1]};
		struct modseal_options options = {
			.version = MODSEAL_OPTIONS_VERSION,
			.flags = MODSEAL_OPEN_CALLER_OWNED,
			.policy_path = argv[i],
			.anchor_paths = anchors,
			.anchor_path_count = 1,
		};
		int result = modseal_open(&options, &contexts[i], &error);

		printf("%s\n", modseal_code_name(result));
		if (i == 2 && result == 0 && getenv("FIRST_LOADS"))
			load(contexts[i], getenv("FIRST_LOADS"));
	}
	if (getenv("LAST_LOADS") && argc > 2 && argc <= 16) {
		if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0) == MAP_FAILED)
			return 2;
		load(contexts[argc - 1], getenv("LAST_LOADS"));
		load(contexts[2], getenv("LAST_LOADS"));
	}
	for (int i = 0; i < 16; i++)
		modseal_free(&contexts[i]);
	return 0;
}
