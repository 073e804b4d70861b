/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed copies (E20): each is known until another has to take its place, and no process
 * that wants many takes those that others are about to map. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/copies.h"

#define SEALS	   (F_SEAL_SEAL | F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)
#define ONE	   100 /* processes */
#define OTHER	   101
#define FEW	   64u /* descriptors: 16 copies */
#define FEW_COPIES 16
#define BYTES	   (1024ull * 1024)

static int memory(const char *content, int seals)
{
	int made = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	cr_assert(made >= 0 && write(made, content, strlen(content)) >= 0);
	cr_assert(fcntl(made, F_ADD_SEALS, seals) == 0);
	return made;
}

static struct run_file library(uint64_t inode)
{
	return (struct run_file){.device = 7, .inode = inode};
}

/* What the process gets for the library. */
static int give(struct run_copies *copies, uint64_t inode, const char *digest,
		pid_t process)
{
	struct run_file of = library(inode);
	int fresh = -1;

	cr_assert(eq(int,
		     run_copies_add(copies, memory(digest, SEALS), &of, digest, process,
				    &fresh),
		     0));
	return fresh;
}

/* The same of a library of so many bytes, which tell it from others. */
static int give_bytes(struct run_copies *copies, uint64_t bytes, pid_t process)
{
	struct run_file of = library(bytes);
	int sealed = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING), fresh = -1;
	char digest[32];

	snprintf(digest, sizeof(digest), "%ju", (uintmax_t)bytes);
	cr_assert(sealed >= 0 && ftruncate(sealed, (off_t)bytes) == 0);
	cr_assert(fcntl(sealed, F_ADD_SEALS, SEALS) == 0);
	cr_assert(
		eq(int, run_copies_add(copies, sealed, &of, digest, process, &fresh), 0));
	return fresh;
}

static bool is_known(struct run_copies *copies, int descriptor)
{
	struct run_file file;
	bool regular;

	cr_assert(eq(int, run_file_of(descriptor, &file, &regular), 0));
	return run_copies_has(copies, &file);
}

static bool are_one(int one, int other)
{
	struct stat first, second;

	cr_assert(fstat(one, &first) == 0 && fstat(other, &second) == 0);
	return first.st_ino == second.st_ino;
}

static struct run_copies *begin(size_t descriptors)
{
	struct run_copies *copies = malloc(sizeof(*copies));

	run_copies_start(copies, descriptors, BYTES);
	return copies;
}

static void end(struct run_copies *copies)
{
	run_copies_end(copies);
	free(copies);
}

Test(run_copies, E20_one_copy_is_shared_by_all_who_load_the_same_bytes_of_a_file)
{
	struct run_copies *copies = begin(1024);
	int first = give(copies, 1, "a", ONE), same = give(copies, 1, "a", OTHER);
	int changed = give(copies, 1, "b", ONE), another = give(copies, 2, "a", ONE);
	int stranger = memory("a", SEALS);

	cr_assert(are_one(first, same));
	cr_assert(not(are_one(first, changed)), "what was there before it was changed");
	/* two files of the same content are two libraries, each with data of its own */
	cr_assert(not(are_one(first, another)));
	/* each reads it from its beginning */
	cr_assert(lseek(first, 1, SEEK_SET) == 1 && lseek(same, 0, SEEK_CUR) == 0);
	cr_assert(is_known(copies, first) && is_known(copies, same));
	cr_assert(is_known(copies, changed) && is_known(copies, another));
	cr_assert(not(is_known(copies, stranger)), "E03 memory of the target's own");
	close(first);
	close(same);
	close(changed);
	close(another);
	close(stranger);
	end(copies);
}

