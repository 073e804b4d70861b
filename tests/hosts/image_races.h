/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Races against verifier/image/: a child attacks while the caller opens, reads and seals.
 * Each race runs until both sides have done their rounds, in a folder of its own on a
 * safe path. Short runs are unit tests, long ones tests/races/.
 */
#ifndef MODSEAL_TEST_IMAGE_RACES_H
#define MODSEAL_TEST_IMAGE_RACES_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/calls.h"
#include "verifier/image/bytes.h"

struct race {
	char folder[PATH_MAX - 64];
	unsigned long rounds;
	/* shared with the child */
	struct race_shared {
		atomic_ulong attacks;  /* done */
		atomic_int descriptor; /* of the memfd under attack, or -1 */
	} * shared;
	unsigned long accepted, refused, wrong;
	char message[256]; /* of the first thing that was wrong */
};

#define RACE_SIZE 20000u
#define RACE_GOOD "good"

static const char *race_path(const struct race *race, const char *name)
{
	static char paths[8][PATH_MAX];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, PATH_MAX, "%s/%s", race->folder, name);
	return path;
}

static void race_wrong(struct race *race, const char *what)
{
	if (race->wrong++ == 0)
		snprintf(race->message, sizeof(race->message), "%.250s", what);
}

static uint64_t race_sum(const uint8_t *data, size_t size)
{
	uint64_t sum = 1469598103934665603u;

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ data[i]) * 1099511628211u;
	return sum;
}

static void race_file(const char *path, const char *text, size_t size, mode_t mode)
{
	int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	uint8_t *data = calloc(1, size);

	memcpy(data, text, strlen(text));
	if (descriptor < 0 || write(descriptor, data, size) != (ssize_t)size ||
	    fchmod(descriptor, mode))
		abort();
	free(data);
	close(descriptor);
}

/* Runs attack in a child for ever; it counts what it did. */
static pid_t race_start(struct race *race, void (*attack)(struct race *, unsigned long))
{
	pid_t child;

	race->shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (race->shared == MAP_FAILED)
		abort();
	atomic_store(&race->shared->descriptor, -1);
	child = fork();
	if (child < 0)
		abort();
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned long i = 0;; i++) {
		attack(race, i);
		atomic_fetch_add(&race->shared->attacks, 1);
	}
}

static void race_stop(struct race *race, pid_t child)
{
	int status;

	kill(child, SIGKILL);
	if (waitpid(child, &status, 0) != child || !WIFSIGNALED(status) ||
	    WTERMSIG(status) != SIGKILL)
		race_wrong(race, "the attacker died by itself");
	munmap(race->shared, 4096);
}

static bool race_goes_on(const struct race *race, unsigned long done)
{
	return done < race->rounds || atomic_load(&race->shared->attacks) < race->rounds;
}

/* What was summed up in view is what everybody sees from now on. */
static void race_compare(struct race *race, const struct modseal_bytes *bytes)
{
	uint64_t sum = race_sum(bytes->view.data, bytes->view.size);
	uint8_t *mapped;

	sched_yield();
	mapped = mmap(NULL, bytes->view.size, PROT_READ | PROT_EXEC, MAP_PRIVATE,
		      bytes->descriptor, 0);
	if (mapped == MAP_FAILED)
		abort();
	if (race_sum(mapped, bytes->view.size) != sum)
		race_wrong(race,
			   "the bytes mapped are not the bytes that were summed up");
	munmap(mapped, bytes->view.size);
	if (race_sum(bytes->view.data, bytes->view.size) != sum)
		race_wrong(race, "the view changed after it was sealed");
}

/* ---- R06: the source is written while it is read ---- */

static void flip_source(struct race *race, unsigned long round)
{
	static int descriptor = -1;
	uint8_t byte = (uint8_t)round;

	if (descriptor < 0)
		descriptor = open(race_path(race, "x.so"), O_WRONLY | O_CLOEXEC);
	if (pwrite(descriptor, &byte, 1, (off_t)(round * 4099 % RACE_SIZE)) != 1)
		_exit(1);
}

