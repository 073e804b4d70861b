/* SPDX-License-Identifier: Apache-2.0 */
/* The Landlock domain of the target. */
#include "verifier/run/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verifier/run/procs.h"
#include "verifier/run/report.h"
#include "verifier/run/verdicts.h"

/* linux/landlock.h of older distributions does not know all of this. */
#define GET_VERSION  (1U << 0)
#define PATH_BENEATH 1
#define FS_EXECUTE   (UINT64_C(1) << 0)
#define FS_WRITE     (UINT64_C(1) << 1)
#define FS_REFER     (UINT64_C(1) << 13)
#define LOG_NEW_EXEC (1U << 1)
/* Before the second version nothing could be moved to another directory. */
#define VERSION_REFER 2
/* From the seventh on refusals are in the audit log of the kernel, where that is kept. */
#define VERSION_LOG 7

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule	    445
#define SYS_landlock_restrict_self  446
#endif

struct ruleset {
	uint64_t fs;
};
struct path_beneath {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

static int allow(int rules, int descriptor, uint64_t rights)
{
	const struct path_beneath rule = {.allowed = rights, .parent = descriptor};

	return syscall(SYS_landlock_add_rule, rules, PATH_BENEATH, &rule, 0) ? errno : 0;
}

/* ---- execute only below the policy's directories -------------------------------------
 */

/* What does not exist yet, or cannot be reached yet, may come: its parent is wider, and
 * below it everything is asked about all the same. */
static int open_nearest(const char *directory, int *ret_descriptor)
{
	char path[PATH_MAX];
	size_t length = strlen(directory);

	if (length >= sizeof(path))
		return ENAMETOOLONG;
	memcpy(path, directory, length + 1);
	for (;;) {
		/* through links, as the kernel goes to what it executes */
		*ret_descriptor = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (*ret_descriptor >= 0)
			return 0;
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return errno;
		while (length > 1 && path[length - 1] != '/')
			length--;
		if (length > 1)
			length--;
		else if (path[1] == '\0')
			return errno;
		path[length] = '\0';
	}
}

static int keep_place(struct run_landlock *landlock, int directory)
{
	struct run_file *longer =
		realloc(landlock->places, (landlock->place_count + 1) * sizeof(*longer));
	bool regular;

	if (!longer)
		return ENOMEM;
	landlock->places = longer;
	return run_file_of(directory, &longer[landlock->place_count++], &regular);
}

static int allow_place(void *argument, const char *directory)
{
	struct run_landlock *landlock = argument;
	int descriptor, result = open_nearest(directory, &descriptor);

	if (result != 0)
		return result;
	result = allow(landlock->rules, descriptor, FS_EXECUTE);
	if (result == 0)
		result = keep_place(landlock, descriptor);
	close(descriptor);
	return result;
}

static bool same_directory(const struct run_file *one, const struct run_file *other)
{
	return one->device == other->device && one->inode == other->inode;
}

static bool is_place(const struct run_landlock *landlock, const struct run_file *file)
{
	for (size_t i = 0; i < landlock->place_count; i++)
		if (same_directory(&landlock->places[i], file))
			return true;
	return false;
}

/* The kernel goes up the same way, through all mounts. */
bool run_landlock_executes(const struct run_landlock *landlock, int directory)
{
	int here = fcntl(directory, F_DUPFD_CLOEXEC, 0), above;
	struct run_file file = {0}, before;
	bool regular, told = here >= 0 && run_file_of(here, &file, &regular) == 0;
	bool executes = false;

	while (told && !executes) {
		executes = is_place(landlock, &file);
		above = openat(here, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		close(here);
		here = above;
		before = file;
		told = here >= 0 && run_file_of(here, &file, &regular) == 0;
		/* above `/` there is itself */
		if (told && same_directory(&before, &file) && before.mount == file.mount)
			break;
	}
	if (here >= 0)
		close(here);
	return executes || !told;
}

/* ---- write to no /proc ---------------------------------------------------------------
 */

static int allow_entry(void *argument, int descriptor)
{
	const int *rules = argument;

	return allow(*rules, descriptor, FS_WRITE);
}

/* Above another /proc there are directories, too, in which only what is there now may be
 * written to. Who looks for the reason should not have to guess. */
static void tell_of_others(const struct run_procs *procs)
{
	for (size_t i = 0; i < procs->count; i++)
		if (strrchr(procs->places[i], '/') != procs->places[i] &&
		    strncmp(procs->places[i], "/proc/", 6) != 0)
			run_report_message(
				procs->places[i], "unmount it if that is not wanted",
				"a proc file system is mounted there: --strict lets no "
				"new files be written directly in the directories above "
				"it");
}

static int allow_all_but_procs(int rules)
{
	struct run_procs procs;
	int result = run_procs_read("/proc/self/mountinfo", &procs);

	if (result != 0)
		return result;
	result = run_procs_others(&procs, "", allow_entry, &rules);
	if (result == 0)
		tell_of_others(&procs);
	run_procs_free(&procs);
	return result;
}

/* ---- all of it -----------------------------------------------------------------------
 */

/* Moving files between directories is a right that each domain takes away. */
static int allow_moves(int rules)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), result;

	if (root < 0)
		return errno;
	result = allow(rules, root, FS_REFER);
	close(root);
	return result;
}

static int add_rules(struct modseal *context, struct run_landlock *landlock,
		     const char **ret_what)
{
	int result;

	*ret_what = "Landlock: the directories of the policy";
	result = modseal_guard_places(context, allow_place, landlock, NULL);
	if (result != 0)
		return result < 0 ? ENOMEM : result;
	*ret_what = "Landlock: the directories above /proc";
	result = allow_all_but_procs(landlock->rules);
	if (result == 0)
		result = allow_moves(landlock->rules);
	return result;
}

int run_landlock_make(struct modseal *context, struct run_landlock *ret_landlock,
		      const char **ret_what)
{
	const struct ruleset handled = {.fs = FS_EXECUTE | FS_WRITE | FS_REFER};
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0, GET_VERSION);

	*ret_landlock = (struct run_landlock){.rules = -1};
	*ret_what = "Landlock";
	if (version < 0)
		return errno == ENOSYS || errno == EOPNOTSUPP ? 0 : errno;
	if (version < VERSION_REFER)
		return 0;
	if (version >= VERSION_LOG)
		ret_landlock->flags = LOG_NEW_EXEC;
	ret_landlock->rules =
		(int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (ret_landlock->rules < 0)
		return errno;
	return add_rules(context, ret_landlock, ret_what);
}

int run_landlock_enter(const struct run_landlock *landlock)
{
	if (landlock->rules < 0)
		return 0;
	return syscall(SYS_landlock_restrict_self, landlock->rules, landlock->flags)
		       ? errno
		       : 0;
}

void run_landlock_end(struct run_landlock *landlock)
{
	if (landlock->rules >= 0)
		close(landlock->rules);
	free(landlock->places);
	*landlock = (struct run_landlock){.rules = -1};
}
