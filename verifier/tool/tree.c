/* SPDX-License-Identifier: Apache-2.0 */
/* Walks operands, as they lie here or inside of an image. */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/output.h"
#include "verifier/tool/tree.h"

static int no_memory(struct modseal_error *error, const char *object)
{
	return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND, object, NULL,
			    "out of memory");
}

int tree_path(const char *root, const char *listed, char **ret_path,
	      struct modseal_error *error)
{
	char *path = NULL;

	if (asprintf(&path, "%s%s%s", root ? root : "",
		     root && listed[0] != '/' ? "/" : "", listed) < 0)
		return no_memory(error, listed);
	*ret_path = path;
	return MODSEAL_OK;
}

/* The part of a real path that lies inside the real path of a root; NULL: outside. */
static const char *inside(const char *root, const char *path)
{
	size_t length = strlen(root);

	while (length > 0 && root[length - 1] == '/') /* "/" itself */
		length--;
	if (strncmp(root, path, length) != 0 ||
	    (path[length] != '/' && path[length] != '\0'))
		return NULL;
	path += length;
	while (path[0] == '/' && path[1] == '/') /* musl's realpath keeps two */
		path++;
	return *path ? path : "/";
}

static int visit_all(const char *root, char *start, tree_visit *visit, void *argument,
		     struct modseal_error *error)
{
	char *const starts[] = {start, NULL};
	FTS *walk = fts_open(starts, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
	int result = MODSEAL_OK;
	FTSENT *entry;

	if (!walk)
		return output_unreadable(error, MODSEAL_STAGE_FIND, start, errno);
	for (errno = 0; result == MODSEAL_OK && (entry = fts_read(walk)); errno = 0) {
		if (entry->fts_info == FTS_F)
			result = visit(argument, inside(root, entry->fts_path),
				       entry->fts_path, error);
		else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			 entry->fts_info == FTS_NS)
			result = output_unreadable(error, MODSEAL_STAGE_FIND,
						   entry->fts_path, entry->fts_errno);
		else if (entry->fts_level == 0 && entry->fts_info == FTS_DEFAULT)
			result = output_error(error, MODSEAL_E_NOT_REGULAR,
					      MODSEAL_STAGE_FIND, entry->fts_path,
					      "name a regular file or a directory",
					      "not a regular file");
	}
	if (result == MODSEAL_OK && errno != 0)
		result = output_unreadable(error, MODSEAL_STAGE_FIND, start, errno);
	fts_close(walk);
	return result;
}

int tree_walk(const char *root, const char *operand, tree_visit *visit, void *argument,
	      struct modseal_error *error)
{
	char *real_root = NULL, *path = NULL, *real = NULL;
	int result = MODSEAL_OK;

	real_root = realpath(root ? root : "/", NULL);
	if (!real_root)
		return output_unreadable(error, MODSEAL_STAGE_FIND, root, errno);
	result = tree_path(root, operand, &path, error);
	if (result == MODSEAL_OK) {
		real = realpath(path, NULL);
		if (!real)
			result =
				output_unreadable(error, MODSEAL_STAGE_FIND, path, errno);
	}
	/* an absolute link of an image leads to a file of this machine */
	if (result == MODSEAL_OK && !inside(real_root, real))
		result = output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
				      operand, "name the file by its real path there",
				      "it leads out of the root, to %s", real);
	if (result == MODSEAL_OK)
		result = visit_all(real_root, real, visit, argument, error);
	free(real);
	free(path);
	free(real_root);
	return result;
}
