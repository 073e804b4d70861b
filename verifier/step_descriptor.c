/* SPDX-License-Identifier: Apache-2.0 */
/* Takes a descriptor of the caller's, and compares it with the located file. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "verifier/step_descriptor.h"

static int check_access(int descriptor, const char *path, struct modseal_error *error)
{
	int flags = fcntl(descriptor, F_GETFL);
	struct stat status;

	if (flags < 0 || fstat(descriptor, &status))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
					  errno, path,
					  "the descriptor cannot be looked at");
	if (flags & O_PATH)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_OPEN, path,
				    "the descriptor was opened with O_PATH");
	if (!S_ISREG(status.st_mode))
		return modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_OPEN,
				    path, "the descriptor is not that of a regular file");
	if ((flags & O_ACCMODE) == O_WRONLY)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_OPEN, path,
				    "the descriptor was opened for writing only");
	return 0;
}

int modseal_descriptor_take(int descriptor, const char *path, int *ret_descriptor,
			    struct modseal_error *error)
{
	int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
	int result;

	if (copy < 0 && errno == EBADF)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_OPEN, path,
				    "the descriptor is not open");
	if (copy < 0)
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
					  errno, path,
					  "the descriptor cannot be duplicated");
	result = check_access(copy, path, error);
	if (result < 0) {
		close(copy);
		return result;
	}
	*ret_descriptor = copy;
	return 0;
}

/* Both are asked by fstat, so what btrfs and overlay make of device and inode is the same
 * for both. A file system that lies gains nothing: not a byte is read of the given one.
 */
int modseal_step_descriptor(const struct modseal_subject *s, struct modseal_error *error)
{
	const struct stat *located = &s->located.status;
	struct stat given;

	if (!s->given)
		return 0;
	if (fstat(*s->given, &given))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
					  errno, s->located.path,
					  "the descriptor cannot be looked at");
	if (given.st_dev != located->st_dev || given.st_ino != located->st_ino)
		return modseal_fail(error, MODSEAL_E_PATH_MISMATCH, MODSEAL_STAGE_OPEN,
				    s->located.path, NULL);
	return 0;
}
