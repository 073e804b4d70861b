/* SPDX-License-Identifier: Apache-2.0 */
/* Permits (E17): so many and no more, and each who waits gets one in his turn. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <time.h>
#include <unistd.h>

#include "verifier/run/permits.h"

#define WAITERS 8

static struct run_permits permits;
static size_t order[WAITERS]; /* in which they got one, by numbers from 1 */
static atomic_size_t got;

struct waiter {
	pthread_t thread;
	size_t number;
	atomic_bool gives_up;
	bool permitted;
};

static bool goes_on(void *argument)
{
	struct waiter *waiter = argument;

	return !atomic_load(&waiter->gives_up);
}

static void *get_one(void *argument)
{
	struct waiter *waiter = argument;

	waiter->permitted = run_permits_await(&permits, goes_on, waiter);
	if (!waiter->permitted)
		return NULL;
	order[atomic_fetch_add(&got, 1)] = waiter->number;
	run_permits_give_back(&permits);
	return NULL;
}

static void await(size_t count)
{
	time_t end = time(NULL) + 20;

	while (atomic_load(&permits.awaiting) != count && time(NULL) < end)
		usleep(100);
	cr_assert(eq(sz, atomic_load(&permits.awaiting), count));
}

/* They begin to wait in this order. */
static void begin(struct waiter *waiters, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		waiters[i].number = i + 1;
		cr_assert(zero(int, pthread_create(&waiters[i].thread, NULL, get_one,
						   &waiters[i])));
		await(i + 1);
	}
}

static void join(struct waiter *waiters, size_t count)
{
	for (size_t i = 0; i < count; i++)
		pthread_join(waiters[i].thread, NULL);
}

static void start(void)
{
	run_permits_start(&permits, 2);
}

static void end(void)
{
	run_permits_end(&permits);
}

TestSuite(run_permits, .init = start, .fini = end, .timeout = 60);

Test(run_permits, E17_there_are_so_many_and_no_more)
{
	for (int turn = 0; turn < 3; turn++) {
		cr_assert(run_permits_get(&permits));
		cr_assert(run_permits_get(&permits));
		cr_assert(not(run_permits_get(&permits)));
		run_permits_give_back(&permits);
		cr_assert(run_permits_get(&permits));
		cr_assert(not(run_permits_get(&permits)));
		run_permits_give_back(&permits);
		run_permits_give_back(&permits);
	}
}

Test(run_permits, E17_who_waits_gets_one_in_his_turn)
{
	struct waiter waiters[WAITERS] = {0};

	cr_assert(run_permits_get(&permits));
	cr_assert(run_permits_get(&permits));
	begin(waiters, WAITERS);
	run_permits_give_back(&permits);
	join(waiters, WAITERS);
	cr_assert(eq(sz, atomic_load(&got), WAITERS));
	for (size_t i = 0; i < WAITERS; i++)
		cr_assert(eq(sz, order[i], i + 1), "%zu", i);
	run_permits_give_back(&permits);
	cr_assert(zero(sz, atomic_load(&permits.given)));
}

Test(run_permits, E17_who_comes_now_does_not_go_before_those_that_wait)
{
	struct waiter waiters[2] = {0};

	cr_assert(run_permits_get(&permits));
	cr_assert(run_permits_get(&permits));
	begin(waiters, 2);
	/* the lock keeps them from what is there */
	pthread_mutex_lock(&permits.lock);
	atomic_fetch_sub(&permits.given, 1);
	cr_assert(not(run_permits_get(&permits)));
	pthread_mutex_unlock(&permits.lock);
	join(waiters, 2);
	cr_assert(eq(sz, atomic_load(&got), 2));
	cr_assert(run_permits_get(&permits), "nobody waits any more");
}

Test(run_permits, E17_who_gives_up_keeps_nobody_from_his_turn)
{
	static const size_t going[] = {0, 3, WAITERS - 1};
	struct waiter waiters[WAITERS] = {0};

	cr_assert(run_permits_get(&permits));
	cr_assert(run_permits_get(&permits));
	begin(waiters, WAITERS);
	for (size_t i = 0; i < 3; i++) {
		atomic_store(&waiters[going[i]].gives_up, true);
		await(WAITERS - 1 - i);
	}
	cr_assert(zero(sz, atomic_load(&got)));
	run_permits_give_back(&permits);
	join(waiters, WAITERS);
	cr_assert(eq(sz, atomic_load(&got), WAITERS - 3));
	for (size_t i = 0; i < 3; i++)
		cr_assert(not(waiters[going[i]].permitted), "%zu", i);
	for (size_t i = 1; i < WAITERS - 3; i++)
		cr_assert(lt(sz, order[i - 1], order[i]), "%zu", i);
	run_permits_give_back(&permits);
	cr_assert(zero(sz, atomic_load(&permits.given)));
}

Test(run_permits, E24_a_condition_is_waited_for_so_long_and_no_longer)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct timespec before, after;
	pthread_cond_t condition;

	run_condition_start(&condition);
	pthread_mutex_lock(&lock);
	clock_gettime(CLOCK_MONOTONIC, &before);
	/* over the end of a second, too; a clock that is another one waits for years */
	for (int i = 0; i < 3; i++)
		run_condition_wait(&condition, &lock, 400000000);
	clock_gettime(CLOCK_MONOTONIC, &after);
	pthread_mutex_unlock(&lock);
	pthread_cond_destroy(&condition);
	cr_assert(ge(long,
		     (after.tv_sec - before.tv_sec) * 1000 +
			     (after.tv_nsec - before.tv_nsec) / 1000000,
		     1199));
}

/* Of two that are given back at once both are taken, without a pause between. */
Test(run_permits, E17_each_that_is_given_back_is_for_one)
{
	struct waiter waiters[WAITERS] = {0};

	cr_assert(run_permits_get(&permits));
	cr_assert(run_permits_get(&permits));
	begin(waiters, WAITERS);
	run_permits_give_back(&permits);
	run_permits_give_back(&permits);
	join(waiters, WAITERS);
	cr_assert(eq(sz, atomic_load(&got), WAITERS));
	cr_assert(zero(sz, atomic_load(&permits.given)));
	cr_assert(zero(sz, atomic_load(&permits.awaiting)));
}
