/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at a thread of the target: memory, descriptors, paths. */
#include "verifier/run/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "verifier/run/names.h"
#include "verifier/run/own.h"
#include "verifier/run/places.h"
#include "verifier/run/verdicts.h"

void run_about_set(struct run_about *about, const char *path)
{
	if (!about)
		return;
	pthread_mutex_lock(&about->lock);
	snprintf(about->path, sizeof(about->path), "%s", path);
	pthread_mutex_unlock(&about->lock);
}

void run_about_get(struct run_about *about, char path[PATH_MAX])
{
	pthread_mutex_lock(&about->lock);
	memcpy(path, about->path, sizeof(about->path));
	pthread_mutex_unlock(&about->lock);
}

void run_target_start(struct run_target *target, const struct run_call *call,
		      struct run_about *about)
{
	target->about = about;
	target->call = *call;
	target->process = 0;
	target->root = -1;
	target->root_known = false;
	target->wants_permit = false;
	target->stay = (struct run_stay){.room = NULL};
}

void run_target_end(struct run_target *target)
{
	if (target->root >= 0)
		close(target->root);
	target->root = -1;
}

bool run_call_waits(int listener, uint64_t id)
{
	int result;

	do
		result = ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id);
	while (result != 0 && errno == EINTR);
	return result == 0;
}

bool run_target_waits(const struct run_target *target)
{
	return run_call_waits(target->call.listener, target->call.id);
}

const char *run_status_line(const char *status, const char *key)
{
	char start[16];
	const char *line;
	int length = snprintf(start, sizeof(start), "\n%s:\t", key);

	/* behind a line end: the first line is the name of the process, its own word, in
	 * which the kernel escapes those */
	line = strstr(status, start);
	return line ? line + length : "";
}

int run_target_status(struct run_target *target, char status[RUN_TARGET_STATUS])
{
	char name[48];
	int result;

	snprintf(name, sizeof(name), "/proc/%d/status", (int)target->call.thread);
	result = run_own_read(name, status, RUN_TARGET_STATUS);
	if (result == 0)
		target->process =
			(pid_t)strtoul(run_status_line(status, "Tgid"), NULL, 10);
	return result;
}

/* The process that the thread belongs to. */
static int find_process(struct run_target *target)
{
	char status[RUN_TARGET_STATUS];
	int result = target->process > 0 ? 0 : run_target_status(target, status);

	return result != 0 || target->process > 0 ? result : ESRCH;
}

static int open_descriptor(pid_t task, int number, int *ret_descriptor)
{
	char name[48];

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)task, number);
	*ret_descriptor = open(name, O_PATH | O_CLOEXEC);
	if (*ret_descriptor >= 0)
		return 0;
	return errno == ENOENT ? EBADF : errno;
}

int run_target_descriptor(struct run_target *target, int number, int *ret_descriptor)
{
	/* of this very thread, which may have a table of descriptors of its own */
	return open_descriptor(target->call.thread, number, ret_descriptor);
}

/* Where the filter of a container refuses process_vm_readv(2), as Docker's did for long,
 * by the file, for which the kernel asks for the same right. */
static ssize_t read_memory(pid_t thread, uint64_t address, char *buffer, size_t size)
{
	struct iovec here = {buffer, size};
	struct iovec there = {(void *)(uintptr_t)address, size};
	ssize_t got = process_vm_readv(thread, &here, 1, &there, 1, 0);
	char name[48];
	int memory;

	if (got >= 0 || (errno != EPERM && errno != ENOSYS))
		return got;
	snprintf(name, sizeof(name), "/proc/%d/mem", (int)thread);
	memory = open(name, O_RDONLY | O_CLOEXEC);
	if (memory < 0) {
		if (errno == EACCES)
			errno = EPERM;
		return -1;
	}
	got = pread(memory, buffer, size, (off_t)address);
	close(memory);
	if (got < 0)
		errno = EFAULT; /* nothing is there */
	return got;
}

int run_target_text(const struct run_target *target, uint64_t address, char *buffer,
		    size_t size)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	size_t used = 0;

	/* to the end of a page at a time: the next may not be there, nor be needed */
	while (used < size) {
		size_t wanted = page - (address + used) % page;
		ssize_t got;

		if (wanted > size - used)
			wanted = size - used;
		got = read_memory(target->call.thread, address + used, buffer + used,
				  wanted);
		if (got <= 0)
			return got < 0 ? errno : EFAULT;
		if (memchr(buffer + used, '\0', (size_t)got))
			return 0;
		used += (size_t)got;
	}
	return ENAMETOOLONG;
}

/* As this process sees it, "" for `/`. */
static int read_root(struct run_target *target)
{
	char name[48];
	int result;

	if (target->root_known)
		return 0;
	if (target->root >= 0 && run_own_is_root(target->root)) {
		target->root_path[0] = '\0';
		target->root_known = true;
		return 0;
	}
	snprintf(name, sizeof(name), "/proc/%d/root", (int)target->call.thread);
	result = run_own_read_link(AT_FDCWD, name, target->root_path);
	if (result == 0 && strcmp(target->root_path, "/") == 0)
		target->root_path[0] = '\0';
	target->root_known = result == 0;
	return result;
}