Test(run_copies, E20_what_is_not_sealed_is_no_copy)
{
	static const int seals[] = {0, F_SEAL_WRITE, SEALS & ~F_SEAL_WRITE,
				    SEALS & ~F_SEAL_GROW, SEALS & ~F_SEAL_SHRINK};
	struct run_copies *copies = begin(1024);
	struct run_file of = library(1);
	int fresh = -1;

	for (size_t i = 0; i < sizeof(seals) / sizeof(seals[0]); i++) {
		int sealed = memory("a", seals[i]);
		int result = run_copies_add(copies, sealed, &of, "a", ONE, &fresh);

		cr_assert(eq(int, result, EPERM), "row %zu", i);
		cr_assert(fcntl(sealed, F_GETFD) < 0, "row %zu is left open", i);
	}
	cr_assert(eq(int, fresh, -1));
	end(copies);
}

Test(run_copies, E20_a_copy_that_was_made_unreadable_is_left_to_those_who_have_it)
{
	struct run_copies *copies = begin(1024);
	int first, next;

	/* root opens everything */
	cr_assert(getuid() != 0 || setresuid(1, 1, 1) == 0);
	first = give(copies, 1, "a", ONE);
	cr_assert(fchmod(first, 0) == 0);
	next = give(copies, 1, "a", OTHER);
	cr_assert(not(are_one(first, next)));
	cr_assert(is_known(copies, first), "it may not be mapped yet");
	cr_assert(is_known(copies, next));
	close(first);
	close(next);
	end(copies);
}

Test(run_copies, E20_a_process_that_wants_many_gives_up_its_own)
{
	struct run_copies *copies = begin(FEW);
	int others[FEW_COPIES / 2], last = -1;
	char digest[16];

	for (int i = 0; i < FEW_COPIES / 2; i++) {
		snprintf(digest, sizeof(digest), "other %d", i);
		others[i] = give(copies, (uint64_t)i, digest, OTHER);
	}
	/* what both have is not its own */
	close(give(copies, 0, "other 0", ONE));
	for (int i = 0; i < 3 * FEW_COPIES; i++) {
		close(last);
		snprintf(digest, sizeof(digest), "one %d", i);
		last = give(copies, 1000 + (uint64_t)i, digest, ONE);
		cr_assert(is_known(copies, last), "%d", i);
	}
	for (int i = 0; i < FEW_COPIES / 2; i++) {
		cr_assert(is_known(copies, others[i]), "%d", i);
		close(others[i]);
	}
	close(last);
	end(copies);
}

Test(run_copies, E20_else_the_one_that_was_given_longest_ago_makes_room)
{
	struct run_copies *copies = begin(FEW);
	int given[FEW_COPIES + 1], again;
	char digest[16];

	for (int i = 0; i <= FEW_COPIES; i++) {
		/* the first is given once more when all are there */
		again = i == FEW_COPIES ? give(copies, 0, "0", 999) : -1;
		close(again);
		snprintf(digest, sizeof(digest), "%d", i);
		given[i] = give(copies, (uint64_t)i, digest, ONE + i);
	}
	for (int i = 0; i <= FEW_COPIES; i++) {
		cr_assert(eq(int, is_known(copies, given[i]), i != 1), "%d", i);
		close(given[i]);
	}
	end(copies);
}

Test(run_copies, E20_where_there_is_room_for_one_it_is_the_last)
{
	struct run_copies *copies = begin(1);
	int first = give(copies, 1, "a", ONE), next = give(copies, 2, "b", ONE);

	cr_assert(not(is_known(copies, first)));
	cr_assert(is_known(copies, next));
	close(first);
	close(next);
	end(copies);
}

/* Which of them are known, in their order. */
static void assert_known(struct run_copies *copies, const int *given, const char *wanted)
{
	char known[32] = "";

	for (size_t i = 0; wanted[i]; i++)
		known[i] = is_known(copies, given[i]) ? 'y' : 'n';
	cr_assert(eq(str, known, (char *)wanted));
}

static void close_all(const int *given, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(given[i]);
}

