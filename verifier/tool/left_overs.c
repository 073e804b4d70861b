/* SPDX-License-Identifier: Apache-2.0 */
/* What killed runs have left beside files: never taken for a file, and removed. */
#ifndef MODSEAL_VERIFY_ONLY
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "modseal-sign.h"
#include "verifier/tool/files.h"
#include "verifier/tool/output.h"

#define PREFIX ".modseal-"
#define DIGITS 16

bool files_is_left_over(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0)
		return false;
	name += strlen(PREFIX);
	return strspn(name, "0123456789abcdef") == DIGITS && name[DIGITS] == '\0';
}

/* The directory in which a file is replaced; the caller frees. */
static char *directory_of(const char *path)
{
	struct stat status;
	char *real = NULL, *slash;

	if (lstat(path, &status) == 0 && S_ISLNK(status.st_mode))
		real = realpath(path, NULL);
	else
		real = strdup(path);
	slash = real ? strrchr(real, '/') : NULL;
	if (slash) {
		slash[slash == real] = '\0';
		return real;
	}
	free(real);
	return strdup(".");
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static size_t clean(const char *directory)
{
	struct modseal_error error;
	size_t removed = 0;

	/* a directory that is not there, or not readable, is told of by its files */
	if (modseal_sign_clean_directory(directory, &removed, &error) < 0 &&
	    error.code == MODSEAL_E_NOT_WRITABLE)
		output_message(directory, NULL, "%s", error.message);
	return removed;
}

size_t files_clean(const struct files *files, const char *output)
{
	char **directories = calloc(files->count + 1, sizeof(*directories));
	size_t count = 0, removed = 0;

	if (!directories)
		return 0; /* another run will do it */
	for (size_t i = 0; i < files->count + 1; i++) {
		const char *path = i < files->count ? files->items[i].path : output;
		char *directory = path ? directory_of(path) : NULL;

		/* most lie beside the one before */
		if (directory && count > 0 &&
		    strcmp(directory, directories[count - 1]) == 0)
			free(directory);
		else if (directory)
			directories[count++] = directory;
	}
	qsort(directories, count, sizeof(*directories), compare_texts);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(directories[i], directories[i - 1]) != 0)
			removed += clean(directories[i]);
	for (size_t i = 0; i < count; i++)
		free(directories[i]);
	free(directories);
	return removed;
}
#else
typedef int modseal_left_overs_is_left_out; /* a file must declare something (C11 6.9) */
#endif
