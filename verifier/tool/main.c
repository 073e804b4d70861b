/* SPDX-License-Identifier: Apache-2.0 */
/* The command modseal: one table dispatches and prints the help. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modseal.h"
#include "verifier/tool/commands.h"
#include "verifier/tool/output.h"

static const struct command *const commands[] = {
#ifndef MODSEAL_VERIFY_ONLY
	&command_keygen,
	&command_sign,
	&command_strip,
	&command_digest,
	&command_attach,
	&command_timestamp_request,
	&command_timestamp_attach,
	&command_timestamp_verify,
#endif
	&command_verify,
	&command_inspect,
	&command_load,
	&command_insmod,
	&command_ps,
#ifdef MODSEAL_WITH_RUN
	&command_run,
#endif
	&command_policy_check,
	&command_policy_show,
	&command_policy_install,
	&command_policy_rollback,
	&command_policy_reset,
	&command_policy_explain,
	&command_policy_test,
	&command_policy_lint,
	&command_policy_diff,
#ifndef MODSEAL_VERIFY_ONLY
	&command_policy_sign,
	&command_catalog_create,
	&command_catalog_sign,
#endif
	&command_catalog_show,
	&command_catalog_verify,
#ifndef MODSEAL_VERIFY_ONLY
	&command_learn,
	&command_vouch,
#endif
};
#define COMMAND_COUNT (sizeof(commands) / sizeof(commands[0]))

#ifdef MODSEAL_VERIFY_ONLY
static const char *const left_out[] = {"keygen",
				       "sign",
				       "strip",
				       "digest",
				       "attach",
				       "policy sign",
				       "catalog create",
				       "catalog sign",
				       "learn",
				       "vouch",
				       "timestamp request",
				       "timestamp attach",
				       "timestamp verify"};
#endif

/* ---- help ------------------------------------------------------------------------- */

#define HELP_COLUMN 28

/* Text whose further lines start at the column of the first. */
static void print_indented(const char *text, int column)
{
	for (const char *at = text; *at; at++) {
		putchar(*at);
		if (*at == '\n')
			printf("%*s", column, "");
	}
	putchar('\n');
}

static void print_option(const struct option_spec *spec)
{
	int used = printf("  --%s%s%s", spec->name, spec->argument ? " " : "",
			  spec->argument ? spec->argument : "");

	if (used + 2 > HELP_COLUMN)
		printf("\n%*s", HELP_COLUMN, "");
	else
		printf("%*s", HELP_COLUMN - used, "");
	print_indented(spec->help, HELP_COLUMN);
}

static void print_command_help(const struct command *command)
{
	printf("Usage: modseal %s [options]%s%s\n\n%s\n\n", command->name,
	       *command->operands ? " " : "", command->operands, command->description);
	printf("Options:\n");
	for (const struct option_spec *spec = command->options; spec->name; spec++)
		print_option(spec);
}

/* All commands, or those of one group ("policy"). Two spaces end each name: completion
 * reads this list. */
static void print_list(FILE *stream, const char *group)
{
	size_t length = group ? strlen(group) : 0;
	int width = 0;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if ((int)strlen(commands[i]->name) > width)
			width = (int)strlen(commands[i]->name);
	fprintf(stream, "Usage: modseal %s%sCOMMAND [options] [FILE...]\n\n",
		group ? group : "", group ? " " : "");
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const struct command *command = commands[i];

		if (group && (strncmp(command->name, group, length) != 0 ||
			      command->name[length] != ' '))
			continue;
		fprintf(stream, "  %-*s  %s\n", width, command->name, command->summary);
	}
	fprintf(stream, "\n`modseal COMMAND --help` shows the options of a command, "
			"`modseal --version`\n"
			"the version. Exit: 0 done, 1 the answer is no, 2 wrong use, 3 "
			"could not decide.\n");
}

/* What was printed must have arrived (a full disk, a closed pipe). */
static int flushed(void)
{
	struct options none = {0};
	/* musl writes with the first line already */
	int number = ferror(stdout) ? errno : 0;
	struct output output = output_start(&none);

	output.failed_errno = number;
	return output_finish(&output);
}

/* ---- dispatch --------------------------------------------------------------------- */

/* The command that the first words name; *ret_words is their number. */
static const struct command *find_command(int argc, char **argv, int *ret_words)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		const char *name = commands[i]->name;
		const char *space = strchr(name, ' ');
		size_t length = space ? (size_t)(space - name) : strlen(name);

		if (strlen(argv[0]) != length || memcmp(argv[0], name, length) != 0)
			continue;
		if (space && (argc < 2 || strcmp(argv[1], space + 1) != 0))
			continue;
		*ret_words = space ? 2 : 1;
		return commands[i];
	}
	return NULL;
}

