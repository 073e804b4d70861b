/* SPDX-License-Identifier: Apache-2.0 */
/* modseal run: starts a program that knows nothing of modseal under the policy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/run/run.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"

/* " --policy 'x.yaml'": as a shell reads it, so a name with a quote is left out. */
static bool add_option(char **text, const char *name, const char *value)
{
	char *longer = NULL;

	if (!value || strchr(value, '\''))
		return true;
	if (asprintf(&longer, "%s --%s '%s'", *text, name, value) < 0)
		return false;
	free(*text);
	*text = longer;
	return true;
}

/* For the line that tells why something was refused. The caller frees; NULL: no memory.
 */
static char *options_of_policy(const struct options *options)
{
	char *text = strdup("");
	bool whole = text && add_option(&text, "policy", options->policy) &&
		     add_option(&text, "anchor-directory", options->anchor_directory) &&
		     add_option(&text, "policy-name", options->policy_name) &&
		     add_option(&text, "state", options->state);

	for (size_t i = 0; whole && i < options->anchors.count; i++)
		whole = add_option(&text, "anchor", options->anchors.items[i]);
	if (whole)
		return text;
	free(text);
	return NULL;
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	struct run_options program = {.seal = options->seal,
				      .strict = options->strict,
				      .summary = options->summary};
	char **arguments = calloc(options->operands.count + 1, sizeof(*arguments));
	char *policy = options_of_policy(options);
	int result;

	if (arguments && policy)
		result =
			deciding_open(options, MODSEAL_OPEN_CHECK_ONLY, &context, &error);
	else
		result = output_error(&error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_CONTEXT,
				      NULL, NULL, "out of memory");
	if (result == MODSEAL_OK) {
		memcpy(arguments, options->operands.items,
		       options->operands.count * sizeof(*arguments));
		program.context = context;
		program.arguments = arguments;
		program.policy_options = policy;
		result = run_program(&program);
	} else {
		output_failure(&output, NULL, &error);
		output_finish(&output);
		result = RUN_EXIT_SETUP;
	}
	modseal_free(&context);
	free(arguments);
	free(policy);
	return result;
}

static const struct option_spec options_run[] = {
	OPTIONS_DECIDING,
	OPTION_A_FLAG("seal", seal,
		      "load libraries that others than root may write from sealed\n"
		      "copies in memory, instead of refusing them"),
	OPTION_A_FLAG("strict", strict,
		      "also refuse executable memory of no file, ptrace, io_uring,\n"
		      "modify_ldt and process_vm_writev: no JIT compiler or debugger\n"
		      "works then; where the kernel has Landlock, also mounts and\n"
		      "writes to /proc"),
	OPTION_A_FLAG("summary", summary,
		      "tell in the end what was judged and what was refused"),
	OPTION_A_FLAG("help", help, "show this help"),
	OPTION_END,
};

const struct command command_run = {
	.name = "run",
	.operands = "-- PROGRAM [ARGUMENT...]",
	.summary = "start an unmodified program under the policy",
	.description =
		"Starts PROGRAM so that it, and whatever it starts, can execute and map "
		"executable\n"
		"only files that the policy approves. Files must be such that only root "
		"can change\n"
		"them, or have fs-verity, unless --seal is given. What is refused is "
		"told "
		"on\n"
		"standard error. Exit: that of PROGRAM; 125 it could not be set up, 126 "
		"PROGRAM\n"
		"cannot be executed, 127 there is no such program. See modseal-run(1).",
	.options = options_run,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.starts_program = true,
	.run = run,
};
