/* SPDX-License-Identifier: Apache-2.0 */
/* Opens a file once, with a record of who could replace it. */
#include "verifier/image/path.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "internal/calls.h"
#include "verifier/image/walk.h"

/* Nothing that lies at a name may make an open wait or become our terminal. */
#define READ_FLAGS (O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static int refuse_path(const char *path, const char *why, struct modseal_error *error)
{
	modseal_fail(error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_OPEN, path,
		     "the path %s", why);
	modseal_remedy(error, "name the file by its absolute path in plain spelling");
	return MODSEAL_E_PATH_UNSAFE;
}

/* A path is printed, compared with rules and signed lists: one spelling a file,
 * printable. */
static int check_printable(const char *path, struct modseal_error *error)
{
	char shown[PATH_MAX];

	modseal_escape(shown, sizeof(shown), path);
	if (strcmp(shown, path) == 0)
		return 0;
	return refuse_path(path, "has control bytes or bytes that are not UTF-8", error);
}

static int check_spelling(const char *path, struct modseal_error *error)
{
	if (path[0] != '/')
		return refuse_path(path, path[0] ? "is not absolute" : "is empty", error);
	if (strnlen(path, PATH_MAX) == PATH_MAX)
		return refuse_path(path, "is longer than 4095 bytes", error);
	for (const char *at = path; *at;) {
		size_t size = strcspn(at + 1, "/");

		if (size == 0)
			return refuse_path(
				path, at[1] ? "has an empty component" : "ends in '/'",
				error);
		if (at[1] == '.' && (size == 1 || (size == 2 && at[2] == '.')))
			return refuse_path(path, "has a component '.' or '..'", error);
		at += 1 + size;
	}
	return check_printable(path, error);
}

static int fail_not_regular(const char *path, mode_t mode, struct modseal_error *error)
{
	const char *kind = S_ISDIR(mode)    ? "a directory"
			   : S_ISFIFO(mode) ? "a FIFO"
			   : S_ISSOCK(mode) ? "a socket"
			   : S_ISREG(mode)  ? "made up by the kernel"
					    : "a device";

	return modseal_fail(error, MODSEAL_E_NOT_REGULAR, MODSEAL_STAGE_OPEN, path,
			    "it is %s, not a regular file", kind);
}

static int fail_reopen(const char *path, int errnum, struct modseal_error *error)
{
	/* O_NONBLOCK does not wait for the holder of a lease (fcntl(2) F_SETLEASE). */
	if (errnum == EAGAIN)
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_OPEN, path,
				    "another process holds a lease on it to write");
	if (errnum == ENOENT || errnum == ELOOP)
		return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_OPEN, path,
				    "it was replaced while it was opened");
	return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN, errnum,
				  path, "it cannot be read");
}

/* As fstat(2) has it. */
static void fill_status(const struct statx *status, struct stat *ret_status)
{
	*ret_status = (struct stat){
		.st_dev = makedev(status->stx_dev_major, status->stx_dev_minor),
		.st_ino = status->stx_ino,
		.st_mode = status->stx_mode,
		.st_nlink = status->stx_nlink,
		.st_uid = status->stx_uid,
		.st_gid = status->stx_gid,
		.st_rdev = makedev(status->stx_rdev_major, status->stx_rdev_minor),
		.st_size = (off_t)status->stx_size,
		.st_blksize = (blksize_t)status->stx_blksize,
		.st_blocks = (blkcnt_t)status->stx_blocks,
		.st_atim = {status->stx_atime.tv_sec, status->stx_atime.tv_nsec},
		.st_mtim = {status->stx_mtime.tv_sec, status->stx_mtime.tv_nsec},
		.st_ctim = {status->stx_ctime.tv_sec, status->stx_ctime.tv_nsec},
	};
}

/* One call for what otherwise takes two. */
static bool find_status(struct modseal_located *located)
{
	struct statx status;

	if (statx(located->descriptor, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &status))
		return false;
	fill_status(&status, &located->status);
	located->attributes = status.stx_attributes;
	located->attributes_known = status.stx_attributes_mask;
	return true;
}

/*
 * Opens for reading what seen is of, and only if name still is that: to open a device or
 * a FIFO can have effects, so the kind is known before. A file that got the same number
 * meanwhile is as good: what was opened is judged, not what was seen.
 */
static int reopen(int directory, const char *name, int flags, const struct stat *seen,
		  const char *path, struct modseal_located *located,
		  struct statfs *ret_system, struct modseal_error *error)
{
	int result;

	if (!S_ISREG(seen->st_mode))
		return fail_not_regular(path, seen->st_mode, error);
	located->descriptor = openat(directory, name, READ_FLAGS | flags);
	if (located->descriptor < 0)
		return fail_reopen(path, errno, error);
	if (!find_status(located) || fstatfs(located->descriptor, ret_system))
		result = modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
					    errno, path, "its status is unknown");
	else if (located->status.st_dev != seen->st_dev ||
		 located->status.st_ino != seen->st_ino ||
		 !S_ISREG(located->status.st_mode))
		result = fail_reopen(path, ENOENT, error);
	else if (modseal_file_system_is_pseudo(ret_system->f_type))
		result = fail_not_regular(path, S_IFREG, error);
	else
		return 0;
	close(located->descriptor);
	located->descriptor = -1;
	return result;
}

