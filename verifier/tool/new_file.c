/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces result files in one step. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "verifier/tool/input.h"
#include "verifier/tool/new_file.h"
#include "verifier/tool/output.h"

#ifndef RENAME_NOREPLACE /* linux/fs.h; musl names neither it nor the call */
#define RENAME_NOREPLACE 1
#endif
#define MAX_DIGITS 7 /* of a descriptor: fs.nr_open is 1048576 */
#define MAX_TRIES  8
#define PAUSE_MS   10

static int cannot(struct modseal_error *error, int number, const char *path)
{
	bool full = number == ENOSPC || number == EDQUOT;
	int code = output_error(error, full ? MODSEAL_E_RESOURCE : MODSEAL_E_NOT_WRITABLE,
				MODSEAL_STAGE_SIGN, path,
				full ? "make room, or name another place"
				: number == EFBIG
					? "raise the limit of file sizes (ulimit -f)"
					: "name another place, or change its permissions",
				"it cannot be written: %s",
				number == ENXIO ? OUTPUT_NOBODY_THERE : strerror(number));

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

/* ---- descriptors ---------------------------------------------------------------------
 */

/* Those of the caller only: ours are closed on exec. -1: path names none. */
static int inherited(const char *path)
{
	static const char *const places[] = {"/dev/fd/", "/proc/self/fd/"};
	int descriptor = -1, flags;

	if (strcmp(path, "/dev/stdout") == 0)
		return STDOUT_FILENO;
	if (strcmp(path, "/dev/stderr") == 0)
		return STDERR_FILENO;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t length = strlen(places[i]);
		const char *digits = path + length;

		if (strncmp(path, places[i], length) != 0 || !*digits ||
		    strlen(digits) > MAX_DIGITS ||
		    strspn(digits, "0123456789") != strlen(digits))
			continue;
		for (descriptor = 0; *digits; digits++)
			descriptor = descriptor * 10 + (*digits - '0');
		flags = fcntl(descriptor, F_GETFD);
		return flags == -1 || flags & FD_CLOEXEC ? INT_MAX : descriptor;
	}
	return -1;
}

static int write_and_close(int descriptor, const char *bytes, size_t size)
{
	int number = write_all(descriptor, bytes, size);

	if (close(descriptor) && number == 0)
		number = errno;
	return number;
}

static int write_inherited(int descriptor, const char *bytes, size_t size)
{
	int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);

	return copy == -1 ? errno : write_and_close(copy, bytes, size);
}

/* ---- pipes and devices ---------------------------------------------------------------
 */

/* Without waiting: what was a pipe may be something else by now. One that nobody reads
 * yet (ENXIO) is waited for, but not until morning. */
static int open_special(const char *path)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000 * 1000};
	struct stat status;
	int descriptor;

	for (int pauses = INPUT_PIPE_WAIT_MS / PAUSE_MS;; pauses--) {
		descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
						O_CLOEXEC);
		if (descriptor != -1 || errno != ENXIO)
			return descriptor;
		if (pauses == 0 || lstat(path, &status) || !S_ISFIFO(status.st_mode)) {
			errno = ENXIO;
			return -1;
		}
		if (nanosleep(&pause, NULL))
			return -1;
	}
}

static int write_special(const char *path, const char *bytes, size_t size)
{
	int descriptor = open_special(path), number = 0, flags;
	struct stat status;

	if (descriptor == -1)
		return errno;
	flags = fcntl(descriptor, F_GETFL);
	if (fstat(descriptor, &status) || flags == -1)
		number = errno;
	else if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode))
		number = EINVAL;
	else if (fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK))
		number = errno;
	if (number == 0)
		return write_and_close(descriptor, bytes, size);
	close(descriptor);
	return number;
}

/* ---- files ---------------------------------------------------------------------------
 */

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

/* The lock says that it is in use: what has none is taken for what a killed process has
 * left (modseal_sign_clean_directory), which may happen before it is taken. */