static inline void race_source(struct race *race)
{
	struct modseal_error problem;
	pid_t child;

	race_file(race_path(race, "x.so"), RACE_GOOD, RACE_SIZE, 0644);
	child = race_start(race, flip_source);
	for (unsigned long i = 0; race_goes_on(race, i); i++) {
		struct modseal_located located;
		struct modseal_bytes bytes;
		int result =
			modseal_path_open(race_path(race, "x.so"), &located, &problem);

		if (result) {
			race_wrong(race, problem.message);
			break;
		}
		result = modseal_bytes_copy(&located, RACE_SIZE, 40, NULL, &bytes,
					    &problem);
		if (!result)
			result = modseal_bytes_seal(&bytes, RACE_SIZE - 40, NULL, "x.so",
						    &problem);
		if (!result) {
			race_compare(race, &bytes);
			modseal_bytes_free(&bytes);
			race->accepted++;
		} else if (result == MODSEAL_E_CHANGED) {
			race->refused++;
		} else {
			race_wrong(race, problem.message);
		}
		modseal_located_close(&located);
	}
	race_stop(race, child);
}

/* ---- R117: the memory copy is attacked through /proc ---- */

/* A descriptor of the caller, opened for writing; -1: none, or no memory file. By now the
 * number may be another file's, of this system: what is made writable is held fast before
 * it is looked at. */
static int steal_memory(int number)
{
	char path[64];
	struct stat status;
	int stolen = -1, held;

	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getppid(), number);
	held = open(path, O_PATH | O_CLOEXEC);
	if (held < 0)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	if (fstat(held, &status) == 0 && S_ISREG(status.st_mode) &&
	    status.st_nlink == 0 && chmod(path, 0600) == 0)
		stolen = open(path, O_RDWR | O_CLOEXEC);
	close(held);
	return stolen;
}

/* Descriptor `number` of the caller; none if negative. */
static void attack_descriptor(int number, unsigned long round)
{
	static int held = -1, source = -1;
	static uint8_t *map = MAP_FAILED;
	int stolen;

	if (source < 0)
		source = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	/* What was kept from earlier rounds: a late write (by the kernel, which does not
	 * mind that the file may have become shorter than the mapping), then let it go.
	 */
	if (map != MAP_FAILED) {
		if (pread(source, map + round % RACE_SIZE, 1, (off_t)(round % 3) + 1) <
			    0 &&
		    errno != EFAULT)
			_exit(1);
		munmap(map, RACE_SIZE);
		map = MAP_FAILED;
	}
	if (held >= 0) {
		if (pwrite(held, "late", 4, (off_t)(round % 1000)) < 0 && errno != EPERM)
			_exit(1);
		close(held);
		held = -1;
	}
	if (number < 0)
		return;
	stolen = steal_memory(number);
	if (stolen < 0)
		return;
	switch (round % 4) {
	case 0:
		held = stolen;
		return;
	case 1: /* a mapping whose page is there already when the seal comes */
		map = mmap(NULL, RACE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, stolen,
			   0);
		break;
	case 2:
		if (pwrite(stolen, "evil", 4, 100) < 0 && errno != EPERM &&
		    errno != EFBIG)
			_exit(1);
		break;
	default:
		if (ftruncate(stolen, 7) && errno != EPERM)
			_exit(1);
	}
	close(stolen);
}

static void attack_memory(struct race *race, unsigned long round)
{
	attack_descriptor(atomic_load(&race->shared->descriptor), round);
}

/* Descriptors are told to the attacker by number, which the next one to be opened gets.
 */
static inline void race_memory(struct race *race)
{
	struct modseal_error problem;
	struct modseal_located located;
	pid_t child;
	int next;

	race_file(race_path(race, "x.so"), RACE_GOOD, RACE_SIZE, 0644);
	if (modseal_path_open(race_path(race, "x.so"), &located, &problem))
		abort();
	child = race_start(race, attack_memory);
	next = dup(0);
	close(next);
	for (unsigned long i = 0; race_goes_on(race, i); i++) {
		struct modseal_bytes bytes;
		int result;

		atomic_store(&race->shared->descriptor, next);
		result = modseal_bytes_copy(&located, RACE_SIZE, 40, NULL, &bytes,
					    &problem);
		if (result) {
			race_wrong(race, problem.message);
			break;
		}
		if (i % 2)
			sched_yield();
		result = modseal_bytes_seal(&bytes, RACE_SIZE, NULL, "x.so", &problem);
		if (!result) {
			race_compare(race, &bytes);
			race->accepted++;
		} else if (result == MODSEAL_E_CHANGED) {
			race->refused++;
		} else {
			race_wrong(race, problem.message);
		}
		atomic_store(&race->shared->descriptor, -1);
		modseal_bytes_free(&bytes);
	}
	modseal_located_close(&located);
	race_stop(race, child);
}

