/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks the package manager which files a package has, and which of them are no longer as
 * it installed them. Its own answer is taken instead of its database: it knows what was
 * diverted, and which digests there are.
 */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/installed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verifier/tool/output.h"

#define MAX_ANSWER (64u * 1024 * 1024)
#define MAX_WORDS  8
/* What the shell says too where there is no such command. */
#define NO_COMMAND 127

struct manager {
	const char *list[MAX_WORDS]; /* the package's name takes the place of NAME */
	const char *check[MAX_WORDS];
	int worst; /* exit value of check that still is an answer */
};
#define NAME "\n" /* no name of a package */

static const struct manager managers[] = {
	{{"dpkg-query", "--listfiles", "--", NAME}, {"dpkg", "--verify", "--", NAME}, 1},
	/* the package's own script is not run */
	{{"rpm", "--query", "--list", "--", NAME},
	 {"rpm", "--verify", "--nodeps", "--noscripts", "--", NAME},
	 NO_COMMAND - 1},
};

static int failed(struct modseal_error *error, const char *object, int number)
{
	output_error(error, number == ENOMEM ? MODSEAL_E_RESOURCE : MODSEAL_E_SYSTEM,
		     MODSEAL_STAGE_FIND, object, NULL, "%s", strerror(number));
	error->system_errno = number;
	return error->code;
}

/* ---- asking --------------------------------------------------------------------------
 */

/* The environment with the words that are understood below. The caller frees the array.
 */
static char **plain_environment(void)
{
	static char plain[] = "LC_ALL=C";
	size_t count = 0, kept = 0;
	char **all;

	while (environ[count])
		count++;
	all = calloc(count + 2, sizeof(*all));
	if (!all)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0 &&
		    strncmp(environ[i], "LANGUAGE=", 9) != 0)
			all[kept++] = environ[i];
	all[kept] = plain;
	return all;
}

static int start(const char *const *words, const char *package, int output,
		 pid_t *ret_child)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	char *arguments[MAX_WORDS + 1] = {0};
	char **environment = plain_environment();
	sigset_t ours;
	int number;

	/* posix_spawn changes none of them; its type is of an older time */
	for (size_t i = 0; i < MAX_WORDS && words[i]; i++)
		arguments[i] = (char *)(strcmp(words[i], NAME) == 0 ? package : words[i]);
	if (!environment)
		return ENOMEM;
	/* what the command ignores (main.c) */
	sigemptyset(&ours);
	sigaddset(&ours, SIGPIPE);
	sigaddset(&ours, SIGXFSZ);
	number = posix_spawn_file_actions_init(&actions);
	if (number == 0) {
		number = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null",
							  O_RDONLY, 0);
		if (number == 0)
			number = posix_spawn_file_actions_adddup2(&actions, output, 1);
		if (number == 0)
			number = posix_spawn_file_actions_addopen(
				&actions, 2, "/dev/null", O_WRONLY, 0);
		if (number == 0)
			number = posix_spawnattr_init(&attributes);
		if (number == 0) {
			number = posix_spawnattr_setflags(&attributes,
							  POSIX_SPAWN_SETSIGDEF);
			if (number == 0)
				number =
					posix_spawnattr_setsigdefault(&attributes, &ours);
			if (number == 0)
				number =
					posix_spawnp(ret_child, arguments[0], &actions,
						     &attributes, arguments, environment);
			posix_spawnattr_destroy(&attributes);
		}
		posix_spawn_file_actions_destroy(&actions);
	}
	free(environment);
	return number;
}

/* All that comes, with a NUL behind it; the caller frees *ret_text. */
static int read_all(int descriptor, char **ret_text)
{
	size_t room = 0, size = 0;
	char *text = NULL;

	for (;;) {
		ssize_t got;

		if (room - size < 2) {
			char *larger;

			if (room >= MAX_ANSWER) {
				free(text);
				return EFBIG;
			}
			room = room ? 2 * room : 65536;
			larger = realloc(text, room);
			if (!larger) {
				free(text);
				return ENOMEM;
			}
			text = larger;
		}
		got = read(descriptor, text + size, room - size - 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			int number = errno;

			free(text);
			return number;
		}
		if (got == 0)
			break;
		size += (size_t)got;
	}
	text[size] = '\0';
	*ret_text = text;
	return 0;
}

