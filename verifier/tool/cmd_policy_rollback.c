/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy rollback: puts the set before back in force, where nothing forbids it.
 */
#include "verifier/tool/commands.h"
#include "verifier/tool/installing.h"

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct installing installing = {
		.output = &output, .policy = "previous set", .yes = options->yes};
	struct installing_names names = {0};
	struct modseal_error error = {0};
	int result, status = installing_check(&command_policy_rollback, options);

	if (status != EXIT_DONE)
		return status;
	result = installing_names_make(options, NULL, &names, &error);
	if (result == MODSEAL_OK)
		result = modseal_policy_rollback(&names.options, installing_ask,
						 &installing, &error);
	installing_names_free(&names);
	return installing_end(&installing, result, "in force again", &error);
}

static const struct option_spec options_policy_rollback[] = {
	OPTIONS_INSTALLING,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_rollback = {
	.name = "policy rollback",
	.operands = "",
	.summary = "put the set before the one in force back in its place",
	.description =
		"Switches back to the set that was in force before, as far as serials, "
		"catalogs,\n"
		"revocation lists and what was revoked allow; else it says which of them "
		"does\n"
		"not, and how to get the content of that set in force again.",
	.options = options_policy_rollback,
	.minimum_operands = 0,
	.maximum_operands = 0,
	.run = run,
};
