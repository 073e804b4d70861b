/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy explain: why files are accepted or refused. */
#include <stdlib.h>

#include "verifier/tool/asking.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/explanation.h"

static void explain_one(const struct options *options, struct output *output,
			struct modseal *context, const char *operand)
{
	struct modseal_explanation *explanation = NULL;
	struct modseal_error error = {0};
	char *name = NULL;
	int result = deciding_name(options, operand, &name, &error);

	if (result == MODSEAL_OK)
		result = modseal_explain(context, name, asking_kind(options->kind),
					 &explanation, &error);
	if (result == MODSEAL_OK)
		explanation_show(output, operand, explanation, options->all);
	else
		output_failure(output, operand, &error);
	modseal_explanation_free(&explanation);
	free(name);
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_error error = {0};
	struct modseal *context = NULL;

	if (asking_open(options, &context, &error) != MODSEAL_OK)
		output_failure_for_all(&output, &options->operands, &error);
	else
		for (size_t i = 0; i < options->operands.count; i++)
			explain_one(options, &output, context,
				    options->operands.items[i]);
	modseal_free(&context);
	return output_finish(&output);
}

static const struct option_spec options_policy_explain[] = {
	OPTIONS_DECIDING,
	OPTIONS_DRAFT,
	OPTIONS_ROOT,
	OPTIONS_KIND,
	OPTION_A_FLAG("all", all, "every rule that did not match, not only the nearest"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_explain = {
	.name = "policy explain",
	.operands = "FILE...",
	.summary = "tell why files are accepted or refused",
	.description =
		"Tells the real path and the links on the way, the rules that "
		"did not match and\n"
		"why, the one that decides, what could vouch for the file and what "
		"each says,\n"
		"and the verdict. Ends as `modseal verify` would.",
	.options = options_policy_explain,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
