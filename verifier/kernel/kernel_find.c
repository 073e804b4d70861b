/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for a module by its name below a directory, without following a link. */
#include "verifier/kernel/kernel_find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Debian's tree is 7 deep and has 4,500 entries. */
#define MAX_DEPTH   16u
#define MAX_ENTRIES (256u * 1024)

/* What fits, the better the higher. */
enum rank {
	RANK_COMPRESSED, /* which the verifier does not read (R09) */
	RANK_LINK,	 /* to another file: below weak-updates, for one */
	RANK_WHOLE,
	RANK_UPDATE,
};

struct hunt {
	const char *name;
	const char *directory; /* where it began */
	unsigned deepest;
	unsigned seen;
	/* The best so far, and another one as good. */
	enum rank rank;
	char *found;
	char *other;
};

/* Is file NAME and ending, '-' being '_'? */
static bool fits(const char *file, const char *name, const char *ending)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < length; i++)
		if ((file[i] == '-' ? '_' : file[i]) != name[i])
			return false;
	return strcmp(file + length, ending) == 0;
}

static bool is_compressed(const char *file, const char *name)
{
	static const char *const endings[] = {".ko.xz", ".ko.zst", ".ko.gz"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (fits(file, name, endings[i]))
			return true;
	return false;
}

static int keep(struct hunt *hunt, char *path, enum rank rank)
{
	char **place = hunt->found && rank == hunt->rank ? &hunt->other : &hunt->found;

	if (hunt->found && rank < hunt->rank) {
		free(path);
		return 0;
	}
	if (rank > hunt->rank) {
		free(hunt->other);
		hunt->other = NULL;
	}
	free(*place);
	*place = path;
	hunt->rank = rank;
	return 0;
}

static int look_at(struct hunt *hunt, const char *path, const struct dirent *entry,
		   struct modseal_error *error)
{
	static const char updates[] = "/updates/";
	const char *file = entry->d_name;
	bool whole = fits(file, hunt->name, ".ko");
	enum rank rank = !whole			   ? RANK_COMPRESSED
			 : entry->d_type == DT_LNK ? RANK_LINK
						   : RANK_WHOLE;
	char *copy = NULL;

	if (!whole && !is_compressed(file, hunt->name))
		return 0;
	if (asprintf(&copy, "%s/%s", path, file) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
	if (whole &&
	    strncmp(copy + strlen(hunt->directory), updates, sizeof(updates) - 1) == 0)
		rank = RANK_UPDATE;
	return keep(hunt, copy, rank);
}

static int walk(struct hunt *hunt, int descriptor, const char *path, unsigned depth,
		struct modseal_error *error);

/* A directory below; anything else, and what links lead to, is left out. */
static int descend(struct hunt *hunt, int above, const char *path, const char *file,
		   unsigned depth, struct modseal_error *error)
{
	int descriptor =
		openat(above, file, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	char *below = NULL;
	int result;

	if (descriptor < 0 && (errno == ENOTDIR || errno == ELOOP || errno == ENOENT))
		return 0;
	if (descriptor < 0)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_CLOSURE,
					  errno, path, "'%s' in it cannot be looked at",
					  file);
	if (asprintf(&below, "%s/%s", path, file) < 0) {
		close(descriptor);
		return modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
	}
	result = walk(hunt, descriptor, below, depth + 1, error);
	free(below);
	return result;
}

/* Takes the descriptor. */
static int walk(struct hunt *hunt, int descriptor, const char *path, unsigned depth,
		struct modseal_error *error)
{
	DIR *stream = fdopendir(descriptor);
	struct dirent *entry;
	int result = 0;

	if (!stream) {
		close(descriptor);
		return modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
	}
	while (result == 0 && (errno = 0, entry = readdir(stream))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (++hunt->seen > MAX_ENTRIES)
			result = modseal_fail(error, MODSEAL_E_DEPENDENCY_LIMIT,
					      MODSEAL_STAGE_CLOSURE, hunt->directory,
					      "more than %u files lie below it",
					      MAX_ENTRIES);
		else if (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN)
			result = depth < hunt->deepest
					 ? descend(hunt, dirfd(stream), path,
						   entry->d_name, depth, error)
					 : 0;
		if (result == 0 && entry->d_type != DT_DIR)
			result = look_at(hunt, path, entry, error);
	}
	if (result == 0 && errno)
		result =
			modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_CLOSURE,
					   errno, path, "it cannot be read");
	closedir(stream);
	return result;
}

static int fail_other(const struct hunt *hunt, struct modseal_error *error)
{
	int result =
		modseal_fail(error, MODSEAL_E_DEPENDENCY_MISSING, MODSEAL_STAGE_CLOSURE,
			     hunt->name, "which file is the kernel module: '%s' or '%s'?",
			     hunt->found, hunt->other);

	modseal_remedy(error,
		       "keep one of them, or load the right one by its path first");
	return result;
}

static int fail_compressed(const struct hunt *hunt, struct modseal_error *error)
{
	const char *ending = strrchr(hunt->found, '.');
	int result = modseal_fail(
		error, MODSEAL_E_DEPENDENCY_MISSING, MODSEAL_STAGE_CLOSURE, hunt->name,
		"the kernel module is there only compressed, as '%s'", hunt->found);

	modseal_remedy(error,
		       "decompress it beside (%s -dk FILE): the verifier never does",
		       strcmp(ending, ".xz") == 0    ? "xz"
		       : strcmp(ending, ".zst") == 0 ? "zstd"
						     : "gzip");
	return result;
}

int modseal_kernel_find_below(const char *directory, unsigned depth, const char *name,
			      char **ret_path, struct modseal_error *error)
{
	struct hunt hunt = {.name = name, .directory = directory, .deepest = depth};
	int descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (descriptor < 0 && (errno == ENOENT || errno == ENOTDIR))
		return modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_CLOSURE,
				    name, "there is no directory %s", directory);
	if (descriptor < 0)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_CLOSURE,
					  errno, directory, "it cannot be looked into");
	result = walk(&hunt, descriptor, directory, 0, error);
	if (result == 0 && !hunt.found)
		result = modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_CLOSURE,
				      name, "no such module below %s", directory);
	else if (result == 0 && hunt.rank == RANK_COMPRESSED)
		result = fail_compressed(&hunt, error);
	else if (result == 0 && hunt.other)
		result = fail_other(&hunt, error);
	free(hunt.other);
	if (result < 0)
		free(hunt.found);
	else
		*ret_path = hunt.found;
	return result;
}

