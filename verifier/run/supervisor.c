/* SPDX-License-Identifier: Apache-2.0 */
/* The supervisor: lives until the last task of the target is gone. */
#include "verifier/run/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "verifier/run/own.h"
#include "verifier/run/workers.h"

struct run_supervisor {
	struct run_decider decider;
	struct run_workers workers;
	int listener;
	int signals; /* a descriptor that all of them can be read from */
	int status;  /* of the child */
	bool child_is_gone;
	int ending; /* the signal that told the child to end, or 0 */
};

int run_supervisor_start(const struct run_options *options,
			 const struct run_landlock *landlock, int listener,
			 struct run_supervisor **ret_supervisor)
{
	struct run_supervisor *supervisor = calloc(1, sizeof(*supervisor));
	struct rlimit limit = {0, 0};
	uint64_t share;
	sigset_t all;
	int result;

	if (!supervisor)
		return ENOMEM;
	supervisor->listener = listener;
	/* before the child may start: without it the end of the child goes unnoticed */
	sigfillset(&all);
	supervisor->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (supervisor->signals < 0) {
		result = errno;
		free(supervisor);
		return result;
	}
	supervisor->decider.context = options->context;
	supervisor->decider.strict = options->strict;
	supervisor->decider.seal = options->seal;
	supervisor->decider.landlock = landlock->rules < 0 ? NULL : landlock;
	run_report_start(&supervisor->decider.report, options->policy_options);
	run_verdicts_start(&supervisor->decider.verdicts);
	getrlimit(RLIMIT_NOFILE, &limit);
	share = run_reckon_share(run_own_memory());
	run_copies_start(&supervisor->decider.copies, limit.rlim_cur, share);
	run_rooms_start(&supervisor->decider.rooms, listener, share);
	result = run_workers_start(&supervisor->workers, &supervisor->decider, listener,
				   limit.rlim_cur);
	if (result == 0)
		*ret_supervisor = supervisor;
	return result;
}

/* The terminal that this process has, too. */
static bool has_terminal(void)
{
	int terminal = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (terminal >= 0)
		close(terminal);
	return terminal >= 0;
}

/* A terminal stops the child, but not this process, which blocks all signals: and for
 * this one the shell waits, to take the terminal back. It continues both. Without a
 * terminal nobody would continue this one, and all others in the tree would wait. */
static void follow_stop(int signal)
{
	if (signal != SIGTSTP && signal != SIGTTIN && signal != SIGTTOU)
		return;
	if (!has_terminal())
		return;
	kill(getpid(), SIGSTOP);
}

/* The child left these behind: a daemon that went into the background. They were adopted
 * as children, and only this process can reap them, so the numbers are theirs. */
static void signal_others(int signal)
{
	FILE *children = fopen("/proc/thread-self/children", "re");
	long child;

	while (children && fscanf(children, "%ld", &child) == 1)
		kill((pid_t)child, signal);
	if (children)
		fclose(children);
}

/* Whoever was adopted is waited for like the child; its status is nobody's. */
static void reap(struct run_supervisor *supervisor, pid_t child)
{
	int status;
	pid_t gone;

	while ((gone = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (gone != child)
			continue;
		if (WIFSTOPPED(status)) {
			follow_stop(WSTOPSIG(status));
			continue;
		}
		supervisor->status = status;
		supervisor->child_is_gone = true;
		/* a service is not stopped while its helpers run on */
		if (supervisor->ending)
			signal_others(supervisor->ending);
	}
}

/* What a terminal sends has reached the child already. */
static void pass_on(const struct signalfd_siginfo *signal,
		    struct run_supervisor *supervisor, pid_t child)
{
	int number = (int)signal->ssi_signo;

	if (signal->ssi_code != SI_USER && signal->ssi_code != SI_QUEUE &&
	    signal->ssi_code != SI_TKILL)
		return;
	if (number == SIGTERM || number == SIGINT || number == SIGQUIT)
		supervisor->ending = number;
	if (supervisor->child_is_gone)
		signal_others(number);
	else
		kill(child, number);
}

static void take_signal(struct run_supervisor *supervisor, int signals, pid_t child)
{
	struct signalfd_siginfo signal;

	if (read(signals, &signal, sizeof(signal)) != (ssize_t)sizeof(signal))
		return;
	if (signal.ssi_signo == SIGCHLD)
		reap(supervisor, child);
	else if (signal.ssi_signo == (uint32_t)RUN_TIMER_SIGNAL &&
		 signal.ssi_code == SI_TIMER)
		run_workers_tick(&supervisor->workers);
	else
		pass_on(&signal, supervisor, child);
}

int run_supervisor_wait(struct run_supervisor *supervisor, pid_t child)
{
	struct pollfd wait[2] = {{.fd = supervisor->signals, .events = POLLIN},
				 {.fd = supervisor->listener}};

	/* Until the filter has no user any more: nobody runs under it. POLLERR only says
	 * that a signal stopped this process while the kernel looked. */
	do {
		if (poll(wait, 2, -1) < 0 && errno != EINTR)
			break;
		if (wait[0].revents)
			take_signal(supervisor, wait[0].fd, child);
	} while (!(wait[1].revents & (POLLHUP | POLLNVAL)));
	/* its end may be told of a little later than that */
	if (!supervisor->child_is_gone)
		waitpid(child, &supervisor->status, 0);
	return supervisor->status;
}

bool run_supervisor_refused(struct run_supervisor *supervisor)
{
	bool refused = false;

	pthread_mutex_lock(&supervisor->decider.report.lock);
	for (int i = 0; i < RUN_USE_COUNT; i++)
		refused = refused || supervisor->decider.report.refused[i] > 0;
	pthread_mutex_unlock(&supervisor->decider.report.lock);
	return refused;
}

void run_supervisor_summary(struct run_supervisor *supervisor)
{
	run_report_summary(&supervisor->decider.report);
}

bool run_supervisor_end(struct run_supervisor **supervisor)
{
	struct run_supervisor *gone = *supervisor;

	if (!run_workers_end(&gone->workers))
		return false;
	close(gone->listener);
	close(gone->signals);
	run_verdicts_end(&gone->decider.verdicts);
	run_copies_end(&gone->decider.copies);
	run_rooms_end(&gone->decider.rooms);
	free(gone);
	*supervisor = NULL;
	return true;
}
