/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that take calls of the target from the kernel and answer them. */
#include "verifier/run/workers.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verifier/run/answer.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#define WAKE_SIGNAL (SIGRTMIN + 1)
/* How often a thread is asked to end, and how long it is waited for each time. */
#define END_TRIES    50
#define END_WAIT_NS  2000000
#define WORKER_STACK (512u * 1024)

static int64_t now(void)
{
	struct timespec time = {0};

	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	return time.tv_sec;
}

static void arm(struct run_workers *workers)
{
	const struct itimerspec when = {.it_value.tv_sec = 1};

	/* looked at first: it is one line of memory for all threads */
	if (!atomic_load(&workers->armed) && !atomic_exchange(&workers->armed, true))
		timer_settime(workers->timer, 0, &when, NULL);
}

static void *work(void *argument);

/* One more where all are busy: what holds one up must not hold the others up. */
static int start_one(struct run_workers *workers)
{
	struct run_worker *worker = NULL;
	pthread_attr_t attributes;
	int result = EAGAIN;

	pthread_mutex_lock(&workers->lock);
	for (size_t i = 0; i < RUN_WORKERS_MOST && !worker; i++)
		if (workers->workers[i].state == RUN_WORKER_NONE)
			worker = &workers->workers[i];
	if (worker) {
		worker->all = workers;
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, WORKER_STACK);
		atomic_fetch_add(&workers->idle, 1);
		result = pthread_create(&worker->thread, &attributes, work, worker);
		pthread_attr_destroy(&attributes);
		if (result == 0)
			worker->state = RUN_WORKER_WORKS;
		else
			atomic_fetch_sub(&workers->idle, 1);
	}
	pthread_mutex_unlock(&workers->lock);
	return result;
}

static bool is_over(int listener)
{
	struct pollfd wait = {.fd = listener};

	return poll(&wait, 1, 0) > 0 && wait.revents & (POLLHUP | POLLNVAL);
}

/* False: there will be no more calls. */
static bool take(struct run_workers *workers, struct seccomp_notif *call)
{
	while (!atomic_load(&workers->over)) {
		memset(call, 0, workers->call_size);
		if (ioctl(workers->listener, SECCOMP_IOCTL_NOTIF_RECV, call) == 0)
			return true;
		/* ENOENT: who called was killed before, or nobody is left */
		if (errno != EINTR && errno != ENOENT)
			return false;
		if (errno == ENOENT && is_over(workers->listener))
			return false;
	}
	return false;
}

static void answer(struct run_worker *worker, const struct seccomp_notif *call)
{
	struct run_workers *workers = worker->all;
	const struct run_call about = {workers->listener, call->id, (pid_t)call->pid};
	struct run_answer found;

	run_about_set(&worker->about, "");
	atomic_store(&worker->caller, (int)call->pid);
	atomic_store(&worker->since, now());
	atomic_store(&worker->call, call->id);
	arm(workers);
	run_answer_find(workers->decider, &about, &call->data, &worker->about, &found);
	/* somebody may have answered for this one, if it took long */
	if (atomic_exchange(&worker->call, 0) == call->id)
		run_answer_send(workers->listener, call->id, &found);
	else if (found.descriptor >= 0)
		close(found.descriptor);
}

/* Interrupts what a thread waits in. */
static void wake(int signal)
{
}

static void *work(void *argument)
{
	struct run_worker *worker = argument;
	struct run_workers *workers = worker->all;
	struct seccomp_notif *call = calloc(1, workers->call_size);
	sigset_t waking;

	sigemptyset(&waking);
	sigaddset(&waking, WAKE_SIGNAL);
	pthread_sigmask(SIG_UNBLOCK, &waking, NULL);
	while (call && take(workers, call)) {
		if (atomic_fetch_sub(&workers->idle, 1) == 1)
			start_one(workers);
		answer(worker, call);
		atomic_fetch_add(&workers->idle, 1);
	}
	free(call);
	atomic_fetch_sub(&workers->idle, 1);
	pthread_mutex_lock(&workers->lock);
	worker->state = RUN_WORKER_ENDS;
	pthread_cond_signal(&workers->ended);
	pthread_mutex_unlock(&workers->lock);
	return NULL;
}

