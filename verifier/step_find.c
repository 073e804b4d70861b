/* SPDX-License-Identifier: Apache-2.0 */
/* Names as plugin hosts write them, and the files that bear them. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "verifier/search.h"
#include "verifier/step_find.h"
#include "verifier/use.h"

/* The part of a name that says what it is: the last ".so" at its end or before a '.';
 * NULL: there is none. */
static const char *find_suffix(const char *name)
{
	const char *found = NULL;

	for (const char *at = strstr(name, ".so"); at; at = strstr(at + 1, ".so"))
		if (at[3] == '\0' || at[3] == '.')
			found = at;
	return found;
}

int modseal_is_library_name(const char *path_or_name)
{
	const char *slash = path_or_name ? strrchr(path_or_name, '/') : NULL;
	const char *name = slash ? slash + 1 : path_or_name;
	const char *suffix = name ? find_suffix(name) : NULL;

	if (!suffix || suffix == name)
		return 0;
	for (suffix += 3; *suffix;) {
		if (*suffix++ != '.' || !isdigit((unsigned char)*suffix))
			return 0;
		while (isdigit((unsigned char)*suffix))
			suffix++;
	}
	return 1;
}

/*
 * foo, foo.so, libfoo, libfoo.so; with a version only those that bear it: foo.so.2,
 * libfoo.so.2. False: there is no spelling of this number.
 */
static bool spell(const struct modseal_subject *s, size_t number, char *entry,
		  size_t size, int *ret_length)
{
	static const char *const plain[][2] = {
		{"", ""}, {"", ".so"}, {"lib", ""}, {"lib", ".so"}};
	static const char *const prefixes[] = {"", "lib"};
	const char *suffix;

	if (!s->version) {
		/* what a library needs is named by its SONAME and nothing else */
		if (number >= (s->needed_by ? 1 : sizeof(plain) / sizeof(plain[0])))
			return false;
		*ret_length = snprintf(entry, size, "%s%s%s", plain[number][0], s->asked,
				       plain[number][1]);
		return true;
	}
	if (number >= sizeof(prefixes) / sizeof(prefixes[0]))
		return false;
	suffix = find_suffix(s->asked);
	*ret_length = snprintf(entry, size, "%s%s%s.%s", prefixes[number], s->asked,
			       suffix ? "" : ".so", s->version);
	return true;
}

static int find_by_name(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_subject *needer = s->needed_by;
	struct modseal_search search;
	struct modseal_error first;
	int length, result;

	result =
		modseal_search_open(s->context, needer ? needer->rule : NULL,
				    needer ? needer->located.path : NULL, &search, error);
	if (result < 0)
		return result;
	result = MODSEAL_E_NOT_FOUND;
	for (size_t i = 0; result == MODSEAL_E_NOT_FOUND &&
			   spell(s, i, s->entry, sizeof(s->entry), &length);
	     i++) {
		if (length < 0 || (size_t)length >= sizeof(s->entry))
			result = modseal_fail(error, MODSEAL_E_NOT_FOUND,
					      MODSEAL_STAGE_FIND, s->asked,
					      "the name is too long");
		else
			result = modseal_path_find(s->context->root, search.directories,
						   search.count, s->entry, &s->located,
						   error);
		if (i == 0 && error)
			first = *error;
	}
	modseal_search_close(&search);
	if (result == MODSEAL_E_NOT_FOUND && error)
		*error = first;
	return result;
}

int modseal_step_find(struct modseal_subject *s, struct modseal_error *error)
{
	const char *slash = strrchr(s->asked, '/');
	size_t length;

	if (!slash)
		return find_by_name(s, error);
	length = strlen(slash + 1);
	if (length > MODSEAL_MAX_NAME_LENGTH)
		return modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_FIND,
				    s->asked, "the name is too long");
	memcpy(s->entry, slash + 1, length + 1);
	return modseal_path_open_in(*modseal_subject_root(s), s->asked, &s->located,
				    error);
}
