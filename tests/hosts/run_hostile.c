/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run_hostile MODE [FILE [FILE]]: a program inside `modseal run` that tries to get bytes
 * executed which nobody approved, one way each (E02-E09). FILE is unapproved code as
 * `code` makes it; where a mode says so, a file that is approved.
 */
#include <sched.h>
#include <stdint.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "run_hostile.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

/* a page of code as a file, for the other modes */
static void write_code(char **file)
{
	static char page[PAGE];
	int fd = open(file[0], O_CREAT | O_TRUNC | O_WRONLY, 0755);

	memcpy(page, code, sizeof(code));
	if (fd < 0 || write(fd, page, sizeof(page)) != sizeof(page) || close(fd))
		unable("write");
	worked(NULL);
}

static void map_plainly(char **file)
{
	call(mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

/* for files that hold no code */
static void map_only(char **file)
{
	mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);
	worked(NULL);
}

static void map_shared(char **file)
{
	call(mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_SHARED));
}

/* Bits that the kernel does not look at, and a filter might. */
static void map_high_bits(char **file)
{
	unsigned long descriptor = (unsigned long)opened(file[0], O_RDONLY) | 1UL << 32;
	long where = syscall(SYS_mmap, 0UL, (unsigned long)PAGE,
			     (unsigned long)(PROT_READ | PROT_EXEC) | 1UL << 40,
			     (unsigned long)MAP_PRIVATE, descriptor, 0UL);

	if (where == -1)
		stopped("mmap");
	call((void *)where);
}

/* FILE is opened as the dynamic linker does; what that gives gets MODE and other times,
 * and is used all the same. */
static void map_touched(char **file)
{
	int fd = opened(file[0], O_RDONLY | O_CLOEXEC);

	if (fchmod(fd, (mode_t)strtoul(file[1], NULL, 8)) || futimens(fd, NULL))
		unable("chmod");
	mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	worked(NULL);
}

/* The same with a lease, for whose end others who open it would wait; FILE is followed by
 * what is to run meanwhile. */
static void map_leased(char **file)
{
	int fd = opened(file[0], O_RDONLY | O_CLOEXEC), status;
	pid_t child;

	signal(SIGIO, SIG_IGN);
	mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE);
	if (fcntl(fd, F_SETLEASE, F_WRLCK))
		unable("lease");
	child = fork();
	if (child == 0) {
		execv(file[1], file + 1);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		unable("wait");
	errno = 0;
	if (status != 0)
		stopped("other");
	worked(NULL);
}

static void map_exec_only(char **file)
{
	call(mapped(opened(file[0], O_RDONLY), PROT_EXEC, MAP_PRIVATE));
}

/* the way that a check on open alone would miss: not by name, from another process */
static void map_inherited(char **file)
{
	int fd = opened(file[0], O_RDONLY), status;
	pid_t child = fork();

	if (child == 0)
		call(mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
	if (waitpid(child, &status, 0) != child)
		unable("wait");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

static void protect_later(char **file)
{
	void *place = mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE);

	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

/* The file is closed and gone when the right to execute is asked for. */
static void protect_deleted(char **file)
{
	char copy[] = "./deleted-XXXXXX";
	int fd = mkstemp(copy);
	void *place;

	(void)file;
	if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code) ||
	    ftruncate(fd, PAGE))
		unable("write");
	place = mapped(fd, PROT_READ, MAP_PRIVATE);
	if (unlink(copy) || close(fd))
		unable("unlink");
	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

static void protect_key(char **file)
{
	void *place = mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE);

	/* no key: so it works without the hardware, too */
	if (syscall(SYS_pkey_mprotect, place, PAGE, PROT_READ | PROT_EXEC, -1))
		stopped("pkey_mprotect");
	call(place);
}

/* One call over memory that may become executable and a mapping that may not. */
static void protect_both(char **file)
{
	int bad = opened(file[0], O_RDONLY);
	char *room = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED || mmap(room + PAGE, PAGE, PROT_READ,
				       MAP_PRIVATE | MAP_FIXED, bad, 0) != room + PAGE)
		unable("mmap");
	if (mprotect(room, 2 * PAGE, PROT_READ | PROT_EXEC))
		stopped("mprotect");
	call(room + PAGE);
}

/* mprotect that ends inside the last page, and says so with a length that is not a
 * multiple */
