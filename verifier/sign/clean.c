/* SPDX-License-Identifier: Apache-2.0 */
/* Removes what killed processes have left beside the places of files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "modseal-sign.h"
#include "verifier/sign/target.h"

#define NUMBER_DIGITS 16

static bool is_temporary(const char *name)
{
	size_t length = strlen(MODSEAL_TARGET_PREFIX);

	if (strncmp(name, MODSEAL_TARGET_PREFIX, length) != 0)
		return false;
	name += length;
	return strspn(name, "0123456789abcdef") == NUMBER_DIGITS &&
	       name[NUMBER_DIGITS] == '\0';
}

/* Nobody's but a killed process's: a living one holds the lock from the moment it has
 * made the file, and makes another one should it lose this race. What has a second name
 * is more than a new file. */
static bool is_left_over(int directory, const char *name, int descriptor)
{
	struct stat opened, named;

	return flock(descriptor, LOCK_EX | LOCK_NB) == 0 &&
	       fstat(descriptor, &opened) == 0 && S_ISREG(opened.st_mode) &&
	       opened.st_nlink == 1 && (opened.st_uid == geteuid() || geteuid() == 0) &&
	       fstatat(directory, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

static int clean_one(int directory, const char *path, const char *name,
		     size_t *ret_removed, struct modseal_error *error)
{
	struct stat status;
	int descriptor, result = 0;

	/* looked at before it is opened: opening a device may do something */
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(status.st_mode))
		return 0;
	descriptor = openat(directory, name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (descriptor < 0)
		return 0; /* gone, or not ours */
	if (is_left_over(directory, name, descriptor)) {
		if (unlinkat(directory, name, 0) == 0)
			*ret_removed += 1;
		else if (errno != ENOENT)
			result = modseal_fail_errno(
				error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN, errno,
				path,
				"what a killed process has left there (%s) cannot "
				"be removed",
				name);
	}
	close(descriptor);
	return result;
}

int modseal_sign_clean_directory(const char *path, size_t *ret_removed,
				 struct modseal_error *error)
{
	size_t removed = 0;
	struct dirent *entry;
	int result = 0;
	DIR *stream;

	modseal_error_clear(error);
	if (!path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, NULL,
				    "no path");
	stream = opendir(path);
	if (!stream)
		return modseal_fail_errno(
			error, errno == ENOENT ? MODSEAL_E_NOT_FOUND : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_SIGN, errno, path, "the directory cannot be read");
	for (errno = 0; result == 0 && (entry = readdir(stream)); errno = 0)
		if (is_temporary(entry->d_name))
			result = clean_one(dirfd(stream), path, entry->d_name, &removed,
					   error);
	if (result == 0 && errno)
		result = modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_SIGN,
					    errno, path, "the directory cannot be read");
	closedir(stream);
	if (ret_removed)
		*ret_removed = removed;
	return result;
}
