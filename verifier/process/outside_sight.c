/* SPDX-License-Identifier: Apache-2.0 */
/* Takes hold of one process through its directory in /proc, and reads what is in it. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "verifier/process/outside.h"

/* Of the kernel's include/linux/sched.h: field 9 of /proc/PID/stat has it. */
#define PF_KTHREAD 0x00200000u
/* The program and its list are read between two exec(2), or once more. */
#define MAX_ATTEMPTS 8
/* Documentation/admin-guide/mm/pagemap.rst */
#define PAGE_PRESENT  (UINT64_C(1) << 63)
#define PAGE_SWAPPED  (UINT64_C(1) << 62)
#define PAGE_OF_FILE  (UINT64_C(1) << 61)
#define PAGES_AT_ONCE 4096u

static int fail_ended(const struct modseal_sight *sight, struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_GATE,
				sight->name, "it has ended");

	modseal_remedy(error, "name a process that runs");
	return code;
}

static int fail_look(const struct modseal_sight *sight, int errnum,
		     struct modseal_error *error)
{
	int code;

	if (errnum == ESRCH || errnum == ENOENT)
		return fail_ended(sight, error);
	code = modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, errnum,
				  sight->name, "it cannot be looked at");
	if (errnum == EACCES || errnum == EPERM)
		modseal_remedy(error, "ask as root, with CAP_SYS_PTRACE and outside of "
				      "a container");
	return code;
}

/* A small file of the process as a text without its last line break; false: none. */
static bool read_text(int directory, const char *name, char *text, size_t size)
{
	int descriptor = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t got;

	text[0] = '\0';
	if (descriptor < 0)
		return false;
	got = read(descriptor, text, size - 1);
	close(descriptor);
	if (got <= 0)
		return false;
	text[got] = '\0';
	if (text[got - 1] == '\n')
		text[got - 1] = '\0';
	return true;
}

/* A link of the process; false, with errno: none. */
static bool read_link(int directory, const char *name, char *text, size_t size)
{
	ssize_t length = readlinkat(directory, name, text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	if (length >= 0 && (size_t)length == size - 1)
		errno = ENAMETOOLONG;
	return length > 0 && (size_t)length < size - 1;
}

/* The name of a process may hold anything, and is in parentheses. */
static bool is_kernel_thread(const struct modseal_sight *sight)
{
	char text[1024];
	const char *at;
	unsigned field = 2;

	if (!read_text(sight->directory, "stat", text, sizeof(text)))
		return false;
	at = strrchr(text, ')');
	for (; at && field < 9; field++)
		at = strchr(at + 1, ' ');
	return at && (strtoul(at + 1, NULL, 10) & PF_KTHREAD);
}

/* The first number of a line of /proc/PID/status, which name begins; -1: not told. */
static long read_status(int directory, const char *name)
{
	char text[4096], *line = NULL;

	if (read_text(directory, "status", text, sizeof(text)))
		line = strstr(text, name);
	return line ? (long)strtoul(line + strlen(name), NULL, 10) : -1;
}

/* A thread that has ended shows no program; without the right to see it, it may live. */
static bool is_alive(int thread)
{
	char program[2];

	return readlinkat(thread, "exe", program, sizeof(program)) > 0 ||
	       (errno != ENOENT && errno != ESRCH);
}

/*
 * A process goes on when its first thread has ended, and its own directory shows no
 * memory from then on: those of its other threads do, each under its number in /proc,
 * where none is listed. Whose thread that is was told while the first still held the
 * number of the process. Returns a descriptor, or -1.
 */
static int open_living(const struct modseal_sight *sight)
{
	int list = -1, found = -1;
	DIR *threads = NULL;

	if (is_alive(sight->process))
		return fcntl(sight->process, F_DUPFD_CLOEXEC, 0);
	list = openat(sight->process, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (list >= 0)
		threads = fdopendir(list);
	if (list >= 0 && !threads)
		close(list);
	for (struct dirent *entry; threads && found < 0 && (entry = readdir(threads));) {
		char path[32];

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    snprintf(path, sizeof(path), "/proc/%s", entry->d_name) >=
			    (int)sizeof(path))
			continue;
		found = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (found < 0 ||
		    (is_alive(found) && read_status(found, "\nTgid:\t") == sight->pid &&
		     read_status(sight->process, "\nTgid:\t") == sight->pid))
			continue;
		close(found);
		found = -1;
	}
	if (threads)
		closedir(threads);
	return found >= 0 ? found : fcntl(sight->process, F_DUPFD_CLOEXEC, 0);
}

/* The second number of the line "Uid:", which is the effective one. */
static uid_t read_user(const struct modseal_sight *sight)
{
	char text[4096], *line, *end;

	if (!read_text(sight->directory, "status", text, sizeof(text)))
		return (uid_t)-1;
	line = strstr(text, "\nUid:\t");
	if (!line)
		return (uid_t)-1;
	strtoul(line + 6, &end, 10);
	return (uid_t)strtoul(end, NULL, 10);
}

static int take_hold(struct modseal_sight *sight, struct modseal_error *error)
{
	struct statfs system;
	char path[32];
	int code;

	snprintf(path, sizeof(path), "/proc/%jd", (intmax_t)sight->pid);
	sight->process = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sight->process < 0 && errno != ENOENT)
		return fail_look(sight, errno, error);
	if (sight->process < 0) {
		code = modseal_fail(error, MODSEAL_E_NOT_FOUND, MODSEAL_STAGE_GATE,
				    sight->name, "there is no such process here");
		modseal_remedy(error, "name a process that runs, as /proc numbers them");
		return code;
	}
	if (fstatfs(sight->process, &system) || system.f_type != PROC_SUPER_MAGIC) {
		code = modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, path,
				    "it does not lie on the kernel's proc file system");
		modseal_remedy(error, "mount the kernel's own proc file system on /proc");
		return code;
	}
	sight->directory = open_living(sight);
	return sight->directory < 0 ? fail_look(sight, errno, error) : 0;
}