static int lock_new(int descriptor)
{
	struct stat status;

	if (flock(descriptor, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? EAGAIN : 0; /* 0: no locks here */
	if (fstat(descriptor, &status))
		return errno;
	return status.st_nlink > 0 ? 0 : EAGAIN;
}

static int create_once(const char *path, mode_t mode, char **ret_beside,
		       int *ret_descriptor)
{
	char *beside = name_beside(path);
	int descriptor, number;

	if (!beside)
		return ENOMEM;
	descriptor =
		open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	number = descriptor == -1 ? errno : lock_new(descriptor);
	if (number == 0) {
		*ret_beside = beside;
		*ret_descriptor = descriptor;
		return 0;
	}
	if (descriptor != -1) {
		unlink(beside);
		close(descriptor);
	}
	free(beside);
	return number;
}

/* In the place of what is there; or only where nothing is (fresh). */
static int put(const char *beside, const char *path, bool fresh)
{
	if (!fresh)
		return rename(beside, path) ? errno : 0;
	if (syscall(SYS_renameat2, AT_FDCWD, beside, AT_FDCWD, path, RENAME_NOREPLACE) ==
	    0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	/* the file system does not know how, or the kernel */
	if (link(beside, path))
		return errno;
	return unlink(beside) ? errno : 0;
}

static int replace(const char *path, const void *bytes, size_t size, mode_t mode,
		   int sync, bool fresh)
{
	char *beside = NULL;
	int descriptor = -1, number = EAGAIN;

	for (int tries = 0; number == EAGAIN && tries < MAX_TRIES; tries++)
		number = create_once(path, mode, &beside, &descriptor);
	if (number)
		return number;
	number = write_all(descriptor, bytes, size);
	if (number == 0 && sync && fsync(descriptor))
		number = errno;
	if (number == 0)
		number = put(beside, path, fresh);
	if (number != 0)
		unlink(beside);
	/* not before: with it the lock goes */
	if (close(descriptor) && number == 0)
		number = errno;
	free(beside);
	return number;
}

bool new_file_is_descriptor(const char *path)
{
	return inherited(path) != -1;
}

int new_file_check(const char *path, struct modseal_error *error)
{
	struct stat status;

	if (new_file_is_descriptor(path) || lstat(path, &status))
		return MODSEAL_OK;
	if (S_ISLNK(status.st_mode))
		return output_error(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
				    path, "name the file itself",
				    "it is a symbolic link");
	if (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode) ||
	    S_ISCHR(status.st_mode))
		return MODSEAL_OK;
	return S_ISDIR(status.st_mode)
		       ? cannot(error, EISDIR, path)
		       : output_error(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_SIGN,
				      path, "name a file, a pipe or a terminal",
				      "it is none of what can be written to");
}

int new_file_write(const char *path, const void *bytes, size_t size, mode_t mode,
		   int sync, struct modseal_error *error)
{
	int descriptor = inherited(path), number;
	int result = new_file_check(path, error);
	struct stat status;

	if (result < 0)
		return result;
	if (descriptor != -1)
		number = write_inherited(descriptor, bytes, size);
	else if (lstat(path, &status) == 0 && !S_ISREG(status.st_mode))
		number = write_special(path, bytes, size);
	else
		number = replace(path, bytes, size, mode, sync, false);
	return number ? cannot(error, number, path) : MODSEAL_OK;
}

int new_file_require_absent(const char *path, struct modseal_error *error)
{
	struct stat status;

	if (!path || (lstat(path, &status) != 0 && errno == ENOENT))
		return MODSEAL_OK;
	return output_error(error, MODSEAL_E_EXISTS, MODSEAL_STAGE_FIND, path,
			    "choose another name, or remove it",
			    "it is there already, and is not overwritten");
}

int new_file_create(const char *path, const void *bytes, size_t size, mode_t mode,
		    struct modseal_error *error)
{
	int number = replace(path, bytes, size, mode, 1, true);

	if (number == EEXIST && new_file_require_absent(path, error) != MODSEAL_OK)
		return error->code;
	return number ? cannot(error, number, path) : MODSEAL_OK;
}
