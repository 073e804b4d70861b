/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts the program: the filter holds before the first instruction of it runs, and its
 * listener is with the supervisor by then. If anything of that fails it never runs (E14).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verifier/run/filter.h"
#include "verifier/run/landlock.h"
#include "verifier/run/own.h"
#include "verifier/run/rehearsal.h"
#include "verifier/run/report.h"
#include "verifier/run/supervisor.h"
#include "verifier/run/surroundings.h"

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* What went wrong in the child: it has no words of its own. */
enum step {
	STEP_PRIVILEGES,
	STEP_PERSONALITY,
	STEP_LANDLOCK,
	STEP_FILTER,
	STEP_HAND_OVER,
	STEP_EXECUTE,
};
struct failure {
	enum step step;
	int number;
};

struct launch {
	const struct run_options *options;
	struct run_filter filter;
	struct run_landlock landlock;
	sigset_t before;	/* signals that were blocked */
	struct sigaction ended; /* what was done at the end of a child */
	int link[2];		/* parent, child */
	pid_t parent;
};

/* ---- the child -----------------------------------------------------------------------
 */

_Noreturn static void fail(int link, enum step step, int number)
{
	const struct failure failure = {step, number};
	ssize_t sent = send(link, &failure, sizeof(failure), MSG_NOSIGNAL);

	(void)sent;
	_exit(RUN_EXIT_SETUP);
}

