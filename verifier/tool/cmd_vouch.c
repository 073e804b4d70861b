/* SPDX-License-Identifier: Apache-2.0 */
/* modseal vouch: would the policy in force accept what packages bring? */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdio.h>
#include <string.h>

#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"
#include "verifier/tool/stopping.h"
#include "verifier/tool/vouch_tree.h"

struct counts {
	json_int_t vouched;
	json_int_t refused;
	json_int_t outside; /* no rule speaks of it, before as after */
};

/*
 * What the file needs may lie outside of the packages, and is looked for last: whoever
 * misses it has found everything else of the file to be right.
 */
static bool is_vouched(int result)
{
	return result == MODSEAL_OK || result == MODSEAL_E_DEPENDENCY_MISSING;
}

/* Audit mode accepts what nothing vouches for, too. */
static void judge_one(struct modseal *context, const char *path, struct output *output,
		      struct counts *counts)
{
	struct modseal_verdict *verdict = NULL;
	struct modseal_error error = {0};
	char shown[sizeof(error.object)];
	int result = modseal_check(context, path, MODSEAL_KIND_BY_RULE, &verdict, &error);
	int code = verdict ? modseal_verdict_would_refuse(verdict) : result;

	modseal_escape(shown, sizeof(shown), path);
	if (is_vouched(code)) {
		counts->vouched++;
	} else if (code == MODSEAL_E_PATH_NOT_ALLOWED &&
		   (verdict ? modseal_verdict_rule_line(verdict) == 0
			    : strcmp(error.object, shown) == 0)) {
		counts->outside++;
	} else if (verdict) {
		counts->refused++;
		output_verdict(output, path, "accepted", verdict, NULL);
	} else {
		counts->refused++;
		error.code = result;
		output_failure(output, path, &error);
	}
	modseal_verdict_free(&verdict);
}

/* The packages are judged as an image, but by the policy of this system. */
static int open_context(const struct options *options, const struct vouch_tree *tree,
			struct modseal **ret_context, struct modseal_error *error)
{
	struct options inside = *options;
	bool installed = options->anchors.count == 0 && !options->anchor_directory;
	int result;

	inside.root = tree->root;
	if (!inside.policy)
		inside.policy = "/etc/modseal/policy.yaml";
	if (installed)
		inside.anchor_directory = "/etc/modseal/anchors.d";
	if (inside.anchors.count == 0 && !inside.state)
		inside.state = "/var/lib/modseal";
	result = deciding_open(&inside, MODSEAL_OPEN_CHECK_ONLY, ret_context, error);
	if (result != MODSEAL_E_ARGUMENT || !installed)
		return result;
	/* an anchor is compiled in, which no directory may stand beside */
	inside.anchor_directory = NULL;
	return deciding_open(&inside, MODSEAL_OPEN_CHECK_ONLY, ret_context, error);
}

static void report_line(struct output *output, const char *key, json_int_t count)
{
	char text[32];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, count);
	output_line(output, key, text);
}

static void report(struct output *output, const struct options *options,
		   const struct counts *counts)
{
	json_t *extra = NULL;

	if (output->json) {
		extra = json_object();
		json_object_set_new(extra, "vouched-for", json_integer(counts->vouched));
		json_object_set_new(extra, "not-vouched-for",
				    json_integer(counts->refused));
		json_object_set_new(extra, "without-rule", json_integer(counts->outside));
		if (counts->refused == 0)
			output_done(output, options->operands.items[0],
				    "all files are vouched for", extra);
		else
			json_decref(extra);
		return;
	}
	if (counts->refused == 0)
		output_done(output, "packages", "all files are vouched for", NULL);
	report_line(output, "vouched for", counts->vouched);
	report_line(output, "not vouched for", counts->refused);
	report_line(output, "of which no rule speaks", counts->outside);
	output_line(output, "not judged",
		    "owners, modes, scripts, and needed libraries of other packages");
}

static int judge_all(const struct options *options, const struct vouch_tree *tree,
		     struct output *output, struct modseal_error *error)
{
	struct modseal *context = NULL;
	struct counts counts = {0};
	int result = open_context(options, tree, &context, error);

	if (result != MODSEAL_OK)
		return result;
	for (size_t i = 0; i < tree->count && !stopping(); i++) {
		output_progress(output, i, tree->count);
		judge_one(context, tree->paths[i], output, &counts);
	}
	modseal_free(&context);
	if (!stopping())
		report(output, options, &counts);
	return MODSEAL_OK;
}

static int run(const struct options *options)
{
	struct output output = output_start(options);
	struct modseal_error error = {0};
	struct vouch_tree tree = {0};
	int result, value;

	stopping_begin();
	result = vouch_tree_open(&tree, &error);

	for (size_t i = 0; result == MODSEAL_OK && i < options->operands.count; i++)
		result = vouch_tree_add(&tree, options->operands.items[i],
					!options->no_usrmerge, &error);
	if (result == MODSEAL_OK)
		result = judge_all(options, &tree, &output, &error);
	if (result != MODSEAL_OK && !stopping())
		output_failure_for_all(&output, &options->operands, &error);
	vouch_tree_close(&tree);
	value = output_finish(&output);
	stopping_end();
	return value;
}

static const struct option_spec options_vouch[] = {
	OPTIONS_DECIDING,
	OPTION_A_FLAG("no-usrmerge", no_usrmerge,
		      "leave /bin, /sbin and /lib of packages where they are, for\n"
		      "systems on which they are no links into /usr"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_vouch = {
	.name = "vouch",
	.operands = "PACKAGE...",
	.summary = "ask whether a policy accepts what packages bring",
	.description =
		"Judges the libraries, programs and kernel modules in Debian and RPM "
		"packages by\n"
		"the policy, as they would lie once the packages are installed: is there "
		"a "
		"rule, and\n"
		"the evidence that it wants? Exit 1: a file that a rule is for would be "
		"refused.",
	.options = options_vouch,
	.minimum_operands = 1,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
#else
typedef int modseal_cmd_vouch_is_left_out; /* something declared (C11 6.9) */
#endif
