/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of the target, as text. */
#include "verifier/run/names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int run_names_strip(char path[PATH_MAX], const char *root)
{
	size_t length = strlen(root);

	if (path[0] != '/')
		return ENOENT;
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

static int find_descriptor(const char *path)
{
	static const char *const directories[] = {"/dev/fd", "/proc/self/fd",
						  "/proc/thread-self/fd"};
	static const char *const streams[] = {"/dev/stdin", "/dev/stdout", "/dev/stderr"};

	for (int i = 0; i < 3; i++) {
		const char *rest = behind(path, directories[i]);
		int number = rest ? number_of(rest) : -1;

		if (number >= 0)
			return number;
		if (strcmp(path, streams[i]) == 0)
			return i;
	}
	return -1;
}

static int put_before(char path[PATH_MAX], const char *start, const char *rest)
{
	char whole[PATH_MAX];
	int length = snprintf(whole, sizeof(whole), "%s%s", start, rest);

	if (length < 0 || length >= PATH_MAX)
		return ENAMETOOLONG;
	memcpy(path, whole, (size_t)length + 1);
	return 0;
}

int run_names_rewrite(char path[PATH_MAX], pid_t process, pid_t thread,
		      struct run_name *ret_name)
{
	char own[64];
	const char *rest;

	*ret_name = (struct run_name){.descriptor = -1};
	/* as often as somebody has written it */
	while ((rest = behind(path, "/proc/self/root")) ||
	       (rest = behind(path, "/proc/thread-self/root")))
		memmove(path, rest, strlen(rest) + 1);
	if (path[0] == '\0')
		memcpy(path, "/", 2);
	ret_name->descriptor = find_descriptor(path);
	ret_name->own_program = strcmp(path, "/proc/self/exe") == 0 ||
				strcmp(path, "/proc/thread-self/exe") == 0;
	rest = behind(path, "/proc/self");
	snprintf(own, sizeof(own), "/proc/%d", (int)process);
	if (!rest) {
		rest = behind(path, "/proc/thread-self");
		snprintf(own, sizeof(own), "/proc/%d/task/%d", (int)process, (int)thread);
	}
	return rest ? put_before(path, own, rest) : 0;
}
