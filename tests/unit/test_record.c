/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of verifier/record: how many records are written, where to, and in what shape. */
#include <sys/resource.h>

#include "tests/unit/records.h"

Test(record, R106_counts_what_is_held_back, .fini = end)
{
	uint32_t suppressed = 99;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(modseal_record_may(recorder, "/a", NULL, -1, 100, &suppressed));
	cr_assert(eq(u32, suppressed, 0));
	cr_assert(modseal_record_may(recorder, "/a", NULL, -1, 101, &suppressed));
	for (int i = 0; i < 5; i++)
		cr_assert(not(
			modseal_record_may(recorder, "/a", NULL, -1, 159, &suppressed)));
	cr_assert(modseal_record_may(recorder, "/a", NULL, -2, 159, &suppressed),
		  "other code");
	cr_assert(modseal_record_may(recorder, "/b", NULL, -1, 159, &suppressed),
		  "other object");
	cr_assert(modseal_record_may(recorder, "/a", NULL, -1, 160, &suppressed),
		  "next minute");
	cr_assert(eq(u32, suppressed, 5));
	cr_assert(modseal_record_may(recorder, "/a", NULL, -1, 161, &suppressed));
	cr_assert(eq(u32, suppressed, 0), "told once");
}

/* Or whoever asks ten times for the old bytes hides that there are others now. */
Test(record, R106_other_bytes_in_an_accepted_place_are_told, .fini = end)
{
	uint32_t suppressed = 99;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(modseal_record_may(recorder, "/a", "00ff", 0, 100, &suppressed));
	cr_assert(modseal_record_may(recorder, "/a", "00ff", 0, 101, &suppressed));
	cr_assert(not(modseal_record_may(recorder, "/a", "00ff", 0, 102, &suppressed)));
	cr_assert(modseal_record_may(recorder, "/a", "00fe", 0, 103, &suppressed));
	cr_assert(not(modseal_record_may(recorder, "/a", "00ff", 0, 104, &suppressed)));
}

Test(record, many_objects_take_no_more_memory, .fini = end)
{
	uint32_t suppressed;
	char object[32];

	begin(MODSEAL_RECORD_TO_FILE);
	for (int i = 0; i < 100000; i++) {
		snprintf(object, sizeof(object), "/object/%d", i);
		cr_assert(modseal_record_may(recorder, object, NULL, -1, i / 1000,
					     &suppressed),
			  "%s", object);
	}
}

/* What was held back of an object whose row another took is told by a later record. */
/* Every eighth row is older than those beside it, or has nothing in it. */
static size_t forgotten_row(bool empty)
{
	uint32_t suppressed;
	size_t found = MODSEAL_RECORD_ROWS;

	for (size_t i = 0; i < MODSEAL_RECORD_ROWS; i++)
		recorder->rows[i] = (struct modseal_record_row){
			.key = i,
			.minute = i % 8 == 3   ? 50
				  : i % 8 == 4 ? 120
					       : 100,
			.written = !empty || i % 8 != 4,
		};
	cr_assert(modseal_record_may(recorder, "/a", NULL, -1, 130, &suppressed));
	for (size_t i = 0; i < MODSEAL_RECORD_ROWS; i++) {
		if (recorder->rows[i].key == i)
			continue;
		cr_assert(eq(sz, found, MODSEAL_RECORD_ROWS), "one is forgotten");
		found = i;
	}
	return found % 8;
}

Test(record, what_was_begun_longest_ago_is_forgotten_first, .fini = end)
{
	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(eq(sz, forgotten_row(false), 3));
	cr_assert(eq(sz, forgotten_row(true), 4));
}

Test(record, R106_tells_what_was_held_back_of_forgotten_objects, .fini = end)
{
	uint64_t held_back = 0, known = 0;
	char object[32];

	begin(MODSEAL_RECORD_TO_FILE);
	for (int i = 0; i < 20000; i++) {
		uint32_t suppressed = 0;

		snprintf(object, sizeof(object), "/object/%d", i);
		for (int at = 0; at < 3; at++)
			if (modseal_record_may(recorder, object, NULL, -1, 100,
					       &suppressed))
				known += suppressed;
			else
				held_back++;
	}
	cr_assert(eq(u64, held_back, 20000));
	cr_assert(gt(u64, known, 0));
	known += recorder->forgotten;
	for (size_t i = 0; i < MODSEAL_RECORD_ROWS; i++)
		known += recorder->rows[i].suppressed;
	cr_assert(eq(u64, known, held_back));
}

