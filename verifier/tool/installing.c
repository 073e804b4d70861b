/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that install share: the places, and the question. */
#include "verifier/tool/installing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "verifier/tool/deciding.h"
#include "verifier/tool/diff.h"
#include "verifier/tool/differences.h"

#define MAX_LINE 4096

/* ---- places ---------------------------------------------------------------------- */

int installing_names_make(const struct options *options, const char *policy,
			  struct installing_names *names, struct modseal_error *error)
{
	struct {
		const char *given;
		char **name;
	} rows[] = {
		{policy, &names->policy},
		{options->anchor_directory, &names->anchor_directory},
		{options->directory, &names->directory},
		{options->state, &names->state},
	};
	int result = MODSEAL_OK;

	names->anchor_count = options->anchors.count;
	names->anchors = calloc(options->anchors.count + 1, sizeof(*names->anchors));
	if (!names->anchors)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_CONTEXT,
				    NULL, NULL, "out of memory");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].given && result == MODSEAL_OK)
			result = deciding_file(rows[i].given, rows[i].name, error);
	for (size_t i = 0; i < options->anchors.count && result == MODSEAL_OK; i++)
		result = deciding_file(options->anchors.items[i], &names->anchors[i],
				       error);
	if (result != MODSEAL_OK)
		return result;
	names->options = (struct modseal_install_options){
		.version = MODSEAL_INSTALL_OPTIONS_VERSION,
		.policy_name = options->policy_name,
		.policy_path = names->policy,
		.anchor_directory = names->anchor_directory,
		.directory = names->directory,
		.state_directory = names->state,
	};
	if (options->anchors.count > 0) {
		names->options.anchor_paths = (const char *const *)names->anchors;
		names->options.anchor_path_count = options->anchors.count;
		if (getauxval(AT_SECURE) == 0)
			names->options.flags = MODSEAL_OPEN_CALLER_OWNED;
	}
	return result;
}

void installing_names_free(struct installing_names *names)
{
	free(names->policy);
	free(names->anchor_directory);
	free(names->directory);
	free(names->state);
	for (size_t i = 0; names->anchors && i < names->anchor_count; i++)
		free(names->anchors[i]);
	free(names->anchors);
}

/* ---- showing --------------------------------------------------------------------- */

static int show_line(void *argument, char sign, size_t number, const char *line,
		     size_t length)
{
	struct installing *asking = argument;
	char key[32], text[MAX_LINE];

	snprintf(text, sizeof(text), "%.*s",
		 (int)(length < sizeof(text) ? length : sizeof(text) - 1), line);
	if (!asking->output->json) {
		snprintf(key, sizeof(key), "%c %zu", sign, number);
		output_line(asking->output, key, text);
		return 0;
	}
	return json_array_append_new(json_object_get(asking->facts, "changes"),
				     json_pack("{s:s, s:I, s:o}", "change",
					       sign == '-' ? "removed" : "added", "line",
					       (json_int_t)number, "text",
					       output_json_text(text)))
		       ? MODSEAL_E_RESOURCE
		       : 0;
}

static void show_side(struct installing *asking, const char *what,
		      const struct modseal_install_side *side)
{
	char text[256];

	if (asking->output->json)
		return;
	snprintf(text, sizeof(text), "%s, serial %llu, issued %s", side->name,
		 (unsigned long long)side->serial, side->issued);
	output_line(asking->output, what, text);
}

static json_t *side_json(const struct modseal_install_side *side)
{
	return json_pack("{s:o, s:I, s:s}", "policy", output_json_text(side->name),
			 "serial", (json_int_t)side->serial, "issued", side->issued);
}

