/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel about this process. */
#include "verifier/run/own.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
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

uint64_t run_own_memory(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0;
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