static void protect_odd(char **file)
{
	void *place = mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE);

	if (mprotect(place, 1, PROT_READ | PROT_EXEC))
		stopped("mprotect");
	call(place);
}

static int code_in_memory(unsigned flags)
{
	int fd = memfd_create("code", flags);

	if (fd < 0 && errno == EINVAL && flags)
		fd = memfd_create("code", flags & ~MFD_EXEC); /* before Linux 6.3 */
	if (fd < 0 || write(fd, code, sizeof(code)) != sizeof(code) ||
	    ftruncate(fd, PAGE))
		unable("memfd");
	return fd;
}

static void memory_mapped(char **none)
{
	(void)none;
	call(mapped(code_in_memory(MFD_EXEC), PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

/* It looks like what the supervisor itself makes: sealed, of the same name. */
static void memory_sealed(char **none)
{
	int fd = code_in_memory(MFD_EXEC | MFD_ALLOW_SEALING);

	(void)none;
	if (fcntl(fd, F_ADD_SEALS,
		  F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL))
		unable("seal");
	call(mapped(fd, PROT_READ | PROT_EXEC, MAP_PRIVATE));
}

static void memory_protected(char **none)
{
	void *place = mapped(code_in_memory(MFD_EXEC), PROT_READ, MAP_SHARED);

	(void)none;
	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

static int program_in_memory(const char *program)
{
	static char piece[65536];
	int fd = memfd_create("program", MFD_EXEC), from = opened(program, O_RDONLY);
	ssize_t got;

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("program", 0);
	while ((got = read(from, piece, sizeof(piece))) > 0) {
		if (write(fd, piece, got) != got)
			unable("memfd");
	}
	return fd;
}

/* FILE is a program that is approved where it lies, and says "worked". */
static void memory_executed(char **file)
{
	char *words[] = {file[0], "say", NULL}, *none[] = {NULL};

	syscall(SYS_execveat, program_in_memory(file[0]), "", words, none, AT_EMPTY_PATH);
	stopped("execveat");
}

static void memory_by_name(char **file)
{
	char *words[] = {file[0], "say", NULL}, *none[] = {NULL}, path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", program_in_memory(file[0]));
	execve(path, words, none);
	stopped("execve");
}

static void say(char **none)
{
	(void)none;
	worked(NULL);
}

/* E04; FILE is approved */
static void write_and_execute(char **file)
{
	void *place = mapped(opened(file[0], O_RDONLY),
			     PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE);

	memcpy(place, code, sizeof(code));
	call(place);
}

static void write_and_execute_shared(char **file)
{
	void *place = mapped(opened(file[0], O_RDWR), PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_SHARED);

	memcpy(place, code, sizeof(code));
	call(place);
}

static void write_and_execute_later(char **file)
{
	void *place = mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE);

	make_executable(place, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(place, code, sizeof(code));
	call(place);
}

/* E05; FILE is approved */
static void written_before(char **file)
{
	void *place =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_WRITE, MAP_PRIVATE);

	memcpy(place, code, sizeof(code));
	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

static void written_between(char **file)
{
	void *place =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_EXEC, MAP_PRIVATE);

	if (mprotect(place, PAGE, PROT_READ | PROT_WRITE))
		unable("mprotect");
	memcpy(place, code, sizeof(code));
	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

/* The page was written by the parent; the child never touched it. */
static void written_inherited(char **file)
{
	void *place =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_WRITE, MAP_PRIVATE);
	pid_t child;
	int status;

	memcpy(place, code, sizeof(code));
	child = fork();
	if (child == 0) {
		make_executable(place, PROT_READ | PROT_EXEC);
		call(place);
	}
	if (waitpid(child, &status, 0) != child)
		unable("wait");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
}

/* The page is moved elsewhere once it is written. */
static void written_moved(char **file)
{
	void *place =
		mapped(opened(file[0], O_RDONLY), PROT_READ | PROT_WRITE, MAP_PRIVATE);
	void *room = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(place, code, sizeof(code));
	place = mremap(place, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room);
	if (place == MAP_FAILED)
		unable("mremap");
	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

/* E06 */
static void *shared_memory(int flags)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	void *place = id < 0 ? (void *)-1 : shmat(id, NULL, 0), *again;

	if (place == (void *)-1)
		unable("shm");
	memcpy(place, code, sizeof(code));
	again = shmat(id, NULL, flags);
	shmctl(id, IPC_RMID, NULL);
	if (again == (void *)-1)
		stopped("shmat");
	return again;
}

static void shared_executed(char **none)
{
	(void)none;
	call(shared_memory(SHM_EXEC | SHM_RDONLY));
}

static void shared_protected(char **none)
{
	void *place = shared_memory(SHM_RDONLY);

	(void)none;
	make_executable(place, PROT_READ | PROT_EXEC);
	call(place);
}

/* E07: what is readable becomes executable without being asked for */
static void read_implies(char **file)
{
	if (personality(READ_IMPLIES_EXEC) < 0)
		stopped("personality");
	call(mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE));
}

/* For a parent that has set it: is it still there? */
static void personality_inherited(char **none)
{
	(void)none;
	errno = 0;
	if (personality(0xffffffff) & READ_IMPLIES_EXEC)
		worked(NULL);
	stopped("personality");
}

/* E08 */
#ifdef __x86_64__
static long int80(long number, long a, long b, long c, long d, long e)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "0"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
			 : "memory", "r8", "r9", "r10", "r11");
	return (int)result;
}

