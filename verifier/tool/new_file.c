/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces result files in one step. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/tool/new_file.h"
#include "verifier/tool/output.h"

static int cannot(struct modseal_error *error, int number, const char *path)
{
	bool full = number == ENOSPC || number == EDQUOT;
	int code = output_error(error, full ? MODSEAL_E_RESOURCE : MODSEAL_E_NOT_WRITABLE,
				MODSEAL_STAGE_SIGN, path,
				full ? "make room, or name another place"
				     : "name another place, or change its permissions",
				"it cannot be written: %s", strerror(number));

	error->system_errno = number;
	return code;
}

static int write_all(int descriptor, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(descriptor, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno;
		bytes += written;
		size -= (size_t)written;
	}
	return 0;
}

static int write_as_it_is(const char *path, const void *bytes, size_t size)
{
	int descriptor = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	int number = descriptor == -1 ? errno : write_all(descriptor, bytes, size);

	if (descriptor != -1 && close(descriptor) && number == 0)
		number = errno;
	return number;
}

/* A name beside it that nobody can guess. */
static char *name_beside(const char *path)
{
	const char *slash = strrchr(path, '/');
	int directory = slash ? (int)(slash + 1 - path) : 0;
	uint64_t number;
	char *name;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number) ||
	    asprintf(&name, "%.*s.modseal-%016" PRIx64, directory, path, number) < 0)
		return NULL;
	return name;
}

static int replace(const char *path, const void *bytes, size_t size, mode_t mode,
		   int sync)
{
	char *beside = name_beside(path);
	int descriptor, number;

	if (!beside)
		return ENOMEM;
	descriptor =
		open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	/* or another process takes it for what a killed one has left */
	if (descriptor != -1)
		(void)!flock(descriptor, LOCK_EX | LOCK_NB);
	number = descriptor == -1 ? errno : write_all(descriptor, bytes, size);
	if (number == 0 && sync && fsync(descriptor))
		number = errno;
	if (descriptor != -1 && close(descriptor) && number == 0)
		number = errno;
	if (number == 0 && rename(beside, path))
		number = errno;
	if (number != 0 && descriptor != -1)
		unlink(beside);
	free(beside);
	return number;
}

int new_file_write(const char *path, const void *bytes, size_t size, mode_t mode,
		   int sync, struct modseal_error *error)
{
	struct stat status;
	int number;

	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		number = S_ISDIR(status.st_mode) ? EISDIR
						 : write_as_it_is(path, bytes, size);
	else
		number = replace(path, bytes, size, mode, sync);
	return number ? cannot(error, number, path) : MODSEAL_OK;
}
