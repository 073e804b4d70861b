/* SPDX-License-Identifier: Apache-2.0 */
/* Finds everything but /proc, wherever that is mounted. */
#include "verifier/run/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- where it is mounted -------------------------------------------------------------
 */

static bool is_octal(const char *digits)
{
	return digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' &&
	       digits[1] <= '7' && digits[2] >= '0' && digits[2] <= '7';
}

/* Blanks and the like stand there as \040. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (from[0] == '\\' && is_octal(from + 1)) {
			*to++ = (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 |
				       (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
}

/* "ID PARENT DEVICE ROOT PLACE OPTIONS [TAG...] - TYPE SOURCE OPTIONS". NULL: another
 * type; "": no such line. */
static char *place_of(char *line)
{
	char *separator = strstr(line, " - "), *place = line;

	if (!separator)
		return line + strlen(line);
	if (strncmp(separator + 3, "proc ", 5) != 0)
		return NULL;
	for (int i = 0; i < 4; i++) {
		place = strchr(place, ' ');
		if (!place || place > separator)
			return line + strlen(line);
		place++;
	}
	place[strcspn(place, " ")] = '\0';
	unescape(place);
	return place;
}

static int add(struct run_procs *procs, const char *place)
{
	char **longer;

	/* a kernel that writes other lines is not understood */
	if (place[0] != '/')
		return EBADMSG;
	longer = realloc(procs->places, (procs->count + 1) * sizeof(*longer));
	if (!longer)
		return ENOMEM;
	procs->places = longer;
	procs->places[procs->count] = strdup(place);
	return procs->places[procs->count++] ? 0 : ENOMEM;
}

int run_procs_read(const char *mounts, struct run_procs *ret_procs)
{
	FILE *file = fopen(mounts, "re");
	char *line = NULL, *place;
	size_t size = 0;
	int result = 0;

	*ret_procs = (struct run_procs){0};
	if (!file)
		return errno;
	while (result == 0 && (errno = 0, getline(&line, &size, file)) >= 0) {
		place = place_of(line);
		if (place)
			result = add(ret_procs, place);
	}
	if (result == 0 && !feof(file))
		result = errno ? errno : EIO;
	free(line);
	fclose(file);
	if (result != 0)
		run_procs_free(ret_procs);
	return result;
}

void run_procs_free(struct run_procs *procs)
{
	for (size_t i = 0; i < procs->count; i++)
		free(procs->places[i]);
	free(procs->places);
	*procs = (struct run_procs){0};
}

bool run_procs_below(const struct run_procs *procs, const char *directory)
{
	size_t length = strlen(directory);

	for (size_t i = 0; i < procs->count; i++)
		if (strncmp(procs->places[i], directory, length) == 0 &&
		    procs->places[i][length] == '/')
			return true;
	return false;
}

bool run_procs_are_at(const struct run_procs *procs, const char *directory)
{
	for (size_t i = 0; i < procs->count; i++)
		if (strcmp(procs->places[i], directory) == 0)
			return true;
	return false;
}

/* ---- all else ------------------------------------------------------------------------
 */

/* What is gone or cannot be reached is of no use. It is not looked at closer: some file
 * systems would have to ask a server that may be gone. */
static int look_at(const struct run_procs *procs, const char *path,
		   run_procs_visit *visit, void *argument)
{
	int descriptor, result;

	if (run_procs_are_at(procs, path))
		return 0;
	if (run_procs_below(procs, path))
		return run_procs_others(procs, path, visit, argument);
	descriptor = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (descriptor < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? errno : 0;
	result = visit(argument, descriptor);
	close(descriptor);
	return result;
}

int run_procs_others(const struct run_procs *procs, const char *directory,
		     run_procs_visit *visit, void *argument)
{
	DIR *entries = opendir(directory[0] ? directory : "/");
	const struct dirent *entry;
	char path[PATH_MAX];
	int result = 0;

	if (!entries)
		return errno == EACCES || errno == ENOENT ? 0 : errno;
	while (result == 0 && (errno = 0, entry = readdir(entries))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory,
				     entry->d_name) < sizeof(path))
			result = look_at(procs, path, visit, argument);
	}
	if (result == 0)
		result = errno;
	closedir(entries);
	return result;
}
