/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy test: compares verdicts with a table of expected ones. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/tool/asking.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/explanation.h"

#define MAX_CASES_SIZE (4u * 1024 * 1024)

struct testing {
	struct output *output;
	size_t passed;
	size_t failed;
};

static void show_text(struct output *output, const struct modseal_case_result *result)
{
	char label[4608], line[4352];

	snprintf(label, sizeof(label), "%s, line %u: %s", result->path, result->line,
		 result->expected);
	output_done(output, label, result->passed ? "ok" : "not ok", NULL);
	if (result->why)
		output_line(output, "why", result->why);
	if (result->passed)
		return;
	output_line(output, "differs", result->differs);
	explanation_line(result->explanation, line, sizeof(line));
	output_line(output, "verdict", line);
}

static json_t *describe(const struct modseal_case_result *result)
{
	json_t *object = json_object();

	json_object_set_new(object, "line", json_integer(result->line));
	output_json_set(object, "expected", result->expected);
	json_object_set_new(object, "passed", json_boolean(result->passed));
	output_json_set(object, "why", result->why);
	output_json_set(object, "differs", result->differs);
	return object;
}

static int show(void *argument, const struct modseal_case_result *result)
{
	struct testing *testing = argument;
	struct output *output = testing->output;
	size_t counted = output->would_refuse;
	int exit_before = output->exit;

	if (result->passed)
		testing->passed++;
	else
		testing->failed++;
	if (!output->json)
		show_text(output, result);
	else if (result->explanation->verdict)
		output_verdict(output, result->path, "accepted",
			       result->explanation->verdict, describe(result));
	else
		output_failure_with(output, result->path, result->explanation->refusal,
				    describe(result));
	/* a refusal that was expected is no failure of this command */
	if (output->json)
		output->exit = exit_before;
	output->would_refuse = counted;
	if (!result->passed)
		output_note(output, EXIT_NO);
	return 0;
}

static int test(const struct options *options, struct testing *testing,
		const char *operand, struct modseal_error *error)
{
	struct modseal_buffer text = {0};
	struct modseal *context = NULL;
	size_t failed = 0;
	int result = asking_open(options, &context, error);

	if (result == MODSEAL_OK)
		result = asking_read(operand, MAX_CASES_SIZE, &text, error);
	if (result == MODSEAL_OK)
		result = modseal_cases_run(context, operand, text, show, testing, &failed,
					   error);
	free((void *)text.data);
	modseal_free(&context);
	return result;
}

static int run(const struct options *options)
{
	const char *operand = options->operands.items[0];
	struct output output = output_start(options);
	struct testing testing = {.output = &output};
	struct modseal_error error = {0};
	char line[64];

	if (test(options, &testing, operand, &error) != MODSEAL_OK) {
		output_failure(&output, operand, &error);
	} else if (!output.json) {
		snprintf(line, sizeof(line), "%zu passed, %zu failed", testing.passed,
			 testing.failed);
		output_text(&output, line);
	}
	return output_finish(&output);
}

static const struct option_spec options_policy_test[] = {
	OPTIONS_DECIDING, OPTIONS_DRAFT, OPTIONS_ROOT, OPTIONS_COMMON, OPTION_END,
};

const struct command command_policy_test = {
	.name = "policy test",
	.operands = "CASES",
	.summary = "compare verdicts with a table of expected ones",
	.description = "CASES is YAML, described in modseal(1). Every file it lists is "
		       "judged; what\n"
		       "differs is told with the reason. The last line is `N passed, N "
		       "failed`.",
	.options = options_policy_test,
	.minimum_operands = 1,
	.maximum_operands = 1,
	.run = run,
};
