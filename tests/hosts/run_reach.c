/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_reach MODE ...: a program that reaches for the supervisor of `modseal run`, or
 * makes its work hard: E15, E16, E22-E24.
 */
#include <dirent.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "run_hostile.h"

/* ---- who is there
 * ------------------------------------------------------------------------ */

static pid_t parent_of(pid_t process)
{
	char path[64], line[512];
	long parent = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)process);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "PPid: %ld", &parent) == 1)
			break;
	}
	if (file)
		fclose(file);
	return (pid_t)parent;
}

static int is_modseal(const char *process)
{
	char path[300], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", process);
	file = fopen(path, "re");
	if (file) {
		if (!fgets(name, sizeof(name), file))
			name[0] = 0;
		fclose(file);
	}
	return strncmp(name, "modseal", 7) == 0;
}

static bool is_ancestor(pid_t wanted)
{
	pid_t process;

	for (process = getppid(); process > 1; process = parent_of(process)) {
		if (process == wanted)
			return true;
	}
	return false;
}

/* Runs `way` on each ancestor, and on what calls itself modseal and was started by one:
 * if one gives 0 it has worked. */
static void on_each(int (*way)(pid_t), const char *name)
{
	struct dirent *entry;
	DIR *processes;
	pid_t process;
	int tried = 0;

	for (process = getppid(); process > 1; process = parent_of(process), tried++) {
		if (way(process) == 0)
			worked(name);
	}
	processes = opendir("/proc");
	while (processes && (entry = readdir(processes))) {
		process = (pid_t)strtoul(entry->d_name, NULL, 10);
		if (process > 1 && is_modseal(entry->d_name) &&
		    is_ancestor(parent_of(process))) {
			tried++;
			if (way(process) == 0)
				worked(name);
		}
	}
	if (!tried)
		unable("processes");
	errno = 0;
	stopped(name);
}

static int trace(pid_t process)
{
	return ptrace(PTRACE_SEIZE, process, NULL, NULL) ? -1 : 0;
}

static int memory(pid_t process)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)process);
	return open(path, O_RDWR) < 0 ? -1 : 0;
}

/* An address that is wrong there is a matter of luck, not of rights. */
static int words(pid_t process)
{
	char byte;
	struct iovec here = {&byte, 1}, there = {(void *)&words, 1};

	return process_vm_readv(process, &here, 1, &there, 1, 0) == 1 || errno == EFAULT
		       ? 0
		       : -1;
}

static int descriptors(pid_t process)
{
	int handle = (int)syscall(SYS_pidfd_open, process, 0), number;

	for (number = 0; handle >= 0 && number < 256; number++) {
		if (syscall(SYS_pidfd_getfd, handle, number, 0) >= 0)
			return 0;
	}
	return -1;
}

static int descriptor_names(pid_t process)
{
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
	folder = opendir(path);
	return folder && readdir(folder) ? 0 : -1;
}

/* What may grow no file any more writes no records. */
static int limits(pid_t process)
{
	const struct rlimit none = {0, 0};

	return prlimit(process, RLIMIT_FSIZE, &none, NULL);
}

static void reach(char **way)
{
	static const struct {
		const char *name;
		int (*way)(pid_t);
	} ways[] = {
		{"ptrace", trace},
		{"memory", memory},
		{"vm", words},
		{"descriptors", descriptors},
		{"names", descriptor_names},
		{"limits", limits},
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, way[0]) == 0)
			on_each(ways[i].way, ways[i].name);
	}
}

/* Runs the rest as a child, as the supervisor does: whom it can reach without one. */
static void family(char **command)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execv(command[0], command);
		_exit(127);
	}
	if (waitpid(child, &status, 0) != child)
		unable("wait");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128);
}

/* ---- filters
 * ------------------------------------------------------------------------------- */