/* A process that executes another program meanwhile shows parts of both. */
static int read_mapped(struct modseal_sight *sight, struct modseal_error *error)
{
	char before[sizeof(sight->program)];
	int result;

	for (int i = 0; i < MAX_ATTEMPTS; i++) {
		modseal_maps_free(&sight->maps);
		if (!read_link(sight->directory, "exe", before, sizeof(before)))
			return fail_look(sight, errno, error);
		result = modseal_maps_read_of(sight->directory, sight->name,
					      MODSEAL_STAGE_GATE, &sight->maps, error);
		if (result)
			return error->system_errno
				       ? fail_look(sight, error->system_errno, error)
				       : result;
		if (!read_link(sight->directory, "exe", sight->program,
			       sizeof(sight->program)))
			return fail_look(sight, errno, error);
		if (strcmp(before, sight->program) == 0 && sight->maps.count > 0)
			return 0;
	}
	if (sight->maps.count == 0)
		return fail_ended(sight, error);
	return modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, sight->name,
			    "it executes one program after the other");
}

static void compare_namespaces(struct modseal_sight *sight)
{
	char own[64], others[64];

	sight->foreign =
		!read_link(AT_FDCWD, "/proc/thread-self/ns/mnt", own, sizeof(own)) ||
		!read_link(sight->directory, "ns/mnt", others, sizeof(others)) ||
		strcmp(own, others) != 0;
}

int modseal_sight_open(pid_t pid, struct modseal_sight *sight,
		       struct modseal_error *error)
{
	int result;

	*sight = (struct modseal_sight){.pid = pid,
					.process = -1,
					.directory = -1,
					.user = (uid_t)-1,
					.foreign = true};
	snprintf(sight->name, sizeof(sight->name), "process %jd", (intmax_t)pid);
	result = take_hold(sight, error);
	if (result)
		return result;
	read_text(sight->directory, "comm", sight->command, sizeof(sight->command));
	sight->user = read_user(sight);
	if (is_kernel_thread(sight))
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_GATE,
				    sight->name,
				    "it is a thread of the kernel and has no files");
	result = read_mapped(sight, error);
	if (result)
		return result;
	compare_namespaces(sight);
	/* where it cannot be read, it only says less about the way of a stranger */
	sight->environment = modseal_environment_read(
		openat(sight->directory, "environ", O_RDONLY | O_CLOEXEC));
	return 0;
}

bool modseal_sight_is_lost(const struct modseal_sight *sight)
{
	return sight->directory >= 0 && !is_alive(sight->directory);
}

/* Threads are counted, not looked for: each may have ended when it is found, and have
 * started another. The first counts until all have ended. */
bool modseal_sight_has_ended(const struct modseal_sight *sight,
			     struct modseal_error *error)
{
	bool there =
		sight->process >= 0 && (is_alive(sight->process) ||
					read_status(sight->process, "\nThreads:\t") > 1);

	if (!there && sight->process >= 0)
		fail_ended(sight, error);
	return !there;
}

void modseal_sight_close(struct modseal_sight *sight)
{
	modseal_environment_free(&sight->environment);
	modseal_maps_free(&sight->maps);
	if (sight->directory >= 0)
		close(sight->directory);
	if (sight->process >= 0)
		close(sight->process);
	sight->process = sight->directory = -1;
}

