/* SPDX-License-Identifier: Apache-2.0 */
/* Copies owner, mode and extended attributes between open files. */
#include "verifier/sign/attributes.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* XATTR_NAME_POSIX_ACL_ACCESS, linux/xattr.h */
#define ACCESS_ACL "system.posix_acl_access"

static int cannot_keep(struct modseal_error *error, int errnum, const char *object,
		       const char *what)
{
	return modseal_fail_errno(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
				  errnum, object, "the new file cannot keep its %s",
				  what);
}

/* True for names that describe bytes which are no longer those of the file. */
static bool is_of_bytes(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0;
}

/* The value of an attribute; NULL with errno. *ret_size may be 0. */
static char *read_value(int descriptor, const char *name, size_t *ret_size)
{
	char *value = malloc(XATTR_SIZE_MAX);
	ssize_t size;

	if (!value)
		return NULL;
	size = fgetxattr(descriptor, name, value, XATTR_SIZE_MAX);
	if (size < 0) {
		int saved = errno;

		free(value);
		errno = saved;
		return NULL;
	}
	*ret_size = (size_t)size;
	return value;
}

/* Labels are often given by the system and may not be set, but are the same already. */
static bool has_value(int descriptor, const char *name, const char *wanted, size_t size)
{
	size_t found_size = 0;
	char *found = read_value(descriptor, name, &found_size);
	bool same = found && found_size == size && memcmp(found, wanted, size) == 0;

	free(found);
	return same;
}

static int copy_one(int from, int to, const char *name, const char *object,
		    struct modseal_error *error)
{
	char *value, what[300];
	size_t size = 0;
	int result = 0;

	snprintf(what, sizeof(what), "extended attribute %.255s", name);
	value = read_value(from, name, &size);
	if (!value)
		return cannot_keep(error, errno, object, what);
	if (fsetxattr(to, name, value, size, 0)) {
		int saved = errno;

		if (!has_value(to, name, value, size))
			result = cannot_keep(error, saved, object, what);
	}
	free(value);
	return result;
}

static int copy_extended(int from, int to, const char *object,
			 struct modseal_error *error)
{
	char *names = malloc(XATTR_LIST_MAX);
	ssize_t size;
	int result = 0;

	if (!names)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	size = flistxattr(from, names, XATTR_LIST_MAX);
	if (size < 0 && errno != ENOTSUP)
		result = cannot_keep(error, errno, object, "extended attributes");
	for (ssize_t at = 0; result == 0 && at < size;
	     at += (ssize_t)strlen(names + at) + 1)
		if (!is_of_bytes(names + at))
			result = copy_one(from, to, names + at, object, error);
	free(names);
	return result;
}

/* A directory's default ACL gives its files entries that the old file may not have; what
 * it has comes with the other attributes. */
static int drop_inherited(int to, const char *object, struct modseal_error *error)
{
	if (fremovexattr(to, ACCESS_ACL) == 0 || errno == ENODATA || errno == ENOTSUP)
		return 0;
	return cannot_keep(error, errno, object, "ACL, which is none");
}

int modseal_attributes_copy(int from, int to, const char *object,
			    struct modseal_error *error)
{
	struct stat wanted, found;
	int result;

	if (fstat(from, &wanted) || fstat(to, &found))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_SIGN,
					  errno, object, "its status is unknown");
	if ((wanted.st_uid != found.st_uid || wanted.st_gid != found.st_gid) &&
	    fchown(to, wanted.st_uid, wanted.st_gid))
		return cannot_keep(error, errno, object, "owner");
	result = drop_inherited(to, object, error);
	if (result == 0)
		result = copy_extended(from, to, object, error);
	/* after the owner, whose change takes set-user-id bits off, and after the ACL,
	 * without which its mask would be rights of the owning group */
	if (result == 0 && fchmod(to, wanted.st_mode & 07777))
		return cannot_keep(error, errno, object, "mode");
	return result;
}
