/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel about this process. */
#include "verifier/run/own.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "verifier/run/verdicts.h"

static struct {
	pthread_once_t once;
	int descriptors; /* /proc/self/fd */
	bool root_known;
	struct run_file root;
	char user_namespace[PATH_MAX];
} own = {.once = PTHREAD_ONCE_INIT};

int run_own_read_link(int directory, const char *link, char text[PATH_MAX])
{
	ssize_t length = readlinkat(directory, link, text, PATH_MAX - 1);

	if (length < 0)
		return errno;
	if (length >= PATH_MAX - 1)
		return ENAMETOOLONG;
	text[length] = '\0';
	return 0;
}

int run_own_read(const char *name, char *buffer, size_t size)
{
	int file = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t length = file < 0 ? -1 : read(file, buffer, size - 1);
	int result = length < 0 ? errno : length == 0 ? ESRCH : 0;

	if (file >= 0)
		close(file);
	buffer[length > 0 ? length : 0] = '\0';
	return result;
}

size_t run_own_processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) ? 0 : (size_t)CPU_COUNT(&set);
}

static uint64_t memory_max(const char *mounted, const char *group)
{
	char name[2 * PATH_MAX], text[32], *end;
	unsigned long long bytes;

	if (snprintf(name, sizeof(name), "%s%s/memory.max", mounted, group) >=
		    (int)sizeof(name) ||
	    run_own_read(name, text, sizeof(text)) != 0)
		return UINT64_MAX;
	errno = 0;
	bytes = strtoull(text, &end, 10);
	return end != text && *end == '\n' && !errno ? bytes : UINT64_MAX;
}

uint64_t run_own_memory_of(const char *mounted, char *group)
{
	uint64_t least = UINT64_MAX;
	char *end;

	do {
		uint64_t bytes = memory_max(mounted, group);

		if (bytes < least)
			least = bytes;
		end = strrchr(group, '/');
		if (end)
			*end = '\0';
	} while (end);
	return least;
}

uint64_t run_own_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
	uint64_t machine =
		pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : UINT64_MAX;
	char groups[2 * PATH_MAX], *mine;
	uint64_t group;

	/* version 2, see cgroups(7): "0::/path" stands last */
	if (run_own_read("/proc/self/cgroup", groups, sizeof(groups)) != 0)
		groups[0] = '\0';
	mine = strstr(groups, "0::/");
	if (mine && mine != groups && mine[-1] != '\n')
		mine = NULL;
	if (mine) {
		mine += strlen("0::");
		mine[strcspn(mine, "\n")] = '\0';
	}
	group = mine ? run_own_memory_of("/sys/fs/cgroup", mine) : UINT64_MAX;
	machine = group < machine ? group : machine;
	return machine == UINT64_MAX ? 0 : machine;
}

static void find_own(void)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool regular;

	own.descriptors = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own.root_known = root >= 0 && run_file_of(root, &own.root, &regular) == 0;
	if (root >= 0)
		close(root);
	if (run_own_read_link(AT_FDCWD, "/proc/self/ns/user", own.user_namespace) != 0)
		own.user_namespace[0] = '\0';
}

/* Where it could not be opened each use of it fails: EBADF. */
static int descriptors(void)
{
	pthread_once(&own.once, find_own);
	return own.descriptors;
}

int run_own_path(int descriptor, char path[PATH_MAX])
{
	char number[16];

	snprintf(number, sizeof(number), "%d", descriptor);
	return run_own_read_link(descriptors(), number, path);
}

int run_own_reopen(int descriptor, int flags, int *ret_descriptor)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", descriptor);
	*ret_descriptor = openat(descriptors(), number, flags | O_CLOEXEC);
	return *ret_descriptor >= 0 ? 0 : errno;
}

bool run_own_is_root(int directory)
{
	struct run_file file;
	bool regular;

	pthread_once(&own.once, find_own);
	/* its times change with what is put into it */
	return own.root_known && run_file_of(directory, &file, &regular) == 0 &&
	       file.device == own.root.device && file.inode == own.root.inode &&
	       file.mount == own.root.mount;
}

const char *run_own_user_namespace(void)
{
	pthread_once(&own.once, find_own);
	return own.user_namespace;
}
