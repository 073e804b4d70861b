/* SPDX-License-Identifier: Apache-2.0 */
/* Decides about files and memory of the target; what a file is worth the library says. */
#include "verifier/run/decision.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "verifier/run/memory.h"
#include "verifier/run/own.h"
#include "verifier/run/places.h"
#include "verifier/run/refusal.h"
#include "verifier/run/tail.h"

/* Beside the kind of a kept verdict: the path does not lead to that file here, and who
 * asked was in no user namespace of his own. */
#define ELSEWHERE 0x100

static int64_t now(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time.tv_sec;
}

/* ---- one file ------------------------------------------------------------------------
 */

/* A private mount namespace is of little account where the same path leads to the same
 * file in this one: then the directories on the way are judged that nobody but root could
 * arrange. */
static bool is_ours(const char *path, const struct run_file *file)
{
	int descriptor = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct run_file own;
	bool regular, same;

	if (descriptor < 0)
		return false;
	same = run_file_of(descriptor, &own, &regular) == 0 &&
	       own.device == file->device && own.inode == file->inode;
	close(descriptor);
	return same;
}

/* Then, too, and nothing is asked for it. */
static bool has_our_root(struct run_target *target)
{
	int root;

	return run_target_root(target, &root) == 0 && run_own_is_root(root);
}

/* Whether the library may follow the path: see run_target_is_careful. */
static bool is_at_hand(struct run_target *target, const char *path)
{
	int found;

	if (!run_target_is_careful(target))
		return true;
	if (!has_our_root(target) || run_places_open(target, path, true, &found) != 0)
		return false;
	close(found);
	return true;
}

/* In a namespace of its own a user puts any file of root's at any path: there a place
 * says nothing, and only what is in the file does. */
static int judge_place(bool native, int descriptor, const struct modseal_verdict *verdict,
		       const char *path, struct modseal_error *error)
{
	const char *evidence = modseal_verdict_evidence(verdict);

	if (native)
		return 0;
	/* its owners are what lies below it tells: a file system of the user's (FUSE),
	 * which is not seen through it, may say root and change what it said */
	if (run_places_is_overlay(descriptor))
		return run_report_error(error, MODSEAL_E_HAND_OFF_UNAVAILABLE, path,
					"let it have the same path inside and outside "
					"of the namespace",
					"it lies in an overlay that a user has mounted");
	if (!evidence || strcmp(evidence, "protected-path") != 0)
		return 0;
	return run_report_error(error, MODSEAL_E_PATH_UNSAFE, path,
				"let it have the same path inside and outside of the "
				"namespace, or accept it by a catalog or a signature",
				"it lies there only in a mount namespace that a user has "
				"made");
}

/* What fs-verity holds its user may still replace, and on a file system whose times are
 * coarse by what looks the same: only root is trusted not to. */
static bool may_be_kept(const struct modseal_verdict *verdict)
{
	const char *held = modseal_verdict_held(verdict);

	return held && strcmp(held, "root") == 0;
}

static int judge(struct run_decider *decider, struct run_target *target, int descriptor,
		 const struct run_file *file, const char *path, enum run_use as)
{
	struct modseal_verdict *verdict = NULL;
	struct modseal_error error;
	struct run_asker asker;
	struct modseal_use use;
	int root = -1, result;
	/* before it is read */
	bool native = true, is_settled = run_file_is_settled(file, time(NULL));

	if (!is_at_hand(target, path))
		return run_refuse_unasked(decider, target, as);
	run_asker_of(target, &asker);
	if (!run_target_is_careful(target) && !is_ours(path, file)) {
		if (run_target_root(target, &root) != 0)
			return run_cannot_look(decider, target, as, EACCES,
					       "the root directory");
		native = run_target_is_native(target);
	}
	/* from here on nothing of the target is looked at, and what is kept is true of
	 * the file, whoever asked */
	if (!run_target_waits(target))
		return ESRCH;
	run_use_fill(&use, descriptor, root, path, as, &asker);
	run_use_hold(&use, decider, target, native);
	result = modseal_guard_use(decider->context, &use, &verdict, &error);
	run_room_leave(&target->stay);
	if (target->stay.full)
		return EAGAIN;
	if (result == 0)
		result = judge_place(native, descriptor, verdict, path, &error);
	if (result < 0) {
		/* what the library refused it has recorded */
		bool own = verdict != NULL;

		run_asker_advise(&asker, decider->seal, &error);
		modseal_verdict_free(&verdict);
		return own ? run_decide_refuse(decider, target, as, &error, EACCES)
			   : run_refuse(decider, &asker, as, &error, EACCES);
	}
	if (modseal_verdict_would_refuse(verdict) != MODSEAL_OK) {
		run_report_error(&error, modseal_verdict_would_refuse(verdict), path,
				 NULL, "%s",
				 modseal_verdict_would_refuse_reason(verdict));
		run_report_refusal(&decider->report, as, &asker, &error, true);
	} else {
		if (is_settled && may_be_kept(verdict))
			run_verdicts_keep(&decider->verdicts, file, path,
					  root >= 0 && native ? use.kind | ELSEWHERE
							      : use.kind,
					  now());
		run_report_accepted(&decider->report, as, false);
	}
	modseal_verdict_free(&verdict);
	return 0;
}

