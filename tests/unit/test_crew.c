/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/crew.c: every task is done once, by whomever, and no thread stays. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/deny.h"
#include "tests/unit/slowness.h"
#include "verifier/image/crew.h"

TestSuite(crew, .timeout = 60);

#define COUNT 200

struct work {
	struct modseal_task task;
	atomic_int done;
	struct modseal_crew *crew;
	struct work *inner; /* offered and finished by this one */
	pthread_t by;
	sigset_t blocked;
};

static void run(struct modseal_task *task)
{
	struct work *work = (struct work *)(void *)task;

	if (work->inner) {
		modseal_crew_offer(work->crew, &work->inner->task, true);
		modseal_crew_finish(work->crew, &work->inner->task, false);
	}
	work->by = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &work->blocked);
	usleep(100);
	atomic_fetch_add(&work->done, 1);
}

static size_t threads_now(void)
{
	DIR *directory = opendir("/proc/self/task");
	size_t count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count - 2;
}

/* The kernel tells that a thread has ended a moment before it is gone. */
static bool threads_become(size_t count)
{
	for (int i = 0; i < 1000 && threads_now() != count; i++)
		usleep(1000);
	return threads_now() == count;
}

static void all_done_once(unsigned threads, bool help, bool nested, bool end_idle)
{
	static struct work works[COUNT], inner[COUNT];
	struct modseal_crew *crew = modseal_crew_new(threads);
	size_t before = threads_now();

	if (end_idle)
		modseal_crew_end_idle(crew);
	memset(works, 0, sizeof(works));
	memset(inner, 0, sizeof(inner));
	for (size_t i = 0; i < COUNT; i++) {
		inner[i].task.run = works[i].task.run = run;
		works[i].crew = crew;
		works[i].inner = nested ? &inner[i] : NULL;
		modseal_crew_offer(crew, &works[i].task, i % 3 == 0);
	}
	cr_assert(le(sz, threads_now(), before + (threads ? threads - 1 : 0)));
	for (size_t i = COUNT; i > 0; i--) {
		modseal_crew_finish(crew, &works[i - 1].task, help);
		cr_assert(eq(int, atomic_load(&works[i - 1].done), 1), "%zu", i);
	}
	modseal_crew_free(&crew);
	cr_assert(threads_become(before));
	for (size_t i = 0; i < COUNT; i++) {
		cr_assert(eq(int, atomic_load(&works[i].done), 1), "%zu", i);
		cr_assert(eq(int, atomic_load(&inner[i].done), nested), "%zu", i);
		if (!pthread_equal(works[i].by, pthread_self()))
			cr_assert(sigismember(&works[i].blocked, SIGTERM) == 1,
				  "a signal of the program may come to a helper");
	}
}

Test(crew, every_task_is_done_once)
{
	for (unsigned threads = 0; threads <= 9; threads += 3)
		for (int i = 0; i < 8; i++)
			all_done_once(threads, i & 1, i & 2, i & 4);
}

/* How many descriptors there is room for: FDSize of proc_pid_status(5). */
static long table_size(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	long size = -1;

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "FDSize: %ld", &size) == 1)
			break;
	fclose(file);
	return size;
}

static void *wait_for_end(void *argument)
{
	pthread_mutex_lock(argument);
	pthread_mutex_unlock(argument);
	return NULL;
}

static long table_size_behind_work(void)
{
	struct work work = {.task.run = run};
	struct modseal_crew *crew = modseal_crew_new(2);

	modseal_crew_offer(crew, &work.task, false);
	modseal_crew_finish(crew, &work.task, false);
	modseal_crew_free(&crew);
	return table_size();
}

/* It would let this thread wait. That it does grow before there are two: closure.sh. */
Test(crew, the_table_of_descriptors_is_left_alone_where_there_are_threads)
{
	pthread_mutex_t end = PTHREAD_MUTEX_INITIALIZER;
	long before = table_size();
	pthread_t other;

	pthread_mutex_lock(&end);
	pthread_create(&other, NULL, wait_for_end, &end);
	cr_assert(eq(long, table_size_behind_work(), before));
	pthread_mutex_unlock(&end);
	pthread_join(other, NULL);
}

