/* SPDX-License-Identifier: Apache-2.0 */
/* Results as lines of text or JSON objects, messages, the worst exit value, progress. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/tool/output.h"
#include "verifier/tool/verdict_json.h"

#define MAX_TEXT                                                                         \
	4352 /* an object of struct modseal_error, and room to escape some of it */

/* ---- messages -------------------------------------------------------------------- */

static void message(const char *prefix, const char *object, const char *reason,
		    const char *remedy)
{
	char shown[MAX_TEXT];

	fprintf(stderr, "%smodseal: ", prefix);
	if (object) {
		modseal_escape(shown, sizeof(shown), object);
		fprintf(stderr, "'%s': ", shown);
	}
	/* a reason may repeat what a file says, or where a link leads */
	modseal_escape(shown, sizeof(shown), reason);
	fputs(shown, stderr);
	if (remedy && *remedy) {
		modseal_escape(shown, sizeof(shown), remedy);
		fprintf(stderr, " (%s)", shown);
	}
	fputc('\n', stderr);
}

void output_message(const char *object, const char *remedy, const char *format, ...)
{
	char reason[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	message("", object, reason, remedy);
}

int output_wrong_use(const char *object, const char *remedy, const char *format, ...)
{
	char reason[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	message("", object, reason, remedy);
	return EXIT_USE;
}

int output_error(struct modseal_error *error, int code, enum modseal_stage stage,
		 const char *object, const char *remedy, const char *format, ...)
{
	char reason[sizeof(error->message)];
	va_list arguments;

	memset(error, 0, sizeof(*error));
	error->code = code;
	error->stage = (int32_t)stage;
	modseal_escape(error->object, sizeof(error->object), object ? object : "");
	modseal_escape(error->remedy, sizeof(error->remedy), remedy ? remedy : "");
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	modseal_escape(error->message, sizeof(error->message), reason);
	return code;
}

int output_unreadable(struct modseal_error *error, enum modseal_stage stage,
		      const char *path, int number)
{
	bool denied = number == EACCES || number == EPERM;
	int code = number == ENOENT || number == ENOTDIR ? MODSEAL_E_NOT_FOUND
		   : number == ENOMEM			 ? MODSEAL_E_RESOURCE
							 : MODSEAL_E_SYSTEM;

	output_error(error, code, stage, path,
		     denied ? "run this as a user who may read it" : "check the name",
		     "it cannot be read: %s",
		     number == ENXIO ? OUTPUT_NOBODY_THERE : strerror(number));
	error->system_errno = number;
	return code;
}

/* ---- start and end --------------------------------------------------------------- */

struct output output_start(const struct options *options)
{
	const char *terminal = getenv("TERM");
	bool terminal_out = isatty(STDOUT_FILENO) == 1;
	struct output output = {.json = options->json};

	/* https://no-color.org */
	output.colour = terminal_out && !options->json && terminal &&
			strcmp(terminal, "dumb") != 0 && !getenv("NO_COLOR");
	output.progress = !terminal_out && isatty(STDERR_FILENO) == 1;
	output_json_begin();
	output_progress_start(&output);
	return output;
}

void output_note(struct output *output, int value)
{
	if (value > output->exit)
		output->exit = value;
}

/* errno is only right immediately after the write that failed. */
static void note_write(struct output *output)
{
	if (ferror(stdout) && output->failed_errno == 0)
		output->failed_errno = errno ? errno : EIO;
}

int output_finish(struct output *output)
{
	output_progress_clear(output);
	errno = 0;
	/* a full disk shows itself when the buffer is written out, at the latest here */
	if ((fflush(stdout) != 0 || ferror(stdout)) && output->failed_errno == 0)
		output->failed_errno = errno ? errno : EIO;
	if (output->would_refuse)
		output_message(NULL,
			       "mend what is said of each before the policy, or the "
			       "rule, is set to `mode: enforce`",
			       "%zu would be refused: audit mode lets them through",
			       output->would_refuse);
	if (output->failed_errno == 0)
		return output->exit;
	output_message("standard output", "free space, or keep its reader open",
		       "results could not be written: %s",
		       strerror(output->failed_errno));
	return EXIT_UNDECIDED;
}

/* ---- JSON ------------------------------------------------------------------------ */

static json_t *outcome(const char *path, const char *verdict, const char *code,
		       const char *stage, const char *reason, const char *remedy)
{
	json_t *object = json_object();

	json_object_set_new(object, "path", output_json_text(path));
	json_object_set_new(object, "verdict", json_string(verdict));
	json_object_set_new(object, "code", json_string(code));
	json_object_set_new(object, "stage", json_string(stage));
	json_object_set_new(object, "reason", output_json_text(reason));
	json_object_set_new(object, "remedy", output_json_text(remedy));
	return object;
}

/* The members that every object has, as a proof that memory did not run out. */
static bool is_whole(const json_t *object)
{
	static const char *const members[] = {"path",  "verdict", "code",
					      "stage", "reason",  "remedy"};

	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (!json_object_get(object, members[i]))
			return false;
	return true;
}

static void print_line(struct output *output, char *line)
{
	if (line && output_json_is_whole()) {
		/* jansson escapes all control characters but DEL */
		for (const char *at = line; *at; at++)
			*at == '\177' ? (void)fputs("\\u007f", stdout)
				      : (void)putchar(*at);
		putchar('\n');
		note_write(output);
	} else {
		output_message(NULL, NULL, "out of memory for the result");
		output_note(output, EXIT_UNDECIDED);
	}
	free(line);
}

static void print_json(struct output *output, json_t *object, json_t *extra)
{
	char *line = NULL;
	/* what every object has keeps its meaning, whatever a fact is called */
	bool merged = !extra || json_object_update_missing(object, extra) == 0;

	if (merged && is_whole(object))
		line = json_dumps(object, JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER);
	print_line(output, line);
	json_decref(object);
	json_decref(extra);
}

void output_object(struct output *output, json_t *object)
{
	output_progress_clear(output);
	print_line(output,
		   object ? json_dumps(object, JSON_ENSURE_ASCII | JSON_PRESERVE_ORDER)
			  : NULL);
	json_decref(object);
}

/* ---- results --------------------------------------------------------------------- */

static void print_escaped(const char *text)
{
	char escaped[MAX_TEXT];

	modseal_escape(escaped, sizeof(escaped), text);
	fputs(escaped, stdout);
}

static void print_start(struct output *output, const char *operand, const char *what)
{
	print_escaped(operand);
	printf(": %s%s%s", output->colour ? "\033[32m" : "", what,
	       output->colour ? "\033[0m" : "");
}

static void print_grounds(const struct modseal_verdict *verdict)
{
	const char *evidence = modseal_verdict_evidence(verdict);
	const char *signer = modseal_verdict_signer(verdict, 0);

	printf(" (%s", evidence ? evidence : "no evidence named");
	if (modseal_verdict_catalog(verdict)) {
		fputs(", listed in ", stdout);
		print_escaped(modseal_verdict_catalog(verdict));
		printf(" of serial %" PRIu64, modseal_verdict_catalog_serial(verdict));
	}
	for (size_t i = 0; signer; signer = modseal_verdict_signer(verdict, ++i)) {
		fputs(i == 0 ? ", signed by " : " and ", stdout);
		print_escaped(signer);
		if (modseal_verdict_timestamp(verdict, i)) {
			printf(" with a time stamp of %s by ",
			       modseal_verdict_timestamp(verdict, i));
			print_escaped(modseal_verdict_timestamp_signer(verdict, i));
		}
	}
	if (modseal_verdict_rule_line(verdict) > 0)
		printf(", rule in line %u", modseal_verdict_rule_line(verdict));
	if (modseal_verdict_supplement(verdict)) {
		fputs(" of the supplement ", stdout);
		print_escaped(modseal_verdict_supplement(verdict));
	}
	putchar(')');
}

void output_line(struct output *output, const char *key, const char *value)
{
	if (output->json)
		return;
	fputc('\t', stdout);
	print_escaped(key);
	fputs(": ", stdout);
	print_escaped(value);
	fputc('\n', stdout);
	note_write(output);
}

void output_verdict(struct output *output, const char *operand, const char *what,
		    const struct modseal_verdict *verdict, json_t *extra)
{
	enum modseal_stage stage = modseal_verdict_policy(verdict)
					   ? MODSEAL_STAGE_APPROVE
					   : MODSEAL_STAGE_EVIDENCE;
	int code = modseal_verdict_would_refuse(verdict);
	const char *why = modseal_verdict_would_refuse_reason(verdict), *remark;

	output_progress_clear(output);
	output->would_refuse += code != MODSEAL_OK;
	if (output->json) {
		json_t *object =
			outcome(operand, code ? "would-refuse" : "accepted",
				modseal_code_name(code), modseal_stage_name(stage),
				why ? why : modseal_code_sentence(code), "");

		verdict_json(object, verdict);
		print_json(output, object, extra);
		return;
	}
	json_decref(extra);
	print_start(output, operand, what);
	print_grounds(verdict);
	if (code) {
		fputs(", but WOULD BE REFUSED: ", stdout);
		print_escaped(why);
	}
	putchar('\n');
	note_write(output);
	for (size_t i = 0; (remark = modseal_verdict_remark(verdict, i)) != NULL; i++)
		output_line(output, "remark", remark);
}

void output_done(struct output *output, const char *operand, const char *what,
		 json_t *extra)
{
	output_progress_clear(output);
	if (output->json) {
		print_json(output,
			   outcome(operand, "accepted", modseal_code_name(MODSEAL_OK),
				   modseal_stage_name(MODSEAL_STAGE_NONE), what, ""),
			   extra);
		return;
	}
	json_decref(extra);
	print_start(output, operand, what);
	putchar('\n');
	note_write(output);
}

void output_facts(struct output *output, const char *operand, const char *reason,
		  json_t *facts)
{
	output_progress_clear(output);
	print_json(output,
		   outcome(operand, "undecided", modseal_code_name(MODSEAL_OK),
			   modseal_stage_name(MODSEAL_STAGE_NONE), reason, ""),
		   facts);
}

void output_text(struct output *output, const char *text)
{
	output_progress_clear(output);
	if (output->json)
		return;
	print_escaped(text);
	putchar('\n');
	note_write(output);
}

void output_name(struct output *output, const char *operand)
{
	output_progress_clear(output);
	if (output->json)
		return;
	print_escaped(operand);
	fputs(":\n", stdout);
	note_write(output);
}

/* A failure without a failing code is an unknown state, and no success. */
static int failing_code(const struct modseal_error *error)
{
	return modseal_code_exit(error->code) == EXIT_DONE ? MODSEAL_E_INTERNAL
							   : error->code;
}

static void failure_json(struct output *output, const char *operand,
			 const struct modseal_error *error, json_t *extra)
{
	int code = failing_code(error);
	json_t *object =
		outcome(operand ? operand : error->object,
			modseal_code_exit(code) == EXIT_NO ? "refused" : "undecided",
			modseal_code_name(code), modseal_stage_name(error->stage),
			error->message, error->remedy);

	output_json_set(object, "object", error->object);
	output_json_set(object, "symbol", error->symbol);
	output_json_set(object, "digest", error->digest);
	if (error->rule_line > 0)
		json_object_set_new(object, "rule", json_integer(error->rule_line));
	if (error->supplement[0])
		output_json_set(object, "supplement", error->supplement);
	if (error->line > 0)
		json_object_set_new(object, "line", json_integer(error->line));
	if (error->column > 0)
		json_object_set_new(object, "column", json_integer(error->column));
	print_json(output, object, extra);
}

/* True if the object of an error is the operand itself, perhaps made absolute. */
static bool same_thing(const char *operand, const char *object)
{
	char escaped[MAX_TEXT];
	size_t length, whole = strlen(object);

	modseal_escape(escaped, sizeof(escaped), operand);
	operand = strncmp(escaped, "./", 2) == 0 ? escaped + 2 : escaped;
	length = strlen(operand);
	return length <= whole && strcmp(object + whole - length, operand) == 0 &&
	       (length == whole || object[whole - length - 1] == '/');
}

/* The line of the policy that is wrong, and a caret below the place. */
static void print_excerpt(const struct modseal_error *error)
{
	if (error->excerpt[0] == '\0')
		return;
	fprintf(stderr, "%6u | %s\n", error->line, error->excerpt);
	if (error->caret > 0)
		fprintf(stderr, "%6s | %*s\n", "", (int)error->caret, "^");
}

static void failure_text(struct output *output, const char *operand,
			 const struct modseal_error *error)
{
	char object[2 * MAX_TEXT], rule[160] = "";

	if (!operand || same_thing(operand, error->object))
		snprintf(object, sizeof(object), "%s", operand ? operand : error->object);
	else if (error->object[0] == '\0')
		snprintf(object, sizeof(object), "%s", operand);
	else
		snprintf(object, sizeof(object), "%s': '%s", operand, error->object);
	if (error->rule_line > 0)
		snprintf(rule, sizeof(rule), ", by the rule in line %u%s%s",
			 error->rule_line,
			 error->supplement[0] ? " of the supplement " : "",
			 error->supplement);
	output_message(object[0] ? object : NULL, error->remedy, "%s%s", error->message,
		       rule);
	print_excerpt(error);
}

void output_failure_with(struct output *output, const char *operand,
			 const struct modseal_error *error, json_t *extra)
{
	output_progress_clear(output);
	output_note(output, modseal_code_exit(failing_code(error)));
	if (output->json) {
		failure_json(output, operand, error, extra);
	} else {
		json_decref(extra);
		failure_text(output, operand, error);
	}
}

void output_failure(struct output *output, const char *operand,
		    const struct modseal_error *error)
{
	output_failure_with(output, operand, error, NULL);
}

void output_failure_for_all(struct output *output, const struct words *operands,
			    const struct modseal_error *error)
{
	if (!output->json || operands->count == 0) {
		output_failure(output, NULL, error);
		return;
	}
	for (size_t i = 0; i < operands->count; i++)
		output_failure(output, operands->items[i], error);
}
