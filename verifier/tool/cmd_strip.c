/* SPDX-License-Identifier: Apache-2.0 */
/* modseal strip: takes signatures off. */
#ifndef MODSEAL_VERIFY_ONLY
#include "modseal-sign.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/jobs.h"

static int strip_one(void *argument, const char *operand,
		     struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	const struct options *options = argument;

	if (options->signer)
		return modseal_strip_signer(operand, options->signer,
					    options->detached ? MODSEAL_SIGN_DETACHED : 0,
					    options->output, error);
	return modseal_strip_file(operand, options->output, error);
}

static void report_one(void *argument, struct output *output, const char *operand,
		       const struct modseal_verdict *verdict)
{
	const struct options *options = argument;
	json_t *extra = NULL;

	if (options->output && output->json) {
		extra = json_object();
		json_object_set_new(extra, "output", output_json_text(options->output));
	}
	output_done(output, operand, "stripped", extra);
}

static int run(const struct options *options)
{
	struct output output = output_start(options);

	if (options->output && options->operands.count > 1)
		return options_conflict(&command_strip, "--output",
					"it takes one file, not several");
	if (options->detached && !options->signer)
		return options_conflict(&command_strip, "--detached",
					"it goes with --signer; to take all off, remove "
					"FILE.p7s");
	if (options->detached && options->output)
		return options_conflict(&command_strip, "--output",
					"FILE.p7s is changed in its place");
	jobs_run(options, &output, strip_one, report_one, (void *)options);
	return output_finish(&output);
}
static const struct option_spec options_strip[] = {
	OPTION_A_TEXT("signer", "FILE", signer,
		      "take only the signatures by this certificate's key off"),
	OPTION_A_FLAG("detached", detached,
		      "with --signer: those in FILE.p7s, which is removed with the\n"
		      "last of them"),
	OPTION_A_TEXT("output", "FILE", output,
		      "write the result here instead of in place"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_strip = {
	.name = "strip",
	.operands = "FILE...",
	.summary = "take appended signatures off",
	.description = "Gives back, byte for byte, what was signed. With --signer the "
		       "other signatures\n"
		       "stay as they are.",
	.options = options_strip,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_strip_is_left_out; /* a file must declare something (C11 6.9) */
#endif