int run_target_root(struct run_target *target, int *ret_root)
{
	char name[48];

	snprintf(name, sizeof(name), "/proc/%d/root", (int)target->call.thread);
	if (target->root < 0)
		target->root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (target->root < 0)
		return errno;
	*ret_root = target->root;
	return 0;
}

/* The kernel tells paths from this process's root; what lies outside of the target's is
 * nothing that it could name. */
static int below_root(struct run_target *target, char path[PATH_MAX])
{
	int result = read_root(target);

	return result != 0 ? result : run_names_strip(path, target->root_path);
}

bool run_target_is_careful(const struct run_target *target)
{
	return target->about && target->about->careful;
}

bool run_target_is_native(const struct run_target *target)
{
	char name[48], theirs[PATH_MAX];

	snprintf(name, sizeof(name), "/proc/%d/ns/user", (int)target->call.thread);
	return run_own_read_link(AT_FDCWD, name, theirs) == 0 &&
	       strcmp(theirs, run_own_user_namespace()) == 0;
}

int run_target_path_of(struct run_target *target, int descriptor, char path[PATH_MAX])
{
	int result = run_own_path(descriptor, path);

	if (result == 0)
		result = below_root(target, path);
	if (result == 0)
		run_about_set(target->about, path);
	return result;
}

/* The directory a relative path starts at, as the target would spell it. */
static int find_start(struct run_target *target, int directory, char path[PATH_MAX])
{
	char link[48];
	int start = -1, result = 0;

	if (directory != AT_FDCWD) {
		result = run_target_descriptor(target, directory, &start);
	} else {
		snprintf(link, sizeof(link), "/proc/%d/cwd", (int)target->call.thread);
		start = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (start < 0)
			result = errno;
	}
	if (result != 0)
		return result;
	result = run_target_path_of(target, start, path);
	if (result == 0)
		result = run_places_same(target, path, start);
	close(start);
	return result;
}

/* Whom a name of /proc means: "self" is the first thread of the process, whose
 * descriptors and root need not be those of the thread that says it. */
static int find_meant(struct run_target *target, const struct run_name *name,
		      pid_t *ret_task)
{
	int result = name->of_thread ? 0 : find_process(target);

	*ret_task = name->of_thread ? target->call.thread : target->process;
	return result == ENOENT ? ESRCH : result;
}

/* The rest of the path is followed below the root of the thread. */
static int check_root(struct run_target *target, pid_t task)
{
	struct run_file meant, own;
	char link[48];
	bool regular;
	int root, other, result;

	if (task == target->call.thread)
		return 0;
	result = run_target_root(target, &root);
	if (result != 0)
		return result;
	snprintf(link, sizeof(link), "/proc/%d/root", (int)task);
	other = open(link, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (other < 0)
		return errno;
	if (run_file_of(root, &own, &regular) != 0 ||
	    run_file_of(other, &meant, &regular) != 0 || own.device != meant.device ||
	    own.inode != meant.inode || own.mount != meant.mount)
		result = ELOOP;
	close(other);
	return result;
}

/* What is everybody's own is the target's, not this process's. ENOENT: the path is no
 * such name; it may have become shorter. */
static int find_own(struct run_target *target, char path[PATH_MAX], int *ret_descriptor)
{
	for (;;) {
		struct run_name name;
		char link[48];
		pid_t task;
		int result;

		run_names_read(path, &name);
		if (name.kind == RUN_NAME_PLAIN)
			return ENOENT;
		if (name.kind == RUN_NAME_OTHER)
			return ELOOP;
		result = run_places_check(target, &name);
		if (result != 0)
			return result == ENOENT ? ELOOP : result;
		result = find_meant(target, &name, &task);
		if (result != 0)
			return result;
		if (name.kind == RUN_NAME_DESCRIPTOR)
			return open_descriptor(task, name.descriptor, ret_descriptor);
		if (name.kind == RUN_NAME_PROGRAM) {
			snprintf(link, sizeof(link), "/proc/%d/exe", (int)task);
			*ret_descriptor = open(link, O_PATH | O_CLOEXEC);
			if (*ret_descriptor >= 0)
				return 0;
			return errno == ENOENT ? ESRCH : errno;
		}
		result = check_root(target, task);
		if (result != 0)
			return result;
		memmove(path, path + name.length, strlen(path + name.length) + 1);
		if (path[0] == '\0')
			memcpy(path, "/", 2);
	}
}

int run_target_find(struct run_target *target, int directory, const char *path,
		    bool no_follow, int *ret_descriptor)
{
	char start[PATH_MAX] = "", full[PATH_MAX];
	int result = 0;

	if (path[0] == '\0')
		return ENOENT;
	if (path[0] != '/')
		result = find_start(target, directory, start);
	if (result == 0)
		result = run_names_join(start, path, full);
	if (result != 0)
		return result;
	result = find_own(target, full, ret_descriptor);
	if (result != ENOENT)
		return result;
	run_about_set(target->about, full);
	return run_places_open(target, full, no_follow, ret_descriptor);
}