static int send_listener(int link, int listener)
{
	char byte = 0, space[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec bytes = {&byte, 1};
	struct msghdr message = {.msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof(space)};
	struct cmsghdr *part = CMSG_FIRSTHDR(&message);

	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(part), &listener, sizeof(int));
	return sendmsg(link, &message, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

_Noreturn static void be_child(const struct launch *launch)
{
	const struct sock_fprog program = {launch->filter.count,
					   launch->filter.instructions};
	int link = launch->link[1], listener, result;
	char byte;

	close(launch->link[0]);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fail(link, STEP_PRIVILEGES, errno);
	if (!run_persona_clear())
		fail(link, STEP_PERSONALITY, errno);
	result = run_landlock_enter(&launch->landlock);
	if (result != 0)
		fail(link, STEP_LANDLOCK, result);
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				SECCOMP_FILTER_FLAG_NEW_LISTENER |
					SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
				&program);
	if (listener < 0)
		fail(link, STEP_FILTER, errno);
	result = send_listener(link, listener);
	close(listener);
	/* the supervisor is ready, or there is none */
	if (result != 0 || recv(link, &byte, 1, 0) != 1)
		fail(link, STEP_HAND_OVER, result ? result : ECONNRESET);
	sigaction(SIGCHLD, &launch->ended, NULL);
	sigprocmask(SIG_SETMASK, &launch->before, NULL);
	run_variables_take(launch->parent, environ);
	execvp(launch->options->arguments[0], launch->options->arguments);
	fail(link, STEP_EXECUTE, errno);
}

/* ---- the parent ----------------------------------------------------------------------
 */

static const char allow_seccomp[] =
	"the filter around it, of a container or of the unit of a service, must let "
	"seccomp(2) pass: SystemCallFilter=seccomp";

static int setup_failed(const char *remedy, const char *what, int number)
{
	run_report_message(NULL, remedy, "%s: %s; the program was not started", what,
			   strerror(number));
	return RUN_EXIT_SETUP;
}

static int filter_failed(int number)
{
	const char *remedy = "needs Linux 5.19 or newer with seccomp";

	if (number == EBUSY)
		return setup_failed("only the outermost `modseal run` can decide",
				    "there is a supervisor already", number);
	if (number == EPERM || number == EACCES)
		remedy = allow_seccomp;
	else if (number == ENOMEM)
		remedy = "start it with more memory, or with fewer filters around it";
	return setup_failed(remedy, "the filter cannot be set up", number);
}

static const char *execute_remedy(const char *program, int number)
{
	struct stat status;

	switch (number) {
	case ENOENT:
		if (!strchr(program, '/'))
			return "no directory of PATH has it: name it by its path";
		if (stat(program, &status))
			return "check the name";
		return "it is there, but not what runs it: the interpreter behind its "
		       "#!, or its dynamic linker";
	case EACCES:
		return "it must be a file that this user may execute (chmod +x), on a "
		       "file system without noexec";
	case ENOEXEC:
		return "it is no program for this machine, nor a script that begins with "
		       "#!";
	default:
		return NULL;
	}
}

static int tell(const struct launch *launch, const struct failure *failure, bool told)
{
	const char *program = launch->options->arguments[0];

	switch (failure->step) {
	case STEP_PRIVILEGES:
		return setup_failed(NULL, "no_new_privs cannot be set", failure->number);
	case STEP_PERSONALITY:
		return setup_failed(NULL, "READ_IMPLIES_EXEC cannot be cleared",
				    failure->number);
	case STEP_LANDLOCK:
		return setup_failed(
			failure->number == E2BIG ? "it is in too many of them already"
						 : NULL,
			"the Landlock domain cannot be entered", failure->number);
	case STEP_FILTER:
		return filter_failed(failure->number);
	case STEP_HAND_OVER:
		return setup_failed(NULL, "the listener cannot be handed over",
				    failure->number);
	case STEP_EXECUTE:
		break;
	}
	/* what was refused was told with its reason */
	if (!told || failure->number != EACCES)
		run_report_message(program, execute_remedy(program, failure->number),
				   "%s", strerror(failure->number));
	return failure->number == ENOENT ? RUN_EXIT_NOT_FOUND : RUN_EXIT_REFUSED;
}

/* 0: *ret_listener is there; else what the child says, or that it says nothing. */
static int receive_listener(int link, int *ret_listener, struct failure *ret_failure)
{
	char space[CMSG_SPACE(sizeof(int))];
	struct iovec bytes = {ret_failure, sizeof(*ret_failure)};
	struct msghdr message = {.msg_iov = &bytes,
				 .msg_iovlen = 1,
				 .msg_control = space,
				 .msg_controllen = sizeof(space)};
	struct cmsghdr *part;
	ssize_t length = recvmsg(link, &message, MSG_CMSG_CLOEXEC);

	part = length == 1 ? CMSG_FIRSTHDR(&message) : NULL;
	if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS &&
	    part->cmsg_len == CMSG_LEN(sizeof(int))) {
		memcpy(ret_listener, CMSG_DATA(part), sizeof(int));
		return 0;
	}
	if (length != (ssize_t)sizeof(*ret_failure))
		*ret_failure = (struct failure){STEP_HAND_OVER, ECONNRESET};
	return -1;
}

/* A second thread would not be under the filter of the first. 0, or an exit value. */
static int check_surroundings(void)
{
	char self[PATH_MAX], own[16];
	struct stat status;

	if (stat("/proc/self/task", &status))
		return setup_failed("mount the proc file system there",
				    "/proc, where processes are looked at", errno);
	/* of another namespace its numbers are those of other processes */
	snprintf(own, sizeof(own), "%d", (int)getpid());
	if (run_own_read_link(AT_FDCWD, "/proc/self", self) != 0 ||
	    strcmp(self, own) != 0)
		return setup_failed("mount the proc file system of this namespace there",
				    "/proc has the numbers of another PID namespace",
				    EINVAL);
	if (status.st_nlink != 3)
		return setup_failed(NULL, "the launcher has more than one thread",
				    EINVAL);
	return 0;
}

static int end_like(int status)
{
	sigset_t one;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	/* the program has left its core, if any; this process leaves none, which may not
	 * be looked into */
	signal(WTERMSIG(status), SIG_DFL);
	sigemptyset(&one);
	sigaddset(&one, WTERMSIG(status));
	pthread_sigmask(SIG_UNBLOCK, &one, NULL);
	raise(WTERMSIG(status));
	return 128 + WTERMSIG(status);
}

