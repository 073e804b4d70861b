/* SPDX-License-Identifier: Apache-2.0 */
/* `--seal`: a library that somebody could change is answered with a sealed copy. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/decision.h"
#include "verifier/run/own.h"
#include "verifier/run/refusal.h"

/* Lines of /proc/PID/status that say what a process may open. */
static const char *const rights[] = {"Uid", "Gid", "Groups", "CapEff"};
#define RIGHTS (sizeof(rights) / sizeof(rights[0]))

/* Whether a line is the same in both; false where it is missing, or cut. */
static bool same_line(const char *one, const char *other, const char *key)
{
	const char *first = run_status_line(one, key);
	const char *second = run_status_line(other, key);
	size_t length = strcspn(first, "\n");

	return first[length] == '\n' && strncmp(first, second, length + 1) == 0;
}

/* What is given to the target must be what it could open itself: this process may do no
 * more than it may. */
static bool has_our_rights(struct run_target *target)
{
	char theirs[RUN_TARGET_STATUS], ours[RUN_TARGET_STATUS];

	if (run_target_status(target, theirs) != 0 ||
	    run_own_read("/proc/thread-self/status", ours, sizeof(ours)) != 0)
		return false;
	for (size_t i = 0; i < RIGHTS; i++)
		if (!same_line(theirs, ours, rights[i]))
			return false;
	return true;
}

/* Somebody but root could change it, and it begins like a library. */
static bool is_candidate(struct run_decider *decider, struct run_target *target,
			 int descriptor, struct run_file *ret_file)
{
	char head[EI_NIDENT];
	bool regular = false;
	ssize_t length;
	int file;

	if (run_file_of(descriptor, ret_file, &regular) != 0 || !regular ||
	    (ret_file->owner == 0 && !(ret_file->mode & (S_IWGRP | S_IWOTH))))
		return false;
	if (run_might_hang(decider, target, ret_file)) {
		target->wants_permit = target->about->may_wait;
		return false;
	}
	if (run_own_reopen(descriptor, O_RDONLY | O_NONBLOCK, &file) != 0)
		return false;
	length = pread(file, head, sizeof(head), 0);
	close(file);
	return length == (ssize_t)sizeof(head) && memcmp(head, ELFMAG, SELFMAG) == 0;
}

/* What others may change has only its bytes to speak for it. That a place is root's is
 * the word of whoever made the file system, which may have been another one a moment ago;
 * and what audit mode lets pass is told when it is mapped. */
static bool is_approved(const struct modseal_verdict *verdict)
{
	const char *evidence = modseal_verdict_evidence(verdict);

	return evidence && strcmp(evidence, "protected-path") != 0 &&
	       modseal_verdict_would_refuse(verdict) == MODSEAL_OK;
}

static int copy_of(struct run_decider *decider, struct run_target *target, int descriptor,
		   const struct run_file *file)
{
	struct modseal_verdict *verdict = NULL;
	struct run_asker asker;
	struct modseal_use use;
	char path[PATH_MAX];
	int root, result, sealed = -1, fresh = -1;

	if (run_target_path_of(target, descriptor, path) != 0 ||
	    run_target_root(target, &root) != 0)
		return -1;
	run_asker_of(target, &asker);
	if (!run_target_waits(target))
		return -1;
	run_use_fill(&use, descriptor, root, path, RUN_USE_LIBRARY, &asker);
	use.flags = 0;
	run_use_hold(&use, decider, target, run_target_is_native(target));
	result = modseal_guard_copy(decider->context, &use, &sealed, &verdict, NULL);
	run_room_leave(&target->stay);
	if (result < 0)
		return -1;
	if (sealed >= 0 && !is_approved(verdict))
		close(sealed);
	else if (sealed >= 0 && run_copies_add(&decider->copies, sealed, file,
					       modseal_verdict_digest(verdict),
					       asker.process, &fresh) != 0)
		fresh = -1;
	modseal_verdict_free(&verdict);
	if (fresh >= 0)
		run_report_copy(&decider->report);
	return fresh;
}

/* Whatever fails here, the file itself is opened, and judged again when it is to be
 * mapped executable: that is where it is refused, and told. */
void run_decide_open(struct run_decider *decider, struct run_target *target,
		     int directory, uint64_t address, int *ret_descriptor)
{
	char path[PATH_MAX];
	struct run_file file;
	int descriptor, result;

	*ret_descriptor = -1;
	if (run_target_text(target, address, path, sizeof(path)) != 0)
		return;
	result = run_target_find(target, directory, path, false, &descriptor);
	if (result == EAGAIN && run_target_is_careful(target))
		target->wants_permit = target->about->may_wait;
	if (result != 0)
		return;
	if (is_candidate(decider, target, descriptor, &file) && has_our_rights(target))
		*ret_descriptor = copy_of(decider, target, descriptor, &file);
	close(descriptor);
}
