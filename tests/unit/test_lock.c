/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of include/internal/lock.h: whose a lock is after all ways to fork. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal/lock.h"

#define THREADS 8
#define LATE	9
#define CANNOT	77

static struct modseal_lock lock;

/* The first process of a namespace would ignore the signal without a handler. */
static void too_late(int signal)
{
	_exit(LATE);
}

static void take_in_time(void)
{
	signal(SIGALRM, too_late);
	alarm(5);
	modseal_lock_take(&lock);
	modseal_lock_give(&lock);
	alarm(0);
}

static int ended_with(pid_t child)
{
	int status;

	if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static pid_t bare_fork(void)
{
	return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* No thread of the child has what the parent holds over the fork, and the parent keeps
 * it. */
static void held_over(pid_t (*fork_it)(void))
{
	pid_t child;

	modseal_lock_init(&lock);
	modseal_lock_take(&lock);
	child = fork_it();
	if (child == 0) {
		take_in_time();
		take_in_time();
		_exit(0);
	}
	cr_assert(eq(int, ended_with(child), 0));
	cr_assert(eq(int, pthread_mutex_trylock(&lock.mutex), EBUSY));
	modseal_lock_give(&lock);
	take_in_time();
	modseal_lock_destroy(&lock);
}

Test(lock, is_free_in_a_forked_process)
{
	held_over(fork);
}

Test(lock, is_free_where_no_handler_of_forks_was_called)
{
	held_over(bare_fork);
}

/* It is the child's then as much as it was the parent's. */
Test(lock, is_free_in_the_child_of_a_child_that_holds_it)
{
	pid_t child;

	modseal_lock_init(&lock);
	modseal_lock_take(&lock);
	child = fork();
	if (child == 0) {
		pid_t next;

		modseal_lock_take(&lock);
		next = fork();
		if (next == 0) {
			take_in_time();
			_exit(0);
		}
		_exit(ended_with(next));
	}
	cr_assert(eq(int, ended_with(child), 0));
	modseal_lock_give(&lock);
}

/* An emulator empties no pages: its processes are told apart by their ids alone. */
static void needs_the_kernel(void)
{
	if (getenv("MODSEAL_EMULATED"))
		cr_skip("not by an emulator");
}

/* As process 1 of a namespace: forks what is process 1 of another. */
static int fork_first(void)
{
	pid_t child;

	modseal_lock_init(&lock);
	modseal_lock_take(&lock);
	if (getpid() != 1 || unshare(CLONE_NEWPID))
		return CANNOT;
	child = fork();
	if (child == 0) {
		if (getpid() != 1)
			_exit(CANNOT);
		take_in_time();
		_exit(0);
	}
	return ended_with(child);
}

Test(lock, is_free_in_a_first_process_that_the_first_process_has_forked)
{
	int result;
	pid_t child;

	needs_the_kernel();
	child = fork();
	if (child == 0) {
		if (unshare(CLONE_NEWPID) && unshare(CLONE_NEWUSER | CLONE_NEWPID))
			_exit(CANNOT);
		child = fork();
		if (child == 0)
			_exit(fork_first());
		_exit(ended_with(child));
	}
	result = ended_with(child);
	if (result == CANNOT)
		cr_skip("no namespaces of process ids here");
	cr_assert(eq(int, result, 0));
}

static int in_there, met;

static void *meet(void *argument)
{
	pthread_barrier_wait(argument);
	for (int i = 0; i < 1000; i++) {
		modseal_lock_take(&lock);
		met += __atomic_fetch_add(&in_there, 1, __ATOMIC_SEQ_CST) != 0;
		__atomic_fetch_sub(&in_there, 1, __ATOMIC_SEQ_CST);
		modseal_lock_give(&lock);
	}
	return NULL;
}

/* All come for it at once, and one makes it anew. */
static int meet_all(void)
{
	pthread_barrier_t start;
	pthread_t threads[THREADS];

	signal(SIGALRM, too_late);
	alarm(20);
	pthread_barrier_init(&start, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, meet, &start))
			return CANNOT;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return met != 0;
}

Test(lock, is_held_by_one_thread_of_a_forked_process)
{
	modseal_lock_init(&lock);
	modseal_lock_take(&lock);
	for (int i = 0; i < 50; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(meet_all());
		cr_assert(eq(int, ended_with(child), 0));
	}
	modseal_lock_give(&lock);
}

static int share(void *argument)
{
	int before = modseal_lock_process();

	_exit(before != *(int *)argument || pthread_mutex_trylock(&lock.mutex) != EBUSY);
}

/* As after vfork: the memory is the parent's, and so is what lies in it. */
Test(lock, stays_with_whom_a_child_shares_the_memory)
{
	static char stack[256 * 1024] __attribute__((aligned(16)));
	int own = modseal_lock_process();

	needs_the_kernel();
	modseal_lock_init(&lock);
	modseal_lock_take(&lock);
	cr_assert(eq(int,
		     ended_with(clone(share, stack + sizeof(stack),
				      CLONE_VM | CLONE_VFORK | SIGCHLD, &own)),
		     0));
	cr_assert(eq(int, modseal_lock_process(), own));
	modseal_lock_give(&lock);
}

Test(lock, has_a_number_for_each_process_that_descends_from_another)
{
	int *numbers = mmap(NULL, 3 * sizeof(*numbers), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child;

	cr_assert(numbers != MAP_FAILED);
	numbers[0] = modseal_lock_process();
	child = fork();
	if (child == 0) {
		numbers[1] = modseal_lock_process();
		child = fork();
		if (child == 0) {
			numbers[2] = modseal_lock_process();
			_exit(0);
		}
		_exit(ended_with(child));
	}
	cr_assert(eq(int, ended_with(child), 0));
	for (int i = 0; i < 3; i++)
		cr_assert(gt(int, numbers[i], 0));
	cr_assert(ne(int, numbers[0], numbers[1]));
	cr_assert(ne(int, numbers[0], numbers[2]));
	cr_assert(ne(int, numbers[1], numbers[2]));
}
