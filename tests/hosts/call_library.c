/* SPDX-License-Identifier: Apache-2.0 */
/*
 * call_library plain LIBRARY SYMBOL RETURNS [INTEGER...]
 * call_library modseal POLICY ANCHOR LIBRARY SYMBOL RETURNS [INTEGER...]
 *
 * Loads a library, by dlopen or through modseal, calls a function of at most three
 * integer or pointer arguments, and prints what it returns: RETURNS is `string`,
 * `integer`, `byte` or `data` (a variable holding a string). Through modseal all that the
 * dynamic linker bound is audited, while loading and after the call, of the library and
 * of the whole process, and its code compared again; $AUDITED names a file that gets a
 * line with the counts.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-process.h"

typedef const char *string_function(uintptr_t, uintptr_t, uintptr_t);
typedef int integer_function(uintptr_t, uintptr_t, uintptr_t);

static int call(void *symbol, const char *returns, char **numbers, int count)
{
	uintptr_t arguments[3] = {0};

	for (int i = 0; i < count && i < 3; i++)
		arguments[i] = (uintptr_t)strtoumax(numbers[i], NULL, 0);
	if (strcmp(returns, "string") == 0) {
		const char *text = ((string_function *)symbol)(arguments[0], arguments[1],
							       arguments[2]);

		printf("%s\n", text ? text : "(null)");
	} else if (strcmp(returns, "data") != 0) {
		int mask = strcmp(returns, "byte") == 0 ? 0xff : -1;

		printf("%d\n", mask & ((integer_function *)symbol)(
					      arguments[0], arguments[1], arguments[2]));
	} else {
		printf("%s\n", *(const char *const *)symbol);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}

static int complain(const struct modseal_error *error)
{
	fprintf(stderr, "%s at %s: '%s' %s: %s (%s)\n", modseal_code_name(error->code),
		modseal_stage_name(error->stage), error->object, error->symbol,
		error->message, error->remedy);
	return 1;
}

static int show(void *argument, const struct modseal_binding *binding)
{
	fprintf(stderr, "foreign: %s +0x%llx %s %s -> %s\n", binding->image,
		(unsigned long long)binding->slot, binding->relocation, binding->symbol,
		binding->target);
	return 0;
}

static int audit(const char *library, struct modseal_module *module,
		 struct modseal_error *error)
{
	const char *path = getenv("AUDITED");
	struct modseal_bindings own, all;
	FILE *file;
	int status = 0;

	if (modseal_check_bindings(module, show, NULL, &own, error) < 0 ||
	    modseal_check_bindings(NULL, show, NULL, &all, error) < 0 ||
	    modseal_recheck(module, NULL, error) < 0)
		return complain(error);
	file = path ? fopen(path, "ae") : NULL;
	if (file)
		status = fprintf(file, "%s %llu %llu %llu %llu %llu\n", library,
				 (unsigned long long)own.images,
				 (unsigned long long)own.slots,
				 (unsigned long long)own.writable,
				 (unsigned long long)all.images,
				 (unsigned long long)all.slots) < 0;
	return file && fclose(file) ? 1 : status;
}

static int call_plain(int argc, char **argv)
{
	void *handle = dlopen(argv[2], RTLD_NOW);
	void *symbol = handle ? dlsym(handle, argv[3]) : NULL;

	if (!symbol) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	return call(symbol, argv[4], argv + 5, argc - 5);
}

static int call_verified(int argc, char **argv)
{
	static struct modseal_error error;
	const char *anchors[] = {argv[3]};
	struct modseal_options options = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = MODSEAL_OPEN_CALLER_OWNED,
		.policy_path = argv[2],
		.anchor_paths = anchors,
		.anchor_path_count = 1,
	};
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module;
	void *symbol;
	int status;

	if (modseal_open(&options, &context, &error) < 0)
		return complain(&error);
	if (modseal_verify(context, argv[4], &image, &error) < 0)
		return complain(&error);
	if (modseal_load(image, MODSEAL_LOAD_CHECK_BINDINGS, &module, &error) < 0)
		return complain(&error);
	if (modseal_symbol(module, argv[5], NULL, &symbol, &error) < 0)
		return complain(&error);
	status = call(symbol, argv[6], argv + 7, argc - 7) ||
		 audit(argv[4], module, &error);
	if (modseal_unload(&module, &error) < 0)
		return complain(&error);
	modseal_image_free(&image);
	modseal_free(&context);
	return status;
}

int main(int argc, char **argv)
{
	if (argc >= 5 && strcmp(argv[1], "plain") == 0)
		return call_plain(argc, argv);
	if (argc >= 7 && strcmp(argv[1], "modseal") == 0)
		return call_verified(argc, argv);
	return 2;
}