int run_workers_start(struct run_workers *workers, struct run_decider *decider,
		      int listener)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
				 .sigev_signo = RUN_TIMER_SIGNAL};
	const struct sigaction waking = {.sa_handler = wake}; /* and no SA_RESTART */
	struct seccomp_notif_sizes sizes;
	int result = 0;

	memset(workers, 0, sizeof(*workers));
	workers->decider = decider;
	workers->listener = listener;
	if (syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes))
		return errno;
	workers->call_size = sizeof(struct seccomp_notif);
	if (sizes.seccomp_notif > workers->call_size)
		workers->call_size = sizes.seccomp_notif;
	/* The caller sleeps while it is answered: both can have the same processor (Linux
	 * 6.6). Slower without, and nothing else. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS,
		  SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP))
		errno = 0;
	if (timer_create(CLOCK_MONOTONIC, &event, &workers->timer))
		return errno;
	if (sigaction(WAKE_SIGNAL, &waking, NULL))
		return errno;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->ended, NULL);
	for (size_t i = 0; i < RUN_WORKERS_MOST; i++)
		pthread_mutex_init(&workers->workers[i].about.lock, NULL);
	for (int i = 0; result == 0 && i < RUN_WORKERS_FIRST; i++)
		result = start_one(workers);
	return result;
}

/* Every thread there may be is held up: what is asked now is refused at once. */
static void refuse_waiting(struct run_workers *workers)
{
	const struct run_answer refusal = {.number = EACCES, .descriptor = -1};
	struct pollfd wait = {.fd = workers->listener, .events = POLLIN};
	struct seccomp_notif *call = calloc(1, workers->call_size);

	while (call && poll(&wait, 1, 0) > 0 && wait.revents & POLLIN) {
		memset(call, 0, workers->call_size);
		if (ioctl(workers->listener, SECCOMP_IOCTL_NOTIF_RECV, call) != 0)
			break;
		run_answer_send(workers->listener, call->id, &refusal);
	}
	free(call);
}

void run_workers_tick(struct run_workers *workers)
{
	struct run_answer late;
	char path[PATH_MAX];
	int64_t limit = now() - RUN_ANSWER_SECONDS;
	bool waiting = false;

	atomic_store(&workers->armed, false);
	for (size_t i = 0; i < RUN_WORKERS_MOST; i++) {
		struct run_worker *worker = &workers->workers[i];
		unsigned long long call = atomic_load(&worker->call);
		struct run_call late_call = {workers->listener, call,
					     (pid_t)atomic_load(&worker->caller)};

		if (!call)
			continue;
		if (atomic_load(&worker->since) > limit) {
			waiting = true;
			continue;
		}
		run_about_get(&worker->about, path);
		/* the same call still: so what was read is about it */
		if (!atomic_compare_exchange_strong(&worker->call, &call, 0))
			continue;
		run_answer_late(workers->decider, &late_call, path, RUN_ANSWER_SECONDS,
				&late);
		run_answer_send(workers->listener, call, &late);
	}
	if (atomic_load(&workers->idle) == 0)
		refuse_waiting(workers);
	if (waiting || atomic_load(&workers->idle) == 0)
		arm(workers);
}

/* Before Linux 6.11 nobody tells the threads that there will be no more calls. */
static size_t ask_to_end(struct run_workers *workers)
{
	size_t working = 0;

	for (size_t i = 0; i < RUN_WORKERS_MOST; i++) {
		if (workers->workers[i].state != RUN_WORKER_WORKS)
			continue;
		pthread_kill(workers->workers[i].thread, WAKE_SIGNAL);
		working++;
	}
	return working;
}

/* Joined, not left alone: what ends a thread (OpenSSL's part of it) must be done before
 * the process ends. */
bool run_workers_end(struct run_workers *workers)
{
	struct timespec until;

	atomic_store(&workers->over, true);
	pthread_mutex_lock(&workers->lock);
	for (int tries = 0; ask_to_end(workers) > 0; tries++) {
		if (tries == END_TRIES) {
			pthread_mutex_unlock(&workers->lock);
			return false;
		}
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += END_WAIT_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&workers->ended, &workers->lock, &until);
	}
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < RUN_WORKERS_MOST; i++)
		if (workers->workers[i].state == RUN_WORKER_ENDS)
			pthread_join(workers->workers[i].thread, NULL);
	timer_delete(workers->timer);
	pthread_cond_destroy(&workers->ended);
	pthread_mutex_destroy(&workers->lock);
	return true;
}
