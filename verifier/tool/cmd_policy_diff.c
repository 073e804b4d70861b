/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy diff: in what two policies differ, and which files that changes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/asking.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/differences.h"
#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

#define MAX_POLICY_SIZE (4u * 1024 * 1024)

/* One of the two policies. */
struct side {
	char *path;
	struct modseal_buffer text;
	struct modseal *context;
};

struct diffing {
	const struct options *options;
	struct output *output;
	struct side before, after;
	size_t looked;
	size_t changed;
};

/* ---- the two policies ---------------------------------------------------------------
 */

/* A directory is a set as it is installed: its policy.yaml. */
static int open_side(const char *name, struct side *side, struct modseal_error *error)
{
	struct stat status;
	char *path = NULL;
	int result = deciding_file(name, &side->path, error);

	if (result == MODSEAL_OK && stat(side->path, &status) == 0 &&
	    S_ISDIR(status.st_mode)) {
		if (asprintf(&path, "%s/policy.yaml", side->path) < 0)
			return output_error(error, MODSEAL_E_RESOURCE,
					    MODSEAL_STAGE_POLICY, name, NULL,
					    "out of memory");
		free(side->path);
		side->path = path;
	}
	if (result == MODSEAL_OK)
		result = asking_read(side->path, MAX_POLICY_SIZE, &side->text, error);
	return result;
}

static void close_side(struct side *side)
{
	modseal_free(&side->context);
	free((void *)side->text.data);
	free(side->path);
}

/* ---- files --------------------------------------------------------------------------
 */

/* What is no ELF file nobody loads, whatever policies say of it. */
static bool looks_like_elf(const char *path)
{
	static const char magic[] = {0x7f, 'E', 'L', 'F'};
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	char start[sizeof(magic)] = "";
	bool is_elf = descriptor >= 0 &&
		      read(descriptor, start, sizeof(start)) == sizeof(start) &&
		      memcmp(start, magic, sizeof(magic)) == 0;

	if (descriptor >= 0)
		close(descriptor);
	return is_elf;
}

struct answer {
	struct modseal_verdict *verdict;
	struct modseal_error error;
	int code; /* also with which audit mode would refuse */
};

static void ask(const struct diffing *diffing, const struct side *side, const char *path,
		struct answer *answer)
{
	answer->verdict = NULL;
	answer->code =
		modseal_check(side->context, path, asking_kind(diffing->options->kind),
			      &answer->verdict, &answer->error);
	if (answer->verdict)
		answer->code = modseal_verdict_would_refuse(answer->verdict);
}

static const char *verdict_name(const struct answer *answer)
{
	int value = modseal_code_exit(answer->code);

	if (answer->verdict && answer->code != MODSEAL_OK)
		return "would-refuse";
	return value == EXIT_DONE ? "accepted"
	       : value == EXIT_NO ? "refused"
				  : "undecided";
}

static void show_change(struct diffing *diffing, const char *path,
			const struct answer *before, const struct answer *after)
{
	struct output *output = diffing->output;
	size_t counted = output->would_refuse;
	int exit_before = output->exit;
	char words[256];
	json_t *was;

	if (!output->json) {
		snprintf(words, sizeof(words), "%s (%s) -> %s (%s)", verdict_name(before),
			 modseal_code_name(before->code), verdict_name(after),
			 modseal_code_name(after->code));
		output_done(output, path, words, NULL);
		if (after->verdict && after->code != MODSEAL_OK)
			output_line(output, "reason",
				    modseal_verdict_would_refuse_reason(after->verdict));
		else if (after->code != MODSEAL_OK)
			output_line(output, "reason", after->error.message);
		return;
	}
	was = json_object();
	json_object_set_new(was, "verdict", json_string(verdict_name(before)));
	json_object_set_new(was, "code", json_string(modseal_code_name(before->code)));
	was = json_pack("{s:o}", "before", was);
	if (after->verdict)
		output_verdict(output, path, "accepted", after->verdict, was);
	else
		output_failure_with(output, path, &after->error, was);
	/* a refusal is what was asked about */
	output->exit = exit_before;
	output->would_refuse = counted;
}