/* The mask of the caller is as it was. */
Test(crew, the_callers_signals_are_left_alone)
{
	sigset_t before, after;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	all_done_once(4, false, false, false);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < 32; i++)
		cr_assert(eq(int, sigismember(&before, i), sigismember(&after, i)));
}

Test(crew, without_threads_the_caller_does_it)
{
	struct rlimit before, limit;

	cr_assert(zero(int, getrlimit(RLIMIT_NPROC, &before)));
	limit = before;
	limit.rlim_cur = 0;
	cr_assert(zero(int, setrlimit(RLIMIT_NPROC, &limit)));
	/* root may start as many as it likes */
	if (geteuid() == 0)
		cr_assert(zero(int, setuid(65534)));
	all_done_once(4, false, true, false);
	/* LeakSanitizer wants to start one, which looks at this one */
	cr_assert(zero(int, setrlimit(RLIMIT_NPROC, &before)));
	cr_assert(zero(int, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)));
}

Test(crew, one_file_at_a_time_is_claimed)
{
	struct modseal_crew *crew = modseal_crew_new(2);

	cr_assert(modseal_crew_new(1) == NULL);
	cr_assert(not(modseal_crew_claim(NULL)));
	cr_assert(modseal_crew_claim(crew));
	cr_assert(not(modseal_crew_claim(crew)));
	modseal_crew_unclaim(crew);
	cr_assert(modseal_crew_claim(crew));
	modseal_crew_free(&crew);
	cr_assert(crew == NULL);
	modseal_crew_free(&crew);
}

/* Runs it in another thread, begun before this one could. */
static void run_elsewhere(void (*what)(struct modseal_task *), struct work *work)
{
	struct modseal_crew *crew = modseal_crew_new(2);

	*work = (struct work){.task.run = what};
	modseal_crew_offer(crew, &work->task, false);
	while (!atomic_load(&work->done))
		sched_yield();
	modseal_crew_finish(crew, &work->task, false);
	cr_assert(zero(int, pthread_equal(work->by, pthread_self())));
	modseal_crew_free(&crew);
}

/* With them blocked a fault would end the process without its handlers; so would a system
 * call that a seccomp filter traps for the program to stand in. */
Test(crew, a_helper_takes_what_its_own_deeds_cause)
{
	static const int own[] = {SIGSYS, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP};
	struct work work;

	run_elsewhere(run, &work);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		cr_assert(zero(int, sigismember(&work.blocked, own[i])), "signal %d",
			  own[i]);
	cr_assert(eq(int, sigismember(&work.blocked, SIGCHLD), 1));
	cr_assert(eq(int, sigismember(&work.blocked, SIGRTMIN), 1));
}

/* Nearly as much as a helper's own stack. */
static _Thread_local volatile char large[1000 * 1024];

static void use_stack(struct modseal_task *task)
{
	volatile char room[256 * 1024];

	for (size_t i = 0; i < sizeof(room); i += 4096)
		room[i] = 1;
	large[0] = room[0];
	run(task);
}

Test(crew, thread_local_storage_leaves_a_helper_its_stack)
{
	struct work work;

	large[0] = 1;
	run_elsewhere(use_stack, &work);
}

#define PLACED 40

static atomic_int place;

static void take_place(struct modseal_task *task)
{
	int none = -1;

	atomic_compare_exchange_strong(&place, &none, sched_getcpu());
	run(task);
}

/* With one that the kernel began here and left here nothing would be done at once. */
Test(crew, a_helper_begins_on_another_processor)
{
	int elsewhere = 0;
	cpu_set_t all;

	cr_assert(zero(int, sched_getaffinity(0, sizeof(all), &all)));
	if (CPU_COUNT(&all) < 2 || is_emulated())
		cr_skip("one processor, or those of an emulator");
	for (int i = 0; i < PLACED; i++) {
		struct work work = {.task.run = take_place};
		struct modseal_crew *crew = modseal_crew_new(2);
		int here = sched_getcpu();

		atomic_store(&place, -1);
		modseal_crew_offer(crew, &work.task, false);
		while (!atomic_load(&work.done))
			;
		elsewhere += atomic_load(&place) != here;
		modseal_crew_finish(crew, &work.task, false);
		modseal_crew_free(&crew);
	}
	cr_assert(ge(int, elsewhere, PLACED * 3 / 4));
}

