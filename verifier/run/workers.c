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
#include "verifier/run/own.h"

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS	   SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif
#define WAKE_SIGNAL (SIGRTMIN + 1)
/* How often a thread is asked to end, and how long it is waited for each time. */
#define END_TRIES    50
#define END_WAIT_NS  2000000
#define WORKER_STACK (512u * 1024)
/* When it is looked whether an answer is late, and whether all threads are held up. */
#define TICK_MS	 1000
#define HURRY_MS 200

static int64_t milliseconds(clockid_t clock)
{
	struct timespec time = {0};

	clock_gettime(clock, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static int64_t now(void)
{
	return milliseconds(CLOCK_MONOTONIC_COARSE);
}

static void set_timer(struct run_workers *workers, long milliseconds)
{
	const struct itimerspec when = {
		.it_value = {milliseconds / 1000, milliseconds % 1000 * 1000000}};

	timer_settime(workers->timer, 0, &when, NULL);
}

/* Both are looked at first: they are one line of memory for all threads. */
static void arm(struct run_workers *workers)
{
	if (!atomic_load(&workers->armed) && !atomic_exchange(&workers->armed, true) &&
	    !atomic_load(&workers->hurried))
		set_timer(workers, TICK_MS);
}

static void hurry(struct run_workers *workers)
{
	if (!atomic_load(&workers->hurried) && !atomic_exchange(&workers->hurried, true))
		set_timer(workers, HURRY_MS);
}

static void *work(void *argument);

/* One more, unless there are so many. */
static int start_one(struct run_workers *workers, size_t most)
{
	struct run_worker *worker = NULL;
	pthread_attr_t attributes;
	int result = EAGAIN;

	pthread_mutex_lock(&workers->lock);
	if (workers->started < most)
		worker = &workers->workers[workers->started];
	if (worker) {
		worker->all = workers;
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, WORKER_STACK);
		atomic_fetch_add(&workers->idle, 1);
		result = pthread_create(&worker->thread, &attributes, work, worker);
		pthread_attr_destroy(&attributes);
		if (result == 0) {
			worker->state = RUN_WORKER_WORKS;
			workers->started++;
		} else {
			atomic_fetch_sub(&workers->idle, 1);
		}
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

/* There was no room for its file. False: there is by now. */
static bool let_wait(struct run_worker *worker, const struct seccomp_notif *call,
		     int64_t since, const struct run_stay *stay)
{
	struct run_workers *workers = worker->all;
	const struct run_call about = {workers->listener, call->id, (pid_t)call->pid};
	struct run_answer refusal;
	enum run_wait result;
	char path[PATH_MAX];

	run_about_get(&worker->about, path);
	result = run_room_wait(stay, call, since, path);
	if (result == RUN_WAIT_BEGUN)
		arm(workers);
	if (result == RUN_WAIT_REFUSED) {
		run_answer_no_room(workers->decider, &about, &call->data, path, false,
				   &refusal);
		run_answer_send(workers->listener, call->id, &refusal);
	}
	return result != RUN_WAIT_AGAIN;
}

static bool may_wait(const struct run_workers *workers)
{
	return !atomic_load(&workers->over) &&
	       !run_reckon_is_careful(&workers->limits, atomic_load(&workers->late));
}

/* False: a call is to do without a permit, for those that have them are late; or its own
 * answer is, and was given. */
static bool awaits_permit(void *argument)
{
	struct run_worker *worker = argument;

	return may_wait(worker->all) && atomic_load(&worker->call) != 0;
}

static void set_late(struct run_worker *worker, bool late)
{
	if (atomic_exchange(&worker->late, late) == late)
		return;
	if (late)
		atomic_fetch_add(&worker->all->late, 1);
	else
		atomic_fetch_sub(&worker->all->late, 1);
}

/* Whether it is to be found once more, now. */
static bool is_found_again(struct run_worker *worker, const struct seccomp_notif *call,
			   int64_t since, const struct run_answer *found)
{
	return found->wants_permit ||
	       (found->stay.full && !let_wait(worker, call, since, &found->stay));
}

/* since: it was taken, in the milliseconds of now(). */
static void answer(struct run_worker *worker, const struct seccomp_notif *call,
		   int64_t since, bool has_waited)
{
	struct run_workers *workers = worker->all;
	const struct run_call about = {workers->listener, call->id, (pid_t)call->pid};
	struct run_answer found;
	bool mine, permitted = run_permits_get(&workers->permits);

	worker->about.may_wait = !permitted && may_wait(workers);
	do {
		worker->about.careful = !permitted;
		run_about_set(&worker->about, "");
		atomic_store(&worker->caller, (int)call->pid);
		atomic_store(&worker->number, call->data.nr);
		atomic_store(&worker->since, now());
		atomic_store(&worker->call, call->id);
		arm(workers);
		run_answer_find(workers->decider, &about, &call->data, has_waited,
				&worker->about, &found);
		if (found.wants_permit) {
			permitted = run_permits_await(&workers->permits, awaits_permit,
						      worker);
			worker->about.may_wait = false;
		}
		/* somebody may have answered for this one, if it took long */
		mine = atomic_exchange(&worker->call, 0) == call->id;
	} while (mine && is_found_again(worker, call, since, &found));
	if (found.stay.full)
		; /* it waits, or was refused */
	else if (mine)
		run_answer_send(workers->listener, call->id, &found);
	else if (found.descriptor >= 0)
		close(found.descriptor);
	set_late(worker, false);
	if (permitted)
		run_permits_give_back(&workers->permits);
}

/* Those that waited for the room which this thread may have left. */
static void answer_waiting(struct run_worker *worker)
{
	struct run_waiting *next;

	while (!atomic_load(&worker->all->over) &&
	       (next = run_rooms_next(&worker->all->decider->rooms))) {
		answer(worker, &next->call, next->since, true);
		free(next);
	}
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
	/* who started this thread has its handle then */
	pthread_mutex_lock(&workers->lock);
	pthread_mutex_unlock(&workers->lock);
	while (call && take(workers, call)) {
		/* who asks meanwhile waits until one is done, or held up */
		if (atomic_fetch_sub(&workers->idle, 1) == 1 &&
		    start_one(workers, workers->limits.useful) != 0)
			hurry(workers);
		answer(worker, call, now(), false);
		answer_waiting(worker);
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
		      int listener, size_t descriptors)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL,
				 .sigev_signo = RUN_TIMER_SIGNAL};
	const struct sigaction waking = {.sa_handler = wake}; /* and no SA_RESTART */
	struct seccomp_notif_sizes sizes;
	int result = 0;

	memset(workers, 0, sizeof(*workers));
	workers->decider = decider;
	workers->listener = listener;
	run_reckon_limits(run_own_processors(), descriptors, &workers->limits);
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
	run_permits_start(&workers->permits, workers->limits.permits);
	pthread_mutex_init(&workers->lock, NULL);
	run_condition_start(&workers->ended);
	for (size_t i = 0; i < RUN_WORKERS_MOST; i++)
		pthread_mutex_init(&workers->workers[i].about.lock, NULL);
	for (int i = 0; result == 0 && i < RUN_WORKERS_FIRST; i++)
		result = start_one(workers, RUN_WORKERS_FIRST);
	if (result != 0) /* nobody can have asked them anything yet: they end */
		run_workers_end(workers);
	return result;
}

static bool somebody_waits(const struct run_workers *workers)
{
	struct pollfd wait = {.fd = workers->listener, .events = POLLIN};

	return poll(&wait, 1, 0) > 0 && wait.revents & POLLIN;
}

/* Every thread there may be is held up: what is asked now is refused at once. Not until
 * nobody asks: whoever does so all the time must not keep this thread from all else. */
static void refuse_waiting(struct run_workers *workers)
{
	struct seccomp_notif *call = calloc(1, workers->call_size);

	for (int i = 0; call && i < RUN_WORKERS_MOST && somebody_waits(workers); i++) {
		struct run_answer refusal;
		struct run_call about;

		memset(call, 0, workers->call_size);
		if (ioctl(workers->listener, SECCOMP_IOCTL_NOTIF_RECV, call) != 0)
			break;
		about = (struct run_call){workers->listener, call->id, (pid_t)call->pid};
		run_answer_busy(workers->decider, &about, &call->data, &refusal);
		run_answer_send(workers->listener, call->id, &refusal);
	}
	free(call);
}

/* The answer is late, and so is refused by this thread. */
static void answer_for(struct run_worker *worker, unsigned long long call, int seconds)
{
	struct run_workers *workers = worker->all;
	struct run_call about = {workers->listener, call,
				 (pid_t)atomic_load(&worker->caller)};
	struct run_answer late;
	char path[PATH_MAX];

	run_about_get(&worker->about, path);
	set_late(worker, true);
	/* the same call still: so what was read is about it */
	if (!atomic_compare_exchange_strong(&worker->call, &call, 0)) {
		set_late(worker, false);
		return;
	}
	run_answer_late(workers->decider, &about, atomic_load(&worker->number), path,
			seconds, &late);
	run_answer_send(workers->listener, call, &late);
}

struct held {
	size_t progress[RUN_PROGRESS_COUNT]; /* threads */
	bool waiting;			     /* an answer may become late */
};

/* For the thread of the ticks only. */
static int64_t worked(struct run_worker *worker)
{
	int64_t before = worker->used;
	clockid_t clock;

	if (pthread_getcpuclockid(worker->thread, &clock) == 0)
		worker->used = milliseconds(clock);
	return worker->used - before;
}

static struct held look_after(struct run_workers *workers)
{
	struct held held = {0};
	int64_t time = now();

	for (size_t i = 0; i < RUN_WORKERS_MOST; i++) {
		struct run_worker *worker = &workers->workers[i];
		unsigned long long call = atomic_load(&worker->call);
		int64_t took = time - atomic_load(&worker->since);
		int seconds = atomic_load(&worker->about.reads) ? RUN_ROOM_SECONDS
								: RUN_ANSWER_SECONDS;

		if (call && took >= seconds * 1000)
			answer_for(worker, call, seconds);
		else if (call)
			held.waiting = true;
		held.progress[run_reckon_progress(call != 0, atomic_load(&worker->late),
						  took, call ? worked(worker) : 0)]++;
	}
	return held;
}

/* Waited too long for room: refused. */
static void refuse_late(struct run_workers *workers)
{
	int64_t since = now() - RUN_ROOM_SECONDS * 1000;
	struct run_waiting *late;

	while ((late = run_rooms_late(&workers->decider->rooms, since))) {
		const struct run_call about = {workers->listener, late->call.id,
					       (pid_t)late->call.pid};
		struct run_answer refusal;

		run_answer_no_room(workers->decider, &about, &late->call.data, late->path,
				   true, &refusal);
		run_answer_send(workers->listener, late->call.id, &refusal);
		free(late);
	}
}

void run_workers_tick(struct run_workers *workers)
{
	struct held held;
	size_t wanted, late;

	/* in this order: who arms it is not to find the other there still */
	atomic_store(&workers->hurried, false);
	atomic_store(&workers->armed, false);
	refuse_late(workers);
	held = look_after(workers);
	wanted = run_reckon_threads(&workers->limits, held.progress);
	late = held.progress[RUN_PROGRESS_LATE];
	while (atomic_load(&workers->idle) == 0 && somebody_waits(workers) &&
	       start_one(workers, wanted) == 0)
		;
	/* none can be started, and none will be back soon */
	if (atomic_load(&workers->idle) == 0 && late > 0 && late >= workers->started)
		refuse_waiting(workers);
	if (atomic_load(&workers->idle) == 0)
		hurry(workers);
	else if (held.waiting || run_rooms_are_waited_for(&workers->decider->rooms))
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

/* Before Linux 6.13 a signal that it has sent stays, and would end this process as soon
 * as it lets signals in. */
static void end_timer(struct run_workers *workers)
{
	const struct timespec none = {0};
	sigset_t sent;

	timer_delete(workers->timer);
	sigemptyset(&sent);
	sigaddset(&sent, RUN_TIMER_SIGNAL);
	while (sigtimedwait(&sent, NULL, &none) > 0)
		;
}

/* Joined, not left alone: what ends a thread (OpenSSL's part of it) must be done before
 * the process ends. */
bool run_workers_end(struct run_workers *workers)
{
	atomic_store(&workers->over, true);
	pthread_mutex_lock(&workers->lock);
	for (int tries = 0; ask_to_end(workers) > 0; tries++) {
		if (tries == END_TRIES) {
			pthread_mutex_unlock(&workers->lock);
			return false;
		}
		run_condition_wait(&workers->ended, &workers->lock, END_WAIT_NS);
	}
	pthread_mutex_unlock(&workers->lock);
	for (size_t i = 0; i < RUN_WORKERS_MOST; i++)
		if (workers->workers[i].state == RUN_WORKER_ENDS)
			pthread_join(workers->workers[i].thread, NULL);
	end_timer(workers);
	run_permits_end(&workers->permits);
	pthread_cond_destroy(&workers->ended);
	pthread_mutex_destroy(&workers->lock);
	return true;
}