static void by_int80(char **file)
{
	/* mmap2, whose sixth argument would be in rbp: the offset is whatever it holds */
	int fd = opened(file[0], O_RDONLY);
	void *place = mapped(fd, PROT_READ, MAP_PRIVATE | MAP_32BIT);
	long result = int80(125, (long)place, PAGE, PROT_READ | PROT_EXEC, 0, 0);

	if (result < 0) {
		errno = (int)-result;
		stopped("int80");
	}
	call(place);
}

static void by_x32(char **file)
{
	void *place = mapped(opened(file[0], O_RDONLY), PROT_READ, MAP_PRIVATE);

	if (syscall(0x40000000 + SYS_mprotect, place, PAGE, PROT_READ | PROT_EXEC))
		stopped("x32");
	call(place);
}
#endif

/* E09, and other calls that the filter refuses whatever their arguments are */
static void fault_handler(char **none)
{
	(void)none;
	if (syscall(SYS_userfaultfd, 1 /* UFFD_USER_MODE_ONLY */) < 0)
		stopped("userfaultfd");
	worked(NULL);
}

/* FILE is two pages of one's own: what a mapping shows becomes another page. */
static void remapped(char **file)
{
	int fd = opened(file[0], O_RDWR);
	void *place;

	if (ftruncate(fd, 2 * PAGE))
		unable("ftruncate");
	place = mapped(fd, PROT_READ, MAP_SHARED);
	if (syscall(SYS_remap_file_pages, place, PAGE, 0, 1, 0))
		stopped("remap_file_pages");
	worked(NULL);
}

int main(int count, char **arguments)
{
	static const struct mode modes[] = {
		{"code", write_code},
		{"map", map_plainly},
		{"map-only", map_only},
		{"map-shared", map_shared},
		{"map-high-bits", map_high_bits},
		{"map-exec-only", map_exec_only},
		{"map-touched", map_touched},
		{"map-leased", map_leased},
		{"map-inherited", map_inherited},
		{"mprotect", protect_later},
		{"mprotect-deleted", protect_deleted},
		{"pkey-mprotect", protect_key},
		{"mprotect-both", protect_both},
		{"mprotect-odd", protect_odd},
		{"memfd-map", memory_mapped},
		{"memfd-sealed", memory_sealed},
		{"memfd-mprotect", memory_protected},
		{"memfd-execveat", memory_executed},
		{"memfd-execve", memory_by_name},
		{"say", say},
		{"write-exec", write_and_execute},
		{"write-exec-shared", write_and_execute_shared},
		{"write-exec-later", write_and_execute_later},
		{"written-before", written_before},
		{"written-between", written_between},
		{"written-inherited", written_inherited},
		{"written-moved", written_moved},
		{"shm-exec", shared_executed},
		{"shm-mprotect", shared_protected},
		{"read-implies", read_implies},
		{"personality", personality_inherited},
#ifdef __x86_64__
		{"int80", by_int80},
		{"x32", by_x32},
#endif
		{"userfaultfd", fault_handler},
		{"remap", remapped},
		{NULL, NULL},
	};

	(void)count;
	return run_mode(modes, arguments);
}
