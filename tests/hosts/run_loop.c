/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_loop loop FILE COUNTER SECONDS: a program that goes on loading and executing, and
 * says how often it could: what is left of it when its supervisor has been killed (E13).
 */
#include <stdbool.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "run_hostile.h"

/* Whether it was executed, even if nothing of it can run then: its libraries are mapped
 * by calls of their own. */
static bool executes(int folder, const char *name)
{
	char *self[] = {"/proc/self/exe", "say", NULL}, *none[] = {NULL};
	pid_t child = fork();
	int status;

	if (child == 0) {
		if (folder < 0)
			execve(name, self, none);
		else
			syscall(SYS_execveat, folder, name, self, none, AT_EMPTY_PATH);
		_exit(99);
	}
	return waitpid(child, &status, 0) == child && WIFEXITED(status) &&
	       WEXITSTATUS(status) != 99;
}

/* Maps FILE, makes it executable, and runs itself; each success adds to COUNTER, a file.
 */
static void loop(char **file)
{
	time_t end = time(NULL) + (time_t)strtoul(file[2], NULL, 10);
	int fd = opened(file[0], O_RDONLY), self = opened("/proc/self/exe", O_RDONLY);
	int counter = open(file[1], O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	unsigned long done = 0;
	char text[32];

	while (time(NULL) < end) {
		void *place = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
		void *plain = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);

		if (place != MAP_FAILED) {
			done++;
			munmap(place, PAGE);
		}
		done += mprotect(plain, PAGE, PROT_READ | PROT_EXEC) == 0;
		done += syscall(SYS_pkey_mprotect, plain, PAGE, PROT_EXEC, -1) == 0;
		munmap(plain, PAGE);
		done += executes(-1, "/proc/self/exe");
		done += executes(self, "");
		snprintf(text, sizeof(text), "%012lu\n", done);
		if (pwrite(counter, text, strlen(text), 0) < 0)
			unable("counter");
		usleep(1000);
	}
	tell(0, "ended", NULL, 0);
}

static void say(char **none)
{
	(void)none;
	_exit(0);
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"loop", loop},
		{"say", say},
		{NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
