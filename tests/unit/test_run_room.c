/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for files that are judged (E18): how many are let in, and who waits for whom. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <linux/filter.h>
#include <semaphore.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "verifier/run/room.h"

#define MEBIBYTE (1024ull * 1024)

static struct run_rooms rooms;

static void start(void)
{
	run_rooms_start(&rooms, -1, 100 * MEBIBYTE);
}

static void end(void)
{
	run_rooms_end(&rooms);
}

static struct run_stay stay_of(bool native)
{
	return (struct run_stay){.rooms = &rooms, .native = native};
}

static bool enters(struct run_stay *stay, uint64_t mebibytes, enum modseal_reach reach)
{
	return run_room_enter(stay, mebibytes * MEBIBYTE, reach) == 0;
}

static enum run_wait waits(const struct run_stay *stay, uint64_t id, int64_t since)
{
	const struct seccomp_notif call = {.id = id};

	return run_room_wait(stay, &call, since, "/file");
}

/* 0: none */
static uint64_t next(void)
{
	struct run_waiting *waiting = run_rooms_next(&rooms);
	uint64_t id = waiting ? waiting->call.id : 0;

	free(waiting);
	return id;
}

static uint64_t late(int64_t since)
{
	struct run_waiting *waiting = run_rooms_late(&rooms, since);
	uint64_t id = waiting ? waiting->call.id : 0;

	free(waiting);
	return id;
}

TestSuite(run_room, .init = start, .fini = end);

Test(run_room, E18_no_more_is_let_in_than_there_is_room_for)
{
	struct run_stay first = stay_of(true), second = first, third = first;

	cr_assert(enters(&first, 60, MODSEAL_REACH_ROOT));
	cr_assert(enters(&second, 40, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&third, 1, MODSEAL_REACH_ROOT)));
	cr_assert(eq(ptr, third.full, &rooms.of[MODSEAL_REACH_ROOT]));
	run_room_leave(&second);
	third.full = NULL;
	cr_assert(enters(&third, 1, MODSEAL_REACH_ROOT));
	run_room_leave(&first);
	run_room_leave(&third);
	run_room_leave(&third);
	cr_assert(zero(u64, rooms.of[MODSEAL_REACH_ROOT].used));
}

Test(run_room, E18_a_file_larger_than_all_of_it_is_let_in_alone)
{
	struct run_stay large = stay_of(true), other = large;

	cr_assert(enters(&large, 1000, MODSEAL_REACH_USERS));
	cr_assert(not(enters(&other, 1, MODSEAL_REACH_USERS)));
	run_room_leave(&large);
	cr_assert(enters(&other, 1, MODSEAL_REACH_USERS));
	large.full = NULL;
	cr_assert(not(enters(&large, 1000, MODSEAL_REACH_USERS)));
	run_room_leave(&other);
}

Test(run_room, E18_small_files_are_not_kept_out)
{
	struct run_stay large = stay_of(true), small = large;

	cr_assert(enters(&large, 1000, MODSEAL_REACH_USERS));
	cr_assert(eq(int,
		     run_room_enter(&small, RUN_ROOM_COUNTED - 1, MODSEAL_REACH_USERS),
		     0));
	cr_assert(eq(ptr, small.room, NULL));
	run_room_leave(&large);
}

Test(run_room, E18_what_a_program_can_hold_up_keeps_out_only_its_like)
{
	struct run_stay slow = stay_of(true), foreign = stay_of(false);
	struct run_stay users = stay_of(true), roots = users;

	cr_assert(enters(&slow, 1000, MODSEAL_REACH_UNKNOWN));
	/* in a namespace of its own a program may say anything of its files */
	cr_assert(not(enters(&foreign, 1, MODSEAL_REACH_ROOT)));
	cr_assert(enters(&users, 1000, MODSEAL_REACH_USERS));
	cr_assert(enters(&roots, 1, MODSEAL_REACH_ROOT));
	run_room_leave(&slow);
	run_room_leave(&users);
	run_room_leave(&roots);
}

