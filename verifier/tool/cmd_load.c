/* SPDX-License-Identifier: Apache-2.0 */
/* modseal load: verifies and loads one library, to try it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"

struct loading {
	struct modseal *context;
	struct modseal_image *image;
	struct modseal_module *module;
	char *name;
};

/* Looks up NAME or NAME@VERSION. Its address is nobody's business (R111). */
static int find_symbol(struct loading *loading, const char *symbol,
		       struct modseal_error *error)
{
	char *name = strdup(symbol);
	char *version = NULL;
	void *address = NULL;
	int result;

	if (!name)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_SYMBOL,
				    symbol, NULL, "out of memory");
	version = strchr(name, '@');
	if (version) {
		*version = '\0';
		version += version[1] == '@' ? 2 : 1;
	}
	result = modseal_symbol(loading->module, name, version, &address, error);
	free(name);
	return result;
}

static int load(const struct options *options, struct loading *loading,
		struct modseal_error *error)
{
	int result =
		deciding_name(options, options->operands.items[0], &loading->name, error);

	if (result == MODSEAL_OK)
		result = deciding_open(options, 0, &loading->context, error);
	if (result == MODSEAL_OK)
		result = modseal_verify(loading->context, loading->name, &loading->image,
					error);
	if (result == MODSEAL_OK)
		result = modseal_load(loading->image, 0, &loading->module, error);
	if (result == MODSEAL_OK && options->symbol)
		result = find_symbol(loading, options->symbol, error);
	return result;
}

static void report(const struct options *options, struct output *output,
		   const struct modseal_verdict *verdict)
{
	const struct modseal_verdict *dependency;
	const char *digest = modseal_verdict_digest(verdict);
	const char *hand_off = modseal_verdict_hand_off(verdict);
	json_t *extra = NULL;

	if (output->json && options->symbol) {
		extra = json_object();
		json_object_set_new(extra, "symbol", output_json_text(options->symbol));
	}
	output_verdict(output, options->operands.items[0], "loaded", verdict, extra);
	output_line(output, "path", modseal_verdict_path(verdict));
	output_line(output, "digest", digest ? digest : "unknown");
	output_line(output, "hand-off", hand_off ? hand_off : "unknown");
	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)); i++)
		output_line(output, "dependency", modseal_verdict_path(dependency));
	if (options->symbol)
		output_line(output, "symbol found", options->symbol);
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_error error = {0};
	struct loading loading = {0};

	if (load(options, &loading, &error) != MODSEAL_OK)
		output_failure(&output, options->operands.items[0], &error);
	else
		report(options, &output, modseal_image_verdict(loading.image));
	if (loading.module && modseal_unload(&loading.module, &error) != MODSEAL_OK)
		output_failure(&output, options->operands.items[0], &error);
	modseal_image_free(&loading.image);
	modseal_free(&loading.context);
	free(loading.name);
	return output_finish(&output);
}

static const struct option_spec options_load[] = {
	OPTIONS_DECIDING,
	OPTION_A_TEXT("symbol", "NAME", symbol,
		      "look this symbol up too; NAME@VERSION for one version of it"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_load = {
	.name = "load",
	.operands = "FILE",
	.summary = "verify and load a library, to try it",
	.description = "Loads a library into this process as a program would: the policy "
		       "must allow\n"
		       "this command, the library and all that both need. Constructors "
		       "of the library\n"
		       "run. FILE is named as for `modseal verify`.",
	.options = options_load,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
