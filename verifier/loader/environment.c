/* SPDX-License-Identifier: Apache-2.0 */
/* Reads /proc/PID/environ, and what the dynamic linker was told in it. */
#include "verifier/loader/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OWN_ENVIRONMENT "/proc/self/environ"
#define FIRST_SIZE	((size_t)16 * 1024)
/* More than the three quarters of 8 MiB that the kernel lets through execve(2). */
#define MAX_SIZE ((size_t)8 * 1024 * 1024)

/* One more piece of the file; false: it is at its end, or cannot be read (errno). */
static bool read_more(int descriptor, struct modseal_environment *environment,
		      size_t *capacity)
{
	ssize_t got;

	if (environment->size + 1 == *capacity) {
		char *larger = *capacity < MAX_SIZE
				       ? realloc(environment->text, *capacity * 2)
				       : NULL;

		if (!larger) {
			errno = *capacity < MAX_SIZE ? ENOMEM : E2BIG;
			return false;
		}
		environment->text = larger;
		*capacity *= 2;
	}
	do {
		got = read(descriptor, environment->text + environment->size,
			   *capacity - environment->size - 1);
	} while (got < 0 && errno == EINTR);
	if (got > 0)
		environment->size += (size_t)got;
	if (got == 0)
		errno = 0;
	return got > 0;
}

struct modseal_environment modseal_environment_read(int descriptor)
{
	struct modseal_environment environment = {0};
	size_t capacity = FIRST_SIZE;
	int errnum;

	if (descriptor < 0)
		return environment;
	environment.text = malloc(capacity);
	while (environment.text && read_more(descriptor, &environment, &capacity))
		;
	errnum = errno;
	close(descriptor);
	if (environment.text && errnum)
		modseal_environment_free(&environment);
	if (environment.text)
		environment.text[environment.size] = '\0';
	errno = errnum;
	return environment;
}

static bool append(struct modseal_environment *environment, const char *entry)
{
	size_t length = strlen(entry) + 1;
	char *larger = NULL;

	if (length < MAX_SIZE - environment->size)
		larger = realloc(environment->text, environment->size + length + 1);
	if (!larger)
		return false;
	memcpy(larger + environment->size, entry, length);
	larger[environment->size + length] = '\0';
	environment->text = larger;
	environment->size += length;
	return true;
}

static struct modseal_environment copy_current(void)
{
	struct modseal_environment environment = {calloc(1, 1), 0};
	bool copied = environment.text != NULL;

	for (char **entry = environ; copied && entry && *entry; entry++)
		copied = append(&environment, *entry);
	if (!copied) {
		modseal_environment_free(&environment);
		errno = ENOMEM;
	}
	return environment;
}

struct modseal_environment modseal_environment_own(void)
{
	int descriptor = open(OWN_ENVIRONMENT, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0 && errno == EACCES)
		return copy_current();
	return modseal_environment_read(descriptor);
}

void modseal_environment_free(struct modseal_environment *environment)
{
	free(environment->text);
	*environment = (struct modseal_environment){0};
}

/* The last of several, as the dynamic linker takes it. */
const char *modseal_environment_get(const struct modseal_environment *environment,
				    const char *variable)
{
	size_t length = strlen(variable), at = 0;
	const char *value = NULL;

	while (at < environment->size) {
		const char *entry = environment->text + at;

		if (strncmp(entry, variable, length) == 0 && entry[length] == '=')
			value = entry + length + 1;
		at += strlen(entry) + 1;
	}
	return value;
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool modseal_environment_lists(const char *list, const char *path, const char *opened_as)
{
	static const char separators[] = ": \t\n";
	const char *names[] = {path, name_of(path), opened_as ? opened_as : path};

	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t length = strcspn(list, separators);

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strlen(names[i]) == length &&
			    strncmp(names[i], list, length) == 0)
				return true;
		list += length;
	}
	return false;
}

bool modseal_environment_searches(const char *list, const char *opened_as)
{
	static const char separators[] = ":;";

	for (list += strspn(list, separators); *list; list += strspn(list, separators)) {
		size_t length = strcspn(list, separators), whole = length;

		while (length > 1 && list[length - 1] == '/')
			length--;
		if (strncmp(list, opened_as, length) == 0 && opened_as[length] == '/')
			return true;
		list += whole;
	}
	return false;
}
