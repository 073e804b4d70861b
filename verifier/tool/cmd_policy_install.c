/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy install: shows what changes, asks, and puts a policy in force. */
#include "verifier/tool/commands.h"
#include "verifier/tool/installing.h"

static int run(const struct options *options)
{
	const char *path = options->operands.items[0];
	struct output output = output_start(options);
	struct installing installing = {
		.output = &output, .policy = path, .yes = options->yes};
	struct installing_names names = {0};
	struct modseal_error error = {0};
	int result, status = installing_check(&command_policy_install, options);

	if (status != EXIT_DONE)
		return status;
	result = installing_names_make(options, path, &names, &error);
	if (result == MODSEAL_OK)
		result = modseal_policy_install(&names.options, installing_ask,
						&installing, &error);
	installing_names_free(&names);
	return installing_end(&installing, result, "installed", &error);
}

static const struct option_spec options_policy_install[] = {
	OPTIONS_INSTALLING,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_install = {
	.name = "policy install",
	.operands = "FILE",
	.summary = "put a signed policy in force, and nothing older from then on",
	.description =
		"Verifies FILE and everything it names, shows what changes, asks, "
		"copies\n"
		"them, and switches to the copy in one step. From then on no policy of "
		"the\n"
		"same name with a lower serial is accepted. May be repeated after an\n"
		"interruption, and for newer catalogs and lists of the same policy.",
	.options = options_policy_install,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
