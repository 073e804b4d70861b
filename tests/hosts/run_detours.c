/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_detours MODE ...: a program inside `modseal run` that comes to executable bytes in
 * a roundabout way: by calls that open or map without being asked about, by memory that
 * only looks as if it were of no file, by mounts of its own (E02, E08, E15, E21).
 */
#include <linux/aio_abi.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run_hostile.h"

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_open_tree
#define SYS_open_tree  428
#define SYS_move_mount 429
#endif
#ifndef SYS_process_madvise
#define SYS_process_madvise 440
#endif
#define TREE_CLONE     1
#define TREE_RECURSIVE 0x8000
#define FROM_EMPTY     4
#define ADVICE_COLD    20

/* ---- a file that is opened without a call that is asked about ------------------------
 */

static void *part_of(int ring, size_t size, off_t part)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
			    ring, part);

	if (memory == MAP_FAILED)
		unable("mmap");
	return memory;
}

static void by_ring(char **file)
{
	struct io_uring_params about = {0};
	int ring = (int)syscall(SYS_io_uring_setup, 4, &about), one = 1;
	struct io_uring_sqe *wish;
	struct io_uring_cqe *done;
	char *asks, *answers;

	if (ring < 0)
		stopped("io_uring_setup");
	asks = part_of(ring, about.sq_off.array + 4 * sizeof(unsigned),
		       IORING_OFF_SQ_RING);
	answers =
		part_of(ring, about.cq_off.cqes + 8 * sizeof(*done), IORING_OFF_CQ_RING);
	wish = part_of(ring, 4 * sizeof(*wish), IORING_OFF_SQES);
	*wish = (struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
				      .fd = AT_FDCWD,
				      .addr = (uint64_t)(uintptr_t)file[0],
				      .open_flags = O_RDONLY | O_CLOEXEC};
	memset(asks + about.sq_off.array, 0, sizeof(unsigned));
	memcpy(asks + about.sq_off.tail, &one, sizeof(one));
	if (syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		stopped("io_uring_enter");
	done = (void *)(answers + about.cq_off.cqes);
	errno = -done->res;
	if (done->res < 0)
		unable("open");
	call(mapped(done->res, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

/* A sibling has code in memory, and its descriptor is taken. */
static void by_sibling(char **none)
{
	int numbers[2], number, process, taken, error;
	pid_t child;

	(void)none;
	if (pipe(numbers))
		unable("pipe");
	child = fork();
	if (child == 0) {
		number = memfd_create("code", 0);
		if (write(number, code, sizeof(code)) != sizeof(code) ||
		    ftruncate(number, PAGE) ||
		    write(numbers[1], &number, sizeof(number)) != sizeof(number))
			_exit(2);
		alarm(10);
		pause();
	}
	if (read(numbers[0], &number, sizeof(number)) != sizeof(number))
		unable("pipe");
	process = (int)syscall(SYS_pidfd_open, child, 0);
	taken = (int)syscall(SYS_pidfd_getfd, process, number, 0);
	error = errno;
	kill(child, SIGKILL);
	errno = error;
	if (taken < 0)
		unable("pidfd_getfd");
	call(mapped(taken, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

/* ---- memory of files that have no name -----------------------------------------------
 */

static void executed_later(void *memory)
{
	if (memory == MAP_FAILED)
		unable("mmap");
	memcpy(memory, code, sizeof(code));
	make_executable(memory, PROT_READ | PROT_EXEC);
	call(memory);
}

static void *writable(int fd, int flags)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static void zero_device(char **none)
{
	(void)none;
	executed_later(writable(opened("/dev/zero", O_RDWR), MAP_PRIVATE));
}

static void shared_anonymous(char **none)
{
	(void)none;
	executed_later(writable(-1, MAP_SHARED | MAP_ANONYMOUS));
}

static int secret(void)
{
	int fd = (int)syscall(SYS_memfd_secret, 0);

	if (fd < 0 || ftruncate(fd, PAGE))
		unable("memfd_secret");
	return fd;
}

static void secret_later(char **none)
{
	(void)none;
	executed_later(writable(secret(), MAP_SHARED));
}

static void secret_mapped(char **none)
{
	int fd = secret();
	char *memory = writable(fd, MAP_SHARED);

	(void)none;
	if (memory == MAP_FAILED)
		unable("mmap");
	memcpy(memory, code, sizeof(code));
	call(mapped(fd, PROT_READ | PROT_EXEC, MAP_SHARED));
}

static void asynchronous(char **none)
{
	aio_context_t ring = 0;

	(void)none;
	if (syscall(SYS_io_setup, 1, &ring))
		unable("io_setup");
	make_executable((void *)ring, PROT_READ | PROT_EXEC);
	worked(NULL);
}

/* FILE is approved and mapped; the kernel is to write there for one. */
static void kernel_writes(char **file)
{
	char *memory =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);
	int ends[2];

	if (pipe(ends) || write(ends[1], code, sizeof(code)) != sizeof(code))
		unable("pipe");
	if (read(ends[0], memory, sizeof(code)) == sizeof(code))
		call(memory);
	stopped("read");
}

/* ---- other numbers, bits and tables --------------------------------------------------
 */

/* Bits beside those that only ask, and above those that the kernel looks at. */
static void personality_bits(char **file)
{
	static const unsigned long bits[] = {READ_IMPLIES_EXEC | 0xff, 0xfffffffeUL,
					     0xffffffff00000000UL | READ_IMPLIES_EXEC};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		syscall(SYS_personality, bits[i]);
		if (personality(0xffffffff) & READ_IMPLIES_EXEC)
			call(mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE));
	}
	errno = EPERM;
	stopped("personality");
}

/* A filter of its own that wants to ask somebody, too, and has nobody: the kernel goes by
 * the newer of two such. */
static void own_filter(char **file)
{
	struct sock_filter ask[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(ask) / sizeof(ask[0]), ask};
	int fd = opened(file[0], O_RDONLY);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		unable("seccomp");
	call(mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

#ifdef __x86_64__
/* 32-bit code by a far call, which calls the kernel as such: mprotect of FILE. */
static void far_call(char **file)
{
	static const unsigned char body[] = {0xb8, 125,	 0,    0, 0, /* mov $125, %eax */
					     0xbb, 0,	 0,    0, 0, /* mov FILE, %ebx */
					     0xb9, 0,	 0x10, 0, 0, /* mov $PAGE, %ecx */
					     0xba, 5,	 0,    0, 0, /* mov $5, %edx */
					     0xcd, 0x80, 0xcb};	     /* int $0x80; lret */
	static const unsigned char there[] = {0xff, 0x1f, 0xc3}; /* lcall *(%rdi); ret */
	int low = MAP_PRIVATE | MAP_32BIT;
	char *target = mapped(opened(file[0], O_RDONLY), PROT_READ, low);
	char *text = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			  low | MAP_ANONYMOUS, -1, 0);
	char *stack =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, low | MAP_ANONYMOUS, -1, 0);
	const uint32_t address = (uint32_t)(uintptr_t)target;
	const uint32_t entry = (uint32_t)(uintptr_t)text;
	const uint16_t selector = 0x23;
	long result;

	if (text == MAP_FAILED || stack == MAP_FAILED)
		stopped("mmap");
	memcpy(text, body, sizeof(body));
	memcpy(text + 6, &address, sizeof(address));
	memcpy(text + 256, there, sizeof(there));
	memcpy(text + 512, &entry, sizeof(entry));
	memcpy(text + 516, &selector, sizeof(selector));
	__asm__ volatile("mov %%rbx, %%r12; mov %%rbp, %%r13; mov %%rsp, %%r14\n\t"
			 "mov %2, %%rsp; call *%3\n\t"
			 "mov %%r14, %%rsp; mov %%r13, %%rbp; mov %%r12, %%rbx"
			 : "=a"(result)
			 : "D"(text + 512), "r"(stack + PAGE), "r"(text + 256)
			 : "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13",
			   "r14", "memory");
	errno = -(int)result;
	if ((int)result < 0)
		stopped("int80");
	call(target);
}
#endif

/* ---- mounts of one's own, and processes that have none -------------------------------
 */

static void own_namespace(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		unable("unshare");
}

static int clone_tree(const char *path)
{
	int tree =
		(int)syscall(SYS_open_tree, AT_FDCWD, path, TREE_CLONE | TREE_RECURSIVE);

	if (tree < 0)
		unable("open_tree");
	return tree;
}

/* OTHER APPROVED: OTHER, which no rule allows, lies at the place of APPROVED, for a child
 * that waits. */
static pid_t mounted_child(char **file)
{
	int ready[2];
	pid_t child;
	char byte;

	if (pipe(ready))
		unable("pipe");
	child = fork();
	if (child == 0) {
		own_namespace();
		if (syscall(SYS_move_mount, clone_tree(file[0]), "", AT_FDCWD, file[1],
			    FROM_EMPTY))
			stopped("move_mount");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) != 1)
			_exit(2);
		alarm(10);
		pause();
		_exit(2);
	}
	close(ready[1]);
	if (child < 0 || read(ready[0], &byte, 1) != 1)
		_exit(1); /* the child has said why */
	return child;
}

static _Noreturn void map_and_tell(int fd)
{
	if (fd < 0)
		unable("open");
	mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	worked(NULL);
}

/* as a process without namespaces of its own: through the root of the other */
static void through_root(char **file)
{
	char name[4200];

	snprintf(name, sizeof(name), "/proc/%d/root%s", (int)mounted_child(file),
		 file[1]);
	map_and_tell(open(name, O_RDONLY));
}

/* by joining it */
static void joined(char **file)
{
	int process = (int)syscall(SYS_pidfd_open, mounted_child(file), 0);

	if (setns(process, CLONE_NEWUSER | CLONE_NEWNS))
		unable("setns");
	map_and_tell(open(file[1], O_RDONLY));
}

/* FOLDER PATH: in a clone of FOLDER that is mounted nowhere its files seem to lie at
 * PATH; a process without namespaces of its own gets a descriptor. */
static void cloned(char **file)
{
	char byte = 0, space[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof(space)};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);
	int link[2], fd;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, link))
		unable("socketpair");
	if (fork() == 0) {
		own_namespace();
		fd = openat(clone_tree(file[0]), file[1] + 1, O_RDONLY);
		if (fd < 0)
			unable("open");
		part->cmsg_level = SOL_SOCKET;
		part->cmsg_type = SCM_RIGHTS;
		part->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(part), &fd, sizeof(fd));
		_exit(sendmsg(link[1], &message, 0) == 1 ? 0 : 2);
	}
	close(link[1]);
	if (recvmsg(link[0], &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		_exit(2);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	wait(NULL);
	map_and_tell(fd);
}

/* ---- the supervisor ------------------------------------------------------------------
 */

/* PROCESS: all that reaches into it besides what run_reach tries. */
static void reached(char **number)
{
	static const char *const names[] = {"environ", "maps",	    "auxv",  "stack",
					    "syscall", "io",	    "root",  "cwd",
					    "exe",     "map_files", "ns/mnt"};
	static const char *const settings[] = {"oom_score_adj", "coredump_filter",
					       "clear_refs", "comm", "autogroup"};
	pid_t process = (pid_t)strtoul(number[0], NULL, 10);
	int handle = (int)syscall(SYS_pidfd_open, process, 0);
	struct iovec page = {(void *)names, PAGE};
	struct perf_event_attr counter = {.type = PERF_TYPE_SOFTWARE,
					  .size = sizeof(counter),
					  .config = PERF_COUNT_SW_DUMMY,
					  .exclude_kernel = 1};
	char name[64];

	if (handle < 0)
		unable("pidfd_open");
	if (syscall(SYS_process_madvise, handle, &page, 1, ADVICE_COLD, 0) >= 0)
		worked("process_madvise");
	if (syscall(SYS_kcmp, getpid(), process, 0, 0, 0) >= 0)
		worked("kcmp");
	if (syscall(SYS_move_pages, process, 0, NULL, NULL, NULL, 0) >= 0)
		worked("move_pages");
	if (syscall(SYS_perf_event_open, &counter, process, -1, -1, 0) >= 0)
		worked("perf_event_open");
	if (setns(handle, CLONE_NEWNS) == 0)
		worked("setns");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "/proc/%d/%s", (int)process, names[i]);
		if (open(name, O_RDONLY) >= 0)
			worked(names[i]);
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		snprintf(name, sizeof(name), "/proc/%d/%s", (int)process, settings[i]);
		if (open(name, O_WRONLY) >= 0)
			worked(settings[i]);
	}
	stopped("all");
}

/* PROCESS FILE: signals that its own timers send, from outside; then FILE is mapped. */
static void forged(char **words)
{
	pid_t process = (pid_t)strtoul(words[0], NULL, 10);
	siginfo_t about = {.si_code = SI_TIMER};

	for (int turn = 0; turn < 200; turn++)
		for (int number = SIGRTMIN; number <= SIGRTMAX; number++) {
			about.si_signo = number;
			syscall(SYS_rt_sigqueueinfo, process, number, &about);
			syscall(SYS_rt_tgsigqueueinfo, process, process, number, &about);
		}
	call(mapped(opened(words[1], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"ring", by_ring},
		{"sibling", by_sibling},
		{"zero-device", zero_device},
		{"shared-anonymous", shared_anonymous},
		{"secret-later", secret_later},
		{"secret-mapped", secret_mapped},
		{"asynchronous", asynchronous},
		{"kernel-writes", kernel_writes},
		{"personality-bits", personality_bits},
		{"own-filter", own_filter},
#ifdef __x86_64__
		{"far-call", far_call},
#endif
		{"through-root", through_root},
		{"joined", joined},
		{"cloned", cloned},
		{"reached", reached},
		{"forged", forged},
		{NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