/* What root arranged, in a chroot say, is nothing that a user may have arranged the same:
 * for him it is judged anew. */
static bool is_kept(struct run_decider *decider, const struct run_target *target,
		    const struct run_file *file, const char *path, int kind)
{
	return run_verdicts_has(&decider->verdicts, file, path, kind, now()) ||
	       (run_verdicts_has(&decider->verdicts, file, path, kind | ELSEWHERE,
				 now()) &&
		run_target_is_native(target));
}

/* What cannot be judged, whatever the policy says; NULL: it can. */
static const char *flaw_of(const struct run_file *file, bool regular, int path_result,
			   const char **ret_remedy)
{
	if (!regular) {
		*ret_remedy = "only regular files may be executed or mapped executable";
		return "not a regular file";
	}
	*ret_remedy =
		"only what can be found by its path can be judged; restart a program "
		"whose files were replaced";
	if (file->links == 0)
		return "it has no name any more, or never had one (memfd_create)";
	if (path_result == ENOENT)
		return "it does not lie below the root directory of the process";
	return NULL;
}

/* A process may map its own program once more, as V8 does for what was built into it. */
static bool is_own_program(const struct run_target *target, const struct run_file *file)
{
	char link[48];
	struct run_file own;
	bool regular, same;
	int program;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)target->call.thread);
	program = open(link, O_PATH | O_CLOEXEC);
	if (program < 0)
		return false;
	same = run_file_of(program, &own, &regular) == 0 && run_file_same(&own, file);
	close(program);
	return same;
}

int run_decide_file(struct run_decider *decider, struct run_target *target,
		    int descriptor, enum run_use use)
{
	enum modseal_kind kind =
		use == RUN_USE_LIBRARY ? MODSEAL_KIND_LIBRARY : MODSEAL_KIND_PROGRAM;
	char path[PATH_MAX] = "";
	struct modseal_error error;
	const char *flaw, *remedy;
	struct run_file file;
	bool regular = false;
	int result = run_file_of(descriptor, &file, &regular);

	if (result != 0)
		return run_cannot_look(decider, target, use, result, "a file");
	if (regular && use == RUN_USE_LIBRARY && decider->seal &&
	    run_copies_has(&decider->copies, &file)) {
		run_report_accepted(&decider->report, use, true);
		return 0;
	}
	if (run_might_hang(decider, target, &file))
		return run_refuse_unasked(decider, target, use);
	result = run_target_path_of(target, descriptor, path);
	flaw = flaw_of(&file, regular, result, &remedy);
	if (flaw) {
		run_report_error(&error,
				 regular ? MODSEAL_E_NOT_FOUND : MODSEAL_E_NOT_REGULAR,
				 path, remedy, "%s", flaw);
		return run_decide_refuse(decider, target, use, &error, EACCES);
	}
	if (result != 0)
		return run_cannot_look(decider, target, use, result,
				       "the path of a file");
	for (;;) {
		if (is_kept(decider, target, &file, path, kind)) {
			run_report_accepted(&decider->report, use, true);
			return 0;
		}
		if (kind == MODSEAL_KIND_PROGRAM || !is_own_program(target, &file))
			break;
		kind = MODSEAL_KIND_PROGRAM;
		use = RUN_USE_PROGRAM;
	}
	return judge(decider, target, descriptor, &file, path, use);
}

/* ---- mappings ------------------------------------------------------------------------
 */

