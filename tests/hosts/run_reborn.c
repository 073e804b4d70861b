/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_reborn CALL WHO SECONDS FIRST SECOND: a process asks for the file of the folder
 * FIRST by a call that the supervisor takes and then holds (run_reborn_hold.c). Where WHO
 * is `other` it is killed there, and its number given to another process, which has the
 * file of SECOND in the same place and asks for nothing. SECONDS later the supervisor may
 * look. WHO is `same`: the process that asks lives on. It works in its folder (E22).
 */
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run_hostile.h"
#include "run_reborn.h"

static const char name[] = "file";

static void have(int descriptor)
{
	if (descriptor < 0 || dup2(descriptor, NUMBER) != NUMBER)
		unable("dup2");
	close(descriptor);
}

/* What the call asks for, in the place where it asks for it. */
static void prepare(const char *call, const char *folder)
{
	int directory = open(folder, O_PATH | O_DIRECTORY);

	if (strcmp(call, "open") == 0 || strcmp(call, "execute") == 0) {
		have(directory);
		return;
	}
	have(openat(directory, name, O_RDONLY));
	if (mmap((void *)PLACE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED_NOREPLACE,
		 NUMBER, 0) != (void *)PLACE)
		unable("mmap");
}

static _Noreturn void ask(const char *call)
{
	char *words[] = {(char *)name, "say", NULL}, *none[] = {NULL};

	if (strcmp(call, "map") == 0)
		mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, NUMBER, 0);
	else if (strcmp(call, "protect") == 0)
		mprotect((void *)PLACE, PAGE, PROT_READ | PROT_EXEC);
	else if (strcmp(call, "open") == 0)
		syscall(SYS_openat, NUMBER, name, O_RDONLY | O_CLOEXEC);
	else if (strcmp(call, "execute") == 0)
		syscall(SYS_execveat, NUMBER, name, words, none, 0);
	_exit(0);
}

static void await(const char *file)
{
	int turn;

	for (turn = 0; access(file, F_OK) != 0; turn++) {
		if (turn == 1000)
			tell(2, "unable", file, ETIMEDOUT);
		usleep(EVERY);
	}
}

static pid_t fork_as(pid_t number)
{
	struct clone_args arguments = {
		.exit_signal = SIGCHLD,
		.set_tid = (uint64_t)(uintptr_t)&number,
		.set_tid_size = 1,
	};

	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* Ends the process and returns one that has its number, with what it has in the place. */
static pid_t replace(pid_t gone, const char *call, const char *folder)
{
	int ready[2];
	pid_t other;
	char byte;

	kill(gone, SIGKILL);
	if (waitpid(gone, NULL, 0) != gone || pipe(ready))
		unable("wait");
	other = fork_as(gone);
	if (other < 0)
		unable("clone3");
	if (other == 0) {
		prepare(call, folder);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (other != gone || read(ready[0], &byte, 1) != 1)
		unable("read");
	return other;
}

int main(int count, char **arguments)
{
	const char *call = arguments[1];
	pid_t child;

	if (count != 6)
		return 64;
	child = fork();
	if (child == 0) {
		prepare(call, arguments[4]);
		ask(call);
	}
	await(HELD);
	if (strcmp(arguments[2], "other") == 0)
		child = replace(child, call, arguments[5]);
	sleep((unsigned)strtoul(arguments[3], NULL, 10));
	close(open(GO, O_CREAT | O_WRONLY, 0600));
	await(DONE);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	worked(NULL);
}
