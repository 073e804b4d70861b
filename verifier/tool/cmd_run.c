/* SPDX-License-Identifier: Apache-2.0 */
/* modseal run: starts a program that knows nothing of modseal under the policy. */
#include <stdlib.h>
#include <string.h>

#include "verifier/run/run.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	struct run_options program = {.seal = options->seal,
				      .strict = options->strict,
				      .summary = options->summary};
	char **arguments = calloc(options->operands.count + 1, sizeof(*arguments));
	int result = arguments ? deciding_open(options, MODSEAL_OPEN_CHECK_ONLY, &context,
					       &error)
			       : MODSEAL_E_RESOURCE;

	if (result != MODSEAL_OK) {
		output_failure(&output, NULL, &error);
		output_finish(&output);
		free(arguments);
		return RUN_EXIT_SETUP;
	}
	memcpy(arguments, options->operands.items,
	       options->operands.count * sizeof(*arguments));
	program.context = context;
	program.arguments = arguments;
	result = run_program(&program);
	modseal_free(&context);
	free(arguments);
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
		      "works then"),
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
