/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_landlock MODE ...: what the kernel itself stops under `modseal run --strict`: races
 * of execve with the check of its path, and writing to memory through /proc, by all the
 * names that it has there.
 */
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run_hostile.h"
#include "run_race.h"

#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_fsopen    430
#define SYS_fsconfig  431
#define SYS_fsmount   432
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_restrict_self  446
#endif
#define TREE_CLONE     1
#define CONFIG_CREATE  6
#define TREE_RECURSIVE 0x8000

/* ---- races: GOOD BAD, programs of which BAD ends with 1 ------------------------------
 */

static atomic_bool over;
static const char *good_path, *bad_path, *link_path = "link", *next_path = "link.next";
static int slot = 200, good_fd, bad_fd;
static char *shared_path;

static void set_text(bool good)
{
	const char *path = good ? good_path : bad_path;

	memcpy(shared_path, path, strlen(path) + 1);
}

static void set_link(bool good)
{
	unlink(next_path);
	if (symlink(good ? good_path : bad_path, next_path) == 0)
		rename(next_path, link_path);
}

static void set_slot(bool good)
{
	dup2(good ? good_fd : bad_fd, slot);
}

static void *swap(void *set)
{
	void (*function)(bool);
	unsigned turn;

	memcpy(&function, set, sizeof(function));
	for (turn = 0; !over; turn++) {
		function(true);
		rest(turn);
		function(false);
		rest(turn / 5);
	}
	return NULL;
}

static void by_text(void)
{
	execv(shared_path, (char *[]){"program", NULL});
}

static void by_link(void)
{
	execv(link_path, (char *[]){"program", NULL});
}

static const char *script;

static void by_script(void)
{
	execv(script, (char *[]){"script", NULL});
}

static void by_slot(void)
{
	syscall(SYS_execveat, slot, "", (char *[]){"program", NULL}, NULL, AT_EMPTY_PATH);
}

/* the child has the same descriptors, which the thread changes */
static int share_files(void *execute)
{
	void (*function)(void);

	memcpy(&function, execute, sizeof(function));
	function();
	_exit(99);
}

static void race(void (*set)(bool), void (*execute)(void))
{
	static char stack[65536] __attribute__((aligned(16)));
	/* where nothing is expected to come of it, less will do */
	const char *given = getenv("RACE_SECONDS");
	double end = now() + (given ? strtod(given, NULL) : SECONDS);
	pthread_t thread;
	pid_t child;
	int status;

	set(true);
	if (pthread_create(&thread, NULL, swap, &set))
		unable("thread");
	while (now() < end) {
		child = clone(share_files, stack + sizeof(stack), CLONE_FILES | SIGCHLD,
			      &execute);
		if (waitpid(child, &status, 0) == child && WIFEXITED(status) &&
		    WEXITSTATUS(status) == 1)
			worked(NULL);
	}
	errno = 0;
	stopped("race");
}

static void race_text(char **file)
{
	good_path = file[0];
	bad_path = file[1];
	shared_path = mmap(NULL, PATH_MAX, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	race(set_text, by_text);
}

static void race_link(char **file)
{
	good_path = file[0];
	bad_path = file[1];
	race(set_link, by_link);
}

/* and SCRIPT, whose interpreter is the link */
static void race_interpreter(char **file)
{
	good_path = file[0];
	bad_path = file[1];
	script = file[2];
	race(set_link, by_script);
}

static void race_slot(char **file)
{
	good_fd = opened(file[0], O_PATH);
	bad_fd = opened(file[1], O_PATH);
	race(set_slot, by_slot);
}

static int memory_of(const char *path)
{
	int from = opened(path, O_RDONLY), to = memfd_create("program", 0);
	char block[PAGE];
	ssize_t length;

	if (to < 0)
		unable("memfd_create");
	while ((length = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)length) != length)
			unable("write");
	return to;
}

/* BAD is in memory, and of no place */
static void race_memory(char **file)
{
	good_fd = opened(file[0], O_PATH);
	bad_fd = memory_of(file[1]);
	race(set_slot, by_slot);
}

static void race_memory_name(char **file)
{
	static char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", memory_of(file[1]));
	race_text((char *[]){file[0], name});
}

/* ---- memory: FILE is approved ---------------------------------------------------------
 */

/* What is written there asks for no right. */
static _Noreturn void write_code(int fd, void *memory)
{
	if (fd < 0)
		stopped("open");
	if (pwrite(fd, code, sizeof(code), (off_t)memory) != sizeof(code))
		stopped("write");
	call(memory);
}

static void *approved(const char *file)
{
	return mapped(opened(file, O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);
}

/* NAME FILE */
static void memory_by_name(char **words)
{
	void *memory = approved(words[1]);

	write_code(open(words[0], O_RDWR), memory);
}

static void memory_of_thread(char **file)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/task/%d/mem", getpid(),
		 (int)syscall(SYS_gettid));
	memory_by_name((char *[]){name, file[0]});
}

static void memory_reopened(char **file)
{
	void *memory = approved(file[0]);
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d",
		 opened("/proc/self/mem", O_PATH));
	write_code(open(name, O_RDWR), memory);
}

static void memory_read_only_reopened(char **file)
{
	void *memory = approved(file[0]);
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d",
		 opened("/proc/self/mem", O_RDONLY));
	write_code(open(name, O_WRONLY), memory);
}

