/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the target, as text. */
#include "verifier/run/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int run_names_strip(char path[PATH_MAX], const char *root)
{
	size_t length = strlen(root);

	if (strncmp(path, root, length) != 0 ||
	    (path[length] != '/' && path[length] != '\0'))
		return ENOENT;
	memmove(path, path + length, strlen(path + length) + 1);
	if (path[0] == '\0')
		memcpy(path, "/", 2);
	return 0;
}

/* Appends the components of text to path, which has used bytes. */
static int append(char path[PATH_MAX], size_t *used, const char *text)
{
	while (*text) {
		size_t size = strcspn(text, "/");

		if (size > 0 && !(size == 1 && text[0] == '.')) {
			if (*used + 1 + size >= PATH_MAX)
				return ENAMETOOLONG;
			path[(*used)++] = '/';
			memcpy(path + *used, text, size);
			*used += size;
		}
		text += size;
		text += strspn(text, "/");
	}
	path[*used] = '\0';
	return 0;
}

int run_names_join(const char *start, const char *path, char ret_path[PATH_MAX])
{
	size_t used = 0;
	int result = 0;

	ret_path[0] = '\0';
	if (path[0] != '/')
		result = append(ret_path, &used, start);
	if (result == 0)
		result = append(ret_path, &used, path);
	if (result == 0 && used == 0)
		memcpy(ret_path, "/", 2);
	return result;
}

/* The rest of path behind a prefix of whole components, or NULL. */
static const char *behind(const char *path, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(path, prefix, length) != 0 ||
	    (path[length] != '/' && path[length] != '\0'))
		return NULL;
	return path + length;
}

/* "/5" is 5; -1: no number of a descriptor */
static int number_of(const char *text)
{
	int number = 0;

	if (text[0] != '/' || text[1] == '\0' || strlen(text) > 9)
		return -1;
	for (const char *at = text + 1; *at; at++) {
		if (*at < '0' || *at > '9')
			return -1;
		number = number * 10 + (*at - '0');
	}
	return number;
}

static void set_descriptor(struct run_name *name, int number)
{
	name->kind = RUN_NAME_OTHER;
	if (number < 0)
		return;
	name->kind = RUN_NAME_DESCRIPTOR;
	name->descriptor = number;
	snprintf(name->entry, sizeof(name->entry), "fd/%d", number);
}

static bool read_device(const char *path, struct run_name *ret_name)
{
	static const char *const streams[][2] = {{"/dev/stdin", "/proc/self/fd/0"},
						 {"/dev/stdout", "/proc/self/fd/1"},
						 {"/dev/stderr", "/proc/self/fd/2"}};
	const char *rest = behind(path, "/dev/fd");

	if (rest) {
		ret_name->device = "/dev/fd";
		ret_name->leads_to = "/proc/self/fd";
		set_descriptor(ret_name, number_of(rest));
		return true;
	}
	for (int i = 0; i < 3; i++) {
		if (strcmp(path, streams[i][0]) != 0)
			continue;
		ret_name->device = streams[i][0];
		ret_name->leads_to = streams[i][1];
		set_descriptor(ret_name, i);
		return true;
	}
	return false;
}

void run_names_read(const char *path, struct run_name *ret_name)
{
	const char *rest = behind(path, "/proc/self"), *below;

	memset(ret_name, 0, sizeof(*ret_name));
	ret_name->descriptor = -1;
	if (read_device(path, ret_name))
		return;
	if (!rest) {
		rest = behind(path, "/proc/thread-self");
		ret_name->of_thread = rest != NULL;
	}
	if (!rest)
		return;
	ret_name->kind = RUN_NAME_OTHER;
	if ((below = behind(rest, "/fd"))) {
		set_descriptor(ret_name, number_of(below));
	} else if (strcmp(rest, "/exe") == 0) {
		ret_name->kind = RUN_NAME_PROGRAM;
		memcpy(ret_name->entry, "exe", 4);
	} else if ((below = behind(rest, "/root"))) {
		ret_name->kind = RUN_NAME_ROOT;
		ret_name->length = (size_t)(below - path);
		memcpy(ret_name->entry, "root", 5);
	}
}
