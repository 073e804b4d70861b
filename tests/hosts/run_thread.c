/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_thread MODE FILE: inside `modseal run`, a thread that is not the first one
 *
 *	map		maps FILE executable
 *	unshared	the same by a table of descriptors that is its own, in which the
 *			number means FILE, and in that of the first thread another file
 *	execute		executes FILE
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include "run_hostile.h"

static const char *mode, *path;
static int number;

static void map(int descriptor)
{
	if (mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, descriptor, 0) ==
	    MAP_FAILED)
		stopped("mmap");
	worked(NULL);
}

static void *work(void *unused)
{
	int file;

	if (strcmp(mode, "execute") == 0) {
		execl(path, path, (char *)NULL);
		stopped("execve");
	}
	if (strcmp(mode, "unshared") == 0 && unshare(CLONE_FILES))
		unable("unshare");
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0 || dup2(file, number) < 0)
		unable("open");
	map(number);
	return unused;
}

int main(int count, char **arguments)
{
	pthread_t thread;

	if (count != 3)
		return 2;
	mode = arguments[1];
	path = arguments[2];
	number = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (number < 0 || pthread_create(&thread, NULL, work, NULL))
		unable("thread");
	pthread_join(thread, NULL);
	return 0;
}
