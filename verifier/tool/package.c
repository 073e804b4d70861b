/* SPDX-License-Identifier: Apache-2.0 */
/* Walks the files of a package: where each will lie, and each name of those with many. */
#ifndef MODSEAL_VERIFY_ONLY
#include "verifier/tool/package.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/output.h"
#include "verifier/tool/package_reader.h"

/* A file with several names is kept while they are visited; of a larger one so much that
 * whoever lists it sees that it is too large (modseal_catalog_options, max_size). */
#define MAX_LINKED	 (256u * 1024 * 1024 + 1)
#define MAX_LINKS	 65536u
#define FIRST_ALLOCATION 65536u

/* A name whose content comes with another member. */
struct link {
	char *name; /* both plain: usr/lib/libx.so */
	char *first;
	bool visited;
};

struct walk {
	const char *path;
	bool merged;
	package_visit *visit;
	void *argument;
	struct package_reader *reader;
	bool unreadable;
	struct link *links;
	size_t count;
};

static int no_memory(const struct walk *walk, struct modseal_error *error)
{
	return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND, walk->path,
			    NULL, "out of memory");
}

/* ---- names ---------------------------------------------------------------------------
 */

static bool is_plain(const char *name)
{
	for (;;) {
		size_t length = strcspn(name, "/");

		if (length == 0 || (length == 1 && name[0] == '.') ||
		    (length == 2 && name[0] == '.' && name[1] == '.'))
			return false;
		if (name[length] == '\0')
			return true;
		name += length + 1;
	}
}

/* `./usr/lib/x` and `usr/lib/x` are both in use. Anything less plain would be another
 * file for whoever unpacks the package than for us. */
static int plain_name(const struct walk *walk, const char *name, const char **ret_plain,
		      struct modseal_error *error)
{
	const char *plain = strncmp(name, "./", 2) == 0 ? name + 2 : name;

	if (!is_plain(plain))
		return package_reader_wrong(
			walk->reader, MODSEAL_E_ARGUMENT, "do not trust this package",
			"a member of it has no plain relative name", error);
	*ret_plain = plain;
	return MODSEAL_OK;
}

/* Where a member lies when it is installed. On a system with merged /usr the directories
 * of old are links (https://wiki.debian.org/UsrMerge), and rules and catalogs go by real
 * paths. */
static int listed_path(const struct walk *walk, const char *plain, char **ret_listed,
		       struct modseal_error *error)
{
	static const char *const moved[] = {"bin",   "sbin",  "lib",
					    "lib32", "lib64", "libx32"};
	size_t length = strcspn(plain, "/");
	const char *above = "/";

	for (size_t i = 0; walk->merged && i < sizeof(moved) / sizeof(moved[0]); i++)
		if (strlen(moved[i]) == length && plain[length] == '/' &&
		    memcmp(plain, moved[i], length) == 0)
			above = "/usr/";
	if (asprintf(ret_listed, "%s%s", above, plain) < 0)
		return no_memory(walk, error);
	return MODSEAL_OK;
}

/* What is wrong is wrong with this file of this package. */
static void blame(const struct walk *walk, const char *listed,
		  struct modseal_error *error)
{
	char object[2 * sizeof(error->object)];

	snprintf(object, sizeof(object), "%s: %s", walk->path, listed);
	modseal_escape(error->object, sizeof(error->object), object);
}

static int visit_as(const struct walk *walk, const char *plain, modseal_read *read,
		    void *source, struct modseal_error *error)
{
	char *listed = NULL;
	int result = listed_path(walk, plain, &listed, error);

	if (result == MODSEAL_OK) {
		result = walk->visit(walk->argument, listed, read, source, error);
		if (result != MODSEAL_OK)
			blame(walk, listed, error);
	}
	free(listed);
	return result;
}

/* ---- one name, one content -----------------------------------------------------------
 */

static ssize_t read_member(void *argument, void *buffer, size_t size)
{
	struct walk *walk = argument;
	ssize_t got = package_reader_read(walk->reader, buffer, size);

	walk->unreadable = got < 0;
	return got;
}

static int keep_link(struct walk *walk, const char *name, const char *first,
		     struct modseal_error *error)
{
	struct link *link;

	if (walk->count == MAX_LINKS)
		return package_reader_wrong(walk->reader, MODSEAL_E_TOO_LARGE,
					    "do not trust this package",
					    "it has more than 65536 hard links", error);
	if (!(walk->count & (walk->count - 1))) {
		link = reallocarray(walk->links, walk->count ? 2 * walk->count : 1,
				    sizeof(*link));
		if (!link)
			return no_memory(walk, error);
		walk->links = link;
	}
	link = &walk->links[walk->count];
	*link = (struct link){.name = strdup(name), .first = strdup(first)};
	walk->count++; /* whatever it holds is freed */
	return link->name && link->first ? MODSEAL_OK : no_memory(walk, error);
}

static int first_pass(struct walk *walk, const struct package_member *member,
		      const char *plain, const char *first, struct modseal_error *error)
{
	int result;

	/* In a tar archive the first name has the content, in cpio the last one. */
	if (member->hard_link || member->shared)
		return keep_link(walk, plain, first, error);
	result = visit_as(walk, plain, read_member, walk, error);
	return walk->unreadable ? package_reader_failure(walk->reader, error) : result;
}

/* ---- one content, several names ------------------------------------------------------
 */

