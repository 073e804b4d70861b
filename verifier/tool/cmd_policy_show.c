/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy show: the policy in force, defaults filled in. */
#include "modseal-inspect.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/facts.h"

static int run(const struct options *options)
{
	const char *name = options->policy ? options->policy : "policy in force";
	struct output output = output_start(options);
	struct facts facts = {.output = &output};
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	int result = deciding_open(options, MODSEAL_OPEN_CHECK_ONLY, &context, &error);

	if (result == MODSEAL_OK) {
		if (output.json)
			facts.object = json_object();
		else
			output_name(&output, name);
		result = modseal_describe(context, facts_add_policy, &facts, &error);
		error.code = result;
	}
	if (result != MODSEAL_OK) {
		output_failure(&output, options->policy, &error);
		json_decref(facts.object);
	} else if (output.json) {
		output_facts(&output, name, "facts only, nothing was decided",
			     facts.object);
	}
	modseal_free(&context);
	return output_finish(&output);
}

static const struct option_spec options_policy_show[] = {
	OPTIONS_DECIDING,
	OPTIONS_ROOT,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_show = {
	.name = "policy show",
	.operands = "",
	.summary = "show a signed policy as it is understood",
	.description = "Shows the policy that --policy names, or the one installed, key "
		       "by key, after\n"
		       "the checks of `modseal policy check`.",
	.options = options_policy_show,
	.minimum_operands = 0,
	.maximum_operands = 0,
	.run = run,
};