struct placed {
	struct work work;
	cpu_set_t set;
};

/* Once who started it had its time to put it somewhere. */
static void take_affinity(struct modseal_task *task)
{
	struct placed *placed = (struct placed *)(void *)task;

	usleep(20000);
	sched_getaffinity(0, sizeof(placed->set), &placed->set);
	run(task);
}

/* Whoever is held to one processor waits for ever where a real-time thread has it. */
Test(crew, a_helper_may_run_where_its_caller_may)
{
	struct placed held;
	cpu_set_t all;

	cr_assert(zero(int, sched_getaffinity(0, sizeof(all), &all)));
	run_elsewhere(take_affinity, &held.work);
	cr_assert(zero(int, memcmp(&all, &held.set, sizeof(all))));
}

/* A filter may end the process for a call that it does not expect. */
Test(crew, with_a_seccomp_filter_no_helper_is_moved)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_sched_setaffinity, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	if (is_emulated())
		cr_skip("the calls that seccomp denies are the emulator's");
	cr_assert(deny_install(filter, sizeof(filter) / sizeof(filter[0])));
	all_done_once(4, true, true, false);
}

/* Each of many tasks, one after the other, has a thread; none waits for the next. */
Test(crew, idle_helpers_end_if_they_are_to)
{
	struct modseal_crew *crew = modseal_crew_new(3);
	size_t before = threads_now();
	int elsewhere = 0;

	modseal_crew_end_idle(NULL);
	modseal_crew_end_idle(crew);
	for (int i = 0; i < COUNT; i++) {
		struct work work = {.task.run = run};

		modseal_crew_offer(crew, &work.task, i & 1);
		for (int wait = 0; wait < 1000 && !atomic_load(&work.done); wait++)
			usleep(1000);
		modseal_crew_finish(crew, &work.task, false);
		cr_assert(eq(int, atomic_load(&work.done), 1), "%d", i);
		elsewhere += !pthread_equal(work.by, pthread_self());
	}
	cr_assert(eq(int, elsewhere, COUNT));
	cr_assert(threads_become(before), "somebody waits for a task");
	modseal_crew_free(&crew);
}

/* They are told while they wait. */
Test(crew, helpers_that_wait_end_when_they_are_told)
{
	struct modseal_crew *crew = modseal_crew_new(4);
	size_t before = threads_now();
	static struct work works[COUNT];

	for (size_t i = 0; i < COUNT; i++) {
		works[i].task.run = run;
		modseal_crew_offer(crew, &works[i].task, false);
	}
	for (size_t i = 0; i < COUNT; i++)
		modseal_crew_finish(crew, &works[i].task, true);
	cr_assert(gt(sz, threads_now(), before));
	modseal_crew_end_idle(crew);
	cr_assert(threads_become(before));
	modseal_crew_free(&crew);
}

struct turn {
	struct modseal_task task;
	struct modseal_crew *crew;
	atomic_int *holders, *most;
};

static void take_turn(struct modseal_task *task)
{
	struct turn *turn = (struct turn *)(void *)task;
	int now;

	modseal_crew_claim_in_turn(turn->crew);
	now = atomic_fetch_add(turn->holders, 1) + 1;
	if (now > atomic_load(turn->most))
		atomic_store(turn->most, now);
	usleep(100);
	atomic_fetch_sub(turn->holders, 1);
	modseal_crew_unclaim(turn->crew);
}

Test(crew, who_waits_for_a_turn_gets_it)
{
	static struct turn turns[COUNT];
	struct modseal_crew *crew = modseal_crew_new(4);
	atomic_int holders = 0, most = 0;

	for (size_t i = 0; i < COUNT; i++) {
		turns[i] = (struct turn){.task.run = take_turn,
					 .crew = crew,
					 .holders = &holders,
					 .most = &most};
		modseal_crew_offer(crew, &turns[i].task, false);
	}
	for (size_t i = 0; i < COUNT; i++)
		modseal_crew_finish(crew, &turns[i].task, true);
	cr_assert(eq(int, atomic_load(&most), 1));
	cr_assert(modseal_crew_claim(crew));
	modseal_crew_free(&crew);
}
