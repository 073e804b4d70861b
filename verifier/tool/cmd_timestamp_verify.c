/* SPDX-License-Identifier: Apache-2.0 */
/* modseal timestamp verify: when did the signatures exist, and who says so? */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/commands.h"
#include "verifier/tool/stamping.h"

static int verify(const struct modseal_stamping *stamping, const struct options *options,
		  const char *operand, uint32_t flags, modseal_stamp_visit *visit,
		  void *argument, struct modseal_error *error)
{
	return modseal_timestamp_verify(stamping, operand, flags, visit, argument, error);
}

static int run(const struct options *options)
{
	if (options->authority_certificate && options->authority_issuer)
		return options_conflict(&command_timestamp_verify, "--tsa-ca",
					"give it or --tsa-certificate");
	if (!options->authority_certificate && !options->authority_issuer)
		return options_missing(&command_timestamp_verify, "tsa-certificate");
	return stamping_run(options, "verified", verify);
}

static const struct option_spec options_timestamp_verify[] = {
	OPTIONS_STAMPING,
	OPTIONS_AUTHORITY,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_timestamp_verify = {
	.name = "timestamp verify",
	.operands = "FILE...",
	.summary = "check the time stamps of signatures",
	.description =
		"Says when the signatures of each file existed, by the word of one "
		"authority.\n"
		"The signatures themselves are not checked: that does `modseal "
		"verify`.",
	.options = options_timestamp_verify,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_timestamp_verify_is_left_out; /* C11 6.9 */
#endif
