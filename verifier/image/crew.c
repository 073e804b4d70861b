/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of tasks, and threads that live as long as one call. */
#include "verifier/image/crew.h"

#include <assert.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#define CAN_TELL_ALONE
#endif

#define MOST_THREADS 8
/* Judging a file needs far less; what the C library takes out of it is added. */
#define STACK_SIZE (1024u * 1024)
/* More than a large closure and a small program have open. */
#define DESCRIPTORS 512

struct helper {
	struct modseal_crew *crew;
	pthread_t thread;
	bool started, ended; /* started: to be joined */
};

struct modseal_crew {
	pthread_mutex_t lock;
	pthread_cond_t offered; /* a task, or the end */
	pthread_cond_t done;	/* a task, or with what was claimed */
	/* under the lock */
	struct modseal_task *first, **last;
	unsigned idle; /* helpers that wait for a task */
	unsigned running, most;
	size_t stack_size; /* of each; 0: none was started yet */
	bool claimed;
	bool ending; /* helpers that find no task do not wait for one */
	struct helper helpers[MOST_THREADS];
};

unsigned modseal_crew_default(void)
{
	cpu_set_t set;
	int count;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	count = CPU_COUNT(&set);
	return count < 1 ? 1 : count > MOST_THREADS ? MOST_THREADS : (unsigned)count;
}

struct modseal_crew *modseal_crew_new(unsigned threads)
{
	struct modseal_crew *crew;

	if (threads < 2)
		return NULL;
	crew = calloc(1, sizeof(*crew));
	if (!crew)
		return NULL;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->offered, NULL);
	pthread_cond_init(&crew->done, NULL);
	crew->last = &crew->first;
	crew->most = threads > MOST_THREADS ? MOST_THREADS - 1 : threads - 1;
	return crew;
}

/* The first task, begun. With the lock. */
static struct modseal_task *take(struct modseal_crew *crew)
{
	struct modseal_task *task = crew->first;

	if (!task)
		return NULL;
	crew->first = task->next;
	if (!crew->first)
		crew->last = &crew->first;
	task->state = MODSEAL_TASK_BEGUN;
	return task;
}

/* With the lock, which it lets go meanwhile. */
static void run(struct modseal_crew *crew, struct modseal_task *task)
{
	pthread_mutex_unlock(&crew->lock);
	task->run(task);
	pthread_mutex_lock(&crew->lock);
	task->state = MODSEAL_TASK_DONE;
	pthread_cond_broadcast(&crew->done);
}