static bool is_group(const char *word)
{
	size_t length = strlen(word);

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strncmp(commands[i]->name, word, length) == 0 &&
		    commands[i]->name[length] == ' ')
			return true;
	return false;
}

/* The command or group of commands that was probably meant, or NULL. */
static const char *nearest_command(const char *name, const char *group)
{
	const char *guess = NULL;
	size_t distance = SIZE_MAX;
	char first[32];

	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (options_nearer(name, commands[i]->name, &distance))
			guess = commands[i]->name;
		/* "polcy" for the group "policy" */
		snprintf(first, sizeof(first), "%.*s",
			 (int)strcspn(commands[i]->name, " "), commands[i]->name);
		if (!group && options_nearer(name, first, &distance))
			guess = commands[i]->name;
	}
	return guess;
}

static int unknown_command(const char *typed, const char *group)
{
	char name[256], remedy[128];
	const char *guess;

	snprintf(name, sizeof(name), "%s%s%s", group ? group : "", group ? " " : "",
		 typed);
#ifdef MODSEAL_VERIFY_ONLY
	for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
		if (strcmp(name, left_out[i]) == 0) {
			output_message(name, "use a build made without VERIFY_ONLY=1",
				       "this build cannot sign, it only verifies");
			return modseal_code_exit(MODSEAL_E_UNSUPPORTED);
		}
#endif
#ifndef MODSEAL_WITH_RUN
	if (strcmp(name, "run") == 0) {
		output_message(name, "use a build made with libseccomp",
			       "this build cannot start programs");
		return modseal_code_exit(MODSEAL_E_UNSUPPORTED);
	}
#endif
	guess = nearest_command(name, group);
	snprintf(remedy, sizeof(remedy), "%s%s%ssee `modseal help`",
		 guess ? "did you mean `modseal " : "", guess ? guess : "",
		 guess ? "`? " : "");
	return output_wrong_use(name, remedy, "unknown %s",
				*typed == '-' ? "option" : "command");
}

static bool asks_for_help(const char *word)
{
	return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 ||
	       strcmp(word, "-h") == 0;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	struct options options;
	int status = options_parse(command, argc, argv, &options);

	if (status == EXIT_DONE && options.help) {
		print_command_help(command);
		status = flushed();
	} else if (status == EXIT_DONE) {
		status = command->run(&options);
	} else if (command->starts_program) {
		status = EXIT_NOT_STARTED;
	}
	options_free(&options);
	return status;
}

/* `modseal help [COMMAND]` */
static int help(int argc, char **argv)
{
	const struct command *command;
	int words = 0;

	if (argc == 0) {
		print_list(stdout, NULL);
		return flushed();
	}
	command = find_command(argc, argv, &words);
	if (command && words == argc)
		print_command_help(command);
	else if (is_group(argv[0]) && argc == 1)
		print_list(stdout, argv[0]);
	else
		return unknown_command(argc > 1 && is_group(argv[0]) ? argv[1] : argv[0],
				       argc > 1 && is_group(argv[0]) ? argv[0] : NULL);
	return flushed();
}

static int dispatch(int argc, char **argv)
{
	const struct command *command;
	int words = 0;

	if (argc == 0) {
		print_list(stderr, NULL);
		return EXIT_USE;
	}
	if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "version") == 0) {
		printf("modseal %s\n", modseal_version());
		return flushed();
	}
	if (asks_for_help(argv[0]))
		return help(argc - 1, argv + 1);
	command = find_command(argc, argv, &words);
	if (command)
		return run_command(command, argc - words + 1, argv + words - 1);
	if (!is_group(argv[0]))
		return unknown_command(argv[0], NULL);
	if (argc > 1 && asks_for_help(argv[1])) {
		print_list(stdout, argv[0]);
		return flushed();
	}
	if (argc > 1)
		return unknown_command(argv[1], argv[0]);
	print_list(stderr, argv[0]);
	return EXIT_USE;
}

/* A missing standard descriptor would be given to the next file opened, and results
 * written into it. Each is replaced by one that fails when used. */
static bool hold_descriptors(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};

	for (int i = 0; i < 3; i++)
		if (fcntl(i, F_GETFD) == -1 && errno == EBADF &&
		    open("/dev/null", modes[i]) != i)
			return false;
	return true;
}

int main(int argc, char **argv)
{
	if (!hold_descriptors())
		return EXIT_UNDECIDED;
	/* a closed pipe, and a limit of file sizes, are then errors like a full disk:
	 * told, and nothing is left half-written; what a program that is started inherits
	 * stays as it is */
	if (argc < 2 || strcmp(argv[1], "run") != 0) {
		signal(SIGPIPE, SIG_IGN);
		signal(SIGXFSZ, SIG_IGN);
	}
	return dispatch(argc > 0 ? argc - 1 : 0, argv + 1);
}
