/* SPDX-License-Identifier: Apache-2.0 */
/* modseal ps: judges what is mapped executable in other processes. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-process.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"
#include "verifier/tool/verdict_json.h"

struct listing {
	struct output output;
	bool begun; /* the head of the table was printed */
	int told;   /* the code of the first process that is not approved */
};

/* ---- JSON ------------------------------------------------------------------------- */

static void describe_refusal(json_t *object, const struct modseal_error *refusal)
{
	output_json_set(object, "code", modseal_code_name(refusal->code));
	output_json_set(object, "stage", modseal_stage_name(refusal->stage));
	output_json_set(object, "reason", refusal->message);
	output_json_set(object, "remedy", refusal->remedy);
	output_json_set(object, "object", refusal->object);
	output_json_set(object, "digest", refusal->digest);
	if (refusal->rule_line > 0)
		json_object_set_new(object, "rule", json_integer(refusal->rule_line));
	output_json_set(object, "supplement", refusal->supplement);
}

static const char *verdict_of(const struct modseal_error *refusal)
{
	if (!refusal)
		return "accepted";
	return modseal_code_exit(refusal->code) == EXIT_NO ? "refused" : "undecided";
}

static json_t *images_of(const struct modseal_running *process)
{
	json_t *list = json_array();

	for (size_t i = 0; i < process->image_count; i++) {
		const struct modseal_running_image *image = &process->images[i];
		json_t *object = json_object();

		output_json_set(object, "path", image->path);
		output_json_set(object, "origin", image->origin);
		output_json_set(object, "verdict", verdict_of(image->refusal));
		if (image->refusal)
			describe_refusal(object, image->refusal);
		output_json_set(object, "remark", image->remark);
		if (image->verdict)
			verdict_json(object, image->verdict);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *extra_of(const struct modseal_running *process)
{
	json_t *extra = json_object();

	json_object_set_new(extra, "pid", json_integer(process->pid));
	if (process->user != UINT32_MAX)
		json_object_set_new(extra, "user", json_integer(process->user));
	output_json_set(extra, "program", process->program);
	output_json_set(extra, "command", process->command);
	json_object_set_new(extra, "images", images_of(process));
	return extra;
}

/* ---- the table -------------------------------------------------------------------- */

static void begin(struct listing *listing)
{
	if (!listing->begun)
		output_text(&listing->output, "    PID  VERDICT    PROGRAM");
	listing->begun = true;
}

static void print_row(struct listing *listing, const struct modseal_running *process)
{
	const char *verdict = verdict_of(process->error);
	const char *name = *process->program   ? process->program
			   : *process->command ? process->command
					       : "-";
	char *row = NULL;

	begin(listing);
	if (asprintf(&row, "%7jd  %-9s  %s", (intmax_t)process->pid,
		     strcmp(verdict, "accepted") == 0 ? "approved" : verdict, name) < 0)
		row = NULL;
	output_text(&listing->output, row ? row : "out of memory");
	free(row);
}

static void print_refusal(struct listing *listing, const char *path,
			  const struct modseal_error *refusal)
{
	char rule[160] = "", *line = NULL;

	if (refusal->rule_line > 0)
		snprintf(rule, sizeof(rule), ", by the rule in line %u%s%s",
			 refusal->rule_line,
			 refusal->supplement[0] ? " of the supplement " : "",
			 refusal->supplement);
	if (asprintf(&line, "%s%s%s%s%s%s", refusal->message, rule,
		     refusal->remedy[0] ? " (" : "", refusal->remedy,
		     refusal->remedy[0] ? ")" : "", "") < 0)
		line = NULL;
	output_line(&listing->output, path, line ? line : refusal->message);
	free(line);
}

static void print_process(struct listing *listing, const struct modseal_running *process)
{
	bool told = false;

	print_row(listing, process);
	for (size_t i = 0; i < process->image_count; i++) {
		const struct modseal_running_image *image = &process->images[i];

		if (image->refusal)
			print_refusal(listing, image->path, image->refusal);
		else if (image->remark)
			output_line(&listing->output, image->path, image->remark);
		told = told || image->refusal == process->error;
	}
	if (process->error && !told)
		print_refusal(listing, process->error->object, process->error);
}

/* ---- the command ------------------------------------------------------------------- */

static int visit(void *argument, const struct modseal_running *process)
{
	struct listing *listing = argument;
	char operand[32];

	snprintf(operand, sizeof(operand), "%jd", (intmax_t)process->pid);
	if (process->error && listing->told == MODSEAL_OK)
		listing->told = process->error->code;
	output_note(&listing->output,
		    process->error ? modseal_code_exit(process->error->code) : EXIT_DONE);
	if (!listing->output.json)
		print_process(listing, process);
	else if (process->error)
		output_failure_with(&listing->output, operand, process->error,
				    extra_of(process));
	else
		output_done(&listing->output, operand, "all of it is approved",
			    extra_of(process));
	output_progress(&listing->output, process->done + 1, process->total);
	return 0;
}

/* The last line of the table. */
static void summarize(struct listing *listing, const struct modseal_running_count *count)
{
	char line[256];

	snprintf(line, sizeof(line),
		 "%" PRIu64 " approved, %" PRIu64 " refused, %" PRIu64
		 " undecided, %" PRIu64 " not to be seen by this user",
		 count->approved, count->refused, count->undecided, count->unseen);
	output_text(&listing->output, line);
}

/* In the table the last line says so. */
static void report_unseen(struct output *output,
			  const struct modseal_running_count *count)
{
	struct modseal_error error;

	output_error(&error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, "/proc", "ask as root",
		     "%" PRIu64 " processes may not be looked at by this user",
		     count->unseen);
	output_failure(output, NULL, &error);
}

static void look(const struct options *options, struct listing *listing,
		 const pid_t *pids)
{
	struct output *output = &listing->output;
	struct modseal_running_count count;
	struct modseal_error error = {0};
	struct modseal *context = NULL;
	size_t processes;
	int result = deciding_open(options, MODSEAL_OPEN_CHECK_ONLY, &context, &error);

	if (result != MODSEAL_OK) {
		output_failure_for_all(output, &options->operands, &error);
		return;
	}
	result = modseal_check_running(context, pids, options->operands.count,
				       options->strict ? MODSEAL_RUNNING_STRICT : 0,
				       visit, listing, &count, &error);
	processes = count.approved + count.refused + count.undecided;
	/* what was told of a process need not be told once more */
	if (result != listing->told)
		output_failure(output, NULL, &error);
	else if (count.unseen > 0 && listing->output.json)
		report_unseen(output, &count);
	if (count.unseen > 0)
		output_note(output, EXIT_UNDECIDED);
	if (options->operands.count == 0 && processes > 0)
		summarize(listing, &count);
	modseal_free(&context);
}

static int run(const struct options *options)
{
	const struct words *operands = &options->operands;
	struct listing listing = {.output = output_start(options)};
	pid_t *pids = calloc(operands->count + 1, sizeof(*pids));

	for (size_t i = 0; pids && i < operands->count; i++) {
		const char *word = operands->items[i];
		size_t digits = strspn(word, "0123456789");

		if (digits == 0 || digits > 9 || word[digits])
			digits = 0;
		else
			pids[i] = (pid_t)strtoul(word, NULL, 10);
		if (digits == 0 || pids[i] == 0) {
			free(pids);
			return options_conflict(&command_ps, word,
						"not the number of a process");
		}
	}
	if (pids)
		look(options, &listing, pids);
	else
		output_message(NULL, NULL, "out of memory");
	if (!pids)
		output_note(&listing.output, EXIT_UNDECIDED);
	free(pids);
	return output_finish(&listing.output);
}

static const struct option_spec options_ps[] = {
	OPTIONS_DECIDING,
	OPTION_A_FLAG("strict", strict,
		      "refuse also what a program opened itself (dlopen), though the\n"
		      "policy approves the file, unless process.preload lists it"),
	OPTIONS_COMMON,
	OPTION_END,
};

const struct command command_ps = {
	.name = "ps",
	.operands = "[PID...]",
	.summary = "judge what runs in other processes",
	.description =
		"Judges by the policy all that is mapped executable in processes: the "
		"program,\n"
		"its libraries, memory copies that modseal made, memory of no file. What "
		"is\n"
		"refused is listed below its process, with the way it came in. Without "
		"PID all\n"
		"processes are looked at; root sees all of them.",
	.options = options_ps,
	.minimum_operands = 0,
	.maximum_operands = OPERANDS_ANY,
	.run = run,
};
