/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what a path means below the root of a thread. */
#include "verifier/run/places.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "verifier/run/own.h"
#include "verifier/run/verdicts.h"
#include "verifier/run/walk.h"

#ifndef RESOLVE_CACHED /* Linux 5.12 */
#define RESOLVE_CACHED 0x20
#endif
/* Links in one path (the kernel's limit). */
#define MAX_LINKS 40
/* Namespaces of processes in each other (the kernel's limit is 32). */
#define MAX_LEVELS  34
#define PROC_INODE  1 /* of the root of a procfs (include/linux/proc_ns.h) */
#define BELOW	    (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)
#define NO_CROSSING (RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS)

static int open_at(int directory, const char *path, bool no_follow, uint64_t resolve,
		   int *ret_descriptor)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (no_follow ? O_NOFOLLOW : 0),
		.resolve = resolve,
	};
	int tries = 0;

	/* EAGAIN: something was renamed meanwhile, and `..` is not safe */
	do
		*ret_descriptor =
			(int)syscall(SYS_openat2, directory, path, &how, sizeof(how));
	while (*ret_descriptor < 0 && errno == EAGAIN && tries++ < 32);
	if (*ret_descriptor < 0 && errno == ENOSYS && !(resolve & RESOLVE_CACHED))
		return run_walk(directory, path, no_follow, resolve & RESOLVE_NO_XDEV,
				ret_descriptor);
	return *ret_descriptor >= 0 ? 0 : errno == ENOSYS ? EAGAIN : errno;
}

static int ask_proc(int descriptor, bool *ret_is_proc)
{
	struct statfs system;

	if (fstatfs(descriptor, &system))
		return errno;
	*ret_is_proc = system.f_type == PROC_SUPER_MAGIC;
	return 0;
}

/* Of a link itself. ENOENT, EINVAL: it is none. */
static int read_link(int link, char text[PATH_MAX])
{
	ssize_t length = readlinkat(link, "", text, PATH_MAX);

	if (length < 0)
		return errno;
	if (length == 0 || length >= PATH_MAX)
		return ENAMETOOLONG;
	text[length] = '\0';
	return 0;
}

/* ---- /proc and /dev/fd ---------------------------------------------------------------
 */

/* The numbers of a process in all the namespaces it is in; their count. */
static size_t read_numbers(const char *line, int numbers[MAX_LEVELS])
{
	size_t count = 0;
	char *end;

	for (const char *at = line; count < MAX_LEVELS; at = end) {
		numbers[count] = (int)strtoul(at, &end, 10);
		if (end == at)
			break;
		count++;
	}
	return count;
}

/* In whose numbers a /proc counts, nobody tells: all that it may be are looked at. */
static size_t find_numbers(struct run_target *target, int processes[MAX_LEVELS],
			   int threads[MAX_LEVELS])
{
	char status[RUN_TARGET_STATUS];
	size_t count;

	if (run_target_status(target, status) != 0)
		return 0;
	count = read_numbers(run_status_line(status, "NStgid"), processes);
	return count == read_numbers(run_status_line(status, "NSpid"), threads) ? count
										: 0;
}

/* Nothing is mounted over the entry, or over what is above it. */
static int check_entry(struct run_target *target, int proc, const struct run_name *name)
{
	int processes[MAX_LEVELS], threads[MAX_LEVELS], entry;
	size_t count = find_numbers(target, processes, threads);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		char path[96], task[32] = "";
		int result;

		if (name->of_thread)
			snprintf(task, sizeof(task), "/task/%d", threads[i]);
		snprintf(path, sizeof(path), "%d%s/%s", processes[i], task, name->entry);
		result = open_at(proc, path, true, NO_CROSSING, &entry);
		if (result == EXDEV)
			return ELOOP;
		if (result == 0) {
			close(entry);
			found = true;
		}
	}
	return found ? 0 : ELOOP;
}

/* The numbers of find_numbers begin in this process's namespace: one further out has
 * others for the same processes. */
static bool is_further_out(int self)
{
	char text[PATH_MAX];
	int result = read_link(self, text);

	/* ENOENT: one further in, which this process is not in */
	return result != ENOENT &&
	       (result != 0 || strtoul(text, NULL, 10) != (unsigned long)getpid());
}

static int check_proc(struct run_target *target, const struct run_name *name)
{
	struct stat status;
	bool real = false;
	int proc, self, result = run_places_open(target, "/proc", false, &proc);

	if (result != 0)
		return result;
	result = ELOOP;
	if (ask_proc(proc, &real) == 0 && real && fstat(proc, &status) == 0 &&
	    status.st_ino == PROC_INODE)
		result = open_at(proc, name->of_thread ? "thread-self" : "self", true,
				 NO_CROSSING, &self);
	if (result == 0) {
		result = is_further_out(self) ? ELOOP : check_entry(target, proc, name);
		close(self);
	}
	close(proc);
	return result;
}