/* What the policy says of the file is of its content. Without --strict memory of no file
 * may be executable: there it would gain nothing to refuse this. */
static int keep_out_tail(struct run_decider *decider, struct run_target *target,
			 int descriptor, uint64_t offset, uint64_t length)
{
	char path[PATH_MAX] = "";
	struct modseal_error error;
	struct run_file file;
	bool regular;

	if (!decider->strict)
		return 0;
	/* audit mode lets them pass; but to open a device can have effects */
	if (run_file_of(descriptor, &file, &regular) != 0 || !regular ||
	    run_might_hang(decider, target, &file))
		return 0;
	if (!run_tail_shows(descriptor, offset, length))
		return 0;
	if (run_target_path_of(target, descriptor, path) != 0)
		path[0] = '\0';
	run_report_error(
		&error, MODSEAL_E_HAND_OFF_UNAVAILABLE, path,
		"link it with -z separate-code, or sign it with `modseal sign "
		"--detached` or by a catalog",
		"--strict: the signature behind its content would be executable");
	return run_decide_refuse(decider, target, RUN_USE_LIBRARY, &error, EACCES);
}

int run_decide_mapping(struct run_decider *decider, struct run_target *target,
		       const uint64_t arguments[6])
{
	uint64_t length = arguments[1], protection = arguments[2], offset = arguments[5];
	int number = (int)arguments[4], descriptor;
	int result = run_target_descriptor(target, number, &descriptor);

	if (result == EBADF || result == ESRCH)
		return result;
	if (result != 0) {
		char what[32];

		snprintf(what, sizeof(what), "descriptor %d", number);
		return run_cannot_look(decider, target, RUN_USE_LIBRARY, result, what);
	}
	if (protection & PROT_WRITE) {
		char path[PATH_MAX] = "";
		struct modseal_error error;

		if (run_target_path_of(target, descriptor, path) != 0)
			path[0] = '\0';
		run_report_error(&error, MODSEAL_E_NOT_SEALED, path,
				 "map it without PROT_WRITE",
				 "a file may not be mapped writable and executable");
		result = run_decide_refuse(decider, target, RUN_USE_LIBRARY, &error,
					   EACCES);
	} else {
		result = run_decide_file(decider, target, descriptor, RUN_USE_LIBRARY);
		if (result == 0)
			result = keep_out_tail(decider, target, descriptor, offset,
					       length);
	}
	close(descriptor);
	return result;
}

int run_decide_growth(struct run_decider *decider, struct run_target *target,
		      uint64_t address, uint64_t length, uint64_t wanted)
{
	char what[PATH_MAX] = "";
	struct modseal_error error;
	int result = 0;

	/* one of no length is one more of the same, but to none, which the kernel
	 * refuses; and a length that it rounds up to whole pages may become none */
	if (wanted > length || length > INT64_MAX)
		result = run_memory_grows(target->call.thread, address, what);
	if (result == 0 || result == EFAULT)
		return result;
	if (result != EACCES || what[0] == '\0')
		return run_cannot_look(decider, target, RUN_USE_MEMORY, result,
				       "the memory");
	run_report_error(&error, MODSEAL_E_NOT_SEALED, what, "map the file anew",
			 "--strict: a mapping of a file that is executable may not grow");
	return run_decide_refuse(decider, target, RUN_USE_MEMORY, &error, EACCES);
}

int run_decide_memory(struct run_decider *decider, struct run_target *target,
		      uint64_t address, uint64_t length, uint64_t protection)
{
	char what[PATH_MAX] = "";
	struct modseal_error error;
	const char *why = NULL;
	int result = run_memory_judge(target->call.thread, address, length, protection,
				      decider->strict, what, &why);

	if (result == 0) {
		run_report_accepted(&decider->report, RUN_USE_MEMORY, true);
		return 0;
	}
	if (!why && (result == ENOMEM || result == EINVAL))
		return result;
	if (!why)
		return run_cannot_look(decider, target, RUN_USE_MEMORY, result,
				       "the memory");
	run_report_error(&error, MODSEAL_E_NOT_SEALED, what,
			 decider->strict ? "without --strict memory of no file may be "
					   "executable; memory of a file may not"
					 : "map the file executable from the start",
			 "%s", why);
	return run_decide_refuse(decider, target, RUN_USE_MEMORY, &error, EACCES);
}