int modseal_sight_open_mapping(const struct modseal_sight *sight,
			       const struct modseal_mapping *mapping, int flags)
{
	char name[64];

	snprintf(name, sizeof(name), "map_files/%" PRIxPTR "-%" PRIxPTR, mapping->start,
		 mapping->end);
	return openat(sight->directory, name, flags | O_CLOEXEC);
}

bool modseal_sight_may_open_mappings(void)
{
	struct modseal_error error;
	/* a thread has none of its own */
	struct modseal_sight sight = {
		.process = -1,
		.directory = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	bool may = false;

	if (sight.directory >= 0 &&
	    modseal_maps_read(MODSEAL_STAGE_GATE, &sight.maps, &error) == 0) {
		/* some may be without a file, or gone by now */
		for (size_t i = 0; i < sight.maps.count && !may; i++) {
			int descriptor = -1;

			if (sight.maps.items[i].file)
				descriptor = modseal_sight_open_mapping(
					&sight, &sight.maps.items[i], O_PATH);
			may = descriptor >= 0;
			if (may)
				close(descriptor);
		}
	}
	modseal_sight_close(&sight);
	return may;
}

int modseal_sight_count_changed(const struct modseal_sight *sight,
				const struct modseal_mapping *mapping, uint64_t size,
				uint64_t *ret_pages, struct modseal_error *error)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), changed = 0;
	uint64_t at = mapping->start / page, entries[PAGES_AT_ONCE];
	uint64_t left = (size + page - 1) / page;
	int descriptor = openat(sight->directory, "pagemap", O_RDONLY | O_CLOEXEC);
	int errnum = errno;

	while (descriptor >= 0 && left > 0) {
		uint64_t wanted = left < PAGES_AT_ONCE ? left : PAGES_AT_ONCE;
		ssize_t got = pread(descriptor, entries, wanted * sizeof(*entries),
				    (off_t)(at * sizeof(*entries)));

		/* nothing: the process has no memory any more */
		if (got <= 0 || (size_t)got % sizeof(*entries)) {
			errnum = got < 0 ? errno : ESRCH;
			break;
		}
		wanted = (size_t)got / sizeof(*entries);
		for (size_t i = 0; i < wanted; i++)
			changed += (entries[i] & (PAGE_PRESENT | PAGE_SWAPPED)) &&
				   !(entries[i] & PAGE_OF_FILE);
		at += wanted;
		left -= wanted;
	}
	if (descriptor >= 0)
		close(descriptor);
	if (left > 0 || descriptor < 0)
		return fail_look(sight, errnum, error);
	*ret_pages = changed;
	return 0;
}

/* "mnt_id:" of /proc/PID/fdinfo/N; 0: not told. */
static unsigned long mount_of(int descriptor)
{
	char name[64], text[1024], *at;

	snprintf(name, sizeof(name), "/proc/thread-self/fdinfo/%d", descriptor);
	if (!read_text(AT_FDCWD, name, text, sizeof(text)))
		return 0;
	at = strstr(text, "mnt_id:\t");
	return at ? strtoul(at + strlen("mnt_id:\t"), NULL, 10) : 0;
}

bool modseal_sight_is_mounted_here(int descriptor)
{
	unsigned long wanted = mount_of(descriptor);
	FILE *list = wanted ? fopen("/proc/thread-self/mountinfo", "re") : NULL;
	char *line = NULL;
	size_t size = 0;
	bool found = false;

	/* each line begins with the number of a mount */
	while (list && !found && getline(&line, &size, list) > 0)
		found = strtoul(line, NULL, 10) == wanted;
	free(line);
	if (list)
		fclose(list);
	return found;
}

bool modseal_sight_knows_vdso(void)
{
	struct modseal_error error;
	struct modseal_sight sight = {
		.process = -1,
		.directory =
			open("/proc/thread-self", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	bool knows = false;

	if (sight.directory >= 0 &&
	    modseal_maps_read(MODSEAL_STAGE_GATE, &sight.maps, &error) == 0)
		for (size_t i = 0; i < sight.maps.count; i++) {
			const struct modseal_mapping *mapping = &sight.maps.items[i];
			uint64_t pages = 1;

			if (strcmp(mapping->name, "[vdso]") == 0 &&
			    modseal_mapping_is_kernel(mapping) &&
			    modseal_sight_count_changed(&sight, mapping,
							mapping->end - mapping->start,
							&pages, &error) == 0)
				knows = pages == 0;
		}
	modseal_sight_close(&sight);
	return knows;
}