static int supervise(struct launch *launch, pid_t child)
{
	struct run_supervisor *supervisor = NULL;
	const char *what = "the supervisor cannot be started";
	struct failure failure;
	int listener, result, status;
	bool told, ended;

	run_rehearsal_prepare();

	if (receive_listener(launch->link[0], &listener, &failure) != 0) {
		kill(child, SIGKILL); /* it may have sent one, and wait for an answer */
		waitpid(child, NULL, 0);
		return tell(launch, &failure, false);
	}
	/* from here on nobody of the same user may look into this process, or at its
	 * descriptors; the child, which was forked off before, may be looked at */
	result = prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) ? errno : 0;
	if (result == 0)
		result = run_supervisor_start(launch->options, &launch->landlock,
					      listener, &supervisor);
	if (result == 0)
		result = run_rehearsal(child, launch->link[1], &what);
	if (result == 0 && send(launch->link[0], "", 1, MSG_NOSIGNAL) != 1)
		result = errno;
	if (result != 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		status = setup_failed(NULL, what, result);
		if (supervisor && !run_supervisor_end(&supervisor))
			_exit(status);
		return status;
	}
	status = run_supervisor_wait(supervisor, child);
	told = run_supervisor_refused(supervisor);
	if (launch->options->summary) {
		run_supervisor_summary(supervisor);
		if (launch->options->strict && launch->landlock.rules < 0)
			run_report_message(NULL, NULL,
					   "--strict was without Landlock, "
					   "which this kernel has not");
	}
	ended = run_supervisor_end(&supervisor);
	if (recv(launch->link[0], &failure, sizeof(failure), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(failure))
		status = tell(launch, &failure, told);
	else
		status = end_like(status);
	if (!ended) /* nothing that thread uses may be given back */
		_exit(status);
	return status;
}

static int launch_child(struct launch *launch)
{
	/* ignored, as it may be inherited, nobody would tell of a child's end */
	const struct sigaction told = {.sa_handler = SIG_DFL};
	sigset_t all;
	pid_t child;
	int result;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, launch->link))
		return setup_failed(NULL, "no sockets", errno);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &launch->before);
	sigaction(SIGCHLD, &told, &launch->ended);
	child = fork();
	if (child == 0)
		be_child(launch);
	close(launch->link[1]);
	result = child < 0 ? setup_failed(NULL, "fork", errno) : supervise(launch, child);
	/* signals stay blocked: what the target has sent and nobody has read would end
	 * this process, which has only its status to return */
	close(launch->link[0]);
	return result;
}

int run_program(const struct run_options *options)
{
	struct launch launch = {.options = options,
				.landlock = {.rules = -1},
				.link = {-1, -1},
				.parent = getpid()};
	const char *what = "Landlock";
	int result = check_surroundings();

	if (result != 0)
		return result;
	/* what daemonizes becomes a child of this process: so it may still be looked at,
	 * and its end is noticed */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		return setup_failed(NULL, "PR_SET_CHILD_SUBREAPER", errno);
	if (options->seal && (result = run_rehearsal_copy()) != 0)
		return setup_failed(
			result == EMFILE || result == ENFILE
				? NULL
				: "the filter around it, of a container or of the unit "
				  "of a service, must let memfd_create(2) pass; or leave "
				  "--seal out",
			"sealed copies cannot be made", result);
	result = run_filter_make(options->strict, options->seal, &launch.filter);
	if (result != 0)
		return setup_failed(result == ENOMEM || result == EMFILE ? NULL
									 : allow_seccomp,
				    "the filter cannot be made", result);
	if (options->strict)
		result = run_landlock_make(options->context, &launch.landlock, &what);
	result = result ? setup_failed(result == EPERM ? "the filter around it, of a "
							 "unit or a container, must let "
							 "the calls of landlock(7) pass"
						       : NULL,
				       what, result)
			: launch_child(&launch);
	run_landlock_end(&launch.landlock);
	free(launch.filter.instructions);
	return result;
}
