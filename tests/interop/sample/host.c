/* SPDX-License-Identifier: Apache-2.0 */
/* host POLICY ANCHOR LIBRARY: a program that loads the library through modseal and calls
 * it, if the policy lets it; otherwise it says why not. */
#include <stdio.h>
#include <string.h>

#include <modseal.h>

static int halve(struct modseal *context, const char *library,
		 struct modseal_error *error)
{
	struct modseal_image *image = NULL;
	struct modseal_module *module = NULL;
	int (*function)(int);
	void *address;
	int result = modseal_verify(context, library, &image, error);

	if (!result)
		result = modseal_load(image, 0, &module, error);
	if (!result)
		result = modseal_symbol(module, "filter_halve", NULL, &address, error);
	if (!result) {
		memcpy(&function, &address, sizeof(function));
		printf("%d\n", function(84));
	}
	modseal_image_free(&image);
	if (module && modseal_unload(&module, error) && !result)
		result = error->code;
	return result;
}

int main(int count, char **arguments)
{
	struct modseal_options options = {.version = MODSEAL_OPTIONS_VERSION};
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	const char *anchor;
	int result;

	if (count != 4)
		return 2;
	anchor = arguments[2];
	options.flags = MODSEAL_OPEN_CALLER_OWNED;
	options.policy_path = arguments[1];
	options.policy_name = "tests";
	options.anchor_paths = &anchor;
	options.anchor_path_count = 1;
	result = modseal_open(&options, &context, &error);
	if (!result)
		result = halve(context, arguments[3], &error);
	modseal_free(&context);
	if (result)
		fprintf(stderr, "%s '%s': %s (%s)\n", modseal_code_name(result),
			error.object, error.message, error.remedy);
	return result ? modseal_code_exit(result) : 0;
}
