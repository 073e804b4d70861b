/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_limits MODE ...: what hostile code that runs already can do inside `modseal run`,
 * as the manual says: races with the check, and code that comes from no file. With
 * --strict some of it ends. And a process that nobody may look into.
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "run_hostile.h"
#include "run_race.h"

/* ---- races: one thread asks, another changes what was asked about
 * --------------------------- */

static atomic_bool over;
static int slot = 200, good_fd, bad_fd;
static char *place;

static void *swap_descriptor(void *none)
{
	unsigned turn;

	for (turn = 0; !over; turn++) {
		dup2(good_fd, slot);
		rest(turn);
		dup2(bad_fd, slot);
		rest(turn / 5);
	}
	return none;
}

static void *swap_mapping(void *none)
{
	unsigned turn;

	for (turn = 0; !over; turn++) {
		mmap(place, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1,
		     0);
		rest(turn);
		mmap(place, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, bad_fd, 0);
		rest(turn / 5);
	}
	return none;
}

static pthread_t other(void *(*function)(void *))
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, function, NULL))
		unable("thread");
	return thread;
}

/* GOOD BAD: files of code. */

static void race_descriptor(char **file)
{
	double end = now() + SECONDS;
	char *got;

	good_fd = opened(file[0], O_RDONLY);
	bad_fd = opened(file[1], O_RDONLY);
	other(swap_descriptor);
	while (now() < end) {
		got = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, slot, 0);
		if (got == MAP_FAILED)
			continue;
		if (memcmp(got, code, sizeof(code)) == 0)
			call(got);
		munmap(got, PAGE);
	}
	errno = 0;
	stopped("race");
}

static int executable(const void *address)
{
	char line[512], rights[8];
	unsigned long from, to;
	int result = 0;
	FILE *file = fopen("/proc/self/maps", "re");

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 &&
		    (unsigned long)address >= from && (unsigned long)address < to)
			result = rights[2] == 'x';
	}
	if (file)
		fclose(file);
	return result;
}

/* BAD: memory of no file may become executable, and this file takes its place. */
static void race_mapping(char **file)
{
	double end = now() + SECONDS;
	pthread_t thread;
	int result;

	bad_fd = opened(file[0], O_RDONLY);
	place = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (now() < end) {
		over = false;
		thread = other(swap_mapping);
		usleep(500);
		result = mprotect(place, PAGE, PROT_READ | PROT_EXEC);
		over = true;
		pthread_join(thread, NULL);
		if (result == 0 && executable(place) &&
		    memcmp(place, code, sizeof(code)) == 0)
			call(place);
	}
	errno = 0;
	stopped("race");
}

/* ---- code that comes from no file
 * ------------------------------------------------------------ */

static void anonymous(char **none)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)none;
	if (memory == MAP_FAILED)
		stopped("mmap");
	memcpy(memory, code, sizeof(code));
	call(memory);
}

static void anonymous_later(char **none)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)none;
	memcpy(memory, code, sizeof(code));
	make_executable(memory, PROT_READ | PROT_EXEC);
	call(memory);
}

static void on_stack(char **none)
{
	static _Alignas(PAGE) char data[PAGE];

	(void)none;
	memcpy(data, code, sizeof(code));
	make_executable(data, PROT_READ | PROT_WRITE | PROT_EXEC);
	call(data);
}

/* FILE is approved and mapped; what is written through proc asks for no right. */
static void process_memory(char **file)
{
	void *memory =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);
	int fd = open("/proc/self/mem", O_RDWR);

	if (fd < 0)
		stopped("open");
	if (pwrite(fd, code, sizeof(code), (off_t)memory) != sizeof(code))
		stopped("write");
	call(memory);
}

/* FILE ends in a signature that holds a stranger's certificate, and that some code: where
 * is it in the file? */
static size_t find_tail(int fd)
{
	size_t size = (size_t)lseek(fd, 0, SEEK_END);
	char *all = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0), *found;

	found = all == MAP_FAILED ? NULL : memmem(all, size, code, sizeof(code));
	if (!found)
		unable("find");
	return (size_t)(found - all);
}

static void map_tail(char **file)
{
	int fd = opened(file[0], O_RDONLY);
	size_t found = find_tail(fd), page = found & ~(size_t)(PAGE - 1);
	char *memory =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, (off_t)page);

	if (memory == MAP_FAILED)
		stopped("mmap");
	call(memory + (found - page));
}

/* The first page only is asked for, and the rest by mremap(2) from that size. */
static void remap_tail(const char *path, int sharing, size_t size)
{
	int fd = opened(path, O_RDONLY);
	size_t found = find_tail(fd);
	char *memory = mapped(fd, PROT_READ | PROT_EXEC, sharing);

	memory = mremap(memory, size, found + PAGE, MREMAP_MAYMOVE);
	if (memory == MAP_FAILED)
		stopped("mremap");
	call(memory + found);
}