static int filter(struct sock_filter *instructions, size_t count, unsigned flags)
{
	struct sock_fprog program = {(unsigned short)count, instructions};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		unable("no_new_privs");
	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

/* Is there a listener among one's own descriptors? `own`: make one, to see that it is
 * found. */
static void listener(char **word)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct dirent *entry;
	char target[64];
	DIR *folder;
	ssize_t length;

	if (word[0] && filter(allow, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER) < 0)
		unable("seccomp");
	folder = opendir("/proc/self/fd");
	if (!folder)
		unable("opendir");
	while ((entry = readdir(folder))) {
		length = readlinkat(dirfd(folder), entry->d_name, target,
				    sizeof(target) - 1);
		target[length < 0 ? 0 : length] = 0;
		if (strstr(target, "seccomp"))
			worked("listener");
	}
	errno = 0;
	stopped("listener");
}

/* What a sandbox around `modseal run` may refuse it: CALL, then the command. */
static void refusing(char **words_)
{
	static const struct {
		const char *name;
		unsigned number, argument, mask, error;
	} calls[] = {
		{"seccomp", SYS_seccomp, 0, 0, EPERM},
		{"listener", SYS_seccomp, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, EINVAL},
		{"filter", SYS_seccomp, 1, SECCOMP_FILTER_FLAG_NEW_LISTENER, EPERM},
		{"memfd_create", SYS_memfd_create, 0, 0, EPERM},
		{"killable", SYS_seccomp, 1, 1U << 5 /* WAIT_KILLABLE_RECV */, EINVAL},
		{"no-new-privs", SYS_prctl, 0, PR_SET_NO_NEW_PRIVS, EPERM},
		{"process_vm_readv", SYS_process_vm_readv, 0, 0, ENOSYS},
		{"statx", SYS_statx, 0, 0, ENOSYS},
		/* as systemd: RestrictSUIDSGID=, LockPersonality= */
		{"openat2", SYS_openat2, 0, 0, ENOSYS},
		{"personality", SYS_personality, 0, 0, EPERM},
	};
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct sock_filter refuse[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				 offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 4),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
				 offsetof(struct seccomp_data, args) +
					 8 * calls[i].argument),
			BPF_STMT(BPF_ALU | BPF_AND | BPF_K, calls[i].mask),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, calls[i].mask, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | calls[i].error),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		};

		if (strcmp(calls[i].name, words_[0]))
			continue;
		if (filter(refuse, sizeof(refuse) / sizeof(refuse[0]), 0))
			unable("seccomp");
		execv(words_[1], words_ + 1);
		unable("exec");
	}
}

/* ---- hard work
 * ------------------------------------------------------------------------------ */

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void say(char **none)
{
	(void)none;
	_exit(0);
}

static volatile sig_atomic_t interrupts;

static void on_signal(int number)
{
	(void)number;
	interrupts++;
}

/* SIGURG means nothing to the program that is executed in the end. */
static void every_3_ms(void)
{
	const struct itimerspec often = {{0, 3000000}, {0, 3000000}};
	struct sigevent how = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG};
	struct sigaction action = {.sa_handler = on_signal}; /* without SA_RESTART */
	timer_t timer;

	if (sigaction(SIGURG, &action, NULL) ||
	    timer_create(CLOCK_MONOTONIC, &how, &timer) ||
	    timer_settime(timer, 0, &often, NULL))
		unable("timer");
}

static int early_signals;

/* Before a call is taken up a signal may interrupt it: seldom, but on a busy machine. */
static bool is_early_signal(void)
{
	return errno == EINTR && early_signals++ < 2;
}

/* FILE...: each is mapped, opened, and this program run, while a signal comes every 3 ms.
 */
static void signals(char **files)
{
	unsigned mapped_files = 0;
	double start = now();
	void *place;
	int fd;

	every_3_ms();
	for (; *files; files++) {
		do
			fd = open(*files, O_RDONLY | O_CLOEXEC);
		while (fd < 0 && is_early_signal());
		if (fd < 0)
			tell(1, "failed", "open", errno);
		do
			place = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd,
				     0);
		while (place == MAP_FAILED && is_early_signal());
		if (place == MAP_FAILED)
			tell(1, "failed", "mmap", errno);
		close(fd);
		mapped_files++;
	}
	printf("%u files, %d signals, %d of them early, %.1f s\n", mapped_files,
	       (int)interrupts, early_signals, now() - start);
	fflush(stdout);
	/* an exec that is interrupted is one that failed */
	do
		execl("/proc/self/exe", "run_reach", "say", NULL);
	while (is_early_signal());
	tell(1, "failed", "execve", errno);
}

