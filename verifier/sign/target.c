/* SPDX-License-Identifier: Apache-2.0 */
/* Replaces a file in one step. */
#include "verifier/sign/target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "internal/calls.h"
#include "verifier/sign/attributes.h"

/* A single write(2) moves at most 2^31 - 4096 bytes. */
#define PIECE_SIZE (64u * 1024 * 1024)
/* Read back at once when the new file is compared. */
#define COMPARED_SIZE  (64u * 1024)
#define MAX_TRIES      16
#define NOT_AS_WRITTEN "its new file does not hold what was written"

int modseal_target_unwritable(struct modseal_error *error, int errnum, const char *object,
			      const char *what)
{
	int code = errnum == ENOSPC || errnum == EDQUOT ? MODSEAL_E_RESOURCE
							: MODSEAL_E_NOT_WRITABLE;
	int result = modseal_fail_errno(error, code, MODSEAL_STAGE_SIGN, errnum, object,
					"%s", what);

	if (code == MODSEAL_E_RESOURCE)
		modseal_remedy(error,
			       "make room on the file system, or write to another one "
			       "with --output");
	return result;
}

static int failed(struct modseal_error *error, int errnum, const char *object,
		  const char *what)
{
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_SIGN, errnum,
				  object, "%s", what);
}

static int changed(struct modseal_error *error, const char *object, const char *what)
{
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_SIGN, object, "%s",
			    what);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The path with all links resolved; the last component may be missing. */
static char *real_path(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char *real = modseal_realpath(path), *directory, *joined;
	struct stat status;

	/* a link that leads nowhere is not a place to write to */
	if (real || errno != ENOENT || lstat(path, &status) == 0)
		return real;
	if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return NULL;
	directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	real = directory ? modseal_realpath(directory) : NULL;
	free(directory);
	if (!real)
		return NULL;
	if (asprintf(&joined, "%s/%s", strcmp(real, "/") ? real : "", name) < 0) {
		joined = NULL;
		errno = ENOMEM;
	}
	free(real);
	return joined;
}

