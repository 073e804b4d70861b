/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a command line by the command's own table, and says exactly what is wrong with
 * it. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/options.h"
#include "verifier/tool/output.h"

#define MAX_OPTIONS 48
#define MAX_WORD    40
/* getopt_long gives this plus the index in the table, so that no letter is mistaken. */
#define OPTION_BASE 256

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Letters to insert, remove or change to make one word of the other. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t rows = strlen(a), columns = strlen(b);
	size_t row[MAX_WORD + 1];

	if (rows > MAX_WORD || columns > MAX_WORD)
		return SIZE_MAX;
	for (size_t j = 0; j <= columns; j++)
		row[j] = j;
	for (size_t i = 1; i <= rows; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= columns; j++) {
			size_t above = row[j];

			row[j] = smallest(above + 1, row[j - 1] + 1,
					  diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[columns];
}

bool options_nearer(const char *typed, const char *candidate, size_t *distance)
{
	size_t length = strlen(typed);
	size_t found = edit_distance(typed, candidate);

	/* "cert" for "certificate" */
	if (length >= 2 && strncmp(typed, candidate, length) == 0)
		found = 1;
	if (found > 1 + length / 4 || found >= *distance)
		return false;
	*distance = found;
	return true;
}

/* Wrong use of one command; the remedy ends by pointing at its help. */
static int wrong(const struct command *command, const char *object, const char *hint,
		 const char *reason)
{
	char remedy[512];

	snprintf(remedy, sizeof(remedy), "%s%ssee `modseal %s --help`", hint ? hint : "",
		 !hint		     ? ""
		 : strchr(hint, '?') ? " "
				     : "; ",
		 command->name);
	return output_wrong_use(object, remedy, "%s", reason);
}

int options_missing(const struct command *command, const char *option)
{
	char reason[128];

	snprintf(reason, sizeof(reason), "the option --%s is missing", option);
	return wrong(command, NULL, NULL, reason);
}

int options_conflict(const struct command *command, const char *option, const char *why)
{
	return wrong(command, option, NULL, why);
}

static int unknown_option(const struct command *command, const char *token)
{
	const char *typed = token + strspn(token, "-");
	const char *guess = NULL;
	char word[MAX_WORD + 1], hint[MAX_WORD + 32];
	size_t distance = SIZE_MAX, length = strcspn(typed, "=");

	if (length <= MAX_WORD) {
		memcpy(word, typed, length);
		word[length] = '\0';
		for (const struct option_spec *spec = command->options; spec->name;
		     spec++)
			if (options_nearer(word, spec->name, &distance))
				guess = spec->name;
	}
	snprintf(hint, sizeof(hint), "did you mean --%s?", guess ? guess : "");
	return wrong(command, token, guess ? hint : NULL, "unknown option");
}

static bool in_choices(const char *choices, const char *value)
{
	size_t length = strlen(value);

	while (length > 0) {
		size_t choice = strcspn(choices, "|");

		if (choice == length && memcmp(choices, value, length) == 0)
			return true;
		if (choices[choice] == '\0')
			break;
		choices += choice + 1;
	}
	return false;
}

/* Decimal digits only: neither sign, space, nor another base. */
static bool read_number(const char *text, uint32_t minimum, uint32_t maximum,
			uint32_t *ret_number)
{
	uint64_t number = 0;

	if (*text == '\0')
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = number * 10 + (uint64_t)(*text - '0');
		if (number > maximum)
			return false;
	}
	if (number < minimum)
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

static int store_text(const struct command *command, const struct option_spec *spec,
		      const char *value, const char **member)
{
	char option[MAX_WORD + 3];

	snprintf(option, sizeof(option), "--%s", spec->name);
	if (*member)
		return wrong(command, option, "give it once", "given twice");
	if (*value == '\0')
		return wrong(command, option, NULL, "its argument is empty");
	*member = value;
	return EXIT_DONE;
}

static int store_number(const struct command *command, const struct option_spec *spec,
			const char *value, uint32_t *member, bool *given)
{
	char option[MAX_WORD + 3], hint[160];

	snprintf(option, sizeof(option), "--%s", spec->name);
	snprintf(hint, sizeof(hint), "%s takes a whole number from %u to %u", option,
		 spec->minimum, spec->maximum);
	if (*given)
		return wrong(command, option, "give it once", "given twice");
	if (!read_number(value, spec->minimum, spec->maximum, member))
		return wrong(command, value, hint, "not such a number");
	*given = true;
	return EXIT_DONE;
}

static int store(const struct command *command, const struct option_spec *spec,
		 const char *value, struct options *options)
{
	char *member = (char *)options + spec->offset;
	char hint[160];
	struct words *list;

	switch (spec->type) {
	case OPTION_FLAG:
		*(bool *)member = true;
		return EXIT_DONE;
	case OPTION_CHOICE:
		snprintf(hint, sizeof(hint), "--%s takes %s", spec->name, spec->argument);
		if (!in_choices(spec->argument, value))
			return wrong(command, value, hint, "not one of the choices");
		return store_text(command, spec, value, (const char **)member);
	case OPTION_TEXT:
		return store_text(command, spec, value, (const char **)member);
	case OPTION_LIST:
		/* as long as argv, see options_parse */
		list = (struct words *)member;
		list->items[list->count++] = value;
		return EXIT_DONE;
	case OPTION_NUMBER:
		return store_number(command, spec, value, (uint32_t *)member,
				    (bool *)((char *)options + spec->given_offset));
	}
	return EXIT_USE;
}

/* The name in full: an abbreviation that works today may be ambiguous tomorrow. */
static bool written_in_full(const char *token, const char *name)
{
	size_t length = strlen(name);

	return strncmp(token, "--", 2) == 0 && strncmp(token + 2, name, length) == 0 &&
	       (token[2 + length] == '\0' || token[2 + length] == '=');
}

static bool has_option(const struct command *command, const char *name)
{
	for (const struct option_spec *spec = command->options; spec->name; spec++)
		if (strcmp(spec->name, name) == 0)
			return true;
	return false;
}

static int parse_words(const struct command *command, int argc, char **argv,
		       const struct option *table, struct options *options)
{
	opterr = 0;
	optind = 0; /* glibc: start afresh */
	for (;;) {
		const char *token = argv[optind > 0 ? optind : 1];
		/* '-': operands come in their order, whatever POSIXLY_CORRECT says */
		int got =
			getopt_long(argc, argv, command->starts_program ? "+:h0" : "-:h0",
				    table, NULL);
		const struct option_spec *spec;
		int status;

		if (got == -1)
			break;
		if (got == 1) {
			options->operands.items[options->operands.count++] = optarg;
			continue;
		}
		if (got == 'h') {
			options->help = true;
			continue;
		}
		if (got == '0' && has_option(command, "null")) {
			options->null = true;
			continue;
		}
		if (got == ':')
			return wrong(command, token, NULL, "its argument is missing");
		if (got == '?' && optopt >= OPTION_BASE)
			return wrong(command, token, NULL,
				     "this option takes no argument");
		if (got < OPTION_BASE)
			return unknown_option(command, token);
		spec = &command->options[got - OPTION_BASE];
		if (!written_in_full(token, spec->name))
			return unknown_option(command, token);
		status = store(command, spec, optarg, options);
		if (status != EXIT_DONE)
			return status;
	}
	for (int i = optind; i < argc; i++)
		options->operands.items[options->operands.count++] = argv[i];
	return EXIT_DONE;
}

static int judge_operands(const struct command *command, const struct options *options)
{
	size_t count = options->operands.count;
	char reason[160];

	if (count < command->minimum_operands && !options->files_from) {
		snprintf(reason, sizeof(reason), "an operand is missing: %s",
			 command->operands);
		return wrong(command, NULL, NULL, reason);
	}
	if (count > command->maximum_operands)
		return wrong(command, options->operands.items[command->maximum_operands],
			     NULL, "one operand too many");
	for (size_t i = 0; i < (command->starts_program ? 1 : count); i++)
		if (options->operands.items[i][0] == '\0')
			return wrong(command, "", "name a file", "an operand is empty");
	return EXIT_DONE;
}

int options_parse(const struct command *command, int argc, char **argv,
		  struct options *ret_options)
{
	struct option table[MAX_OPTIONS + 1] = {0};
	struct options options = {0};
	size_t words = (size_t)argc + 1;
	int status;

	options.operands.items = calloc(words, sizeof(*options.operands.items));
	options.anchors.items = calloc(words, sizeof(*options.anchors.items));
	options.digests.items = calloc(words, sizeof(*options.digests.items));
	options.signers.items = calloc(words, sizeof(*options.signers.items));
	options.logs.items = calloc(words, sizeof(*options.logs.items));
	options.users.items = calloc(words, sizeof(*options.users.items));
	options.include.items = calloc(words, sizeof(*options.include.items));
	options.exclude.items = calloc(words, sizeof(*options.exclude.items));
	*ret_options = options;
	if (!options.operands.items || !options.anchors.items || !options.digests.items ||
	    !options.signers.items || !options.logs.items || !options.users.items ||
	    !options.include.items || !options.exclude.items) {
		output_message(NULL, NULL, "out of memory");
		return EXIT_UNDECIDED;
	}
	for (size_t i = 0; command->options[i].name && i < MAX_OPTIONS; i++) {
		table[i].name = command->options[i].name;
		table[i].has_arg =
			command->options[i].argument ? required_argument : no_argument;
		table[i].val = OPTION_BASE + (int)i;
	}
	status = parse_words(command, argc, argv, table, &options);
	if (status == EXIT_DONE && !options.help)
		status = judge_operands(command, &options);
	*ret_options = options;
	return status;
}

void options_free(struct options *options)
{
	free(options->operands.items);
	free(options->anchors.items);
	free(options->digests.items);
	free(options->signers.items);
	free(options->logs.items);
	free(options->users.items);
	free(options->include.items);
	free(options->exclude.items);
	*options = (struct options){0};
}
