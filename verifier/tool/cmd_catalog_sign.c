/* SPDX-License-Identifier: Apache-2.0 */
/* modseal catalog sign: judges a catalog and signs it. */
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
	uint32_t flags = (options->append ? MODSEAL_SIGN_APPEND : 0) |
			 (options->force ? MODSEAL_SIGN_FORCE : 0);
	int result, status = signing_judge(&command_catalog_sign, options);

	if (status != EXIT_DONE)
		return status;
	if (options->append && options->force)
		return options_conflict(&command_catalog_sign, "--append",
					"it makes no sense together with --force");
	result = signing_open(options, &key, &error);
	if (result == MODSEAL_OK)
		result = modseal_sign_catalog(key, path, flags, &error);
	if (result == MODSEAL_OK)
		output_done(&output, path, "signed", NULL);
	else
		output_failure(&output, path, &error);
	modseal_signing_key_free(&key);
	return output_finish(&output);
}

static const struct option_spec options_catalog_sign[] = {
	OPTIONS_SIGNING,
	OPTION_A_FLAG("append", append, "add a signature to those there are"),
	OPTION_A_FLAG("force", force, "replace the signatures there are"),
	OPTIONS_PASSPHRASE,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_catalog_sign = {
	.name = "catalog sign",
	.operands = "FILE",
	.summary = "sign a catalog",
	.description =
		"Writes FILE.p7s. A catalog that is not exactly as the format wants "
		"it is not\n"
		"signed. A signature by the same key over an earlier text is "
		"replaced.",
	.options = options_catalog_sign,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
#else
typedef int
	modseal_catalog_sign_is_left_out; /* a file must declare something (C11 6.9) */
#endif