int run_places_check(struct run_target *target, const struct run_name *name)
{
	char text[PATH_MAX];
	int link, result, root;

	/* what is mounted there for the target only need not answer */
	if (run_target_is_careful(target) &&
	    (run_target_root(target, &root) != 0 || !run_own_is_root(root)))
		return EAGAIN;
	/* the way to them, too, may lead over a /proc/self that is not this process's */
	if (name->device) {
		result = run_places_open(target, name->device, true, &link);
		if (result != 0)
			return result;
		result = read_link(link, text);
		close(link);
		if (result != 0 || strcmp(text, name->leads_to) != 0)
			return ELOOP;
	}
	return check_proc(target, name);
}

/* ---- other paths ---------------------------------------------------------------------
 */

/* Puts what the first link in the path says in its place. ENOENT: there is none. */
static int follow_first(int root, char path[PATH_MAX], bool no_follow)
{
	char text[PATH_MAX], whole[PATH_MAX], parent[PATH_MAX];
	size_t end = 0;

	while (path[end]) {
		bool of_proc = true;
		char kept;
		int link, length, result;

		snprintf(parent, sizeof(parent), "%.*s", (int)end, path);
		end += 1 + strcspn(path + end + 1, "/");
		kept = path[end];
		if (!kept && no_follow)
			return ENOENT;
		path[end] = '\0';
		result = open_at(root, path, true, BELOW | RESOLVE_NO_SYMLINKS, &link);
		path[end] = kept;
		if (result != 0)
			return result;
		result = read_link(link, text);
		if (result == 0 && (ask_proc(link, &of_proc) != 0 || of_proc))
			result = ELOOP;
		close(link);
		if (result == ENOENT || result == EINVAL)
			continue;
		if (result != 0)
			return result;
		length = snprintf(whole, sizeof(whole), "%s%s", text, path + end);
		if (length < 0 || length >= PATH_MAX)
			return ENAMETOOLONG;
		return run_names_join(parent, whole, path);
	}
	return ENOENT;
}

/* The kernel would follow /proc/self for this process, and what a user has mounted there
 * may be any file: links are followed one by one. */
static int open_step_by_step(int root, const char *path, bool no_follow,
			     int *ret_descriptor)
{
	char left[PATH_MAX];
	int links = 0, result;

	snprintf(left, sizeof(left), "%s", path);
	do
		result = follow_first(root, left, no_follow);
	while (result == 0 && links++ < MAX_LINKS);
	if (result == 0)
		return ELOOP;
	if (result != ENOENT)
		return result;
	return open_at(root, left, no_follow, BELOW | RESOLVE_NO_SYMLINKS,
		       ret_descriptor);
}

int run_places_open(struct run_target *target, const char *path, bool no_follow,
		    int *ret_descriptor)
{
	int root, result = run_target_root(target, &root);
	/* what is not in the kernel's cache a file system is asked for */
	uint64_t below = BELOW | (run_target_is_careful(target) ? RESOLVE_CACHED : 0);

	if (result != 0)
		return result;
	/* the very root of this process: nobody has mounted anything for the target only
	 */
	if (run_own_is_root(root)) {
		result = open_at(root, path, no_follow, below, ret_descriptor);
	} else {
		result = open_at(root, path, no_follow, below | RESOLVE_NO_SYMLINKS,
				 ret_descriptor);
		if (result == ELOOP && run_target_is_native(target))
			result = open_at(root, path, no_follow, below, ret_descriptor);
	}
	/* also where there is nothing but steps (walk.h) */
	if (result != ELOOP)
		return result;
	if (below & RESOLVE_CACHED)
		return EAGAIN;
	return open_step_by_step(root, path, no_follow, ret_descriptor);
}

int run_places_same(struct run_target *target, const char *path, int directory)
{
	struct run_file wanted, found;
	int there, result = run_places_open(target, path, true, &there);
	bool regular;

	if (result != 0)
		return result;
	if (run_file_of(there, &found, &regular) != 0 ||
	    run_file_of(directory, &wanted, &regular) != 0 ||
	    found.device != wanted.device || found.inode != wanted.inode ||
	    found.mount != wanted.mount)
		result = ELOOP;
	close(there);
	return result;
}

bool run_places_is_overlay(int descriptor)
{
	struct statfs system;

	return fstatfs(descriptor, &system) != 0 ||
	       system.f_type == OVERLAYFS_SUPER_MAGIC;
}