Test(record, R106_its_successor_tells_what_it_has_held_back, .fini = end)
{
	struct modseal_recorder *next = NULL;
	uint32_t suppressed = 99;

	begin(MODSEAL_RECORD_TO_FILE);
	for (int i = 0; i < 5; i++)
		(void)modseal_record_may(recorder, i < 4 ? "/a" : "/b", NULL, -1, 100,
					 &suppressed);
	cr_assert(zero(int, modseal_recorder_new(&recorder->config, &next, &error)));
	modseal_recorder_succeed(next, recorder);
	cr_assert(modseal_record_may(next, "/c", NULL, -1, 100, &suppressed));
	cr_assert(eq(u32, suppressed, 2));
	cr_assert(modseal_record_may(next, "/a", NULL, -1, 100, &suppressed));
	cr_assert(eq(u32, suppressed, 0), "told once");
	cr_assert(modseal_record_may(recorder, "/a", NULL, -1, 160, &suppressed));
	cr_assert(eq(u32, suppressed, 0), "and by one of them");
	modseal_recorder_free(&next);
}

/* Whoever may put another file in the place of the log could have it written to. */
Test(record, R106_is_not_written_where_others_could_replace_it, .fini = end)
{
	struct stat status;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(zero(int, chmod(place, 01777)));
	cr_assert(eq(u64, write_of("/sticky"), 1), "a place like /tmp");
	cr_assert(zero(int, chmod(place, 0755)));
	need_root("to give a directory away");
	cr_assert(zero(int, chown(place, PLACE_STRANGER, 0)));
	cr_assert(eq(u64, write_of("/stranger"), 2), "a stranger's directory");
	cr_assert(zero(int, chown(place, 0, 0)));
	cr_assert(ne(int, stat(log_path, &status), 0));
	cr_assert(eq(u64, write_of("/good"), 2), "a good one");
	cr_assert(eq(sz, lines_in(log_path), 1));
}

/* Only what lies between the root and the directory of the log may be like /tmp. */
Test(record, R106_may_lie_below_a_sticky_directory, .fini = end)
{
	begin(MODSEAL_RECORD_TO_FILE);
	make_directory(in_place("d"), 0755);
	snprintf(log_path, sizeof(log_path), "%s", in_place("d/log"));
	cr_assert(zero(int, chmod(place, 0777)));
	cr_assert(eq(u64, write_of("/open"), 1));
	cr_assert(zero(int, chmod(place, 01777)));
	cr_assert(eq(u64, write_of("/sticky"), 1), "no more are lost");
	cr_assert(eq(sz, lines_in(log_path), 1));
}

Test(record, R106_is_no_pipe_and_no_strangers_file, .fini = end)
{
	char byte;
	int reader;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(zero(int, mkfifo(log_path, 0600)));
	reader = open(log_path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	cr_assert(ge(int, reader, 0));
	cr_assert(eq(u64, write_of("/pipe"), 1));
	cr_assert(eq(long, read(reader, &byte, 1), 0), "nobody has written");
	close(reader);
	cr_assert(zero(int, unlink(log_path)));
	need_root("to give a file away");
	make_file(log_path, 0, 0644);
	cr_assert(zero(int, chown(log_path, PLACE_STRANGER, 0)));
	cr_assert(eq(u64, write_of("/stranger"), 2));
	cr_assert(eq(sz, lines_in(log_path), 0));
}

/* A program that writes to its standard output must not write to the log. */
Test(record, R106_is_never_a_standard_stream, .fini = end)
{
	int status;
	pid_t child;

	begin(MODSEAL_RECORD_TO_FILE);
	child = fork();
	if (child == 0) {
		for (int i = 0; i <= STDERR_FILENO; i++)
			close(i);
		_exit(write_of("/a") == 0 && recorder->descriptor > STDERR_FILENO ? 0
										  : 1);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	cr_assert(eq(int, status, 0));
	cr_assert(eq(sz, lines_in(log_path), 1));
}

/* The thread that was writing is not in the child. */
Test(record, R106_is_written_by_a_process_that_was_forked_off_meanwhile, .fini = end)
{
	int status;
	pid_t child;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(eq(u64, write_of("/a"), 0));
	modseal_lock_take(&recorder->lock);
	child = fork();
	if (child == 0) {
		alarm(5);
		_exit(write_of("/b") == 0 ? 0 : 1);
	}
	cr_assert(eq(int, waitpid(child, &status, 0), child));
	modseal_lock_give(&recorder->lock);
	cr_assert(eq(int, status, 0));
	cr_assert(eq(sz, lines_in(log_path), 2));
}

/* A limit of file sizes stands for a full disk: a line is cut, the next one is whole, and
 * no signal ends the program. */
Test(record, R106_goes_on_after_a_line_that_was_cut, .fini = end)
{
	struct rlimit limit, before;
	char text[4096] = "";
	struct stat status;
	char *second;
	FILE *file;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(eq(u64, write_of("/first"), 0));
	cr_assert(zero(int, stat(log_path, &status)));
	cr_assert(zero(int, getrlimit(RLIMIT_FSIZE, &before)));
	limit = before;
	limit.rlim_cur = (rlim_t)status.st_size + 10;
	cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &limit)));
	cr_assert(eq(u64, write_of("/cut"), 1));
	cr_assert(eq(u64, write_of("/none"), 2));
	cr_assert(zero(int, setrlimit(RLIMIT_FSIZE, &before)));
	cr_assert(eq(u64, write_of("/last"), 2));
	file = fopen(log_path, "r");
	cr_assert(gt(sz, fread(text, 1, sizeof(text) - 1, file), 0));
	fclose(file);
	second = strchr(text, '\n');
	cr_assert(second != NULL);
	cr_assert(zero(int, strncmp(second + 11, "\n{\"modseal-record\":1,", 21)), "%s",
		  text);
	cr_assert(strstr(second + 12, "\"object\":\"/last\"") != NULL);
	cr_assert(eq(sz, lines_in(log_path), 3));
}

