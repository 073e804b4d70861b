/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy check: is the policy signed, valid, and all it names there and safe? */
#include "modseal-inspect.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/facts.h"

/* The name under which results speak of the policy. */
static const char *name_of(const struct options *options)
{
	return options->policy ? options->policy : "policy in force";
}

static void report(struct output *output, const char *name, struct modseal *context)
{
	struct facts facts = {.output = output};
	struct modseal_error error = {0};
	int result = MODSEAL_OK;

	if (output->json) {
		facts.object = json_object();
		result = modseal_describe(context, facts_add_grounds, &facts, &error);
		error.code = result;
	}
	if (result != MODSEAL_OK) {
		output_failure(output, name, &error);
		json_decref(facts.object);
		return;
	}
	output_done(output, name, "valid", facts.object);
	if (!output->json &&
	    modseal_describe(context, facts_add_grounds, &facts, &error) != 0)
		output_failure(output, name, &error);
}

static int run(const struct options *given)
{
	struct options options = *given;
	struct output output = output_start(given);
	struct modseal_error error = {0};
	struct modseal *context = NULL;

	if (options.operands.count == 1 && options.policy)
		return options_conflict(&command_policy_check, options.operands.items[0],
					"the policy is named twice");
	if (options.operands.count == 1)
		options.policy = options.operands.items[0];
	if (deciding_open(&options, MODSEAL_OPEN_CHECK_ONLY | MODSEAL_OPEN_STRICT,
			  &context, &error) != MODSEAL_OK)
		output_failure(&output, options.policy, &error);
	else
		report(&output, name_of(&options), context);
	modseal_free(&context);
	return output_finish(&output);
}

static const struct option_spec options_policy_check[] = {
	OPTIONS_DECIDING,
	OPTIONS_ROOT,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_check = {
	.name = "policy check",
	.operands = "[FILE]",
	.summary = "check a signed policy and everything it names",
	.description = "Checks FILE, or the policy that --policy names, or the one "
		       "installed: its\n"
		       "signature, its text, and every certificate it names.",
	.options = options_policy_check,
	.minimum_operands = 0,
	.maximum_operands = 1,
	.run = run,
};
