/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the library of a use; and of what is refused people, and the records. */
#include "verifier/run/refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void run_use_fill(struct modseal_use *use, int descriptor, int root, const char *path,
		  enum run_use as, const struct run_asker *asker)
{
	*use = (struct modseal_use){
		.version = MODSEAL_USE_VERSION,
		.descriptor = descriptor,
		.root = root,
		.path = path,
		.kind = MODSEAL_KIND_PROGRAM,
		.pid = asker->process,
		.parent = asker->parent,
		.user = asker->user,
		.program = asker->program[0] ? asker->program : NULL,
		.command = asker->command[0] ? asker->command : NULL,
	};
	use->flags = MODSEAL_USE_SCRIPT;
	if (as == RUN_USE_LIBRARY) {
		use->kind = MODSEAL_KIND_LIBRARY;
		use->flags = MODSEAL_USE_EITHER;
	}
}

void run_use_hold(struct modseal_use *use, struct run_decider *decider,
		  struct run_target *target, bool native)
{
	target->stay.rooms = &decider->rooms;
	target->stay.native = native;
	target->stay.reads = target->about ? &target->about->reads : NULL;
	use->hold = run_room_enter;
	use->hold_argument = &target->stay;
}

int run_refuse(struct run_decider *decider, const struct run_asker *asker,
	       enum run_use use, const struct modseal_error *error, int number)
{
	bool passed = !error->enforced && modseal_is_audit(decider->context);

	run_report_refusal(&decider->report, use, asker, error, passed);
	return passed ? 0 : number;
}

int run_decide_refuse(struct run_decider *decider, struct run_target *target,
		      enum run_use use, const struct modseal_error *error, int number)
{
	struct run_asker asker;
	struct modseal_use wanted;
	int result;

	run_asker_of(target, &asker);
	if (!run_target_waits(target))
		return ESRCH;
	run_use_fill(&wanted, -1, -1, NULL, use, &asker);
	result = run_refuse(decider, &asker, use, error, number);
	if (modseal_guard_record(decider->context, &wanted, error, result == 0, NULL) < 0)
		run_report_message(error->object, NULL, "no record could be written");
	return result;
}

int run_cannot_look(struct run_decider *decider, struct run_target *target,
		    enum run_use use, int number, const char *what)
{
	char name[PATH_MAX + 128];
	struct modseal_error error;
	struct run_asker asker;

	run_asker_of(target, &asker);
	if (asker.program[0])
		snprintf(name, sizeof(name), "%s", asker.program);
	else
		snprintf(name, sizeof(name), "process %d, \"%s\": %s", (int)asker.process,
			 asker.command, what);
	run_report_error(&error, MODSEAL_E_SYSTEM, name,
			 "a process that cannot be looked at may use nothing new: it has "
			 "made itself undumpable, or become another user; for that start "
			 "modseal as that user, or with CAP_SYS_PTRACE",
			 "%s of the process cannot be looked at: %s", what,
			 strerror(number));
	return run_decide_refuse(decider, target, use, &error, EACCES);
}

bool run_might_hang(struct run_decider *decider, const struct run_target *target,
		    const struct run_file *file)
{
	return run_target_is_careful(target) &&
	       !run_verdicts_know(&decider->verdicts, file);
}

int run_refuse_unasked(struct run_decider *decider, struct run_target *target,
		       enum run_use use)
{
	struct modseal_error error;
	char path[PATH_MAX];

	target->wants_permit = target->about->may_wait;
	if (target->wants_permit)
		return EAGAIN;
	run_about_get(target->about, path);
	run_report_error(&error, MODSEAL_E_SYSTEM, path,
			 "end what does not answer: a file system (FUSE, NFS)",
			 "it may lie on a file system that does not answer, and too many "
			 "threads of modseal wait for such");
	return run_decide_refuse(decider, target, use, &error, EACCES);
}