static int open_directory(struct modseal_target *target, struct modseal_error *error)
{
	char *slash = strrchr(target->path, '/');

	target->name = slash + 1;
	*slash = '\0';
	target->directory = open(slash == target->path ? "/" : target->path,
				 O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*slash = '/';
	if (target->directory >= 0)
		return 0;
	return modseal_target_unwritable(error, errno, target->object,
					 "its directory cannot be opened");
}

/* Opens what is to be replaced, if anything is there. */
static int open_old(struct modseal_target *target, struct modseal_error *error)
{
	struct stat seen;

	if (fstatat(target->directory, target->name, &seen, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT)
			return 0;
		return modseal_target_unwritable(error, errno, target->object,
						 "its status is unknown");
	}
	/* looked at before it is opened: opening a device may do something */
	if (!S_ISREG(seen.st_mode))
		return modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_SIGN,
				    target->object, NULL);
	target->old = openat(target->directory, target->name,
			     O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (target->old < 0)
		return modseal_target_unwritable(error, errno, target->object,
						 "it cannot be opened");
	if (fstat(target->old, &target->status))
		return failed(error, errno, target->object, "its status is unknown");
	if (seen.st_dev != target->status.st_dev || seen.st_ino != target->status.st_ino)
		return changed(error, target->object, "it was replaced meanwhile");
	return 0;
}

static int check_old(const struct modseal_target *target, struct modseal_error *error)
{
	/* A rename asks for the directory only; a file that its owner made read-only is
	 * not replaced behind that owner's back. */
	if (faccessat(target->directory, target->name, W_OK, AT_EACCESS)) {
		char what[64];

		snprintf(what, sizeof(what), "it is read-only for this user (mode %04o)",
			 (unsigned)target->status.st_mode & 07777);
		return modseal_target_unwritable(error, errno, target->object, what);
	}
	/* Two signers of one file: the second would drop the first one's signature. File
	 * systems without locks are left to the check before the rename. */
	if (flock(target->old, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK)
		return changed(error, target->object, "another process is signing it");
	return 0;
}

int modseal_target_find(const char *path, struct modseal_target *ret_target,
			struct modseal_error *error)
{
	struct modseal_target target = {
		.directory = -1, .descriptor = -1, .old = -1, .object = path};
	int result;

	target.path = real_path(path);
	if (!target.path && errno == ENOMEM)
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	if (!target.path)
		return modseal_target_unwritable(error, errno, path,
						 "there is no such place to write to");
	result = open_directory(&target, error);
	if (result == 0)
		result = open_old(&target, error);
	if (result < 0) {
		modseal_target_close(&target);
		return result;
	}
	*ret_target = target;
	return 0;
}

int modseal_target_open(const char *path, struct modseal_target *ret_target,
			struct modseal_error *error)
{
	struct modseal_target target;
	int result = modseal_target_find(path, &target, error);

	if (result < 0)
		return result;
	if (target.old >= 0)
		result = check_old(&target, error);
	if (result < 0) {
		modseal_target_close(&target);
		return result;
	}
	*ret_target = target;
	return 0;
}

static int create_once(struct modseal_target *target, mode_t mode,
		       struct modseal_error *error)
{
	uint64_t number;

	/* names that nobody can guess, so that nobody is there first */
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return failed(error, errno, target->object, "no random bytes");
	snprintf(target->temporary, sizeof(target->temporary),
		 MODSEAL_TARGET_PREFIX "%016" PRIx64, number);
	target->descriptor =
		openat(target->directory, target->temporary,
		       O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (target->descriptor >= 0)
		return 0;
	target->temporary[0] = '\0';
	return modseal_target_unwritable(error, errno, target->object,
					 "no file can be made in its directory");
}

/* The lock tells modseal_target_clean of other processes that the file is in use. Until
 * it is taken one of them may have taken the new file for a left-over one. */
static int lock_new(const struct modseal_target *target, bool *ret_ours,
		    struct modseal_error *error)
{
	struct stat status;

	/* where there are no locks nothing is taken for a left-over one */
	*ret_ours =
		flock(target->descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK;
	if (!*ret_ours)
		return 0;
	if (fstat(target->descriptor, &status))
		return failed(error, errno, target->object, "its status is unknown");
	*ret_ours = status.st_nlink > 0;
	return 0;
}

static int create(struct modseal_target *target, mode_t mode, struct modseal_error *error)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		bool ours = true;
		int result = create_once(target, mode, error);

		if (result == 0)
			result = lock_new(target, &ours, error);
		if (result < 0 || ours)
			return result;
		unlinkat(target->directory, target->temporary, 0);
		target->temporary[0] = '\0';
		close(target->descriptor);
		target->descriptor = -1;
	}
	return changed(error, target->object, "its new file was removed again and again");
}

static int write_part(const struct modseal_target *target, struct modseal_span part,
		      struct modseal_error *error)
{
	while (part.size > 0) {
		size_t wanted = part.size < PIECE_SIZE ? part.size : PIECE_SIZE;
		ssize_t written = write(target->descriptor, part.data, wanted);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return modseal_target_unwritable(error, errno, target->object,
							 "it cannot be written");
		part = modseal_span_of(part.data + written, part.size - (size_t)written);
	}
	return 0;
}

static int keep_times(const struct modseal_target *target, struct modseal_error *error)
{
	const struct timespec times[] = {target->status.st_atim, target->status.st_mtim};

	if (futimens(target->descriptor, times) == 0)
		return 0;
	return modseal_target_unwritable(error, errno, target->object,
					 "the new file cannot keep its times");
}

int modseal_target_write(struct modseal_target *target, mode_t mode,
			 const struct modseal_span *parts, size_t count,
			 struct modseal_error *error)
{
	/* what replaces a file is nobody else's business until it has that file's mode */
	int result = create(target, target->old >= 0 ? 0600 : mode & 0777, error);

	for (size_t i = 0; result == 0 && i < count; i++) {
		result = write_part(target, parts[i], error);
		target->size += parts[i].size;
	}
	/* last: writing takes set-user-id bits and capabilities off */
	if (result == 0 && target->old >= 0)
		result = modseal_attributes_copy(target->old, target->descriptor,
						 target->object, error);
	if (result == 0 && target->keep_times)
		result = keep_times(target, error);
	return result;
}

/* Compares a part with what lies in the file from offset. */
static int compare_part(const struct modseal_target *target, struct modseal_span part,
			uint64_t offset, uint8_t *buffer, struct modseal_error *error)
{
	while (part.size > 0) {
		size_t wanted = part.size < COMPARED_SIZE ? part.size : COMPARED_SIZE;
		ssize_t got = pread(target->descriptor, buffer, wanted, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failed(error, errno, target->object,
				      "its new file cannot be read back");
		if (got == 0 || memcmp(buffer, part.data, (size_t)got) != 0)
			return changed(error, target->object, NOT_AS_WRITTEN);
		part = modseal_span_of(part.data + got, part.size - (size_t)got);
		offset += (uint64_t)got;
	}
	return 0;
}

int modseal_target_compare(const struct modseal_target *target,
			   const struct modseal_span *parts, size_t count,
			   struct modseal_error *error)
{
	uint8_t *buffer = malloc(COMPARED_SIZE);
	struct stat status;
	uint64_t offset = 0;
	int result = buffer ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_SIGN);

	for (size_t i = 0; result == 0 && i < count; offset += parts[i++].size)
		result = compare_part(target, parts[i], offset, buffer, error);
	free(buffer);
	if (result < 0)
		return result;
	if (fstat(target->descriptor, &status))
		return failed(error, errno, target->object, "its status is unknown");
	if ((uint64_t)status.st_size != offset)
		return changed(error, target->object, NOT_AS_WRITTEN);
	return 0;
}

int modseal_target_read(const struct modseal_target *target,
			struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = target->descriptor,
					  .path = target->path};

	if (fstat(target->descriptor, &located.status))
		return failed(error, errno, target->object, "its status is unknown");
	return modseal_bytes_read(&located, MODSEAL_HIGHEST_MAX_SIZE, ret_bytes, error);
}

int modseal_target_check(const struct modseal_target *target, struct modseal_error *error)
{
	struct stat now;

	if (fstatat(target->directory, target->name, &now, AT_SYMLINK_NOFOLLOW)) {
		if (errno == ENOENT && target->old < 0)
			return 0;
		if (errno == ENOENT)
			return changed(error, target->object, "it was removed meanwhile");
		return failed(error, errno, target->object, "its status is unknown");
	}
	if (target->old < 0)
		return changed(error, target->object, "somebody else made it meanwhile");
	if (!same_file(&now, &target->status))
		return changed(error, target->object, "it was changed meanwhile");
	return 0;
}

int modseal_target_sync(const struct modseal_target *target, struct modseal_error *error)
{
	if (target->descriptor < 0 || fsync(target->descriptor) == 0)
		return 0;
	return modseal_target_unwritable(error, errno, target->object,
					 "it cannot be written to disk");
}

int modseal_target_rename(struct modseal_target *target, struct modseal_error *error)
{
	int result = modseal_target_check(target, error);

	if (result < 0)
		return result;
	if (renameat(target->directory, target->temporary, target->directory,
		     target->name))
		return modseal_target_unwritable(error, errno, target->object,
						 "it cannot be replaced");
	target->temporary[0] = '\0';
	return 0;
}

int modseal_target_sync_directory(const struct modseal_target *target,
				  struct modseal_error *error)
{
	/* Some file systems cannot sync directories; the new bytes are in place all the
	 * same. */
	if (fsync(target->directory) == 0 || errno == EINVAL || errno == EROFS)
		return 0;
	return failed(error, errno, target->object, "its directory cannot be synced");
}

int modseal_target_commit(struct modseal_target *target, struct modseal_error *error)
{
	int result = modseal_target_sync(target, error);

	if (result == 0)
		result = modseal_target_rename(target, error);
	if (result == 0)
		result = modseal_target_sync_directory(target, error);
	return result;
}

void modseal_target_close(struct modseal_target *target)
{
	int saved = errno;

	if (target->temporary[0])
		unlinkat(target->directory, target->temporary, 0);
	if (target->descriptor >= 0)
		close(target->descriptor);
	if (target->old >= 0)
		close(target->old);
	if (target->directory >= 0)
		close(target->directory);
	free(target->path);
	memset(target, 0, sizeof(*target));
	target->directory = target->descriptor = target->old = -1;
	errno = saved;
}

int modseal_target_source_unchanged(const struct modseal_located *source,
				    struct modseal_error *error)
{
	struct stat now;

	if (fstat(source->descriptor, &now))
		return failed(error, errno, source->path, "its status is unknown");
	if (!same_file(&now, &source->status))
		return changed(error, source->path, "it was changed meanwhile");
	return 0;
}

bool modseal_target_replaces(const struct modseal_target *target,
			     const struct modseal_located *source)
{
	return target->old >= 0 && same_file(&target->status, &source->status);
}