static void show_json(struct installing *asking, const struct modseal_install_plan *plan)
{
	json_t *files = json_array();

	for (size_t i = 0; i < plan->file_count; i++)
		json_array_append_new(files, output_json_text(plan->files[i]));
	asking->facts = side_json(&plan->next);
	json_object_set_new(asking->facts, "floor",
			    json_integer((json_int_t)plan->floor));
	if (plan->current.name)
		json_object_set_new(asking->facts, "previous", side_json(&plan->current));
	if (plan->current_fault)
		json_object_set_new(asking->facts, "previous-fault",
				    output_json_text(plan->current_fault));
	json_object_set_new(asking->facts, "set", json_string(plan->set));
	json_object_set_new(asking->facts, "files", files);
	json_object_set_new(asking->facts, "changes", json_array());
}

static void show_text(struct installing *asking, const struct modseal_install_plan *plan)
{
	struct output *output = asking->output;

	output_name(output, asking->policy);
	if (plan->current.name)
		show_side(asking, "in force", &plan->current);
	else
		output_line(output, "in force",
			    plan->current_fault ? plan->current_fault : "nothing");
	show_side(asking, "new", &plan->next);
	for (size_t i = 0; i < plan->file_count; i++)
		output_line(output, "file", plan->files[i]);
	if (plan->in_force)
		output_line(output, "remark", "this set is in force already");
}

/* ---- asking ---------------------------------------------------------------------- */

bool installing_agreed(const char *question)
{
	char answer[8] = "";

	fflush(stdout);
	fprintf(stderr, "%s [y/N] ", question);
	return fgets(answer, sizeof(answer), stdin) &&
	       (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0);
}

/* What the change means comes first, and then the lines that make it. */
static int show_words(struct installing *installing,
		      const struct modseal_install_plan *plan)
{
	/* both are authenticated; what they name is not looked at again */
	const struct modseal_policy_text before = {"the policy in force",
						   plan->current.text};
	const struct modseal_policy_text after = {"the new policy", plan->next.text};
	struct differences differences = {.output = installing->output, .indented = true};
	struct modseal_error error;
	int result;

	if (installing->output->json) {
		differences.list = json_array();
		json_object_set_new(installing->facts, "differences", differences.list);
	}
	result = modseal_policy_diff(&before, &after, NULL, differences_show,
				     &differences, &error);
	if (result != MODSEAL_OK)
		output_failure(installing->output, installing->policy, &error);
	return result;
}

int installing_ask(void *argument, const struct modseal_install_plan *plan)
{
	struct installing *asking = argument;
	int result = 0;

	if (asking->output->json)
		show_json(asking, plan);
	else
		show_text(asking, plan);
	if (plan->current.name)
		result = show_words(asking, plan);
	if (result == 0 && plan->current.name)
		result = diff_texts(plan->current.text, plan->next.text, show_line,
				    asking);
	if (result == 0 && !asking->yes && !installing_agreed("Put it in force?")) {
		asking->declined = true;
		result = 1;
	}
	return result;
}

/* ---- begin and end --------------------------------------------------------------- */

int installing_check(const struct command *command, const struct options *options)
{
	if (options->anchor_directory && options->anchors.count > 0)
		return options_conflict(command, "--anchor-directory",
					"with --anchor it would not be looked at");
	if (!options->yes && (options->json || isatty(STDIN_FILENO) != 1))
		return options_conflict(command, "--yes",
					"it must be given where nobody can be asked");
	return EXIT_DONE;
}

int installing_end(struct installing *installing, int result, const char *done,
		   struct modseal_error *error)
{
	struct output *output = installing->output;
	const char *path = installing->policy;

	if (result == MODSEAL_OK) {
		output_done(output, path, done, installing->facts);
		return output_finish(output);
	}
	json_decref(installing->facts);
	if (installing->declined) {
		output_message(path, NULL, "not done");
		return output_finish(output) == EXIT_DONE ? EXIT_NO : EXIT_UNDECIDED;
	}
	if (error->code == MODSEAL_OK)
		output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_POLICY, path, NULL,
			     "out of memory");
	output_failure(output, path, error);
	return output_finish(output);
}