/* The length of /lib/modules/RELEASE at the start of path; 0: it lies elsewhere. */
static size_t release_length(const char *path)
{
	static const char *const roots[] = {"/usr/lib/modules/", "/lib/modules/"};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		size_t length = strlen(roots[i]);

		if (strncmp(path, roots[i], length) == 0)
			return length + strcspn(path + length, "/");
	}
	return 0;
}

int modseal_kernel_find(const char *path, const char *release, const char *name,
			char **ret_path, struct modseal_error *error)
{
	size_t length = release_length(path);
	const char *slash = strrchr(path, '/');
	char *directory = NULL, *beside = NULL;
	int result = MODSEAL_E_NOT_FOUND;

	if (length > 0)
		directory = strndup(path, length);
	else if (asprintf(&directory, "/lib/modules/%s", release) < 0)
		directory = NULL;
	if (length == 0 && slash)
		beside = strndup(path, slash > path ? (size_t)(slash - path) : 1);
	if (!directory || (length == 0 && !beside))
		result = modseal_fail_memory(error, MODSEAL_STAGE_CLOSURE);
	else if (beside)
		result = modseal_kernel_find_below(beside, 0, name, ret_path, error);
	if (result == MODSEAL_E_NOT_FOUND)
		result = modseal_kernel_find_below(directory, MAX_DEPTH, name, ret_path,
						   error);
	if (result == MODSEAL_E_NOT_FOUND) {
		result = modseal_fail(
			error, MODSEAL_E_DEPENDENCY_MISSING, MODSEAL_STAGE_CLOSURE, name,
			"no such kernel module %s%s%sbelow %s", beside ? "in " : "",
			beside ? beside : "", beside ? ", nor " : "", directory);
		modseal_remedy(error,
			       "install the package of this kernel that has it, or "
			       "load it by its path first");
	}
	free(directory);
	free(beside);
	return result;
}
