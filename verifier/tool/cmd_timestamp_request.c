/* SPDX-License-Identifier: Apache-2.0 */
/* modseal timestamp request: asks for time stamps, by file. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/commands.h"
#include "verifier/tool/stamping.h"

static int request(const struct modseal_stamping *stamping, const struct options *options,
		   const char *operand, uint32_t flags, modseal_stamp_visit *visit,
		   void *argument, struct modseal_error *error)
{
	return modseal_timestamp_request(stamping, operand, flags, options->output, visit,
					 argument, error);
}

static int run(const struct options *options)
{
	if (options->output && options->operands.count > 1)
		return options_conflict(&command_timestamp_request, "--output",
					"it takes one file, not several");
	return stamping_run(options, "requested", request);
}

static const struct option_spec options_timestamp_request[] = {
	OPTIONS_STAMPING,
	OPTION_A_CHOICE("hash", "sha256|sha384|sha512", hash,
			"digest of the signature (default: sha256)"),
	OPTION_A_FLAG("force", force, "also for signatures that have a time stamp"),
	OPTION_A_TEXT("output", "FILE", output,
		      "write the request here instead of to FILE.tsq"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_timestamp_request = {
	.name = "timestamp request",
	.operands = "FILE...",
	.summary = "ask for time stamps on signatures",
	.description = "Writes a request (RFC 3161) for each signature of each file: "
		       "FILE.tsq, and\n"
		       "FILE.2.tsq for the second. How it comes to an authority, and its "
		       "answer to\n"
		       "FILE.tsr, is left to you: curl does it (see modseal(1)).",
	.options = options_timestamp_request,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_timestamp_request_is_left_out; /* C11 6.9 */
#endif
