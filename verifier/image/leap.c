/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the directory of a path at once, and judges it and all above it.
 *
 * Step by step each directory is opened, looked at, closed: most of what a walk costs.
 * Where no component is a link the kernel goes to the last directory in one call, and
 * those above it are then had by `..`, which is looked at without being opened: a
 * directory lies in one other, so these are those of the path.
 *
 * Nobody gains by moving directories between the two. The kernel lets only who may write
 * to a directory, and to the one it goes to, move it (rename(2)); so of all that the path
 * led through, the lowest that somebody unsafe owns, or may write to, is as many above
 * the last as it was, whatever is moved above it, and is met there. But it may be the
 * parent of a sticky directory that others may write to as well, and have moved to
 * another such: where one lies in another, nothing is leapt to. Nor by detaching a mount,
 * above whose root is then that root for ever: the last look finds the root of the walk.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verifier/image/walk.h"

/* Since Linux 5.12, and not in every linux/openat2.h. */
#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif
/* Deeper ones go step by step. */
#define MAX_DEPTH 32u

/* Only what the kernel has at hand: it waits for no disk and no server here. */
static int open_directory(int root, const char *path)
{
	const struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_CACHED |
			   (root == MODSEAL_ROOT_OF_PROCESS ? 0 : RESOLVE_IN_ROOT),
	};
	int at = root == MODSEAL_ROOT_OF_PROCESS ? AT_FDCWD : root;

	return (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
}

/* "../.." of so many, at most MAX_DEPTH. "": none, the directory itself. */
static const char *ups(unsigned count)
{
	static const char all[] = "../../../../../../../../../../../../../../../.."
				  "/../../../../../../../../../../../../../../../..";

	_Static_assert(sizeof(all) == 3 * MAX_DEPTH, "each has a slash but the last");
	return count ? all + 3 * (MAX_DEPTH - count) : "";
}

/* The kernel does not know the call or the flag, may not be asked, has not all of the
 * path at hand, or there is a link or nothing on the way. */
static bool is_no_failure(int errnum)
{
	return errnum == ENOSYS || errnum == EINVAL || errnum == EPERM ||
	       errnum == EACCES || errnum == EAGAIN || errnum == ELOOP ||
	       errnum == ENOENT || errnum == ENOTDIR || errnum == ENAMETOOLONG;
}

/* What others than its owner may write to they may move as well, or put things into. */
static int judge_status(struct modseal_walk *walk, int descriptor,
			const struct stat *status, bool *writable)
{
	bool in_writable = *writable;

	*writable = status->st_mode & 022;
	return *writable && in_writable
		       ? MODSEAL_E_PATH_UNSAFE
		       : modseal_walk_judge_on_way(walk, descriptor, status);
}

/* One of the directories, which lies on another file system than the last. Nobody put
 * another in its place since it was looked at. */
static int judge_opened(struct modseal_walk *walk, const char *up,
			const struct stat *seen, bool *writable)
{
	int descriptor = openat(walk->directory, up, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result = MODSEAL_E_SYSTEM, errnum;
	struct stat status;

	if (descriptor >= 0 && fstat(descriptor, &status) == 0)
		result = status.st_dev == seen->st_dev && status.st_ino == seen->st_ino
				 ? judge_status(walk, descriptor, &status, writable)
				 : MODSEAL_E_PATH_UNSAFE;
	errnum = errno;
	if (descriptor >= 0)
		close(descriptor);
	errno = errnum;
	return result;
}

/* The root that the process had first: mostly it is asked for once. Whoever has another
 * by now (chroot(2)) and still finds that one has seen all that lies below it. */
static struct {
	atomic_int state;
	dev_t device;
	ino_t inode;
} first_root;
enum { ROOT_UNKNOWN, ROOT_IS_WRITTEN, ROOT_KNOWN };

static bool is_first_root(const struct stat *found)
{
	return atomic_load_explicit(&first_root.state, memory_order_acquire) ==
		       ROOT_KNOWN &&
	       first_root.device == found->st_dev && first_root.inode == found->st_ino;
}

static void keep_first_root(const struct stat *root)
{
	int unknown = ROOT_UNKNOWN;

	if (!atomic_compare_exchange_strong(&first_root.state, &unknown, ROOT_IS_WRITTEN))
		return;
	first_root.device = root->st_dev;
	first_root.inode = root->st_ino;
	atomic_store_explicit(&first_root.state, ROOT_KNOWN, memory_order_release);
}

/* Is it the one that the path led from? */
static int require_root(const struct modseal_walk *walk, const struct stat *found)
{
	bool of_process = walk->root == MODSEAL_ROOT_OF_PROCESS;
	struct stat root;

	if (of_process && is_first_root(found))
		return 0;
	if (of_process ? stat("/", &root) : fstat(walk->root, &root))
		return MODSEAL_E_SYSTEM;
	if (of_process)
		keep_first_root(&root);
	return root.st_dev == found->st_dev && root.st_ino == found->st_ino
		       ? 0
		       : MODSEAL_E_PATH_UNSAFE;
}

/* The status of each, by how many it is above the last; of the root in the end. */
static int look_at_all(const struct modseal_walk *walk, unsigned depth,
		       struct stat ret_found[])
{
	if (fstat(walk->directory, &ret_found[0]))
		return MODSEAL_E_SYSTEM;
	for (unsigned above = 1; above <= depth; above++)
		if (fstatat(walk->directory, ups(above), &ret_found[above],
			    AT_SYMLINK_NOFOLLOW))
			return MODSEAL_E_SYSTEM;
	return require_root(walk, &ret_found[depth]);
}

/* From the root on, as step by step: of reasons of one weight the first is told. */
static int judge_all(struct modseal_walk *walk, const char *path, unsigned depth)
{
	struct stat found[MAX_DEPTH + 1];
	bool writable = false;
	int result = look_at_all(walk, depth, found);

	for (unsigned above = depth; !result; above--) {
		const struct stat *status = &found[above];

		result = status->st_dev == found[0].st_dev
				 ? judge_status(walk, walk->directory, status, &writable)
				 : judge_opened(walk, ups(above), status, &writable);
		if (above == 0)
			break;
		/* one component more */
		do
			walk->path[walk->length] = path[walk->length];
		while (path[++walk->length] != '/');
		walk->path[walk->length] = '\0';
	}
	return result;
}

int modseal_walk_leap(struct modseal_walk *walk, const char *path, bool *ret_leapt)
{
	struct modseal_error *error = walk->error;
	size_t length = (size_t)(strrchr(path, '/') - path);
	unsigned depth = 0;
	int result;

	*ret_leapt = false;
	for (size_t i = 0; i < length; i++)
		depth += path[i] == '/';
	if (depth < 2 || depth > MAX_DEPTH)
		return 0;
	memcpy(walk->pending, path, length);
	walk->pending[length] = '\0';
	walk->directory = open_directory(walk->root, walk->pending);
	if (walk->directory < 0 && is_no_failure(errno))
		return 0;
	walk->error = NULL; /* of what is unsafe the steps tell */
	result = walk->directory < 0 ? MODSEAL_E_SYSTEM : judge_all(walk, path, depth);
	walk->error = error;
	if (result && result != MODSEAL_E_PATH_UNSAFE)
		result = modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_OPEN,
					    errno, path,
					    "the directory it is in cannot be judged");
	*ret_leapt = !result;
	if (result)
		modseal_walk_end(walk);
	return result == MODSEAL_E_PATH_UNSAFE ? 0 : result;
}
