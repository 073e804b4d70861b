/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_context FILE|DIRECTORY POLICY NAME|- [-|LIBRARY [COMMAND]]: opens a context by an
 * anchor file or an anchor directory, without the process gate if nothing is to be
 * loaded; then runs a shell command, then verifies and loads the library. Prints each
 * answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "modseal.h"

static int say(const char *step, int result, const struct modseal_error *error)
{
	printf("%s %s %s\n", step, modseal_code_name(result),
	       result ? error->message : "");
	fflush(stdout);
	return result;
}

static int load(struct modseal *context, const char *library)
{
	static struct modseal_error error;
	struct modseal_image *image;
	struct modseal_module *module;

	if (say("verify", modseal_verify(context, library, &image, &error), &error) < 0)
		return 1;
	if (say("load", modseal_load(image, 0, &module, &error), &error) < 0)
		return 1;
	modseal_image_free(&image);
	return modseal_unload(&module, &error) < 0;
}

int main(int argc, char **argv)
{
	static struct modseal_error error;
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION,
					  .flags = MODSEAL_OPEN_CALLER_OWNED};
	const char *anchors[] = {argv[1]};
	struct modseal *context;
	struct stat status;
	int status_code = 0;

	if (argc < 4 || stat(argv[1], &status) < 0)
		return 2;
	if (S_ISDIR(status.st_mode)) {
		options.anchor_directory = argv[1];
		options.state_directory = getenv("OPEN_STATE");
	} else {
		options.anchor_paths = anchors;
		options.anchor_path_count = 1;
	}
	options.policy_path = argv[2];
	options.policy_name = strcmp(argv[3], "-") != 0 ? argv[3] : NULL;
	if (getenv("OPEN_ROOT_ONLY"))
		options.flags = 0;
	if (argc == 4)
		options.flags |= MODSEAL_OPEN_CHECK_ONLY;
	if (say("open", modseal_open(&options, &context, &error), &error) < 0)
		return 1;
	if (argc > 5 && system(argv[5]) != 0)
		status_code = 9;
	else if (argc > 4 && strcmp(argv[4], "-") != 0)
		status_code = load(context, argv[4]);
	modseal_free(&context);
	return status_code;
}
