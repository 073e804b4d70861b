/* SPDX-License-Identifier: Apache-2.0 */
/* Reads small secret files whole, and creates new ones without replacing any. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal/calls.h"
#include "keys/keyfile.h"

#define MAX_KEY_SIZE (64u * 1024)
#define MAX_FILES    2

static int read_all(int descriptor, uint8_t *bytes, size_t *ret_used)
{
	size_t used = 0;
	ssize_t got = 1;

	while (got != 0 && used <= MAX_KEY_SIZE) {
		got = read(descriptor, bytes + used, MAX_KEY_SIZE + 1 - used);
		if (got < 0 && errno != EINTR)
			return -1;
		if (got > 0)
			used += (size_t)got;
	}
	*ret_used = used;
	return 0;
}

/* Takes nothing out of the pipe: tee(2) gives 0 only where there is neither a byte nor
 * anybody to write one. */
static bool has_writer(int descriptor)
{
	int ends[2];
	bool has;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return true;
	has = tee(descriptor, ends[1], 1, SPLICE_F_NONBLOCK) != 0;
	close(ends[0]);
	close(ends[1]);
	return has;
}

/* Of a pipe that somebody has open for writing all is waited for, as long as it takes; a
 * named one that nobody opens so would be waited for until morning: ENXIO. */
static int open_source(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct pollfd bytes = {.fd = descriptor, .events = POLLIN};
	struct stat status;
	int flags, number = 0;

	if (descriptor < 0)
		return -1;
	flags = fcntl(descriptor, F_GETFL);
	if (flags < 0 || fstat(descriptor, &status) < 0)
		number = errno;
	else if (S_ISFIFO(status.st_mode) &&
		 poll(&bytes, 1, MODSEAL_KEY_FILE_WAIT_MS) == 0 &&
		 !has_writer(descriptor))
		number = ENXIO;
	else if (fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) < 0)
		number = errno;
	if (number == 0)
		return descriptor;
	close(descriptor);
	errno = number;
	return -1;
}

static int cannot_read(const char *path, const char *what, int number,
		       struct modseal_error *error)
{
	int code = number == ENOENT ? MODSEAL_E_NOT_FOUND : MODSEAL_E_SYSTEM;

	if (number != ENXIO)
		return modseal_fail_errno(error, code, MODSEAL_STAGE_KEY, number, path,
					  "the %s cannot be read", what);
	modseal_fail(error, code, MODSEAL_STAGE_KEY, path,
		     "the %s cannot be read: nobody is at the other end of it", what);
	modseal_remedy(error, "start what writes to the pipe first, or name a file");
	return code;
}

int modseal_key_file_read(const char *path, const char *what,
			  struct modseal_span *ret_bytes, struct modseal_error *error)
{
	int descriptor = open_source(path);
	uint8_t *bytes;
	size_t used = 0;
	int failed;

	if (descriptor < 0)
		return cannot_read(path, what, errno, error);
	bytes = OPENSSL_malloc(MAX_KEY_SIZE + 1);
	if (!bytes) {
		close(descriptor);
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	}
	failed = read_all(descriptor, bytes, &used) < 0 ? errno : 0;
	close(descriptor);
	if (failed || used > MAX_KEY_SIZE) {
		OPENSSL_clear_free(bytes, MAX_KEY_SIZE + 1);
		if (!failed)
			return modseal_fail(error, MODSEAL_E_KEY_INVALID,
					    MODSEAL_STAGE_KEY, path, "larger than any %s",
					    what);
		return cannot_read(path, what, failed, error);
	}
	*ret_bytes = modseal_span_of(bytes, used);
	return 0;
}

void modseal_key_file_wipe(struct modseal_span bytes)
{
	OPENSSL_clear_free((void *)(uintptr_t)bytes.data, MAX_KEY_SIZE + 1);
}

/* Writes all and syncs. Returns 0 or an errno. */
static int write_all(int descriptor, const char *bytes, size_t size)
{
	while (size > 0) {
		ssize_t written = write(descriptor, bytes, size);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return written < 0 ? errno : ENOSPC;
		bytes += written;
		size -= (size_t)written;
	}
	return fsync(descriptor) < 0 ? errno : 0;
}

/* A new file that nobody else can have opened: O_EXCL. */
static int write_beside(const char *path, const struct modseal_new_file *file,
			struct modseal_error *error)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file->mode);
	int failed;

	if (descriptor < 0)
		return modseal_fail_errno(error, MODSEAL_E_NOT_WRITABLE,
					  MODSEAL_STAGE_KEY, errno, file->path,
					  "cannot be created");
	failed = write_all(descriptor, (const char *)file->bytes.data, file->bytes.size);
	if (close(descriptor) < 0 && !failed)
		failed = errno;
	if (!failed)
		return 0;
	unlink(path);
	return modseal_fail_errno(error, MODSEAL_E_NOT_WRITABLE, MODSEAL_STAGE_KEY,
				  failed, file->path, "cannot be written");
}

/* Gives a finished file its name, never that of another: a plain rename would replace it.
 * File systems without the one way mostly have the other. */
static int place(const char *from, const char *to, struct modseal_error *error)
{
	int failed = 0;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) < 0)
		failed = errno;
	if (failed == EINVAL || failed == ENOSYS) {
		failed = link(from, to) < 0 ? errno : 0;
		if (!failed)
			unlink(from);
	}
	if (!failed)
		return 0;
	unlink(from);
	return modseal_fail_errno(
		error, failed == EEXIST ? MODSEAL_E_EXISTS : MODSEAL_E_NOT_WRITABLE,
		MODSEAL_STAGE_KEY, failed, to, "cannot be created");
}

static size_t directory_length(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* A name in the same directory, hidden, that nobody has guessed. */
static int name_beside(const char *path, char **ret_name, struct modseal_error *error)
{
	size_t length = directory_length(path);
	uint64_t random = 0;
	char *name = NULL;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_KEY,
					  errno, path,
					  "no random number for a new file's name");
	if (asprintf(&name, "%.*s.%s.%016llx", (int)length, path, path + length,
		     (unsigned long long)random) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	*ret_name = name;
	return 0;
}

/* The names reach the disk, too. A directory that cannot be synced is no failure: the
 * files are there. */
static void sync_directory(const char *path)
{
	size_t length = directory_length(path);
	char *directory = length ? strndup(path, length) : strdup(".");
	int descriptor =
		directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (descriptor >= 0) {
		(void)fsync(descriptor);
		close(descriptor);
	}
	free(directory);
}

int modseal_key_files_create(const struct modseal_new_file *files, size_t count,
			     struct modseal_error *error)
{
	char *beside[MAX_FILES] = {NULL};
	size_t written = 0;
	size_t placed = 0;
	int result = MODSEAL_E_INTERNAL;

	for (; written < count && written < MAX_FILES; written++) {
		result = name_beside(files[written].path, &beside[written], error);
		if (result == 0)
			result = write_beside(beside[written], &files[written], error);
		if (result < 0)
			goto out;
	}
	for (; placed < written; placed++) {
		result = place(beside[placed], files[placed].path, error);
		if (result < 0)
			goto out;
	}
	sync_directory(files[0].path);
out:
	/* Where the second could not be placed the first goes again. */
	for (size_t i = 0; result < 0 && i < placed; i++)
		unlink(files[i].path);
	for (size_t i = placed; result < 0 && i < written; i++)
		unlink(beside[i]);
	for (size_t i = 0; i < MAX_FILES; i++)
		free(beside[i]);
	return result;
}