Test(run_room, E18_only_what_nobody_can_hold_up_may_take_its_time)
{
	atomic_bool reads = false;
	struct run_stay stay = stay_of(true);

	stay.reads = &reads;
	cr_assert(enters(&stay, 1, MODSEAL_REACH_UNKNOWN));
	cr_assert(not(atomic_load(&reads)));
	run_room_leave(&stay);
	cr_assert(enters(&stay, 1, MODSEAL_REACH_USERS));
	cr_assert(atomic_load(&reads));
	run_room_leave(&stay);
	cr_assert(not(atomic_load(&reads)));
	stay.native = false;
	cr_assert(enters(&stay, 1, MODSEAL_REACH_USERS));
	cr_assert(not(atomic_load(&reads)));
	run_room_leave(&stay);
}

Test(run_room, E18_who_waits_is_let_in_in_order)
{
	struct run_stay inside = stay_of(true), large = inside, small = inside,
			new = inside;

	cr_assert(enters(&inside, 60, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&large, 80, MODSEAL_REACH_ROOT)));
	cr_assert(eq(int, waits(&large, 1, 0), RUN_WAIT_BEGUN));
	/* there is room for it, but a large one would never get in */
	cr_assert(not(enters(&small, 10, MODSEAL_REACH_ROOT)));
	cr_assert(eq(int, waits(&small, 2, 0), RUN_WAIT_BEGUN));
	cr_assert(run_rooms_are_waited_for(&rooms));
	cr_assert(eq(u64, next(), 0));
	run_room_leave(&inside);
	cr_assert(eq(u64, next(), 1));
	large.has_waited = true;
	large.full = NULL;
	cr_assert(enters(&large, 80, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&new, 10, MODSEAL_REACH_ROOT)));
	cr_assert(eq(u64, next(), 2));
	cr_assert(not(run_rooms_are_waited_for(&rooms)));
	small.has_waited = true;
	cr_assert(enters(&small, 10, MODSEAL_REACH_ROOT));
	run_room_leave(&large);
	run_room_leave(&small);
}

Test(run_room, E18_whose_turn_was_taken_is_the_first_again)
{
	struct run_stay inside = stay_of(true), first = inside, second = inside;

	cr_assert(enters(&inside, 100, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&first, 10, MODSEAL_REACH_ROOT)));
	cr_assert(not(enters(&second, 10, MODSEAL_REACH_ROOT)));
	cr_assert(eq(int, waits(&first, 1, 0), RUN_WAIT_BEGUN));
	cr_assert(eq(int, waits(&second, 2, 0), RUN_WAIT_BEGUN));
	run_room_leave(&inside);
	cr_assert(eq(u64, next(), 1));
	/* it has grown meanwhile, and somebody else is in */
	rooms.of[MODSEAL_REACH_ROOT].used = 95 * MEBIBYTE;
	first.has_waited = true;
	cr_assert(not(enters(&first, 10, MODSEAL_REACH_ROOT)));
	cr_assert(eq(int, waits(&first, 1, 0), RUN_WAIT_BEGUN));
	rooms.of[MODSEAL_REACH_ROOT].used = 0;
	cr_assert(eq(u64, next(), 1));
	cr_assert(eq(u64, next(), 2));
}

/* Else it would wait for somebody who comes, and nobody does. */
Test(run_room, E18_nobody_waits_for_an_empty_room)
{
	struct run_stay inside = stay_of(true), other = inside;

	cr_assert(enters(&inside, 100, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&other, 10, MODSEAL_REACH_ROOT)));
	run_room_leave(&inside);
	cr_assert(eq(int, waits(&other, 1, 0), RUN_WAIT_AGAIN));
	cr_assert(not(run_rooms_are_waited_for(&rooms)));
}

/* A call of a thread under a filter, which waits for its answer as a target's does. */
struct caller {
	pthread_t thread;
	sem_t ready;
	uint64_t id;
};

static void *call(void *argument)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};
	struct caller *caller = argument;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		rooms.listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
					      SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	sem_post(&caller->ready);
	if (rooms.listener >= 0)
		syscall(SYS_getpriority, 0, 0);
	return NULL;
}

static void begin_call(struct caller *caller)
{
	struct seccomp_notif taken = {0};

	sem_init(&caller->ready, 0, 0);
	cr_assert(zero(int, pthread_create(&caller->thread, NULL, call, caller)));
	sem_wait(&caller->ready);
	if (rooms.listener < 0)
		cr_skip_test("no seccomp filter here");
	cr_assert(zero(int, ioctl(rooms.listener, SECCOMP_IOCTL_NOTIF_RECV, &taken)));
	caller->id = taken.id;
}