static int open_found(struct modseal_walk *walk, struct modseal_located *located)
{
	struct statfs system;
	int result;

	result = reopen(walk->directory, walk->name, O_NOFOLLOW, &walk->status,
			walk->asked, located, &system, walk->error);
	if (!result)
		result = modseal_walk_judge(walk, &located->status, system.f_type);
	if (!result)
		result = check_printable(walk->path, walk->error);
	if (result)
		return result;
	located->path = strdup(walk->path);
	if (!located->path)
		return modseal_fail_memory(walk->error, MODSEAL_STAGE_OPEN);
	located->noexec = (system.f_flags & ST_NOEXEC) != 0;
	located->safety = walk->safety;
	memcpy(located->reason, walk->reason, sizeof(located->reason));
	return 0;
}

int modseal_path_open_entry(int root, const char *path,
			    struct modseal_located *ret_located, bool *ret_entry,
			    struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = -1};
	struct modseal_walk walk;
	int result;

	*ret_entry = true;
	result = check_spelling(path, error);
	if (result)
		return result;
	result = modseal_walk_to(&walk, root, path, true, error);
	*ret_entry = walk.entry;
	if (result)
		return result;
	result = open_found(&walk, &located);
	modseal_walk_end(&walk);
	if (result) {
		modseal_located_close(&located);
		return result;
	}
	*ret_located = located;
	return 0;
}

int modseal_path_open_in(int root, const char *path, struct modseal_located *ret_located,
			 struct modseal_error *error)
{
	bool entry;

	return modseal_path_open_entry(root, path, ret_located, &entry, error);
}

int modseal_path_open(const char *path, struct modseal_located *ret_located,
		      struct modseal_error *error)
{
	return modseal_path_open_in(MODSEAL_ROOT_OF_PROCESS, path, ret_located, error);
}

int modseal_root_open(const char *path, int *ret_root, struct modseal_error *error)
{
	int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (root < 0)
		return modseal_fail_errno(
			error, errno == ENOENT ? MODSEAL_E_NOT_FOUND : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_CONTEXT, errno, path,
			"the root of the image cannot be opened");
	*ret_root = root;
	return 0;
}

int modseal_path_open_any(const char *path, struct modseal_located *ret_located,
			  struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = -1,
					  .safety = MODSEAL_PATH_UNTRUSTED};
	struct statfs system;
	struct stat seen;
	int result;

	/* A file of the same number in its place is as good as one that is asked for
	 * later. */
	if (stat(path, &seen))
		return modseal_fail_errno(
			error,
			errno == ENOENT || errno == ENOTDIR ? MODSEAL_E_NOT_FOUND
							    : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_OPEN, errno, path, "it cannot be opened");
	result = reopen(AT_FDCWD, path, 0, &seen, path, &located, &system, error);
	if (result)
		return result;
	located.path = strdup(path);
	if (!located.path) {
		modseal_located_close(&located);
		return modseal_fail_memory(error, MODSEAL_STAGE_OPEN);
	}
	located.noexec = (system.f_flags & ST_NOEXEC) != 0;
	modseal_escape(located.reason, sizeof(located.reason),
		       "its path was not checked");
	*ret_located = located;
	return 0;
}

void modseal_located_close_file(struct modseal_located *located)
{
	if (located->descriptor >= 0)
		close(located->descriptor);
	located->descriptor = -1;
}

void modseal_located_close(struct modseal_located *located)
{
	modseal_located_close_file(located);
	free(located->path);
	memset(located, 0, sizeof(*located));
	located->descriptor = -1;
}

int modseal_path_require(const struct modseal_located *located,
			 enum modseal_path_safety level, struct modseal_error *error)
{
	if (located->safety >= level)
		return 0;
	return modseal_fail(error, MODSEAL_E_PATH_UNSAFE, MODSEAL_STAGE_RULE,
			    located->path, "%s", located->reason);
}

int modseal_path_beside(const char *path, const char *suffix, char **ret_path,
			struct modseal_error *error)
{
	char *real = modseal_realpath(path), *beside = NULL;

	if (!real && errno == ENOMEM)
		return modseal_fail_memory(error, MODSEAL_STAGE_OPEN);
	if (!real)
		return modseal_fail_errno(
			error,
			errno == ENOENT || errno == ENOTDIR ? MODSEAL_E_NOT_FOUND
							    : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_OPEN, errno, path, "its real path is unknown");
	if (asprintf(&beside, "%s%s", real, suffix) < 0)
		beside = NULL;
	free(real);
	if (!beside)
		return modseal_fail_memory(error, MODSEAL_STAGE_OPEN);
	*ret_path = beside;
	return 0;
}

bool modseal_proc_is_real(void)
{
	struct statfs system;
	char self[32];
	bool real = false;
	int proc = open("/proc", O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		return false;
	/* the root of it, not a part mounted there, and one in which this process exists
	 */
	if (fstatfs(proc, &system) == 0 && system.f_type == PROC_SUPER_MAGIC &&
	    readlinkat(proc, "self", self, sizeof(self)) > 0)
		real = true;
	close(proc);
	return real;
}