/* ---- R74: what lies at the name is swapped for what others can write ---- */

static void exchange(struct race *race, const char *a, const char *b)
{
	if (renameat2(AT_FDCWD, race_path(race, a), AT_FDCWD, race_path(race, b),
		      RENAME_EXCHANGE))
		_exit(1);
}

static void swap_files(struct race *race, unsigned long round)
{
	exchange(race, "x.so", "open.so");
}

static void swap_folders(struct race *race, unsigned long round)
{
	exchange(race, "lib", "open");
}

static void swap_links(struct race *race, unsigned long round)
{
	if (symlink(round % 2 ? "lib/x.so" : "open/x.so", race_path(race, "new")) ||
	    rename(race_path(race, "new"), race_path(race, "link")))
		_exit(1);
}

static void swap_hard_links(struct race *race, unsigned long round)
{
	if (link(race_path(race, round % 2 ? "x.so" : "open.so"),
		 race_path(race, "new")) ||
	    rename(race_path(race, "new"), race_path(race, "hard.so")))
		_exit(1);
	unlink(race_path(race, "new")); /* rename leaves both if they were one file */
}

static void swap_mounts(struct race *race, unsigned long round)
{
	if (round % 2 ? umount2(race_path(race, "lib"), MNT_DETACH)
		      : mount(race_path(race, "open"), race_path(race, "lib"), NULL,
			      MS_BIND, NULL))
		_exit(1);
}

static const struct race_swap {
	const char *name;
	const char *asked;
	void (*attack)(struct race *, unsigned long);
	bool mounts;
} race_swaps[] = {
	{"files", "x.so", swap_files, false},
	{"folders", "lib/x.so", swap_folders, false},
	{"links", "link", swap_links, false},
	{"hard links", "hard.so", swap_hard_links, false},
	{"bind mounts", "lib/x.so", swap_mounts, true},
};
#define RACE_SWAP_COUNT (sizeof(race_swaps) / sizeof(race_swaps[0]))

static inline void race_names(struct race *race, const struct race_swap *swap)
{
	struct modseal_error problem;
	pid_t child;

	race_file(race_path(race, "x.so"), RACE_GOOD, 100, 0644);
	race_file(race_path(race, "open.so"), "evil", 100, 0666);
	if (mkdir(race_path(race, "lib"), 0755) || mkdir(race_path(race, "open"), 0755) ||
	    chmod(race_path(race, "open"), 0777) ||
	    symlink("lib/x.so", race_path(race, "link")) ||
	    link(race_path(race, "x.so"), race_path(race, "hard.so")))
		abort();
	race_file(race_path(race, "lib/x.so"), RACE_GOOD, 100, 0644);
	race_file(race_path(race, "open/x.so"), "evil", 100, 0644);
	child = race_start(race, swap->attack);
	for (unsigned long i = 0; race_goes_on(race, i); i++) {
		struct modseal_located located;
		struct modseal_bytes bytes;

		if (modseal_path_open(race_path(race, swap->asked), &located, &problem)) {
			race->refused++;
			continue;
		}
		if (located.safety < MODSEAL_PATH_CALLER)
			race_wrong(race, "accepted without safety");
		/* hard links change the change time: CHANGED is an answer too */
		if (modseal_bytes_read(&located, 100, &bytes, &problem) == 0) {
			if (memcmp(bytes.view.data, RACE_GOOD, 4) != 0)
				race_wrong(race, "what others can write was accepted");
			modseal_bytes_free(&bytes);
			race->accepted++;
		} else {
			race->refused++;
		}
		modseal_located_close(&located);
	}
	race_stop(race, child);
	while (swap->mounts && umount2(race_path(race, "lib"), MNT_DETACH) == 0)
		;
}

#endif
