/* SPDX-License-Identifier: Apache-2.0 */
/* modseal timestamp attach: puts time stamps into the signatures they are for. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/commands.h"
#include "verifier/tool/stamping.h"

static int attach(const struct modseal_stamping *stamping, const struct options *options,
		  const char *operand, uint32_t flags, modseal_stamp_visit *visit,
		  void *argument, struct modseal_error *error)
{
	return modseal_timestamp_attach(stamping, operand, flags, options->token, visit,
					argument, error);
}

static int run(const struct options *options)
{
	if (options->token && options->operands.count > 1)
		return options_conflict(&command_timestamp_attach, "--token",
					"it is for one file, not several");
	if (options->authority_certificate && options->authority_issuer)
		return options_conflict(&command_timestamp_attach, "--tsa-ca",
					"give it or --tsa-certificate");
	return stamping_run(options, "stamped", attach);
}

static const struct option_spec options_timestamp_attach[] = {
	OPTIONS_STAMPING,
	OPTIONS_AUTHORITY,
	OPTION_A_TEXT("token", "FILE", token,
		      "the authority's answer, or a token (default: FILE.tsr)"),
	OPTION_A_FLAG("force", force, "replace the time stamps there are"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_timestamp_attach = {
	.name = "timestamp attach",
	.operands = "FILE...",
	.summary = "put time stamps into signatures",
	.description =
		"Reads an authority's answer from FILE.tsr (FILE.2.tsr for the "
		"second\n"
		"signature), checks it, and puts its token into the signature that "
		"it is for;\n"
		"all else stays byte for byte. Without --tsa-certificate or --tsa-ca "
		"the answer is\n"
		"checked by the certificate it brings along.",
	.options = options_timestamp_attach,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_timestamp_attach_is_left_out; /* C11 6.9 */
#endif
