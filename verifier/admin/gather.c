/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps what a context reads, of a policy that is to be installed. */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verifier/admin/gather.h"

/* The policy and its signature are gathered by another way (modseal_policy_open). */
static bool is_policy(const struct modseal_context *context, const char *path)
{
	const char *policy = context->policy_real;
	size_t length = policy ? strlen(policy) : 0;

	return !policy || (strncmp(path, policy, length) == 0 &&
			   (!path[length] || strcmp(path + length, ".p7s") == 0));
}

/* The part of a path from the directory of the policy on; the whole path if it is not
 * spelled as one in there. */
static const char *name_of(const struct modseal_context *context, const char *path)
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
static int require_inside(const struct modseal_context *context,
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

static int open_gathered(const struct modseal_context *context, const char *path,
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

static int take_named(const struct modseal_context *context, const char *name,
		      struct modseal_span bytes, struct modseal_error *error)
{
	return modseal_set_add(context->gather->set, name, bytes, error);
}

static int take(const struct modseal_context *context, const char *path,
		struct modseal_span bytes, struct modseal_error *error)
{
	return is_policy(context, path)
		       ? 0
		       : take_named(context, name_of(context, path), bytes, error);
}

static int take_policy(const struct modseal_context *context, struct modseal_span text,
		       struct modseal_span signature, struct modseal_error *error)
{
	return modseal_set_add_policy(context->gather->set, text, signature, error);
}

struct modseal_gatherer modseal_gatherer_of(struct modseal_set *set)
{
	return (struct modseal_gatherer){
		.open = open_gathered,
		.take = take,
		.take_named = take_named,
		.take_policy = take_policy,
		.set = set,
	};
}