static void *help(void *argument)
{
	struct helper *helper = argument;
	struct modseal_crew *crew = helper->crew;
	struct modseal_task *task;

	pthread_mutex_lock(&crew->lock);
	while ((task = take(crew)) || !crew->ending) {
		if (task) {
			run(crew, task);
			continue;
		}
		crew->idle++;
		pthread_cond_wait(&crew->offered, &crew->lock);
		crew->idle--;
	}
	helper->ended = true;
	crew->running--;
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

static int add_thread_local(struct dl_phdr_info *info, size_t size, void *argument)
{
	size_t *sum = argument;

	for (size_t i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_TLS)
			*sum += info->dlpi_phdr[i].p_memsz + info->dlpi_phdr[i].p_align;
	return 0;
}

/* A program may have any amount of thread-local storage, which lies in the stack. */
static size_t find_stack_size(void)
{
	size_t sum = STACK_SIZE;

	dl_iterate_phdr(add_thread_local, &sum);
	return sum;
}

/* What is not sent to a thread but comes of what it does stays what it is: blocked, it
 * would end the process without its handlers, one of which may stand in for system calls
 * that a seccomp filter traps. */
static void fill_blocked(sigset_t *ret_set)
{
	static const int own[] = {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};

	sigfillset(ret_set);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(ret_set, own[i]);
}

/*
 * While this thread is the only one, a larger table of descriptors costs nothing. When it
 * has to grow while threads share it, the kernel lets whoever opens a file wait until
 * none of them looks at the old one (expand_fdtable in fs/file.c): 2 to 15 ms, first for
 * the 65th descriptor, and whenever their number doubles.
 */
static void widen_table(void)
{
#ifdef CAN_TELL_ALONE
	int any = __libc_single_threaded ? open("/", O_PATH | O_CLOEXEC) : -1;
	int last = any < 0 ? -1 : fcntl(any, F_DUPFD_CLOEXEC, DESCRIPTORS - 1);

	if (last >= 0)
		close(last);
	if (any >= 0)
		close(any);
#endif
}

/*
 * A kernel may begin a thread on the processor of whoever starts it while another has
 * nothing to do (some do in virtual machines, to let the other sleep), and take it there
 * only milliseconds later, when what it was to help with is done. So it is put elsewhere;
 * from then on it may run anywhere, as before: nobody may wait for one that is held up on
 * one processor. Not where a seccomp filter is in force, which may end the process for
 * this call.
 */
static void put_elsewhere(pthread_t helper)
{
	int here = sched_getcpu();
	cpu_set_t all, others;

	if (here < 0 || here >= CPU_SETSIZE || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0 ||
	    sched_getaffinity(0, sizeof(all), &all))
		return;
	others = all;
	CPU_CLR((size_t)here, &others);
	if (CPU_COUNT(&others) > 0 &&
	    pthread_setaffinity_np(helper, sizeof(others), &others) == 0)
		(void)pthread_setaffinity_np(helper, sizeof(all), &all);
}

/* There is one: fewer than most are running. With the lock. */
static struct helper *find_place(struct modseal_crew *crew)
{
	struct helper *helper = crew->helpers;

	while (helper->started && !helper->ended)
		helper++;
	if (helper->started)
		pthread_join(helper->thread, NULL);
	*helper = (struct helper){.crew = crew};
	return helper;
}

/* One thread more, if there can be one. It takes no signal of others: the handlers of the
 * program do not expect it. With the lock, without which it does not end. */
static void start(struct modseal_crew *crew)
{
	sigset_t blocked, before;
	pthread_attr_t attributes;
	struct helper *helper;

	/* the first is started by the caller, which may hold a lock of the dynamic
	 * linker; the others take none */
	if (!crew->stack_size) {
		crew->stack_size = find_stack_size();
		widen_table();
	}
	fill_blocked(&blocked);
	if (pthread_attr_init(&attributes))
		return;
	helper = find_place(crew);
	if (pthread_attr_setstacksize(&attributes, crew->stack_size) == 0 &&
	    pthread_sigmask(SIG_SETMASK, &blocked, &before) == 0) {
		helper->started =
			pthread_create(&helper->thread, &attributes, help, helper) == 0;
		if (helper->started)
			crew->running++;
		else
			crew->most = crew->running; /* it is not tried again */
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	pthread_attr_destroy(&attributes);
	if (helper->started)
		put_elsewhere(helper->thread);
}

void modseal_crew_offer(struct modseal_crew *crew, struct modseal_task *task, bool urgent)
{
	task->state = MODSEAL_TASK_OFFERED;
	task->next = NULL;
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	if (urgent) {
		task->next = crew->first;
		crew->first = task;
		if (!task->next)
			crew->last = &task->next;
	} else {
		*crew->last = task;
		crew->last = &task->next;
	}
	if (crew->idle)
		pthread_cond_signal(&crew->offered);
	else if (crew->running < crew->most)
		start(crew);
	pthread_mutex_unlock(&crew->lock);
}

void modseal_crew_end_idle(struct modseal_crew *crew)
{
	if (!crew)
		return;
	pthread_mutex_lock(&crew->lock);
	crew->ending = true;
	pthread_cond_broadcast(&crew->offered);
	pthread_mutex_unlock(&crew->lock);
}

bool modseal_crew_claim(struct modseal_crew *crew)
{
	bool claimed;

	if (!crew)
		return false;
	pthread_mutex_lock(&crew->lock);
	claimed = !crew->claimed && crew->most > 0;
	crew->claimed = crew->claimed || claimed;
	pthread_mutex_unlock(&crew->lock);
	return claimed;
}

void modseal_crew_claim_in_turn(struct modseal_crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	while (crew->claimed)
		pthread_cond_wait(&crew->done, &crew->lock);
	crew->claimed = true;
	pthread_mutex_unlock(&crew->lock);
}

void modseal_crew_unclaim(struct modseal_crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	crew->claimed = false;
	pthread_cond_broadcast(&crew->done);
	pthread_mutex_unlock(&crew->lock);
}

/* Out of the queue, if it is there: begun. With the lock. */
static bool take_back(struct modseal_crew *crew, struct modseal_task *task)
{
	struct modseal_task **link = &crew->first;

	if (task->state != MODSEAL_TASK_OFFERED)
		return false;
	while (*link != task) {
		assert(*link); /* it was offered to this crew */
		link = &(*link)->next;
	}
	*link = task->next;
	if (!*link)
		crew->last = link;
	task->state = MODSEAL_TASK_BEGUN;
	return true;
}

void modseal_crew_finish(struct modseal_crew *crew, struct modseal_task *task, bool help)
{
	if (!crew) {
		task->run(task);
		task->state = MODSEAL_TASK_DONE;
		return;
	}
	pthread_mutex_lock(&crew->lock);
	if (take_back(crew, task))
		run(crew, task);
	while (task->state != MODSEAL_TASK_DONE) {
		struct modseal_task *other = help ? take(crew) : NULL;

		if (other)
			run(crew, other);
		else
			pthread_cond_wait(&crew->done, &crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
}

void modseal_crew_free(struct modseal_crew **crew)
{
	struct modseal_crew *old = *crew;

	*crew = NULL;
	if (!old)
		return;
	modseal_crew_end_idle(old);
	for (unsigned i = 0; i < MOST_THREADS; i++)
		if (old->helpers[i].started)
			pthread_join(old->helpers[i].thread, NULL);
	pthread_cond_destroy(&old->done);
	pthread_cond_destroy(&old->offered);
	pthread_mutex_destroy(&old->lock);
	free(old);
}
