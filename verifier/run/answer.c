/* SPDX-License-Identifier: Apache-2.0 */
/* Which decision a call of the target needs, and how it is told to the kernel. */
#include "verifier/run/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SECCOMP_ADDFD_FLAG_SEND /* Linux 5.14 */
#define SECCOMP_ADDFD_FLAG_SEND 2u
#endif
/* What personality(2) only asks with. */
#define PERSONALITY_QUERY 0xffffffffu

#define NO_ROOM_REMEDY "let fewer programs use large files at once for the first time"

static void decide(struct run_decider *decider, struct run_target *target,
		   const struct seccomp_data *data, struct run_answer *answer)
{
	const uint64_t *arguments = (const uint64_t *)data->args;

	answer->number = EPERM;
	if (data->nr == SYS_mmap)
		answer->number = run_decide_mapping(decider, target, arguments);
	else if (data->nr == SYS_mremap)
		answer->number = run_decide_growth(decider, target, arguments[0],
						   arguments[1], arguments[2]);
	else if (data->nr == SYS_mprotect || data->nr == SYS_pkey_mprotect)
		answer->number = run_decide_memory(decider, target, arguments[0],
						   arguments[1], arguments[2]);
	else if (data->nr == SYS_execve)
		answer->number =
			run_decide_program(decider, target, AT_FDCWD, arguments[0], 0);
	else if (data->nr == SYS_execveat)
		answer->number = run_decide_program(decider, target, (int)arguments[0],
						    arguments[1], arguments[4]);
	else if (data->nr == SYS_mount)
		answer->number = run_decide_mount(decider, target, arguments[2]);
	else if (data->nr == SYS_fsopen)
		answer->number = run_decide_mount(decider, target, arguments[0]);
	else if (data->nr == SYS_personality)
		answer->number = (uint32_t)arguments[0] == PERSONALITY_QUERY ? 0 : EPERM;
	else if (data->nr == SYS_openat) {
		run_decide_open(decider, target, (int)arguments[0], arguments[1],
				&answer->descriptor);
		answer->number = 0;
	}
}

void run_answer_find(struct run_decider *decider, const struct run_call *call,
		     const struct seccomp_data *data, bool has_waited,
		     struct run_about *about, struct run_answer *ret_answer)
{
	struct run_target target;

	*ret_answer = (struct run_answer){.number = EPERM, .descriptor = -1};
	run_target_start(&target, call, about);
	target.stay.has_waited = has_waited;
	/* 0: a process that this one cannot see, in a foreign PID namespace */
	if (call->thread != 0)
		decide(decider, &target, data, ret_answer);
	ret_answer->stay = target.stay;
	ret_answer->wants_permit = target.wants_permit;
	run_target_end(&target);
}

/* What becomes executable is judged when it does; until then the file itself, which the
 * kernel opens, does no harm. */
static bool needs_no_answer(int number)
{
	return number == SYS_openat;
}

void run_answer_late(struct run_decider *decider, const struct run_call *call, int number,
		     const char *path, int seconds, struct run_answer *ret_answer)
{
	struct modseal_error error;
	struct run_target target;

	*ret_answer = (struct run_answer){.descriptor = -1};
	if (needs_no_answer(number))
		return;
	run_target_start(&target, call, NULL);
	run_report_error(&error, MODSEAL_E_SYSTEM, path,
			 "nothing of a file system that does not answer is executed or "
			 "mapped executable",
			 "it could not be judged within %d seconds", seconds);
	ret_answer->number =
		run_decide_refuse(decider, &target, RUN_USE_LIBRARY, &error, EACCES);
	run_target_end(&target);
}

void run_answer_no_room(struct run_decider *decider, const struct run_call *call,
			const struct seccomp_data *data, const char *path, bool waited,
			struct run_answer *ret_answer)
{
	struct modseal_error error;
	struct run_target target;

	*ret_answer = (struct run_answer){.descriptor = -1};
	if (needs_no_answer(data->nr))
		return;
	run_target_start(&target, call, NULL);
	if (waited)
		run_report_error(&error, MODSEAL_E_RESOURCE, path, NO_ROOM_REMEDY,
				 "other large files were read for %d seconds",
				 RUN_ROOM_SECONDS);
	else
		run_report_error(&error, MODSEAL_E_RESOURCE, path, NO_ROOM_REMEDY,
				 "%u calls wait for other large files to be read",
				 RUN_ROOM_CALLS);
	ret_answer->number =
		run_decide_refuse(decider, &target, RUN_USE_LIBRARY, &error, EACCES);
	run_target_end(&target);
}

void run_answer_busy(struct run_decider *decider, const struct run_call *call,
		     const struct seccomp_data *data, struct run_answer *ret_answer)
{
	struct modseal_error error;
	struct run_target target;
	struct run_asker asker;

	*ret_answer = (struct run_answer){.descriptor = -1};
	if (needs_no_answer(data->nr))
		return;
	run_target_start(&target, call, NULL);
	run_asker_of(&target, &asker);
	run_report_error(
		&error, MODSEAL_E_SYSTEM, asker.program,
		"end what does not answer: a file system (FUSE) of the program's",
		"nothing can be judged: all threads of modseal wait for file "
		"systems that do not answer");
	ret_answer->number =
		run_decide_refuse(decider, &target, RUN_USE_LIBRARY, &error, EACCES);
	run_target_end(&target);
}

static int send_descriptor(int listener, uint64_t id, int descriptor)
{
	struct seccomp_notif_addfd add = {
		.id = id,
		.flags = SECCOMP_ADDFD_FLAG_SEND,
		.srcfd = (uint32_t)descriptor,
		.newfd_flags = O_CLOEXEC,
	};
	int result;

	do
		result = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add);
	while (result < 0 && errno == EINTR);
	return result >= 0 ? 0 : errno;
}

void run_answer_send(int listener, uint64_t id, const struct run_answer *answer)
{
	struct seccomp_notif_resp response = {.id = id};
	int result;

	if (answer->descriptor >= 0) {
		result = send_descriptor(listener, id, answer->descriptor);
		close(answer->descriptor);
		if (result == 0 || result == ENOENT)
			return;
		response.error = -result; /* such as EMFILE, which is the target's */
	} else if (answer->number != 0) {
		response.error = -answer->number;
	} else {
		response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	}
	/* ENOENT: it is gone, and nothing is left to be done. EINTR: this process was
	 * stopped as it waited for the kernel, and who asked would wait for ever. */
	do
		result = ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	while (result != 0 && errno == EINTR);
}
