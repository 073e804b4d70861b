/* SPDX-License-Identifier: Apache-2.0 */
/* Decides about programs: the file, and who else runs it; and what would change that. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "verifier/run/decision.h"
#include "verifier/run/head.h"
#include "verifier/run/own.h"
#include "verifier/run/refusal.h"

/* `#!` leads to another `#!` so often (the kernel's limit). */
#define MAX_SCRIPTS 5

static int read_head(struct run_decider *decider, struct run_target *target,
		     int descriptor, struct run_head *ret_head)
{
	struct run_file status;
	bool regular;
	int file, result;

	/* audit mode lets it pass; but to open a device can have effects */
	if (run_file_of(descriptor, &status, &regular) != 0 || !regular)
		return EACCES;
	if (run_might_hang(decider, target, &status))
		return EAGAIN;
	result = run_own_reopen(descriptor, O_RDONLY | O_NONBLOCK, &file);
	if (result != 0)
		return run_cannot_look(decider, target, RUN_USE_PROGRAM, result,
				       "a program");
	result = run_head_read(file, ret_head);
	close(file);
	return result;
}

static int foreign(struct run_decider *decider, struct run_target *target, int descriptor)
{
	char path[PATH_MAX] = "";
	struct modseal_error error;

	if (run_target_path_of(target, descriptor, path) != 0)
		path[0] = '\0';
	run_report_error(&error, MODSEAL_E_UNSUPPORTED, path,
			 "use a build for this machine: programs of others, i386 too, "
			 "cannot be run under `modseal run`",
			 "an ELF file for another machine");
	run_decide_refuse(decider, target, RUN_USE_PROGRAM, &error, ENOEXEC);
	return ENOEXEC; /* in audit mode, too: its calls would not be understood */
}

/* What the kernel would refuse without a word (--strict). Where that cannot be told it
 * decides, as it does anyway. */
static int confine(struct run_decider *decider, struct run_target *target, int descriptor,
		   enum run_use use)
{
	char path[PATH_MAX], directory[PATH_MAX];
	struct modseal_error error;
	int found, executes;

	if (!decider->landlock || run_target_path_of(target, descriptor, path) != 0)
		return 0;
	snprintf(directory, sizeof(directory), "%.*s/", (int)(strrchr(path, '/') - path),
		 path);
	if (run_target_find(target, AT_FDCWD, directory, false, &found) != 0)
		return 0;
	executes = run_landlock_executes(decider->landlock, found);
	close(found);
	if (executes)
		return 0;
	run_report_error(&error, MODSEAL_E_PATH_NOT_ALLOWED, path,
			 "restart `modseal run` if the directory was replaced; in a "
			 "chroot let a rule begin with the path that it has outside",
			 "--strict: no rule begins with its directory as it was at the "
			 "start, and as it is seen outside");
	return run_decide_refuse(decider, target, use, &error, EACCES);
}

/* Goes on to what runs the file; *descriptor is that one's then. */
static int go_on(struct run_target *target, const struct run_head *head, int *descriptor)
{
	int interpreter, result = run_target_find(target, AT_FDCWD, head->interpreter,
						  false, &interpreter);

	if (result != 0)
		return result;
	close(*descriptor);
	*descriptor = interpreter;
	return 0;
}

static int decide_from(struct run_decider *decider, struct run_target *target,
		       int *descriptor)
{
	for (int depth = 0; depth <= MAX_SCRIPTS; depth++) {
		struct run_head head;
		int result =
			run_decide_file(decider, target, *descriptor,
					depth ? RUN_USE_INTERPRETER : RUN_USE_PROGRAM);

		if (result == 0)
			result = confine(decider, target, *descriptor, RUN_USE_PROGRAM);
		if (result == 0)
			result = read_head(decider, target, *descriptor, &head);
		if (result != 0)
			return result;
		if (head.kind == RUN_HEAD_OTHER)
			return ENOEXEC;
		if (head.kind == RUN_HEAD_FOREIGN)
			return foreign(decider, target, *descriptor);
		if (head.kind == RUN_HEAD_ELF && head.interpreter[0] == '\0')
			return 0;
		result = go_on(target, &head, descriptor);
		if (result != 0)
			return result;
		if (head.kind != RUN_HEAD_ELF)
			continue;
		result = run_decide_file(decider, target, *descriptor, RUN_USE_LIBRARY);
		return result ? result
			      : confine(decider, target, *descriptor, RUN_USE_LIBRARY);
	}
	return ELOOP;
}

int run_decide_program(struct run_decider *decider, struct run_target *target,
		       int directory, uint64_t address, uint64_t flags)
{
	char path[PATH_MAX] = "";
	int descriptor, result = run_target_text(target, address, path, sizeof(path));

	if (result == EPERM || result == EACCES)
		return run_cannot_look(decider, target, RUN_USE_PROGRAM, result,
				       "the memory");
	if (result != 0)
		return result;
	if (path[0] == '\0' && flags & AT_EMPTY_PATH)
		result = run_target_descriptor(target, directory, &descriptor);
	else
		result = run_target_find(target, directory, path,
					 (flags & AT_SYMLINK_NOFOLLOW) != 0, &descriptor);
	if (result == EPERM || result == ELOOP || result == EXDEV) {
		struct modseal_error error;

		run_report_error(&error, MODSEAL_E_SYSTEM, path,
				 "name the program by its own path: links of /proc to "
				 "open files are not followed",
				 "its path cannot be followed: %s", strerror(result));
		return run_decide_refuse(decider, target, RUN_USE_PROGRAM, &error,
					 EACCES);
	}
	if (result == 0) {
		result = decide_from(decider, target, &descriptor);
		close(descriptor);
	}
	if (result == EAGAIN && run_target_is_careful(target) && !target->stay.full &&
	    !target->wants_permit)
		return run_refuse_unasked(decider, target, RUN_USE_PROGRAM);
	return result;
}

/* Who writes to a binfmt_misc names programs that the kernel executes in the place of
 * others, and asks nobody. */
int run_decide_mount(struct run_decider *decider, struct run_target *target,
		     uint64_t address)
{
	char type[PATH_MAX] = "";
	struct modseal_error error;
	int result = address ? run_target_text(target, address, type, sizeof(type)) : 0;

	if (result == EPERM || result == EACCES)
		return run_cannot_look(decider, target, RUN_USE_PROGRAM, result,
				       "the memory");
	if (result != 0 || strcmp(type, "binfmt_misc") != 0)
		return result;
	run_report_error(&error, MODSEAL_E_UNSUPPORTED, type,
			 "register interpreters outside, as root",
			 "interpreters that are registered there would not be judged");
	return run_decide_refuse(decider, target, RUN_USE_PROGRAM, &error, EPERM);
}
