/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy sign: judges a policy and signs it. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/commands.h"
#include "verifier/tool/output.h"
#include "verifier/tool/signing.h"

static int run(const struct options *options)
{
	const char *path = options->operands.items[0];
	struct output output = output_start(options);
	struct modseal_signing_key *key = NULL;
	struct modseal_error error = {0};
	int result, status = signing_judge(&command_policy_sign, options);

	if (status != EXIT_DONE)
		return status;
	result = signing_open(options, &key, &error);
	if (result == MODSEAL_OK)
		result = modseal_sign_policy(
			key, path, options->root,
			(options->append ? MODSEAL_SIGN_APPEND : 0) |
				(options->force ? MODSEAL_SIGN_FORCE : 0),
			&error);
	if (result == MODSEAL_OK)
		output_done(&output, path, "signed", NULL);
	else
		output_failure(&output, path, &error);
	modseal_signing_key_free(&key);
	return output_finish(&output);
}
static const struct option_spec options_policy_sign[] = {
	OPTIONS_SIGNING,
	OPTION_A_TEXT(
		"root", "DIR", root,
		"the policy is for the image below DIR: its paths are judged there"),
	OPTION_A_FLAG("append", append, "add a signature to those there are"),
	OPTION_A_FLAG("force", force,
		      "replace the signatures there are; with --append only the\n"
		      "one by the same key"),
	OPTIONS_PASSPHRASE,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_sign = {
	.name = "policy sign",
	.operands = "FILE",
	.summary = "sign a policy or supplement",
	.description = "Writes FILE.p7s. A policy that `modseal policy check` would "
		       "refuse is not\n"
		       "signed. A supplement is judged by itself; whether a policy "
		       "delegates what it\n"
		       "speaks of is judged where that policy is.",
	.options = options_policy_sign,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
#else
typedef int modseal_policy_sign_is_left_out; /* a file must declare something (C11 6.9) */
#endif
