/* SPDX-License-Identifier: Apache-2.0 */
/* How many threads answer (E17, E18): more where some are held up, never more than there
 * may be, and always some that no file system can hold up; and how much memory files may
 * take. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "verifier/run/reckon.h"

Test(run_reckon, E18_threads_go_by_processors_and_descriptors)
{
	static const struct {
		size_t processors, descriptors, useful, most, permits;
	} rows[] = {
		{2, 1024, 4, 64, 48},	    {8, 1024, 8, 64, 48},
		{100, 1 << 20, 32, 64, 48}, {2, 64, 4, 5, 4},
		{16, 64, 5, 5, 4},	    {16, 8, 4, 4, 3},
		{16, 100, 8, 8, 6},	    {0, 768, 4, 64, 48},
		{48, 240, 20, 20, 15},	    {2, (size_t)-1, 4, 64, 48},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct run_limits limits;

		run_reckon_limits(rows[i].processors, rows[i].descriptors, &limits);
		cr_assert(eq(sz, limits.useful, rows[i].useful), "row %zu", i);
		cr_assert(eq(sz, limits.most, rows[i].most), "row %zu", i);
		cr_assert(eq(sz, limits.permits, rows[i].permits), "row %zu", i);
	}
}

Test(run_reckon, E17_some_threads_are_left_whatever_there_is)
{
	for (size_t descriptors = 0; descriptors < 2000; descriptors++) {
		struct run_limits limits;

		run_reckon_limits(64, descriptors, &limits);
		cr_assert(limits.permits > 0 && limits.permits < limits.most, "%zu",
			  descriptors);
		cr_assert(limits.useful <= limits.most, "%zu", descriptors);
	}
}

Test(run_reckon, E17_a_thread_is_held_that_waits_and_slow_that_works)
{
	static const struct {
		bool answers, is_late;
		int64_t took, worked;
		enum run_progress progress;
	} rows[] = {
		{false, false, 0, 0, RUN_PROGRESS_WELL},
		/* the last call may be long ago */
		{false, false, 100000, 0, RUN_PROGRESS_WELL},
		{true, false, 0, 0, RUN_PROGRESS_WELL},
		{true, false, 399, 0, RUN_PROGRESS_WELL},
		{true, false, 400, 0, RUN_PROGRESS_HELD},
		{true, false, 400, 1, RUN_PROGRESS_HELD},
		{true, false, 400, 2, RUN_PROGRESS_WELL},
		{true, false, 1999, 200, RUN_PROGRESS_WELL},
		{true, false, 2000, 200, RUN_PROGRESS_SLOW},
		{true, false, 60000, 2, RUN_PROGRESS_SLOW},
		{true, false, 60000, 1, RUN_PROGRESS_HELD},
		/* its clock was not to be had, or went back */
		{true, false, 400, -5, RUN_PROGRESS_HELD},
		{true, false, -5, 0, RUN_PROGRESS_WELL},
		{false, true, 0, 0, RUN_PROGRESS_LATE},
		{true, true, 6000, 200, RUN_PROGRESS_LATE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(eq(int,
			     (int)run_reckon_progress(rows[i].answers, rows[i].is_late,
						      rows[i].took, rows[i].worked),
			     (int)rows[i].progress),
			  "row %zu", i);
}

Test(run_reckon, E17_there_is_one_more_for_each_that_does_not_get_on)
{
	static const struct run_limits limits = {.useful = 4, .most = 64, .permits = 48};
	static const struct {
		size_t well, held, slow, late, threads;
	} rows[] = {
		{0, 0, 0, 0, 4},   {4, 0, 0, 0, 4},	{0, 4, 0, 0, 8},
		{0, 0, 0, 4, 8},   {0, 3, 0, 4, 11},	{0, 0, 3, 0, 7},
		{0, 0, 4, 0, 8},   {0, 0, 8, 0, 8}, /* more would be slower still */
		{0, 1, 60, 1, 10}, {0, 60, 0, 0, 64},	{0, 64, 0, 0, 64},
		{0, 0, 0, 64, 64}, {0, 30, 30, 30, 64},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t progress[RUN_PROGRESS_COUNT] = {
			[RUN_PROGRESS_WELL] = rows[i].well,
			[RUN_PROGRESS_HELD] = rows[i].held,
			[RUN_PROGRESS_SLOW] = rows[i].slow,
			[RUN_PROGRESS_LATE] = rows[i].late,
		};

		cr_assert(eq(sz, run_reckon_threads(&limits, progress), rows[i].threads),
			  "row %zu", i);
	}
}

Test(run_reckon, E17_calls_go_on_without_a_permit_where_half_of_those_with_one_are_late)
{
	static const struct run_limits limits = {.permits = 48}, few = {.permits = 3};

	cr_assert(not(run_reckon_is_careful(&limits, 0)));
	cr_assert(not(run_reckon_is_careful(&limits, 23)));
	cr_assert(run_reckon_is_careful(&limits, 24));
	cr_assert(run_reckon_is_careful(&limits, 48));
	cr_assert(not(run_reckon_is_careful(&few, 1)));
	cr_assert(run_reckon_is_careful(&few, 2));
	/* one was back before it was counted */
	cr_assert(not(run_reckon_is_careful(&limits, -1)));
}

Test(run_reckon, E18_files_take_a_part_of_the_memory_and_never_more_than_so_much)
{
	static const uint64_t mebibyte = 1024 * 1024;
	static const struct {
		uint64_t memory, share; /* mebibytes */
	} rows[] = {
		{0, 16},     {64, 16},	    {256, 16},	   {257 * 16, 257}, {512, 32},
		{8192, 512}, {16384, 1024}, {16385, 1024}, {1 << 20, 1024},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_assert(eq(u64, run_reckon_share(rows[i].memory * mebibyte),
			     rows[i].share * mebibyte),
			  "row %zu", i);
	cr_assert(eq(u64, run_reckon_share(UINT64_MAX), 1024 * mebibyte));
}
