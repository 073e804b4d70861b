/* SPDX-License-Identifier: Apache-2.0 */
/* Where what a file needs is looked for: by its rule, or else by the policy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/search.h"

/*
 * `..` is taken off the text of the path. That is right because the path is real: no
 * component of it is a link, so its text without the last component is the directory
 * above, whatever link the file was asked for by. In what follows the `..` there may be
 * links: the directory is only looked in, and what is found there is judged by its own
 * real path.
 */
static int make_origin(const char *path, const char *origin, char **ret_directory,
		       struct modseal_error *error)
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;
	const char *rest = origin;

	if (strcmp(rest, ".") == 0)
		rest = "";
	while (strncmp(rest, "../", 3) == 0 || strcmp(rest, "..") == 0) {
		/* the kernel would stay at `/`: nobody meant that directory */
		if (length == 0)
			return modseal_fail(error, MODSEAL_E_PATH_NOT_ALLOWED,
					    MODSEAL_STAGE_FIND, path,
					    "the rule's `origin` %s leads above `/` from "
					    "here",
					    origin);
		while (path[--length] != '/')
			;
		rest += rest[2] == '/' ? 3 : 2;
	}
	if (asprintf(ret_directory, "%.*s%s%s", (int)length, path,
		     *rest || length == 0 ? "/" : "", rest) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_FIND);
	return 0;
}

static void append(struct modseal_search *search, char *const *directories, size_t count)
{
	for (size_t i = 0; i < count; i++)
		search->directories[search->count++] = directories[i];
}

int modseal_search_open(const struct modseal_context *context,
			const struct modseal_rule *rule, const char *path,
			struct modseal_search *ret_search, struct modseal_error *error)
{
	static const struct modseal_strings none = {0};
	const struct modseal_strings *origin = rule ? &rule->origin : &none;
	const struct modseal_strings *own = rule ? &rule->search : &none;
	size_t most = origin->count + own->count + context->search_count;
	struct modseal_search search = {
		.directories = calloc(most ? most : 1, sizeof(char *)),
	};

	if (!search.directories)
		return modseal_fail_memory(error, MODSEAL_STAGE_FIND);
	for (; search.made < origin->count; search.count = ++search.made) {
		int result = make_origin(path, origin->items[search.made],
					 &search.directories[search.made], error);

		if (result < 0) {
			modseal_search_close(&search);
			return result;
		}
	}
	if (own->count)
		append(&search, own->items, own->count);
	else
		append(&search, context->search, context->search_count);
	*ret_search = search;
	return 0;
}

void modseal_search_close(struct modseal_search *search)
{
	for (size_t i = 0; i < search->made; i++)
		free(search->directories[i]);
	free(search->directories);
	*search = (struct modseal_search){0};
}