static int compare_file(void *argument, const char *listed, const char *path,
			struct modseal_error *error)
{
	struct diffing *diffing = argument;
	struct answer before, after;

	output_progress(diffing->output, diffing->looked, 0);
	if (!looks_like_elf(path))
		return MODSEAL_OK;
	diffing->looked++;
	ask(diffing, &diffing->before, listed, &before);
	ask(diffing, &diffing->after, listed, &after);
	if (before.code != after.code || !before.verdict != !after.verdict) {
		diffing->changed++;
		show_change(diffing, listed, &before, &after);
	}
	modseal_verdict_free(&before.verdict);
	modseal_verdict_free(&after.verdict);
	return MODSEAL_OK;
}

static int compare_files(struct diffing *diffing, struct modseal_error *error)
{
	const struct options *options = diffing->options;
	char line[96];
	int result =
		modseal_draft_open(diffing->before.path, options->root,
				   diffing->before.text, &diffing->before.context, error);

	if (result == MODSEAL_OK)
		result = modseal_draft_open(diffing->after.path, options->root,
					    diffing->after.text, &diffing->after.context,
					    error);
	for (size_t i = 2; result == MODSEAL_OK && i < options->operands.count; i++)
		result = tree_walk(options->root, options->operands.items[i],
				   compare_file, diffing, error);
	if (result != MODSEAL_OK)
		return result;
	snprintf(line, sizeof(line), "%zu of %zu files change their verdict",
		 diffing->changed, diffing->looked);
	output_text(diffing->output, line);
	return MODSEAL_OK;
}

/* ---- all of it ----------------------------------------------------------------------
 */

static int diff(struct diffing *diffing, struct modseal_error *error)
{
	const struct options *options = diffing->options;
	struct differences differences = {.output = diffing->output};
	struct modseal_policy_text before, after;
	int result = open_side(options->operands.items[0], &diffing->before, error);

	if (result == MODSEAL_OK)
		result = open_side(options->operands.items[1], &diffing->after, error);
	if (result != MODSEAL_OK)
		return result;
	before = (struct modseal_policy_text){diffing->before.path, diffing->before.text};
	after = (struct modseal_policy_text){diffing->after.path, diffing->after.text};
	if (options->json)
		differences.list = json_array();
	result = modseal_policy_diff(&before, &after, options->root, differences_show,
				     &differences, error);
	if (result == MODSEAL_OK && options->json)
		output_facts(diffing->output, options->operands.items[1],
			     "differences only, nothing was decided",
			     json_pack("{s:O}", "differences", differences.list));
	else if (result == MODSEAL_OK && differences.count == 0)
		output_text(diffing->output, "the policies say the same");
	json_decref(differences.list);
	if (result == MODSEAL_OK && options->operands.count > 2)
		result = compare_files(diffing, error);
	return result;
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct diffing diffing = {.options = options, .output = &output};
	struct modseal_error error = {0};

	if (diff(&diffing, &error) != MODSEAL_OK)
		output_failure(&output, NULL, &error);
	close_side(&diffing.before);
	close_side(&diffing.after);
	return output_finish(&output);
}

static const struct option_spec options_policy_diff[] = {
	OPTION_A_TEXT("root", "DIR", root,
		      "the root of the image that the policies are for"),
	OPTIONS_KIND,
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_policy_diff = {
	.name = "policy diff",
	.operands = "OLD NEW [DIR...]",
	.summary = "tell in words in what two policies differ",
	.description =
		"OLD and NEW are policies, or directories that hold a policy.yaml; "
		"their\n"
		"signatures are not looked at. With directories or files behind "
		"them every ELF\n"
		"file there is judged by both, and each whose verdict changes is "
		"told.",
	.options = options_policy_diff,
	.minimum_operands = 2,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
