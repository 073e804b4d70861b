/* SPDX-License-Identifier: Apache-2.0 */
/* Opens contexts for the commands that decide, and makes names absolute for them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/deciding.h"
#include "verifier/tool/output.h"

/*
 * The current directory has no links in its name (getcwd(2)), so a leading `..` is its
 * parent. Anything else the name holds is left for the library to judge: `x/..` is not
 * always where x is.
 */
static int make_absolute(const char *relative, char **ret_path,
			 struct modseal_error *error)
{
	char *directory = getcwd(NULL, 0);
	char *path = NULL;

	if (!directory || directory[0] != '/') {
		free(directory);
		return output_error(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_FIND, relative,
				    "name the file by its absolute path",
				    "the current directory has no name");
	}
	for (;;) {
		size_t dots = strspn(relative, ".");
		char *slash;

		if (dots < 1 || dots > 2 || relative[dots] != '/')
			break;
		slash = strrchr(directory, '/');
		if (dots == 2 && slash) /* the parent of "/" is itself */
			*slash = '\0';
		relative += dots + strspn(relative + dots, "/");
	}
	if (asprintf(&path, "%s%s%s", directory, directory[0] && !directory[1] ? "" : "/",
		     relative) == -1)
		path = NULL;
	free(directory);
	if (!path)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND,
				    relative, NULL, "out of memory");
	*ret_path = path;
	return MODSEAL_OK;
}

static int copy_name(const char *name, char **ret_name, struct modseal_error *error)
{
	char *copy = strdup(name);

	if (!copy)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_FIND, name,
				    NULL, "out of memory");
	*ret_name = copy;
	return MODSEAL_OK;
}

int deciding_name(const struct options *options, const char *operand, char **ret_name,
		  struct modseal_error *error)
{
	struct stat status;

	if (options->root && operand[0] != '/' && strchr(operand, '/'))
		return output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
				    operand, "name it by its absolute path in the image",
				    "with --root there is no current directory");
	if (options->root)
		return copy_name(operand, ret_name, error);

	if (operand[0] == '/')
		return copy_name(operand, ret_name, error);
	/* looking decides only what is meant; the library opens and judges it */
	if (!strchr(operand, '/') && lstat(operand, &status) == -1)
		return copy_name(operand, ret_name, error);
	return make_absolute(operand, ret_name, error);
}

int deciding_file(const char *name, char **ret_path, struct modseal_error *error)
{
	return name[0] == '/' ? copy_name(name, ret_path, error)
			      : make_absolute(name, ret_path, error);
}

static void free_names(char **names, size_t count)
{
	for (size_t i = 0; names && i < count; i++)
		free(names[i]);
	free(names);
}

int deciding_open(const struct options *options, uint32_t flags,
		  struct modseal **ret_context, struct modseal_error *error)
{
	struct modseal_options open = {
		.version = MODSEAL_OPTIONS_VERSION,
		.flags = flags,
		.policy_name = options->policy_name,
		.root_directory = options->root,
		.threads = options->jobs_given ? 1 : 0, /* each judges files */
	};
	size_t count = options->anchors.count;
	char **anchors = calloc(count + 1, sizeof(*anchors));
	char *policy = NULL, *directory = NULL, *state = NULL;
	int result = MODSEAL_OK;

	if (!anchors)
		return output_error(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_CONTEXT,
				    NULL, NULL, "out of memory");
	if (options->anchor_directory && count > 0)
		result = output_error(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				      "--anchor-directory", "give one of the two",
				      "with --anchor it would not be looked at");
	if (options->policy && result == MODSEAL_OK)
		result = deciding_file(options->policy, &policy, error);
	if (options->anchor_directory && result == MODSEAL_OK)
		result = deciding_file(options->anchor_directory, &directory, error);
	if (options->state && result == MODSEAL_OK)
		result = deciding_file(options->state, &state, error);
	for (size_t i = 0; i < count && result == MODSEAL_OK; i++)
		result = deciding_file(options->anchors.items[i], &anchors[i], error);
	if (result == MODSEAL_OK) {
		open.policy_path = policy;
		open.anchor_directory = directory;
		open.state_directory = state;
		if (count > 0) {
			open.anchor_paths = (const char *const *)anchors;
			open.anchor_path_count = count;
			if (getauxval(AT_SECURE) == 0)
				open.flags |= MODSEAL_OPEN_CALLER_OWNED;
		}
		result = modseal_open(&open, ret_context, error);
	}
	free(policy);
	free(directory);
	free(state);
	free_names(anchors, count);
	return result;
}
