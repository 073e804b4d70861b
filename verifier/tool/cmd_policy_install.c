/* SPDX-License-Identifier: Apache-2.0 */
/* modseal policy install: shows what changes, asks, and puts a policy in force. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "modseal-install.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/diff.h"
#include "verifier/tool/differences.h"
#include "verifier/tool/output.h"

#define MAX_LINE 4096

/* What the library's question needs to be shown and answered. */
struct asking {
	struct output *output;
	const char *policy;
	bool yes;
	bool declined;
	json_t *facts;
};

/* ---- showing --------------------------------------------------------------------- */

static int show_line(void *argument, char sign, size_t number, const char *line,
		     size_t length)
{
	struct asking *asking = argument;
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

static void show_side(struct asking *asking, const char *what,
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

static void show_json(struct asking *asking, const struct modseal_install_plan *plan)
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

static void show_text(struct asking *asking, const struct modseal_install_plan *plan)
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

static bool agreed(void)
{
	char answer[8] = "";

	fflush(stdout);
	fputs("Put it in force? [y/N] ", stderr);
	return fgets(answer, sizeof(answer), stdin) &&
	       (strcmp(answer, "y\n") == 0 || strcmp(answer, "yes\n") == 0);
}

/* What the change means comes first, and then the lines that make it. */
static int show_words(struct asking *asking, const struct modseal_install_plan *plan)
{
	/* both are authenticated; what they name is not looked at again */
	const struct modseal_policy_text before = {"the policy in force",
						   plan->current.text};
	const struct modseal_policy_text after = {"the new policy", plan->next.text};
	struct differences differences = {.output = asking->output, .indented = true};
	struct modseal_error error;
	int result;

	if (asking->output->json) {
		differences.list = json_array();
		json_object_set_new(asking->facts, "differences", differences.list);
	}
	result = modseal_policy_diff(&before, &after, NULL, differences_show,
				     &differences, &error);
	if (result != MODSEAL_OK)
		output_failure(asking->output, asking->policy, &error);
	return result;
}

static int ask(void *argument, const struct modseal_install_plan *plan)
{
	struct asking *asking = argument;
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
	if (result == 0 && !asking->yes && !agreed()) {
		asking->declined = true;
		result = 1;
	}
	return result;
}

/* ---- the command ----------------------------------------------------------------- */

struct names {
	char *policy, *anchor_directory, *directory, *state;
	char **anchors;
};

static int make_names(const struct options *options, struct names *names,
		      struct modseal_error *error)
{
	struct {
		const char *given;
		char **name;
	} rows[] = {
		{options->operands.items[0], &names->policy},
		{options->anchor_directory, &names->anchor_directory},
		{options->directory, &names->directory},
		{options->state, &names->state},
	};
	int result = MODSEAL_OK;

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
	return result;
}

static void free_names(struct names *names, size_t anchors)
{
	free(names->policy);
	free(names->anchor_directory);
	free(names->directory);
	free(names->state);
	for (size_t i = 0; names->anchors && i < anchors; i++)
		free(names->anchors[i]);
	free(names->anchors);
}

static int install(const struct options *options, struct asking *asking,
		   struct modseal_error *error)
{
	size_t count = options->anchors.count;
	struct modseal_install_options install = {
		.version = MODSEAL_INSTALL_OPTIONS_VERSION,
		.policy_name = options->policy_name,
	};
	struct names names = {0};
	int result = make_names(options, &names, error);

	if (result == MODSEAL_OK) {
		install.policy_path = names.policy;
		install.anchor_directory = names.anchor_directory;
		install.directory = names.directory;
		install.state_directory = names.state;
		if (count > 0) {
			install.anchor_paths = (const char *const *)names.anchors;
			install.anchor_path_count = count;
			if (getauxval(AT_SECURE) == 0)
				install.flags = MODSEAL_OPEN_CALLER_OWNED;
		}
		result = modseal_policy_install(&install, ask, asking, error);
	}
	free_names(&names, count);
	return result;
}

static int run(const struct options *options)
{
	const char *path = options->operands.items[0];
	struct output output = output_start(options);
	struct asking asking = {.output = &output, .policy = path, .yes = options->yes};
	struct modseal_error error = {0};
	int result;

	if (options->anchor_directory && options->anchors.count > 0)
		return options_conflict(&command_policy_install, "--anchor-directory",
					"with --anchor it would not be looked at");
	if (!options->yes && (options->json || isatty(STDIN_FILENO) != 1))
		return options_conflict(&command_policy_install, "--yes",
					"it must be given where nobody can be asked");
	result = install(options, &asking, &error);
	if (result == MODSEAL_OK) {
		output_done(&output, path, "installed", asking.facts);
		return output_finish(&output);
	}
	json_decref(asking.facts);
	if (asking.declined) {
		output_message(path, NULL, "not installed");
		return output_finish(&output) == EXIT_DONE ? EXIT_NO : EXIT_UNDECIDED;
	}
	if (error.code == MODSEAL_OK)
		output_error(&error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_POLICY, path, NULL,
			     "out of memory");
	output_failure(&output, path, &error);
	return output_finish(&output);
}

static const struct option_spec options_policy_install[] = {
	OPTION_A_LIST("anchor", "FILE", anchors,
		      "certificate of a key that may sign the policy (repeatable);\n"
		      "what is installed may then belong to you instead of root"),
	OPTION_A_TEXT("anchor-directory", "DIR", anchor_directory,
		      "directory of such certificates, NAME.pem for the\n"
		      "policy NAME (default: the installed one)"),
	OPTION_A_TEXT("policy-name", "NAME", policy_name,
		      "the name the policy must have"),
	OPTION_A_TEXT("directory", "DIR", directory,
		      "where policies are installed (default: the built-in place)"),
	OPTION_A_TEXT("state", "DIR", state,
		      "directory of the rollback state (default: the built-in place)"),
	OPTION_A_FLAG("yes", yes, "do not ask"),
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
