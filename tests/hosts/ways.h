/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ways in which a program lets strangers into its own process: come_in("mmap", path).
 *
 *	dlopen dlmopen        by the dynamic linker, into its namespace or one of its own
 *	memfd memfd-mmap      a copy of the file in a memfd, opened or only mapped
 *	mmap                  the file, executable from the start
 *	mprotect              the file, written to first and made executable then
 *	data                  the program's own data made executable
 *	posix sysv shared     shared memory: of shm_open, of shmget, of no file
 *	anonymous heap        private memory of no file
 *	remove replace        of a file on disk
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#define WAY_PAGE 4096

static char way_data[3 * 65536] __attribute__((aligned(65536))) = {1};

/* A descriptor with the bytes of a file. */
static inline int way_copy(int to, const char *path)
{
	int from = open(path, O_RDONLY | O_CLOEXEC);
	char buffer[65536];
	ssize_t got;

	while ((got = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)got) != got)
			exit(3);
	close(from);
	return to;
}

static inline bool way_map(int descriptor, int flags)
{
	return mmap(NULL, WAY_PAGE, PROT_READ | PROT_EXEC, flags, descriptor, 0) !=
	       MAP_FAILED;
}

static inline bool way_protect(const char *path)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);
	char *page =
		mmap(NULL, WAY_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, descriptor, 0);

	if (page == MAP_FAILED)
		return false;
	page[0] = 1;
	return mprotect(page, WAY_PAGE, PROT_READ | PROT_EXEC) == 0;
}

static inline bool way_system_v(void)
{
	int segment = shmget(IPC_PRIVATE, WAY_PAGE, IPC_CREAT | 0600);
	void *page = shmat(segment, NULL, SHM_EXEC | SHM_RDONLY);

	shmctl(segment, IPC_RMID, NULL);
	return page != (void *)-1;
}

static inline bool way_posix(void)
{
	char name[64];
	int descriptor;
	bool mapped;

	snprintf(name, sizeof(name), "/modseal-way.%d", (int)getpid());
	descriptor = shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
	mapped = ftruncate(descriptor, WAY_PAGE) == 0 && way_map(descriptor, MAP_SHARED);
	shm_unlink(name);
	return mapped;
}

static inline bool way_file(const char *verb, const char *path)
{
	char other[4096];

	if (strcmp(verb, "remove") == 0)
		return unlink(path) == 0;
	snprintf(other, sizeof(other), "%s.new", path);
	close(way_copy(open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0755), path));
	return rename(other, path) == 0;
}

static inline bool way_opened(const char *verb, const char *path)
{
	char name[64];
	int descriptor;

	if (strcmp(verb, "dlopen") == 0)
		return dlopen(path, RTLD_NOW) != NULL;
	if (strcmp(verb, "dlmopen") == 0)
		return dlmopen(LM_ID_NEWLM, path, RTLD_NOW) != NULL;
	descriptor = way_copy(memfd_create("stranger", MFD_CLOEXEC), path);
	if (strcmp(verb, "memfd-mmap") == 0)
		return way_map(descriptor, MAP_PRIVATE);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", descriptor);
	return dlopen(name, RTLD_NOW) != NULL;
}

/* False where it could not be done. */
static inline bool come_in(const char *verb, const char *path)
{
	if (strcmp(verb, "dlopen") == 0 || strcmp(verb, "dlmopen") == 0 ||
	    strncmp(verb, "memfd", 5) == 0)
		return way_opened(verb, path);
	if (strcmp(verb, "mmap") == 0)
		return way_map(open(path, O_RDONLY | O_CLOEXEC), MAP_PRIVATE);
	if (strcmp(verb, "mprotect") == 0)
		return way_protect(path);
	if (strcmp(verb, "data") == 0)
		return mprotect(way_data + 65536, 65536, PROT_READ | PROT_EXEC) == 0;
	if (strcmp(verb, "posix") == 0)
		return way_posix();
	if (strcmp(verb, "sysv") == 0)
		return way_system_v();
	if (strcmp(verb, "shared") == 0)
		return way_map(-1, MAP_SHARED | MAP_ANONYMOUS);
	if (strcmp(verb, "anonymous") == 0)
		return way_map(-1, MAP_PRIVATE | MAP_ANONYMOUS);
	if (strcmp(verb, "heap") == 0)
		return mprotect(sbrk(WAY_PAGE), WAY_PAGE, PROT_READ | PROT_EXEC) == 0;
	return way_file(verb, path);
}