static void memory_from_directory(char **file)
{
	void *memory = approved(file[0]);

	if (chdir("/proc/self/task"))
		unable("chdir");
	write_code(openat(opened("..", O_PATH | O_DIRECTORY), "mem", O_RDWR), memory);
}

/* of a child, which calls what was written; the code cannot be called before */
static void memory_of_child(char **file)
{
	void *memory = approved(file[0]);
	int ready[2], fd, status;
	char name[64], byte;
	pid_t child;

	if (pipe(ready))
		unable("pipe");
	child = fork();
	if (child == 0) {
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 1)
			_exit(2);
		call(memory);
	}
	snprintf(name, sizeof(name), "/proc/%d/mem", (int)child);
	fd = open(name, O_RDWR);
	if (fd < 0)
		stopped("open");
	if (pwrite(fd, code, sizeof(code), (off_t)memory) != sizeof(code))
		stopped("write");
	if (write(ready[1], "", 1) != 1)
		unable("pipe");
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

/* ---- another /proc ------------------------------------------------------------------
 */

static void alone(void)
{
	int status;
	pid_t child;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID))
		unable("unshare");
	child = fork();
	if (child == 0)
		return;
	waitpid(child, &status, 0);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

/* one that is mounted nowhere */
static void memory_of_new_proc(char **file)
{
	void *memory = approved(file[0]);
	int context, place;

	alone();
	context = (int)syscall(SYS_fsopen, "proc", 0);
	if (context < 0)
		unable("fsopen");
	if (syscall(SYS_fsconfig, context, CONFIG_CREATE, NULL, NULL, 0))
		unable("fsconfig");
	place = (int)syscall(SYS_fsmount, context, 0, 0);
	if (place < 0)
		unable("fsmount");
	write_code(openat(place, "self/mem", O_RDWR), memory);
}

static void memory_of_cloned_proc(char **file)
{
	void *memory = approved(file[0]);
	char name[64];
	int place;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		unable("unshare");
	place = (int)syscall(SYS_open_tree, AT_FDCWD, "/proc",
			     TREE_CLONE | TREE_RECURSIVE);
	if (place < 0)
		unable("open_tree");
	snprintf(name, sizeof(name), "%d/mem", getpid());
	write_code(openat(place, name, O_RDWR), memory);
}

/* ---- what goes on, and what does not
 * ---------------------------------------------------
 */

/* FILE, made if it is not there */
static void write_file(char **file)
{
	int fd = open(file[0], O_WRONLY | O_CREAT, 0600);

	if (fd < 0 || write(fd, "1\n", 2) != 2 || close(fd))
		stopped("open");
	worked(NULL);
}

/* FROM TO */
static void move_file(char **file)
{
	if (rename(file[0], file[1]))
		stopped("rename");
	worked(NULL);
}

static void link_file(char **file)
{
	if (link(file[0], file[1]))
		stopped("link");
	worked(NULL);
}

/* DIRECTORY PROGRAM: in another root directory, by root */
static void elsewhere(char **words)
{
	if (chroot(words[0]) || chdir("/"))
		unable("chroot");
	execv(words[1], (char *[]){words[1], NULL});
	stopped("execve");
}

static void read_file(char **file)
{
	if (open(file[0], O_RDONLY) < 0)
		stopped("open");
	worked(NULL);
}

/* FILE in memory: tells its name, for others, and waits */
static void hold_memory(char **file)
{
	printf("/proc/%d/fd/%d\n", getpid(), memory_of(file[0]));
	fflush(stdout);
	for (;;)
		pause();
}

/* a domain of the program's own, inside of the one it is in */
static void own_domain(char **none)
{
	const uint64_t handled = 1 << 4; /* removing directories, anywhere */
	int rules =
		(int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);

	(void)none;
	if (rules < 0)
		stopped("landlock_create_ruleset");
	if (syscall(SYS_landlock_restrict_self, rules, 0))
		stopped("landlock_restrict_self");
	if (mkdir("own", 0700) || rmdir("own") == 0 || errno != EACCES)
		unable("rmdir");
	worked(NULL);
}

/* Whether the kernel has Landlock of NUMBER or newer. */
static void version(char **number)
{
	long found = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	if (found < strtol(number[0], NULL, 10))
		stopped("landlock_create_ruleset");
	worked(NULL);
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"race-text", race_text},
		{"race-link", race_link},
		{"race-interpreter", race_interpreter},
		{"race-slot", race_slot},
		{"race-memory", race_memory},
		{"race-memory-name", race_memory_name},
		{"memory", memory_by_name},
		{"memory-thread", memory_of_thread},
		{"memory-reopened", memory_reopened},
		{"memory-read-only", memory_read_only_reopened},
		{"memory-directory", memory_from_directory},
		{"memory-child", memory_of_child},
		{"memory-new-proc", memory_of_new_proc},
		{"memory-cloned-proc", memory_of_cloned_proc},
		{"write", write_file},
		{"move", move_file},
		{"link", link_file},
		{"chroot", elsewhere},
		{"read", read_file},
		{"hold-memory", hold_memory},
		{"own-domain", own_domain},
		{"version", version},
		{NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