static void end_call(struct caller *caller)
{
	close(rooms.listener);
	pthread_join(caller->thread, NULL);
	sem_destroy(&caller->ready);
}

Test(run_room, E18_nobody_waits_for_ever_and_not_everybody)
{
	struct run_stay inside = stay_of(true), other = inside;
	struct caller caller;

	begin_call(&caller);
	cr_assert(enters(&inside, 100, MODSEAL_REACH_UNKNOWN));
	cr_assert(not(enters(&other, 10, MODSEAL_REACH_UNKNOWN)));
	for (int64_t i = 1; i <= RUN_ROOM_CALLS; i++)
		cr_assert(eq(int, waits(&other, caller.id, i), RUN_WAIT_BEGUN));
	cr_assert(eq(int, waits(&other, caller.id, 9999), RUN_WAIT_REFUSED));
	cr_assert(eq(u64, late(0), 0));
	cr_assert(eq(u64, late(2), caller.id));
	cr_assert(eq(u64, late(2), caller.id));
	cr_assert(eq(u64, late(2), 0));
	cr_assert(eq(int, waits(&other, caller.id, 9999), RUN_WAIT_BEGUN));
	end_call(&caller);
}

/* Or somebody could have all places, who starts processes and kills them. */
Test(run_room, E18_who_was_killed_keeps_no_place)
{
	struct run_stay inside = stay_of(true), other = inside;
	struct caller caller;

	begin_call(&caller);
	cr_assert(enters(&inside, 100, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&other, 10, MODSEAL_REACH_ROOT)));
	for (uint64_t i = 1; i <= RUN_ROOM_CALLS; i++)
		cr_assert(eq(int,
			     waits(&other, i % 400 == 0 ? caller.id : ~i, (int64_t)i),
			     RUN_WAIT_BEGUN));
	for (int64_t i = 3; i <= RUN_ROOM_CALLS; i++)
		cr_assert(eq(int, waits(&other, caller.id, 400 * i), RUN_WAIT_BEGUN));
	cr_assert(eq(int, waits(&other, caller.id, 9999), RUN_WAIT_REFUSED));
	run_room_leave(&inside);
	/* those that wait still, in their order */
	for (int64_t i = 1; i <= RUN_ROOM_CALLS; i++) {
		struct run_waiting *waiting = run_rooms_next(&rooms);

		cr_assert(waiting && waiting->call.id == caller.id);
		cr_assert(eq(i64, waiting->since, 400 * i));
		free(waiting);
	}
	cr_assert(zero(u64, next()));
	cr_assert(not(run_rooms_are_waited_for(&rooms)));
	end_call(&caller);
}

/* Nor may all be looked at for each that comes: it takes the longer, the more wait. */
Test(run_room, E18_few_are_looked_at_for_one_that_finds_no_place)
{
	struct run_stay inside = stay_of(true), other = inside;
	struct caller caller;
	size_t refused = 0;

	begin_call(&caller);
	cr_assert(enters(&inside, 100, MODSEAL_REACH_ROOT));
	cr_assert(not(enters(&other, 10, MODSEAL_REACH_ROOT)));
	for (uint64_t i = 1; i <= RUN_ROOM_CALLS; i++)
		cr_assert(eq(int, waits(&other, i < RUN_ROOM_CALLS ? caller.id : ~i, 1),
			     RUN_WAIT_BEGUN));
	while (refused <= RUN_ROOM_CALLS && waits(&other, caller.id, 1) != RUN_WAIT_BEGUN)
		refused++;
	cr_assert(refused >= RUN_ROOM_CALLS / 32 && refused < RUN_ROOM_CALLS / 8);
	/* and on, from the first again */
	cr_assert(eq(int, waits(&other, caller.id, 1), RUN_WAIT_REFUSED));
	cr_assert(eq(u64, late(1), caller.id));
	cr_assert(eq(int, waits(&other, 0, 1), RUN_WAIT_BEGUN));
	for (refused = 0;
	     refused <= RUN_ROOM_CALLS && waits(&other, caller.id, 1) != RUN_WAIT_BEGUN;)
		refused++;
	cr_assert(refused < RUN_ROOM_CALLS / 8);
	end_call(&caller);
}