Test(record, a_rotated_file_is_made_anew, .fini = end)
{
	char old[PATH_MAX + 8];

	begin(MODSEAL_RECORD_TO_FILE);
	snprintf(old, sizeof(old), "%s.1", log_path);
	cr_assert(eq(u64, write_of("/a"), 0));
	cr_assert(zero(int, rename(log_path, old)));
	cr_assert(eq(u64, write_of("/b"), 0));
	cr_assert(eq(sz, lines_in(old), 1));
	cr_assert(eq(sz, lines_in(log_path), 1));
}

Test(record, a_descriptor_that_became_anothers_is_left_alone, .fini = end)
{
	char other[PATH_MAX + 8];
	struct stat status;
	int stolen;

	begin(MODSEAL_RECORD_TO_FILE);
	snprintf(other, sizeof(other), "%s.other", log_path);
	cr_assert(eq(u64, write_of("/a"), 0));
	close(recorder->descriptor);
	stolen = open(other, O_CREAT | O_RDWR | O_CLOEXEC, 0600);
	cr_assert(eq(int, stolen, recorder->descriptor));
	cr_assert(eq(u64, write_of("/b"), 0));
	cr_assert(zero(int, fstat(stolen, &status)), "still open");
	cr_assert(eq(u64, (uint64_t)status.st_size, 0), "nothing of ours in it");
	cr_assert(eq(sz, lines_in(log_path), 2));
	close(recorder->descriptor);
	dup2(stolen, recorder->descriptor);
	modseal_recorder_free(&recorder);
	cr_assert(zero(int, fstat(stolen, &status)));
}

static const struct {
	int type;
	enum modseal_record_target target;
	const char *starts;
	const char *holds;
} daemons[] = {
	{SOCK_DGRAM, MODSEAL_RECORD_TO_SYSLOG, "<84>",
	 " reason=\"why \\\"not\\\"\" suppressed=0"},
	{SOCK_DGRAM, MODSEAL_RECORD_TO_SYSLOG, "<84>",
	 "]: refused: \"/a\\\\x0ab\": \"why \\\"not\\\"\" record=1 time="},
	{SOCK_STREAM, MODSEAL_RECORD_TO_SYSLOG, "<84>", " object=\"/a\\\\x0ab\""},
	{SOCK_DGRAM, MODSEAL_RECORD_TO_JOURNALD, "PRIORITY=4\n",
	 "\nMESSAGE=refused: /a\\x0ab: why \"not\"\nMODSEAL_RECORD=1\n"},
};

Test(record, daemons_get_one_message, .fini = end)
{
	for (size_t i = 0; i < sizeof(daemons) / sizeof(daemons[0]); i++) {
		char text[8192] = "";
		int daemon, from;

		begin(daemons[i].target);
		daemon = from = listen_on(daemons[i].type);
		cr_assert(eq(u64, write_of("/a\nb"), 0), "row %zu", i);
		if (daemons[i].type == SOCK_STREAM)
			from = accept(daemon, NULL, NULL);
		cr_assert(gt(long, read(from, text, sizeof(text) - 1), 0), "row %zu", i);
		cr_assert(eq(int,
			     strncmp(text, daemons[i].starts, strlen(daemons[i].starts)),
			     0),
			  "row %zu: %s", i, text);
		cr_assert(ne(ptr, strstr(text, daemons[i].holds), NULL), "row %zu: %s", i,
			  text);
		close(from);
		if (from != daemon)
			close(daemon);
		end();
	}
}

/* Nobody reads: the socket fills, and the verdict waits for nobody. */
Test(record, R106_a_daemon_that_does_not_read_is_not_waited_for, .fini = end,
     .timeout = 20)
{
	uint64_t lost = 0;
	char object[32];
	int daemon;

	begin(MODSEAL_RECORD_TO_SYSLOG);
	daemon = listen_on(SOCK_DGRAM);
	for (int i = 0; i < 2000; i++) {
		snprintf(object, sizeof(object), "/object/%d", i);
		lost = write_of(object);
	}
	cr_assert(gt(u64, lost, 0));
	close(daemon);
}
