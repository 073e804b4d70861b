/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy lint: what is wrong, weak or useless in policies. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier/tool/asking.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"

#define MAX_POLICY_SIZE (4u * 1024 * 1024)

struct linting {
	const struct options *options;
	struct output *output;
	const char *operand;
	json_t *findings; /* with JSON */
};

static void show_text(const struct linting *linting,
		      const struct modseal_finding *finding)
{
	char line[6144];

	snprintf(line, sizeof(line), "%s:%u:%u: %s: %s [%s]", linting->operand,
		 finding->line, finding->column, modseal_severity_name(finding->severity),
		 finding->message, finding->id);
	output_text(linting->output, line);
	if (finding->severity == MODSEAL_SEVERITY_ERROR && finding->excerpt[0]) {
		snprintf(line, sizeof(line), "%6u | %s", finding->line, finding->excerpt);
		output_text(linting->output, line);
		snprintf(line, sizeof(line), "%6s | %*s", "", (int)finding->caret, "^");
		if (finding->caret > 0)
			output_text(linting->output, line);
	}
	if (finding->remedy[0])
		output_line(linting->output, "remedy", finding->remedy);
}

static int show(void *argument, const struct modseal_finding *finding)
{
	struct linting *linting = argument;
	json_t *object;

	if (finding->severity > MODSEAL_SEVERITY_NOTE || linting->options->strict)
		output_note(linting->output, EXIT_NO);
	if (!linting->findings) {
		show_text(linting, finding);
		return 0;
	}
	object = json_object();
	json_object_set_new(object, "line", json_integer(finding->line));
	json_object_set_new(object, "column", json_integer(finding->column));
	output_json_set(object, "severity", modseal_severity_name(finding->severity));
	output_json_set(object, "id", finding->id);
	output_json_set(object, "message", finding->message);
	output_json_set(object, "remedy", finding->remedy);
	return json_array_append_new(linting->findings, object) == 0 ? 0
								     : MODSEAL_E_RESOURCE;
}

static int lint(struct linting *linting, struct modseal_error *error)
{
	struct modseal_lint_options options = {
		.version = MODSEAL_LINT_OPTIONS_VERSION,
		.days = linting->options->days,
		.root_directory = linting->options->root,
	};
	struct modseal_buffer text = {0};
	char *path = NULL;
	int result = deciding_file(linting->operand, &path, error);

	if (result == MODSEAL_OK)
		result = asking_read(path, MAX_POLICY_SIZE, &text, error);
	if (result == MODSEAL_OK)
		result = modseal_lint(path, text, &options, show, linting, error);
	free((void *)text.data);
	free(path);
	return result;
}

static int run(const struct options *options)
{
	struct output output = output_start(options);

	for (size_t i = 0; i < options->operands.count; i++) {
		struct linting linting = {options, &output, options->operands.items[i],
					  options->json ? json_array() : NULL};
		struct modseal_error error = {0};
		json_t *facts = NULL;

		if (lint(&linting, &error) != MODSEAL_OK) {
			output_failure(&output, linting.operand, &error);
		} else if (output.json) {
			facts = json_object();
			json_object_set(facts, "findings", linting.findings);
			output_facts(&output, linting.operand,
				     "findings only, nothing was decided", facts);
		}
		json_decref(linting.findings);
	}
	return output_finish(&output);
}

static const struct option_spec options_policy_lint[] = {
	OPTION_A_TEXT("root", "DIR", root,
		      "the root of the image that the policies are for"),
	OPTION_A_NUMBER("days", days, 1, 36500,
			"tell what ends within N days (default 30)"),
	OPTION_A_FLAG("strict", strict, "end with 1 for notes as well"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_lint = {
	.name = "policy lint",
	.operands = "FILE...",
	.summary = "tell what is wrong, weak or useless in policies",
	.description = "FILE is a policy or supplement, signed or not: its signature is "
		       "not looked at.\n"
		       "Ends with 1 where there are errors or warnings, and with 0 where "
		       "there are\n"
		       "none or notes only.",
	.options = options_policy_lint,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