/* GOOD FILE...: each of FILE is mapped by a child that is killed while it waits. */
static void killed(char **files)
{
	int good = opened(files[0], O_RDONLY), status, turn;
	const char *file;
	pid_t child;

	for (turn = 0; (file = files[1 + turn]); turn++) {
		child = fork();
		if (child == 0) {
			mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE,
			     open(file, O_RDONLY), 0);
			_exit(0);
		}
		/* from before the call to behind its answer */
		usleep((useconds_t)(turn * 997 % 12000));
		kill(child, SIGKILL);
		if (waitpid(child, &status, 0) != child)
			unable("wait");
	}
	if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, good, 0) == MAP_FAILED)
		tell(1, "failed", "mmap", errno);
	tell(0, "served", NULL, 0);
}

/* Nobody may look into this process. */
static void undumpable(char **file)
{
	int fd = opened(file[0], O_RDONLY);

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		unable("prctl");
	if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		stopped("mmap");
	worked(NULL);
}

/* Calls that fail without a supervisor, too: none of them may succeed, hang or end it. */
static void wrong_calls(char **good)
{
	char *none[] = {NULL}, *volatile far = (char *)8;
	int fd = opened(good[0], O_RDONLY);

	if (execve(far, none, none) != -1 || errno != EFAULT)
		tell(1, "wrong", "execve-address", errno);
	if (execve("", none, none) != -1 || errno != ENOENT)
		tell(1, "wrong", "execve-empty", errno);
	if (execve("/nonexistent", none, none) != -1 || errno != ENOENT)
		tell(1, "wrong", "execve-missing", errno);
	if (execve("/etc/passwd", none, none) != -1 || errno != EACCES)
		tell(1, "wrong", "execve-plain-file", errno);
	if (execve("/", none, none) != -1 || errno != EACCES)
		tell(1, "wrong", "execve-folder", errno);
	if (syscall(SYS_execveat, 77, "", none, none, AT_EMPTY_PATH) != -1 ||
	    errno != EBADF)
		tell(1, "wrong", "execveat", errno);
	if (mmap(NULL, PAGE, PROT_EXEC, MAP_PRIVATE, 77, 0) != MAP_FAILED ||
	    errno != EBADF)
		tell(1, "wrong", "mmap-descriptor", errno);
	if (mprotect(far, PAGE, PROT_EXEC) != -1 || errno != EINVAL)
		tell(1, "wrong", "mprotect-odd", errno);
	if (mprotect((void *)PAGE, PAGE, PROT_EXEC) != -1 || errno != ENOMEM)
		tell(1, "wrong", "mprotect-nothing", errno);
	if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED)
		tell(1, "wrong", "mmap", errno);
	tell(0, "as without", NULL, 0);
}

/* FILE OUTPUT: a daemon that has forked twice maps FILE when whoever started it is gone.
 */
static void become_daemon(char **file)
{
	pid_t child = fork();
	int fd;

	if (child) {
		waitpid(child, NULL, 0);
		_exit(0);
	}
	setsid();
	if (fork())
		_exit(0);
	for (fd = 0; fd < 256; fd++)
		close(fd);
	usleep(700000);
	fd = open(file[1], O_CREAT | O_WRONLY, 0644);
	dup2(fd, 1);
	if (mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, open(file[0], O_RDONLY),
		 0) == MAP_FAILED)
		stopped("mmap");
	worked(NULL);
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"reach", reach},
		{"family", family},
		{"listener", listener},
		{"refusing", refusing},
		{"say", say},
		{"signals", signals},
		{"killed", killed},
		{"undumpable", undumpable},
		{"wrong-calls", wrong_calls},
		{"daemon", become_daemon},
		{NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
