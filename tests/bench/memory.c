/* SPDX-License-Identifier: Apache-2.0 */
/* What a process holds: by its own account, and as another one sees it. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

/* In KiB; of proc_pid_status(5). */
struct memory {
	long peak, resident, private, shmem, memfd;
};

/* proc_pid_clear_refs(5) */
void bench_forget_peak(void)
{
	int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "5", 1) != 1)
		fprintf(stderr, "the peak includes what was before the measurement\n");
	if (fd >= 0)
		close(fd);
}

/* What lies in the memfds; one inode may have several descriptors. */
static long memfd_size(pid_t process)
{
	static ino_t seen[BENCH_MAX_FILES];
	char path[64];
	DIR *directory;
	size_t count = 0;
	long total = 0;
	struct dirent *entry;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		char target[64] = "";
		struct stat status;
		size_t i = 0;

		if (readlinkat(dirfd(directory), entry->d_name, target,
			       sizeof(target) - 1) < 0 ||
		    strncmp(target, "/memfd:", 7) != 0 ||
		    fstatat(dirfd(directory), entry->d_name, &status, 0) < 0)
			continue;
		while (i < count && seen[i] != status.st_ino)
			i++;
		if (i < count || count == BENCH_MAX_FILES)
			continue;
		seen[count++] = status.st_ino;
		total += status.st_blocks / 2;
	}
	if (directory)
		closedir(directory);
	return total;
}

static long field(const char *text, const char *name)
{
	const char *line = strstr(text, name);

	return line ? strtol(line + strlen(name), NULL, 10) : 0;
}

static int look(pid_t process, struct memory *ret_memory)
{
	char path[64], text[4096];
	ssize_t got = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)process);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (got < 0)
		return -1;
	text[got] = '\0';
	ret_memory->peak = field(text, "\nVmHWM:");
	ret_memory->resident = field(text, "\nVmRSS:");
	ret_memory->private = field(text, "\nRssAnon:");
	ret_memory->shmem = field(text, "\nRssShmem:");
	ret_memory->memfd = memfd_size(process);
	return 0;
}

void bench_print_memory(const char *name)
{
	struct memory memory = {0};

	if (look(getpid(), &memory) < 0)
		return;
	printf("%s-peak %ld\n%s-resident %ld\n", name, memory.peak, name,
	       memory.resident);
	printf("%s-private %ld\n%s-shmem %ld\n%s-memfd %ld\n", name, memory.private, name,
	       memory.shmem, name, memory.memfd);
}

/* ---- seen from beside ----------------------------------------------------------------
 */

static pid_t watcher;
/* Shared with it. */
static struct watch {
	atomic_bool begun, ended;
	long peak, looks;
} * watch;

static void watch_parent(pid_t parent)
{
	struct memory memory;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!atomic_load(&watch->ended) && look(parent, &memory) == 0) {
		long held = memory.resident - memory.shmem + memory.memfd;

		watch->peak = held > watch->peak ? held : watch->peak;
		watch->looks++;
		atomic_store(&watch->begun, true);
	}
}

int bench_watch(void)
{
	pid_t parent = getpid();

	watch = mmap(NULL, sizeof(*watch), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (watch == MAP_FAILED || (watcher = fork()) < 0)
		return 1;
	if (watcher == 0) {
		watch_parent(parent);
		_exit(0);
	}
	while (!atomic_load(&watch->begun))
		usleep(100);
	return 0;
}

int bench_watched(void)
{
	int status;

	atomic_store(&watch->ended, true);
	if (waitpid(watcher, &status, 0) != watcher || status != 0)
		return 1;
	printf("peak %ld\nlooks %ld\n", watch->peak, watch->looks);
	return 0;
}
