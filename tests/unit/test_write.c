/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of verifier/record/write.c: whose the file may be, and what becomes of one that
 * is rotated, full, or not there. */
#include <signal.h>
#include <sys/resource.h>

#include "tests/unit/records.h"

/* ---- whose it is ---------------------------------------------------------------------
 */

/* As somebody who is not root, whose the folder is. */
static void become_owner(bool caller_owned)
{
	struct modseal_recorder_config config;

	begin(MODSEAL_RECORD_TO_FILE);
	need_root("to become somebody else");
	config = recorder->config;
	config.caller_owned = caller_owned;
	modseal_recorder_free(&recorder);
	cr_assert(zero(int, modseal_recorder_new(&config, &recorder, &error)));
	cr_assert(zero(int, chown(place, PLACE_STRANGER, 0)));
	cr_assert(zero(int, seteuid(PLACE_STRANGER)));
}

Test(write, R106_may_lie_where_its_caller_is_the_owner, .fini = end)
{
	become_owner(true);
	cr_assert(eq(u64, write_of("/a"), 0));
	cr_assert(eq(sz, lines_in(log_path), 1));
}

Test(write, R106_lies_nowhere_but_with_root_if_that_is_asked_for, .fini = end)
{
	become_owner(false);
	cr_assert(eq(u64, write_of("/a"), 1));
	cr_assert(lt(int, access(log_path, F_OK), 0));
}

Test(write, R106_a_folder_whose_name_no_folder_has_is_none, .fini = end)
{
	char path[PATH_MAX];

	begin(MODSEAL_RECORD_TO_FILE);
	for (int length = 255; length < 400; length++) {
		recorder->config.file = path;
		snprintf(path, sizeof(path), "%.1000s/%0*d/log", place, length, 0);
		cr_assert(eq(u64, write_of(path), (uint64_t)length - 254), "%d", length);
	}
	recorder->config.file = log_path;
}

/* ---- rotation ------------------------------------------------------------------------
 */

Test(write, what_was_put_in_the_place_of_a_rotated_file_is_written_to, .fini = end)
{
	char old[PATH_MAX + 8];
	size_t before;

	begin(MODSEAL_RECORD_TO_FILE);
	snprintf(old, sizeof(old), "%s.1", log_path);
	cr_assert(eq(u64, write_of("/a"), 0));
	before = count_descriptors();
	cr_assert(zero(int, rename(log_path, old)));
	make_file(log_path, 0, 0600);
	cr_assert(eq(u64, write_of("/b"), 0));
	cr_assert(eq(sz, lines_in(old), 1));
	cr_assert(eq(sz, lines_in(log_path), 1));
	cr_assert(eq(sz, count_descriptors(), before), "the old one is closed");
	modseal_recorder_free(&recorder);
	cr_assert(eq(sz, count_descriptors(), before - 1), "so is the new one");
}

Test(write, R106_the_old_file_is_written_to_where_no_new_one_can_be_made, .fini = end)
{
	char old[PATH_MAX + 8];

	begin(MODSEAL_RECORD_TO_FILE);
	snprintf(old, sizeof(old), "%s.1", log_path);
	cr_assert(eq(u64, write_of("/a"), 0));
	cr_assert(zero(int, rename(log_path, old)));
	cr_assert(zero(int, chmod(place, 0777)));
	cr_assert(eq(u64, write_of("/b"), 0));
	cr_assert(eq(sz, lines_in(old), 2));
	cr_assert(lt(int, access(log_path, F_OK), 0));
}

Test(write, a_descriptor_that_became_anothers_is_not_closed_at_the_end, .fini = end)
{
	struct stat status;
	int number;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(eq(u64, write_of("/a"), 0));
	number = recorder->descriptor;
	cr_assert(eq(int, dup2(STDERR_FILENO, number), number));
	modseal_recorder_free(&recorder);
	cr_assert(zero(int, fstat(number, &status)));
	close(number);
}

/* The program's own is not taken from it. */
Test(write, a_signal_that_waited_before_waits_on, .fini = end)
{
	const struct rlimit none = {0, RLIM_INFINITY};
	sigset_t limit, pending;

	begin(MODSEAL_RECORD_TO_FILE);
	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	cr_assert(zero(int, sigprocmask(SIG_BLOCK, &limit, NULL)));
	cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &none)));
	cr_assert(eq(u64, write_of("/a"), 1));
	cr_assert(zero(int, sigpending(&pending)));
	cr_assert(zero(int, sigismember(&pending, SIGXFSZ)));
	cr_assert(zero(int, raise(SIGXFSZ)));
	cr_assert(eq(u64, write_of("/b"), 2));
	cr_assert(zero(int, sigpending(&pending)));
	cr_assert(eq(int, sigismember(&pending, SIGXFSZ), 1));
}

/* ---- several places ------------------------------------------------------------------
 */

Test(write, R106_what_one_place_has_and_another_has_not_is_lost, .fini = end)
{
	size_t before;
	int daemon;

	begin(MODSEAL_RECORD_TO_FILE);
	recorder->config.to |= 1u << MODSEAL_RECORD_TO_SYSLOG;
	cr_assert(eq(u64, write_of("/a"), 1));
	cr_assert(eq(sz, lines_in(log_path), 1));
	daemon = listen_on(SOCK_DGRAM);
	before = count_descriptors();
	cr_assert(eq(u64, write_of("/b"), 1));
	cr_assert(eq(sz, count_descriptors(), before));
	cr_assert(zero(int, chmod(place, 0777)));
	cr_assert(zero(int, unlink(log_path)));
	recorder->descriptor = -1;
	cr_assert(eq(u64, write_of("/c"), 2), "the first place has not, the last has");
	close(daemon);
}

Test(write, a_daemon_with_too_long_a_name_is_none, .fini = end)
{
	char name[200];

	begin(MODSEAL_RECORD_TO_SYSLOG);
	memset(name, '/', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	recorder->config.syslog_socket = name;
	cr_assert(eq(u64, write_of("/a"), 1));
}

Test(write, an_object_of_no_name_is_what_was_asked_for)
{
	const struct modseal_record named = {.object = "/a", .asked = "/b"};
	const struct modseal_record unnamed = {.object = "", .asked = "/b"};
	const struct modseal_record none = {.object = NULL};

	cr_assert(eq(str, (char *)modseal_record_object(&named), "/a"));
	cr_assert(eq(str, (char *)modseal_record_object(&unnamed), "/b"));
	cr_assert(eq(str, (char *)modseal_record_object(&none), ""));
}
