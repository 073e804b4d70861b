/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_thread MODE FILE: inside `modseal run`, a thread that is not the first one
 *
 *	map		maps FILE executable
 *	unshared	the same by a table of descriptors that is its own, in which the
 *			number means FILE, and in that of the first thread another file
 *	execute		executes FILE
 *	first-fd	the same by /proc/self/fd, which are the first thread's: in
 *			its own that number is an approved program
 *	first-root	executes an approved program below /proc/self/root, which
 *			is the first thread's, and there FILE, which lies at the
 *			same path below the working directory
 *	first-mount	the same; that root is `/` itself, mounted once more, and
 *			FILE over the program there
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include "run_hostile.h"

static const char *mode, *path;
static char place[PATH_MAX]; /* the root of the first thread, or "" */
static int number;
static pthread_barrier_t apart, moved;

static void map(int descriptor)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0) ==
	    MAP_FAILED)
		stopped("mmap");
	worked(NULL);
}

static _Noreturn void execute(const char *name)
{
	execl(name, path, "say", (char *)NULL);
	stopped("execve");
}

static void execute_first_descriptor(void)
{
	char name[64];

	if (unshare(CLONE_FILES) ||
	    dup2(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), number) < 0)
		unable("unshare");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", number);
	execute(name);
}

static void execute_first_root(void)
{
	char name[PATH_MAX], program[PATH_MAX - 32] = "";

	if (unshare(CLONE_FS) ||
	    readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		unable("unshare");
	pthread_barrier_wait(&apart);
	pthread_barrier_wait(&moved);
	snprintf(name, sizeof(name), "/proc/self/root%s", program);
	execute(name);
}

static void *work(void *unused)
{
	int file;

	if (strcmp(mode, "first-fd") == 0)
		execute_first_descriptor();
	if (*place)
		execute_first_root();

	if (strcmp(mode, "execute") == 0)
		execute(path);
	if (strcmp(mode, "unshared") == 0 && unshare(CLONE_FILES))
		unable("unshare");
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || dup2(file, number) < 0)
		unable("open");
	map(number);
	return unused;
}

/* The rights to chroot, and to mount, which nobody has a root of his own without. */
static void prepare_root(void)
{
	char program[PATH_MAX - 32] = "", over[2 * PATH_MAX];
	int mounts = strcmp(mode, "first-mount") == 0;

	if (unshare(CLONE_NEWUSER | (mounts ? CLONE_NEWNS : 0)) ||
	    !getcwd(place, sizeof(place)) ||
	    readlink("/proc/self/exe", program, sizeof(program) - 1) < 0)
		unable("unshare");
	snprintf(over, sizeof(over), "%s%s", place, program);
	if (mounts && (mount("/", place, NULL, MS_BIND | MS_REC, NULL) ||
		       mount(path, over, NULL, MS_BIND, NULL)))
		unable("mount");
}

int main(int count, char **arguments)
{
	pthread_t thread;

	if (count != 3)
		return 2;
	mode = arguments[1];
	path = arguments[2];
	if (strncmp(mode, "first-", 6) == 0 && strcmp(mode, "first-fd") != 0)
		prepare_root();
	number = open(strcmp(mode, "first-fd") == 0 ? path : "/proc/self/exe",
		      O_RDONLY | O_CLOEXEC);
	pthread_barrier_init(&apart, NULL, 2);
	pthread_barrier_init(&moved, NULL, 2);
	if (number < 0 || pthread_create(&thread, NULL, work, NULL))
		unable("thread");
	if (*place) {
		pthread_barrier_wait(&apart);
		if (chroot(place))
			unable("chroot");
		pthread_barrier_wait(&moved);
	}
	pthread_join(thread, NULL);
	return 0;
}
