/* SPDX-License-Identifier: Apache-2.0 */
/* modseal inspect: tells what files carry, and decides nothing. */
#include <string.h>

#include "modseal-inspect.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/facts.h"
#include "verifier/tool/hygiene.h"
#include "verifier/tool/optional.h"

static int add_fact(void *argument, const char *key, const char *value)
{
	if (strcmp(key, "dlopen-note") == 0)
		return optional_add(argument, value);
	return facts_add(argument, key, value);
}

static void inspect_one(struct output *output, const char *operand)
{
	struct facts facts = {.output = output};
	struct modseal_error error = {0};
	int result;

	if (output->json)
		facts.object = json_object();
	else
		output_name(output, operand);
	result = modseal_inspect(operand, add_fact, &facts, &error);
	if (result != MODSEAL_OK) {
		error.code = result;
		output_failure(output, operand, &error);
		json_decref(facts.object);
	} else if (output->json) {
		output_facts(output, operand, "facts only, nothing was decided",
			     facts.object);
	}
}

static int run(const struct options *options)
{
	struct output output = output_start(options);

	for (size_t i = 0; i < options->operands.count; i++) {
		if (options->hygiene)
			hygiene_show(&output, options->operands.items[i]);
		else
			inspect_one(&output, options->operands.items[i]);
		output_progress(&output, i + 1, options->operands.count);
	}
	return output_finish(&output);
}

static const struct option_spec options_inspect[] = {
	OPTION_A_FLAG("hygiene", hygiene,
		      "list what weakens the process that loads a library or program,\n"
		      "and the compiler or linker flag that mends it"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_inspect = {
	.name = "inspect",
	.operands = "FILE...",
	.summary = "show what files carry: signatures, digests, dependencies",
	.description = "Decides nothing: a signature that is shown may be wrong. With "
		       "--json a key\n"
		       "that occurs several times is an array.",
	.options = options_inspect,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
