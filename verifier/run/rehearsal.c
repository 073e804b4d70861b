/* SPDX-License-Identifier: Apache-2.0 */
/* Tries once on the waiting child what decisions about it will take. */
#include "verifier/run/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "verifier/run/memory.h"
#include "verifier/run/target.h"
#include "verifier/run/verdicts.h"

/* What a few threads have open at a time, each in a decision. */
#define DESCRIPTORS 16

void run_rehearsal_prepare(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	/* where it cannot be, there may still be enough: that is tried */
	if (setrlimit(RLIMIT_NOFILE, &limit))
		errno = 0;
}

int run_rehearsal_copy(void)
{
	int memory = memfd_create("rehearsal", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int result = memory < 0 ? errno : 0;

	if (result == 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_SEAL))
		result = errno;
	if (memory >= 0)
		close(memory);
	return result;
}

static int try_descriptors(void)
{
	int copies[DESCRIPTORS], result = 0;
	size_t count = 0;

	while (result == 0 && count < DESCRIPTORS) {
		copies[count] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
		if (copies[count] < 0)
			result = errno;
		else
			count++;
	}
	while (count > 0)
		close(copies[--count]);
	return result;
}

/* The child is this process's image: the same text is at the same address. */
static int try_memory(const struct run_target *target)
{
	static const char text[] = "rehearsal";
	char found[sizeof(text)] = "", what[PATH_MAX];
	const char *why;
	int result =
		run_target_text(target, (uint64_t)(uintptr_t)text, found, sizeof(found));

	if (result == 0 && memcmp(text, found, sizeof(text)) != 0)
		result = EIO;
	/* of no memory: it is only read */
	return result ? result
		      : run_memory_judge(target->call.thread, 0, 0, 0, false, what, &why);
}

static int try_path(struct run_target *target)
{
	char path[PATH_MAX];
	struct run_file file;
	bool regular;
	int found, result = run_target_find(target, AT_FDCWD, "/", false, &found);

	if (result != 0)
		return result;
	result = run_target_path_of(target, found, path);
	if (result == 0)
		result = run_file_of(found, &file, &regular);
	close(found);
	return result;
}

int run_rehearsal(pid_t child, int number, const char **ret_what)
{
	const struct run_call none = {.listener = -1, .thread = child};
	struct run_target target;
	int copy, result = try_descriptors();

	*ret_what = "there are too few descriptors";
	if (result != 0)
		return result;
	run_target_start(&target, &none, NULL);
	*ret_what = "descriptors of the program cannot be had";
	result = run_target_descriptor(&target, number, &copy);
	if (result == 0) {
		close(copy);
		*ret_what = "the memory of the program cannot be read";
		result = try_memory(&target);
	}
	if (result == 0) {
		*ret_what = "paths of the program cannot be followed";
		result = try_path(&target);
	}
	run_target_end(&target);
	return result;
}