/* Runs a command to its end. *ret_exit: NO_COMMAND where it is not installed. */
static int ask(const char *const *words, const char *package, char **ret_text,
	       int *ret_exit, struct modseal_error *error)
{
	int ends[2], number, status = 0;
	char *text = NULL;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return failed(error, package, errno);
	number = start(words, package, ends[1], &child);
	close(ends[1]);
	if (number == ENOENT) {
		close(ends[0]);
		*ret_exit = NO_COMMAND;
		return MODSEAL_OK;
	}
	if (number == 0) {
		number = read_all(ends[0], &text);
		close(ends[0]); /* whoever still writes ends */
		while (waitpid(child, &status, 0) < 0)
			if (errno != EINTR) {
				status = -1;
				break;
			}
	} else {
		close(ends[0]);
	}
	if (number == 0 && !WIFEXITED(status))
		number = ECHILD;
	if (number != 0) {
		free(text);
		return failed(error, words[0], number);
	}
	*ret_exit = WEXITSTATUS(status);
	*ret_text = text;
	return MODSEAL_OK;
}

/* ---- the answers ---------------------------------------------------------------------
 */

/* Cuts the next line off; NULL at the end. */
static char *next_line(char **rest)
{
	char *line = *rest, *end;

	if (!line || !*line)
		return NULL;
	end = strchr(line, '\n');
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return line;
}

/* Both managers write `??5??????   /path` for another digest, `.` or `?` in its place for
 * none that could be compared, and `missing     /path`. */
static bool differs(const char *answer, const char *path)
{
	size_t length = strlen(path);

	for (const char *line = answer; *line;) {
		size_t size = strcspn(line, "\n");
		const char *name = memchr(line, '/', size);

		if (name && name > line + 2 && line[2] == '5' &&
		    size - (size_t)(name - line) == length &&
		    memcmp(name, path, length) == 0)
			return true;
		line += size + (line[size] == '\n');
	}
	return false;
}

/* diverted: path is where dpkg has put it instead of where the package has it. */
static int visit_path(const char *path, bool diverted, const char *answer,
		      installed_visit *visit, void *argument, struct modseal_error *error)
{
	enum installed_state state = diverted		     ? INSTALLED_DIVERTED
				     : differs(answer, path) ? INSTALLED_CHANGED
							     : INSTALLED_AS_SHIPPED;
	struct stat status;
	char *real;
	int result;

	if (lstat(path, &status) != 0)
		return errno == ENOENT || errno == ENOTDIR ? MODSEAL_OK
							   : failed(error, path, errno);
	if (!S_ISREG(status.st_mode))
		return MODSEAL_OK;
	/* a directory of it may be a link, such as /lib */
	real = realpath(path, NULL);
	if (!real)
		return failed(error, path, errno);
	result = visit(argument, real, state, error);
	free(real);
	return result;
}

static const char *diverted_to(const char *line)
{
	const char *to;

	if (strncmp(line, "diverted by ", 12) != 0 &&
	    strncmp(line, "locally diverted to: ", 21) != 0)
		return NULL;
	to = strstr(line, " to: ");
	return to ? to + 5 : NULL;
}

static int visit_all(char *list, const char *answer, installed_visit *visit,
		     void *argument, struct modseal_error *error)
{
	const char *path = NULL, *line;
	int result = MODSEAL_OK;
	bool diverted = false;

	/* one behind: the line after a path may say that the file lies elsewhere */
	while (result == MODSEAL_OK && (line = next_line(&list))) {
		const char *elsewhere = diverted_to(line);

		if (elsewhere) {
			path = elsewhere;
			diverted = true;
		} else if (line[0] == '/') {
			if (path)
				result = visit_path(path, diverted, answer, visit,
						    argument, error);
			path = line;
			diverted = false;
		}
	}
	if (result == MODSEAL_OK && path)
		result = visit_path(path, diverted, answer, visit, argument, error);
	return result;
}

int installed_walk(const char *package, installed_visit *visit, void *argument,
		   struct modseal_error *error)
{
	const struct manager *manager = NULL;
	char *list = NULL, *answer = NULL;
	int result = MODSEAL_OK, value = 0;

	for (size_t i = 0; !manager && i < sizeof(managers) / sizeof(managers[0]); i++) {
		result = ask(managers[i].list, package, &list, &value, error);
		if (result != MODSEAL_OK)
			return result;
		if (value == 0) {
			manager = &managers[i];
		} else {
			free(list);
			list = NULL;
		}
	}
	if (!manager)
		return output_error(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND,
				    package,
				    "name a package as the package manager lists it, "
				    "NAME:ARCHITECTURE where there are several",
				    "dpkg and rpm know no such package, or several");
	result = ask(manager->check, package, &answer, &value, error);
	if (result == MODSEAL_OK && value > manager->worst)
		result = output_error(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_FIND,
				      package, NULL, "`%s %s` failed with %d",
				      manager->check[0], manager->check[1], value);
	if (result == MODSEAL_OK)
		result = visit_all(list, answer, visit, argument, error);
	free(answer);
	free(list);
	return result;
}
#else
typedef int modseal_installed_is_left_out; /* something declared (C11 6.9) */
#endif