static void grow_tail(char **file)
{
	remap_tail(file[0], MAP_PRIVATE, PAGE);
}

/* The kernel rounds this size up to none: of a shared mapping it makes a new one then. */
static void double_tail(char **file)
{
	remap_tail(file[0], MAP_SHARED, SIZE_MAX);
}

/* FILE as above, in a child that this process traces */
static void trace(char **file)
{
	void *memory =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);
	pid_t child = fork();
	unsigned long word;
	size_t i;

	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(errno);
		raise(SIGSTOP);
		call(memory);
	}
	if (waitpid(child, (int *)&word, WUNTRACED) != child)
		unable("wait");
	for (i = 0; i < sizeof(code); i += sizeof(word)) {
		word = 0;
		memcpy(&word, code + i,
		       sizeof(code) - i < sizeof(word) ? sizeof(code) - i : sizeof(word));
		if (ptrace(PTRACE_POKETEXT, child, (char *)memory + i, word)) {
			kill(child, SIGKILL);
			errno = EPERM;
			stopped("ptrace");
		}
	}
	ptrace(PTRACE_CONT, child, NULL, NULL);
	waitpid(child, (int *)&word, 0);
	_exit(0);
}

static void other_memory(char **none)
{
	static char target[8];
	struct iovec here = {(void *)code, sizeof(target) - 2},
		     there = {target, sizeof(target) - 2};

	(void)none;
	if (syscall(SYS_process_vm_writev, getpid(), &here, 1, &there, 1, 0) < 0)
		stopped("process_vm_writev");
	worked(NULL);
}

/* Calls that only --strict refuses: with arguments that give EFAULT or the like
 * otherwise. */
static void call_made(long number, const char *name)
{
	if (syscall(number, 1, NULL, 0) < 0 &&
	    (errno == EPERM || errno == ENOSYS || errno == EACCES))
		stopped(name);
	worked(name);
}

static void ring(char **none)
{
	(void)none;
	call_made(SYS_io_uring_setup, "io_uring_setup");
}

#ifdef SYS_modify_ldt
static void local_table(char **none)
{
	(void)none;
	call_made(SYS_modify_ldt, "modify_ldt");
}
#endif

/* FILE WITNESS: it has opened FILE, tells so by making WITNESS, and maps FILE as soon as
 * that is gone. */
static void opened_before(char **files)
{
	int fd = opened(files[0], O_RDONLY | O_CLOEXEC);

	if (close(creat(files[1], 0600)))
		unable("create");
	while (access(files[1], F_OK) == 0)
		usleep(10000);
	call(mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

/* ---- what nobody may look into: memory that was mapped before, and a path ------------
 */

static void undumpable_protect(char **file)
{
	void *memory =
		mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, opened(file[0], O_RDONLY), 0);

	if (memory == MAP_FAILED || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		unable("prctl");
	if (mprotect(memory, PAGE, PROT_READ | PROT_EXEC))
		stopped("mprotect");
	worked(NULL);
}

static void undumpable_grow(char **file)
{
	void *memory = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE,
			    opened(file[0], O_RDONLY), 0);

	if (memory == MAP_FAILED || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		unable("prctl");
	if (mremap(memory, PAGE, 2 * PAGE, MREMAP_MAYMOVE) == MAP_FAILED)
		stopped("mremap");
	worked(NULL);
}

static void undumpable_execute(char **file)
{
	char *words_[] = {file[0], NULL};

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		unable("prctl");
	execv(file[0], words_);
	stopped("execve");
}

static void undumpable_mount(char **directory)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		unable("prctl");
	if (mount("none", directory[0], "binfmt_misc", 0, NULL))
		stopped("mount");
	worked(NULL);
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"race-descriptor", race_descriptor},
		{"race-mapping", race_mapping},
		{"opened-before", opened_before},
		{"anonymous", anonymous},
		{"anonymous-later", anonymous_later},
		{"data", on_stack},
		{"proc-mem", process_memory},
		{"tail", map_tail},
		{"tail-grown", grow_tail},
		{"tail-doubled", double_tail},
		{"undumpable-protect", undumpable_protect},
		{"undumpable-grow", undumpable_grow},
		{"undumpable-execute", undumpable_execute},
		{"undumpable-mount", undumpable_mount},
		{"ptrace", trace},
		{"vm-writev", other_memory},
		{"io_uring", ring},
#ifdef SYS_modify_ldt
		{"modify_ldt", local_table},
#endif
		{NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
