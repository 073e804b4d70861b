/* SPDX-License-Identifier: Apache-2.0 */
/* Kept verdicts (E19): for the very same file, path, use and time, and for nothing else.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/run/verdicts.h"

static const struct run_file file = {.device = 1,
				     .inode = 2,
				     .mount = 3,
				     .changed = 4,
				     .changed_ns = 5,
				     .owner = 0,
				     .mode = 0100755,
				     .size = 6,
				     .links = 1};

Test(run_verdicts, E19_a_verdict_is_of_one_file_path_and_use)
{
	struct run_verdicts *verdicts = calloc(1, sizeof(*verdicts));
	struct run_file others[9];

	run_verdicts_start(verdicts);
	cr_assert(not(run_verdicts_has(verdicts, &file, "/a", 0, 10)));
	run_verdicts_keep(verdicts, &file, "/a", 0, 10);
	cr_assert(run_verdicts_has(verdicts, &file, "/a", 0, 10));
	cr_assert(not(run_verdicts_has(verdicts, &file, "/b", 0, 10)));
	cr_assert(not(run_verdicts_has(verdicts, &file, "/a", 1, 10)));
	for (size_t i = 0; i < 9; i++)
		others[i] = file;
	others[0].device++;
	others[1].inode++;
	others[2].mount++;
	others[3].changed++;
	others[4].changed_ns++;
	others[5].owner++;
	others[6].mode |= 2;
	others[7].size++;
	others[8].links++;
	for (size_t i = 0; i < 9; i++)
		cr_assert(not(run_verdicts_has(verdicts, &others[i], "/a", 0, 10)),
			  "member %zu", i);
	run_verdicts_end(verdicts);
	free(verdicts);
}

Test(run_verdicts, E19_a_verdict_ends)
{
	struct run_verdicts *verdicts = calloc(1, sizeof(*verdicts));

	run_verdicts_start(verdicts);
	run_verdicts_keep(verdicts, &file, "/a", 0, 10);
	cr_assert(
		run_verdicts_has(verdicts, &file, "/a", 0, 10 + RUN_VERDICT_SECONDS - 1));
	cr_assert(not(
		run_verdicts_has(verdicts, &file, "/a", 0, 10 + RUN_VERDICT_SECONDS)));
	run_verdicts_end(verdicts);
	free(verdicts);
}

Test(run_verdicts, a_full_table_forgets_and_never_confuses)
{
	struct run_verdicts *verdicts = calloc(1, sizeof(*verdicts));
	struct run_file one = file;
	size_t found = 0;
	char path[32];

	run_verdicts_start(verdicts);
	for (uint64_t i = 0; i < 3 * RUN_VERDICT_ROWS; i++) {
		one.inode = i;
		snprintf(path, sizeof(path), "/%llu", (unsigned long long)i);
		run_verdicts_keep(verdicts, &one, path, 0, (int64_t)i / 1000);
		cr_assert(run_verdicts_has(verdicts, &one, path, 0, (int64_t)i / 1000));
	}
	for (uint64_t i = 0; i < 3 * RUN_VERDICT_ROWS; i++) {
		one.inode = i;
		snprintf(path, sizeof(path), "/%llu", (unsigned long long)i);
		found += run_verdicts_has(verdicts, &one, path, 0, 0);
		cr_assert(not(run_verdicts_has(verdicts, &one, "/other", 0, 0)));
	}
	cr_assert(le(sz, found, RUN_VERDICT_ROWS));
	run_verdicts_end(verdicts);
	free(verdicts);
}

Test(run_verdicts, E19_what_is_done_to_a_file_shows)
{
	char name[] = "/tmp/run-verdicts.XXXXXX", other[64];
	int descriptor = mkstemp(name);
	struct run_file before, after;
	bool regular = false;

	cr_assert(ge(int, descriptor, 0));
	cr_assert(eq(int, run_file_of(descriptor, &before, &regular), 0));
	cr_assert(regular);
	cr_assert(eq(int, run_file_of(descriptor, &after, &regular), 0));
	cr_assert(run_file_same(&before, &after));
	usleep(20000); /* the kernel's clock of files is a coarse one */
	cr_assert(eq(int, (int)pwrite(descriptor, "x", 1, 0), 1));
	cr_assert(eq(int, run_file_of(descriptor, &after, &regular), 0));
	cr_assert(not(run_file_same(&before, &after)));
	before = after;
	snprintf(other, sizeof(other), "%s.link", name);
	cr_assert(eq(int, link(name, other), 0));
	cr_assert(eq(int, run_file_of(descriptor, &after, &regular), 0));
	cr_assert(not(run_file_same(&before, &after)));
	unlink(other);
	unlink(name);
	cr_assert(eq(int, run_file_of(descriptor, &after, &regular), 0));
	cr_assert(eq(int, (int)after.links, 0));
	close(descriptor);
	descriptor = open("/dev/null", O_RDONLY);
	cr_assert(eq(int, run_file_of(descriptor, &after, &regular), 0));
	cr_assert(not(regular));
	close(descriptor);
	cr_assert(ne(int, run_file_of(-1, &after, &regular), 0));
}

Test(run_verdicts, E17_a_device_is_known_once_a_file_of_it_was_kept)
{
	/* what an empty row has */
	const struct run_file none = {0};
	struct run_file other = file;
	struct run_verdicts *verdicts = calloc(1, sizeof(*verdicts));

	run_verdicts_start(verdicts);
	cr_assert(not(run_verdicts_know(verdicts, &none)));
	cr_assert(not(run_verdicts_know(verdicts, &file)));
	run_verdicts_keep(verdicts, &file, "/a", 0, 10);
	cr_assert(run_verdicts_know(verdicts, &file));
	other.device++;
	cr_assert(not(run_verdicts_know(verdicts, &other)));
	other = file;
	/* numbers of devices are used again */
	other.mount++;
	cr_assert(not(run_verdicts_know(verdicts, &other)));
	cr_assert(not(run_verdicts_know(verdicts, &none)));
	run_verdicts_end(verdicts);
	free(verdicts);
}

Test(run_verdicts, E19_what_was_changed_just_now_may_change_again_and_look_the_same)
{
	struct run_file changed = file;

	changed.changed = 100;
	cr_assert(not(run_file_is_settled(&changed, 99)), "the clock was set back");
	cr_assert(not(run_file_is_settled(&changed, 100)));
	cr_assert(not(run_file_is_settled(&changed, 101)));
	cr_assert(run_file_is_settled(&changed, 102));
}
