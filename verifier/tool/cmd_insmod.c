/* SPDX-License-Identifier: Apache-2.0 */
/* modseal insmod: verifies a kernel module with all it depends on, tells what the kernel
 * would say, and loads it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-kernel.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/forecast.h"
#include "verifier/tool/output.h"

struct insertion {
	struct modseal *context;
	struct modseal_image *image;
	struct forecast forecast;
	char *name;
	char *parameters;
};

/* ---- parameters ------------------------------------------------------------------- */

/* The kernel splits the text at spaces outside of quotes, which the shell took away
 * (kernel/params.c, next_arg). */
static void print_parameter(FILE *stream, const char *parameter)
{
	const char *value = strchr(parameter, '=');

	if (value && strchr(value, ' ') && !strchr(parameter, '"'))
		fprintf(stream, "%.*s\"%s\"", (int)(value + 1 - parameter), parameter,
			value + 1);
	else
		fputs(parameter, stream);
}

/* The operands behind the first, as one text. */
static int join(const struct options *options, char **ret_text,
		struct modseal_error *error)
{
	const struct words *operands = &options->operands;
	size_t size = 0;
	FILE *stream = open_memstream(ret_text, &size);

	for (size_t i = 1; stream && i < operands->count; i++) {
		if (i > 1)
			fputc(' ', stream);
		print_parameter(stream, operands->items[i]);
	}
	if (!stream || fclose(stream) != 0)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_LOAD, NULL,
				    NULL, "out of memory");
	return MODSEAL_OK;
}

/* What the library would refuse when all is decided, and nothing would with --dry-run. */
static int judge(const struct options *options)
{
	const struct words *operands = &options->operands;
	size_t length = 0;

	for (size_t i = 1; i < operands->count; i++) {
		const char *parameter = operands->items[i];

		for (const char *at = parameter; *at; at++)
			if ((unsigned char)*at < ' ' || *at == '\x7f')
				return options_conflict(&command_insmod, parameter,
							"a control byte in a parameter");
		if (parameter[0] == '=')
			return options_conflict(&command_insmod, parameter,
						"a parameter without a name");
		length += strlen(parameter) + 3; /* a space and two quotes */
	}
	if (length > MODSEAL_MAX_KERNEL_PARAMETERS)
		return options_conflict(&command_insmod, NULL,
					"the parameters are too long for the kernel");
	return EXIT_DONE;
}

/* ---- the module -------------------------------------------------------------------- */

static int decide(const struct options *options, struct insertion *insertion,
		  struct modseal_error *error)
{
	/* as for insmod(8) a name without '/' is a file here */
	int result = deciding_file(options->operands.items[0], &insertion->name, error);

	if (result == MODSEAL_OK)
		result = join(options, &insertion->parameters, error);
	if (result == MODSEAL_OK)
		result = deciding_open(options, MODSEAL_OPEN_KERNEL_ONLY,
				       &insertion->context, error);
	if (result == MODSEAL_OK)
		result = modseal_verify_kernel_module(insertion->context, insertion->name,
						      &insertion->image, error);
	return result;
}

/* With --dry-run it is the answer; otherwise the kernel's own is, whether or not it could
 * be foretold. */
static int load(const struct options *options, struct insertion *insertion,
		struct modseal_error *error)
{
	struct forecast *forecast = &insertion->forecast;
	int result = forecast_ask(insertion->image, forecast, error);

	if (!options->dry_run)
		return modseal_load_kernel_module(insertion->image, insertion->parameters,
						  error);
	if (result == MODSEAL_OK && forecast->worst == MODSEAL_OUTLOOK_REFUSED)
		return output_error(
			error, MODSEAL_E_KERNEL_REFUSED, MODSEAL_STAGE_LOAD,
			forecast->path[0] ? forecast->path : insertion->name,
			forecast->remedy,
			"the policy accepts it, but the kernel would refuse it: %s",
			forecast->text);
	return result;
}

static json_t *extra_of(const struct options *options, const struct insertion *insertion)
{
	json_t *extra = json_object();

	json_object_set_new(extra, "dry-run", json_boolean(options->dry_run));
	output_json_set(extra, "parameters", insertion->parameters);
	if (insertion->forecast.list)
		json_object_set(extra, "forecast", insertion->forecast.list);
	return extra;
}

static void report(const struct options *options, struct output *output,
		   const struct insertion *insertion)
{
	const struct modseal_verdict *verdict = modseal_image_verdict(insertion->image);
	const struct modseal_verdict *dependency;

	output_verdict(output, options->operands.items[0],
		       options->dry_run ? "accepted, not loaded" : "loaded", verdict,
		       extra_of(options, insertion));
	output_line(output, "path", modseal_verdict_path(verdict));
	output_line(output, "digest", modseal_verdict_digest(verdict));
	output_line(output, "hand-off", modseal_verdict_hand_off(verdict));
	for (size_t i = 0; (dependency = modseal_verdict_dependency(verdict, i)); i++)
		output_line(output, "dependency", modseal_verdict_path(dependency));
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_error error = {0};
	struct insertion insertion = {.name = NULL};
	enum modseal_outlook least =
		options->dry_run ? MODSEAL_OUTLOOK_FINE : MODSEAL_OUTLOOK_NOTE;
	int status = judge(options);
	int result;

	if (status != EXIT_DONE)
		return status;
	result = decide(options, &insertion, &error);
	if (result == MODSEAL_OK)
		result = load(options, &insertion, &error);
	if (result != MODSEAL_OK)
		output_failure_with(&output, options->operands.items[0], &error,
				    extra_of(options, &insertion));
	else
		report(options, &output, &insertion);
	forecast_lines(&output, &insertion.forecast, least);
	forecast_free(&insertion.forecast);
	modseal_image_free(&insertion.image);
	modseal_free(&insertion.context);
	free(insertion.name);
	free(insertion.parameters);
	return output_finish(&output);
}

static const struct option_spec options_insmod[] = {
	OPTIONS_DECIDING,
	OPTION_A_FLAG("dry-run", dry_run,
		      "load nothing; tell what the policy says, and what the kernel\n"
		      "would"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_insmod = {
	.name = "insmod",
	.operands = "FILE [PARAMETER[=VALUE]...]",
	.summary = "verify and load a kernel module with all it depends on",
	.description =
		"Hands a kernel module to the running kernel, what it depends on first, "
		"if the\n"
		"policy allows all of them; parameters are for the module itself. What "
		"speaks\n"
		"against it in the kernel's eyes is told as `forecast`, whose first word "
		"is fine,\n"
		"note, unknown or refused. Modules are not decompressed.",
	.options = options_insmod,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