struct content {
	uint8_t *bytes;
	size_t size;
	size_t at;
};

static ssize_t read_content(void *argument, void *buffer, size_t size)
{
	struct content *content = argument;
	size_t left = content->size - content->at;

	if (size > left)
		size = left;
	if (size > 0)
		memcpy(buffer, content->bytes + content->at, size);
	content->at += size;
	return (ssize_t)size;
}

static int take_content(struct walk *walk, struct content *content,
			struct modseal_error *error)
{
	size_t room = 0;

	for (;;) {
		ssize_t got;

		if (content->size == MAX_LINKED)
			return MODSEAL_OK;
		if (content->size == room) {
			uint8_t *larger;

			room = room ? room * 2 : FIRST_ALLOCATION;
			room = room < MAX_LINKED ? room : MAX_LINKED;
			larger = realloc(content->bytes, room);
			if (!larger)
				return no_memory(walk, error);
			content->bytes = larger;
		}
		got = package_reader_read(walk->reader, content->bytes + content->size,
					  room - content->size);
		if (got < 0)
			return package_reader_failure(walk->reader, error);
		if (got == 0)
			return MODSEAL_OK;
		content->size += (size_t)got;
	}
}

static int order(const void *a, const void *b)
{
	const struct link *left = a, *right = b;
	int by_first = strcmp(left->first, right->first);

	return by_first ? by_first : strcmp(left->name, right->name);
}

/* Index of the first link of a file; the count where it has none. */
static size_t find_links(const struct walk *walk, const char *first)
{
	size_t low = 0, high = walk->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(walk->links[middle].first, first) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < walk->count && strcmp(walk->links[low].first, first) == 0
		       ? low
		       : walk->count;
}

static int second_pass(struct walk *walk, const struct package_member *member,
		       const char *plain, const char *first, struct modseal_error *error)
{
	struct content content = {0};
	size_t at = find_links(walk, first);
	int result;

	/* who only names the content does not carry it; a tar archive's first name was
	 * visited already */
	if (at == walk->count || (member->shared ? member->empty : !!member->hard_link))
		return MODSEAL_OK;
	result = take_content(walk, &content, error);
	for (; result == MODSEAL_OK && at < walk->count &&
	       strcmp(walk->links[at].first, first) == 0;
	     at++) {
		content.at = 0;
		walk->links[at].visited = true;
		result = visit_as(walk, walk->links[at].name, read_content, &content,
				  error);
	}
	free(content.bytes);
	return result;
}

/* ---- the walk ------------------------------------------------------------------------
 */

typedef int package_pass(struct walk *walk, const struct package_member *member,
			 const char *plain, const char *first,
			 struct modseal_error *error);

static int take_member(struct walk *walk, package_pass *pass,
		       const struct package_member *member, struct modseal_error *error)
{
	const char *plain = NULL, *first = NULL;
	int result;

	if (!member->regular && !member->hard_link)
		return MODSEAL_OK;
	result = plain_name(walk, member->name, &plain, error);
	first = plain;
	if (result == MODSEAL_OK && member->hard_link)
		result = plain_name(walk, member->hard_link, &first, error);
	return result == MODSEAL_OK ? pass(walk, member, plain, first, error) : result;
}

static int pass_through(struct walk *walk, enum package_format format, package_pass *pass,
			struct modseal_error *error)
{
	struct package_member member;
	int result, more = 0;

	result = package_reader_open(walk->path, format, &walk->reader, error);
	while (result == MODSEAL_OK &&
	       (more = package_reader_next(walk->reader, &member, error)) > 0)
		result = take_member(walk, pass, &member, error);
	package_reader_free(&walk->reader);
	return result == MODSEAL_OK ? more : result;
}

/* cpio: a file that is empty under all of its names. tar: a link to nothing. */
static int visit_rest(struct walk *walk, enum package_format format,
		      struct modseal_error *error)
{
	int result = MODSEAL_OK;

	for (size_t i = 0; result == MODSEAL_OK && i < walk->count; i++) {
		struct content nothing = {0};

		if (walk->links[i].visited)
			continue;
		result = format == PACKAGE_RPM
				 ? visit_as(walk, walk->links[i].name, read_content,
					    &nothing, error)
				 : output_error(error, MODSEAL_E_ARGUMENT,
						MODSEAL_STAGE_FIND, walk->path,
						"do not trust this package",
						"a hard link of it leads to no file in "
						"it");
	}
	return result;
}

int package_walk(const char *path, enum package_format format, bool merged,
		 package_visit *visit, void *argument, struct modseal_error *error)
{
	struct walk walk = {
		.path = path, .merged = merged, .visit = visit, .argument = argument};
	int result = pass_through(&walk, format, first_pass, error);

	/* streams cannot be read back: the contents of the links come by once more */
	if (result == MODSEAL_OK && walk.count > 0) {
		qsort(walk.links, walk.count, sizeof(*walk.links), order);
		result = pass_through(&walk, format, second_pass, error);
	}
	if (result == MODSEAL_OK)
		result = visit_rest(&walk, format, error);
	for (size_t i = 0; i < walk.count; i++) {
		free(walk.links[i].name);
		free(walk.links[i].first);
	}
	free(walk.links);
	return result;
}
#else
typedef int modseal_package_is_left_out; /* something declared (C11 6.9) */
#endif