Test(run_copies, E20_copies_are_bounded_by_their_bytes)
{
	struct run_copies *copies = begin(1024);
	int given[6];

	for (int i = 0; i < 4; i++)
		given[i] = give_bytes(copies, BYTES / 4 - 2 + (uint64_t)i, ONE + i);
	/* 2 bytes less than all */
	assert_known(copies, given, "yyyy");
	/* by then the first is not the oldest any more */
	close(give_bytes(copies, BYTES / 4 - 2, ONE));
	given[4] = give_bytes(copies, 2, 999);
	assert_known(copies, given, "yyyyy");
	given[5] = give_bytes(copies, 1, 1000);
	assert_known(copies, given, "ynyyyy");
	close_all(given, 6);
	end(copies);
}

Test(run_copies, E20_memory_counts_where_it_is_more_than_the_size)
{
	struct run_copies *copies = begin(1024);
	int given[2], sealed = memfd_create("copy", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	struct run_file of = library(1);

	cr_assert(zero(int, fallocate(sealed, FALLOC_FL_KEEP_SIZE, 0, BYTES)));
	cr_assert(fcntl(sealed, F_ADD_SEALS, SEALS) == 0);
	cr_assert(eq(int, run_copies_add(copies, sealed, &of, "a", ONE, &given[0]), 0));
	given[1] = give_bytes(copies, 1, OTHER);
	assert_known(copies, given, "ny");
	close_all(given, 2);
	end(copies);
}

Test(run_copies, E20_a_process_that_wants_many_bytes_gives_up_its_own)
{
	struct run_copies *copies = begin(1024);
	int others = give_bytes(copies, BYTES / 2, OTHER), given[40];

	for (size_t i = 0; i < 40; i++) {
		given[i] = give_bytes(copies, BYTES / 8 + i, ONE);
		cr_assert(is_known(copies, given[i]), "%zu", i);
		cr_assert(is_known(copies, others), "%zu", i);
	}
	/* half of all: no more than these */
	for (size_t i = 0; i < 40; i++)
		cr_assert(eq(int, is_known(copies, given[i]), i >= 37), "%zu", i);
	close_all(given, 40);
	close(others);
	end(copies);
}

Test(run_copies, E20_one_that_is_larger_than_all_may_be_is_served_beside_the_others)
{
	struct run_copies *copies = begin(1024);
	int given[4];

	given[0] = give_bytes(copies, BYTES, OTHER);
	given[1] = give_bytes(copies, BYTES + 1, ONE);
	assert_known(copies, given, "yy");
	/* but no two of them, whoever wants them */
	given[2] = give_bytes(copies, 100 * BYTES, 999);
	assert_known(copies, given, "yny");
	/* nor is it there for ever: what was given longest ago goes until there is room
	 */
	close(give_bytes(copies, BYTES, OTHER));
	given[3] = give_bytes(copies, 1, 1000);
	assert_known(copies, given, "nnny");
	close_all(given, 4);
	end(copies);
}

/* Whatever is asked for in whatever order. */
Test(run_copies, E20_never_more_than_there_may_be)
{
	struct run_copies *copies = begin(FEW);
	unsigned state = 1;

	for (int i = 0; i < 20000; i++) {
		uint64_t sum = 0;
		int large = 0, count = 0, fresh;

		state = state * 1103515245u + 12345u;
		fresh = give_bytes(copies, (state >> 8) % (BYTES >> state % 5),
				   1 + (pid_t)(state >> 28));
		cr_assert(is_known(copies, fresh), "%d", i);
		close(fresh);
		if (i % 100 == 0)
			close(give_bytes(copies, BYTES + (uint64_t)i, 1));
		for (size_t row = 0; row < RUN_COPIES; row++) {
			struct stat status;

			if (copies->rows[row].descriptor < 0)
				continue;
			cr_assert(
				zero(int, fstat(copies->rows[row].descriptor, &status)));
			count++;
			if ((uint64_t)status.st_size > BYTES)
				large++;
			else
				sum += (uint64_t)status.st_size;
		}
		cr_assert(count <= FEW_COPIES && large <= 1 && sum <= BYTES, "%d", i);
	}
	end(copies);
}
