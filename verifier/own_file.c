/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the policy's own files under the rules about who may own and write them. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verifier/own_file.h"

/* ---- gathering ------------------------------------------------------------------- */

/* The policy and its signature are gathered by another way (modseal_policy_open). */
static bool is_policy(const struct modseal *context, const char *path)
{
	const char *policy = context->policy_real;
	size_t length = policy ? strlen(policy) : 0;

	return !policy || (strncmp(path, policy, length) == 0 &&
			   (!path[length] || strcmp(path + length, ".p7s") == 0));
}

/* The part of a path from the directory of the policy on; the whole path if it is not
 * spelled as one in there. */
static const char *name_of(const struct modseal *context, const char *path)
{
	const char *policy = context->policy_real;
	size_t directory = (size_t)(strrchr(policy, '/') - policy) + 1;

	return strncmp(path, policy, directory) == 0 ? path + directory : path;
}

static int fail_outside(const char *path, int errnum, struct modseal_error *error)
{
	if (errnum == EXDEV || errnum == ELOOP) {
		modseal_fail(error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_POLICY, path,
			     "a link on its path is absolute or leads out of the"
			     " directory of the policy");
		modseal_remedy(error, "put the file itself there");
		return MODSEAL_E_PATH_UNSAFE;
	}
	if (errnum == ENOENT || errnum == ENOTDIR || errnum == EAGAIN)
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_POLICY, path,
				    "it was replaced while it was opened");
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_POLICY, errnum,
				  path,
				  "whether it is in the directory of the policy is"
				  " unknown");
}

static int open_path(int directory, const char *path, uint64_t flags, uint64_t resolve)
{
	const struct open_how how = {.flags = O_PATH | O_CLOEXEC | flags,
				     .resolve = resolve};

	return (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
}

/*
 * The copy is for all to read, and who made what is installed need not be who installs
 * it: by a link he would be given what only root can read. So what was opened must be the
 * file that is found without ever leaving the directory of the policy, which has no link
 * on its own path (policy_real) and gets none meanwhile. Hard links are left to
 * fs.protected_hardlinks.
 */
static int require_inside(const struct modseal *context,
			  const struct modseal_located *located,
			  struct modseal_error *error)
{
	const char *policy = context->policy_real;
	struct stat status;
	int directory, found = -1, errnum = 0;
	char *path = strndup(policy, (size_t)(strrchr(policy, '/') - policy) + 1);

	if (!path)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	directory = open_path(AT_FDCWD, path, O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	free(path);
	if (directory >= 0)
		found = open_path(directory, name_of(context, located->path), 0,
				  RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
	if (found < 0 || fstat(found, &status))
		errnum = errno;
	else if (status.st_dev != located->status.st_dev ||
		 status.st_ino != located->status.st_ino)
		errnum = ENOENT;
	if (found >= 0)
		close(found);
	if (directory >= 0)
		close(directory);
	return errnum ? fail_outside(located->path, errnum, error) : 0;
}

static int open_gathered(const struct modseal *context, const char *path,
			 struct modseal_located *ret_located, struct modseal_error *error)
{
	int result = modseal_path_open_any(path, ret_located, error);

	if (result < 0 || is_policy(context, path))
		return result;
	result = require_inside(context, ret_located, error);
	if (result < 0)
		modseal_located_close(ret_located);
	return result;
}

/* Gives away a copy of what the policy names. */
static int gather(const struct modseal *context, const char *path,
		  struct modseal_span bytes, struct modseal_error *error)
{
	if (is_policy(context, path))
		return 0;
	return context->gather->take_file(context->gather->argument,
					  name_of(context, path), bytes, error);
}

/* ---- reading --------------------------------------------------------------------- */

static int open_own(const struct modseal *context, int root, const char *path,
		    struct modseal_located *ret_located, struct modseal_error *error)
{
	int result;

	if (context->gather) /* judged where it will be used */
		return open_gathered(context, path, ret_located, error);
	result = modseal_path_open_in(root, path, ret_located, error);
	if (result < 0)
		return result;
	result = modseal_path_require(ret_located,
				      modseal_context_own_level(context->flags), error);
	if (result < 0) {
		modseal_located_close(ret_located);
		if (error)
			error->stage = MODSEAL_STAGE_POLICY;
	}
	return result;
}

int modseal_own_file_read_in(const struct modseal *context, int root, const char *path,
			     uint64_t max_size, struct modseal_bytes *ret_bytes,
			     char **ret_real, struct modseal_error *error)
{
	struct modseal_located located;
	int result = open_own(context, root, path, &located, error);

	if (result < 0)
		return result;
	result = modseal_bytes_read(&located, max_size, ret_bytes, error);
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_POLICY;
	if (result == 0 && context->gather) {
		result = gather(context, located.path, ret_bytes->view, error);
		if (result < 0)
			modseal_bytes_free(ret_bytes);
	}
	if (result == 0 && ret_real) {
		*ret_real = located.path;
		located.path = NULL;
	}
	modseal_located_close(&located);
	return result;
}

int modseal_own_file_read(const struct modseal *context, const char *path,
			  uint64_t max_size, struct modseal_bytes *ret_bytes,
			  char **ret_real, struct modseal_error *error)
{
	return modseal_own_file_read_in(context, context->policy_root, path, max_size,
					ret_bytes, ret_real, error);
}

/* The absolute path of a name in the policy; the caller frees. */
static char *path_of(const struct modseal *context, const char *name)
{
	const char *policy =
		context->policy_real ? context->policy_real : context->policy_path;
	const char *slash = strrchr(policy, '/');
	char *path;

	if (name[0] == '/' || !slash)
		return strdup(name);
	if (asprintf(&path, "%.*s/%s", (int)(slash - policy), policy, name) < 0)
		return NULL;
	return path;
}

int modseal_own_file_read_named(const struct modseal *context, const char *name,
				uint64_t max_size, struct modseal_bytes *ret_bytes,
				char **ret_real, struct modseal_error *error)
{
	char *path;
	int result;

	/* refuses: wherever it leads, a set that is switched would leave it behind */
	if (context->gather && name[0] == '/')
		return context->gather->take_file(context->gather->argument, name,
						  (struct modseal_span){0}, error);
	path = path_of(context, name);
	if (!path)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_own_file_read(context, path, max_size, ret_bytes, ret_real,
				       error);
	free(path);
	return result;
}

int modseal_own_signature_read(const struct modseal *context, const char *real,
			       const char *object, int missing_code,
			       struct modseal_bytes *ret_bytes,
			       struct modseal_error *error)
{
	char *sidecar;
	int result;

	if (asprintf(&sidecar, "%s.p7s", real) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = modseal_own_file_read(context, sidecar, MODSEAL_MAX_CMS_SIZE, ret_bytes,
				       NULL, error);
	if (result == MODSEAL_E_NOT_FOUND)
		result = modseal_fail(error, missing_code, MODSEAL_STAGE_POLICY, object,
				      "there is no signature %s beside it", sidecar);
	free(sidecar);
	return result;
}
