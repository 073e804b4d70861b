/* SPDX-License-Identifier: Apache-2.0 */
/* What `run` tells people: each refusal once, whoever reads it, and never for long. */
#include "verifier/run/report.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static struct run_report report;
static char said[65536];
static int own, pipe_ends[2];

/* Standard error is a pipe from here on, until told(). */
static void listen(void)
{
	cr_assert(zero(int, pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK)));
	own = dup(STDERR_FILENO);
	cr_assert(ge(int, dup2(pipe_ends[1], STDERR_FILENO), 0));
}

static const char *told(void)
{
	ssize_t length;

	dup2(own, STDERR_FILENO);
	close(own);
	close(pipe_ends[1]);
	length = read(pipe_ends[0], said, sizeof(said) - 1);
	said[length > 0 ? length : 0] = '\0';
	close(pipe_ends[0]);
	return said;
}

static void begin(void)
{
	run_report_start(&report, " --policy '/p y'");
}

TestSuite(run_report, .init = begin);

/* ---- one message ---------------------------------------------------------------------
 */

Test(run_report, a_message_is_one_line_of_what_there_is)
{
	static const struct {
		const char *object, *remedy, *want;
	} rows[] = {
		{NULL, NULL, "modseal: 3 left\n"},
		{NULL, "", "modseal: 3 left\n"},
		{"/a", NULL, "modseal: '/a': 3 left\n"},
		{"/a", "go", "modseal: '/a': 3 left (go)\n"},
		{NULL, "go", "modseal: 3 left (go)\n"},
		{"/a\n\033[2J", NULL, "modseal: '/a\\x0a\\x1b[2J': 3 left\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		listen();
		run_report_message(rows[i].object, rows[i].remedy, "%d left", 3);
		cr_assert(eq(str, (char *)told(), (char *)rows[i].want), "row %zu", i);
	}
}

Test(run_report, an_error_of_run_is_one_of_the_gate)
{
	struct modseal_error error;

	memset(&error, 'x', sizeof(error));
	cr_assert(eq(
		int,
		run_report_error(&error, MODSEAL_E_NOT_SEALED, "/a\n", "go", "no %d", 1),
		MODSEAL_E_NOT_SEALED));
	cr_assert(eq(int, error.code, MODSEAL_E_NOT_SEALED));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_GATE));
	cr_assert(eq(str, error.object, "/a\\x0a"));
	cr_assert(eq(str, error.message, "no 1"));
	cr_assert(eq(str, error.remedy, "go"));
	cr_assert(zero(int, error.enforced));
	run_report_error(&error, MODSEAL_E_SYSTEM, NULL, NULL, "none");
	cr_assert(eq(str, error.object, ""));
	cr_assert(eq(str, error.remedy, ""));
}

/* ---- refusals ------------------------------------------------------------------------
 */

static const char *refuse(enum run_use use, const struct run_asker *asker,
			  const struct modseal_error *error, bool passed)
{
	listen();
	run_report_refusal(&report, use, asker, error, passed);
	return told();
}

static void make_error(struct modseal_error *error, const char *object)
{
	run_report_error(error, MODSEAL_E_PATH_NOT_ALLOWED, object, "add a rule",
			 "no rule");
}

Test(run_report, a_refusal_names_the_file_who_wanted_it_and_how_to_learn_why)
{
	const struct run_asker asker = {.process = 7,
					.parent = 1,
					.program = "/bin/a\n",
					.command = "a\033",
					.user = 5};
	const struct run_asker unknown = {.process = 7};
	struct modseal_error error;

	make_error(&error, "/opt/x");
	cr_assert(eq(
		str, (char *)refuse(RUN_USE_LIBRARY, &asker, &error, false),
		"modseal: '/opt/x': refused: no rule (add a rule)\n"
		"modseal:   /bin/a\\x0a wanted to load it (process 7, \"a\\x1b\", "
		"parent 1)\n"
		"modseal:   why: modseal policy explain --policy '/p y' --kind library "
		"'/opt/x'\n"));
	make_error(&error, "/opt/y");
	error.remedy[0] = '\0';
	cr_assert(eq(
		str, (char *)refuse(RUN_USE_INTERPRETER, &unknown, &error, true),
		"modseal: '/opt/y': would be refused: no rule\n"
		"modseal:   a program wanted to execute (as an interpreter) it "
		"(process 7, \"\", parent 0)\n"
		"modseal:   why: modseal policy explain --policy '/p y' --kind program "
		"'/opt/y'\n"));
}

Test(run_report, a_line_to_be_pasted_is_of_paths_that_a_shell_takes_as_they_are)
{
	static const struct {
		const char *object;
		bool line;
	} rows[] = {
		{"/opt/x y", true},	    {"/opt/$x`y`", true}, {"x", false},
		{"process 7: fd 3", false}, {"/opt/x'y", false},  {"/opt/x\ny", false},
		{"/opt/x\\y", false},	    {"", false},
	};
	const struct run_asker asker = {.process = 7};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error;
		bool line;

		make_error(&error, rows[i].object);
		line = strstr(refuse(RUN_USE_PROGRAM, &asker, &error, false), "why:");
		cr_assert(eq(int, line, rows[i].line), "row %zu: %s", i, said);
	}
}

Test(run_report, the_kind_that_is_explained_is_that_of_the_use)
{
	static const char *const wants[] = {
		[RUN_USE_PROGRAM] = "--kind program",
		[RUN_USE_INTERPRETER] = "--kind program",
		[RUN_USE_LIBRARY] = "--kind library",
		[RUN_USE_MEMORY] = "--kind library",
	};
	const struct run_asker asker = {.process = 7};

	for (int use = 0; use < RUN_USE_COUNT; use++) {
		struct modseal_error error;
		char name[8];

		snprintf(name, sizeof(name), "/%d", use);
		make_error(&error, name);
		refuse((enum run_use)use, &asker, &error, false);
		cr_assert(ne(ptr, strstr(said, wants[use]), NULL), "%s", said);
	}
}

/* Once is enough, but of another file, reason, code or program it is another. */
Test(run_report, each_refusal_is_told_once)
{
	struct run_asker asker = {.process = 7, .program = "/bin/a"};
	struct modseal_error error;

	make_error(&error, "/x");
	cr_assert(ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	cr_assert(eq(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	make_error(&error, "/y");
	cr_assert(ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	snprintf(error.message, sizeof(error.message), "another");
	cr_assert(ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	error.code = MODSEAL_E_REVOKED;
	cr_assert(ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	memcpy(asker.program, "/bin/b", 7);
	cr_assert(ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	cr_assert(eq(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	make_error(&error, "/x");
	memcpy(asker.program, "/bin/a", 7);
	cr_assert(eq(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	cr_assert(eq(u64, report.refused[RUN_USE_PROGRAM], 8));
}

Test(run_report, the_last_ones_are_remembered)
{
	const struct run_asker asker = {.process = 7};
	struct modseal_error error;
	char name[16];

	for (int i = 0; i <= RUN_REPORT_SEEN; i++) {
		snprintf(name, sizeof(name), "/%d", i);
		make_error(&error, name);
		cr_assert(
			ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'),
			"%d", i);
	}
	make_error(&error, "/1");
	cr_assert(eq(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
	make_error(&error, "/0");
	cr_assert(ne(chr, refuse(RUN_USE_PROGRAM, &asker, &error, false)[0], '\0'));
}

Test(run_report, the_summary_adds_up)
{
	const struct run_asker asker = {.process = 7};
	struct modseal_error error;

	make_error(&error, "/x");
	refuse(RUN_USE_LIBRARY, &asker, &error, false);
	refuse(RUN_USE_LIBRARY, &asker, &error, false);
	for (int i = 0; i < 3; i++)
		run_report_accepted(&report, RUN_USE_PROGRAM, false);
	run_report_accepted(&report, RUN_USE_PROGRAM, true);
	run_report_accepted(&report, RUN_USE_MEMORY, true);
	run_report_copy(&report);
	listen();
	run_report_summary(&report);
	cr_assert(eq(str, (char *)told(),
		     "modseal: programs          3 judged,      1 by kept verdicts,    0 "
		     "refused\n"
		     "modseal: interpreters      0 judged,      0 by kept verdicts,    0 "
		     "refused\n"
		     "modseal: libraries         0 judged,      0 by kept verdicts,    2 "
		     "refused\n"
		     "modseal: memory            0 judged,      1 by kept verdicts,    0 "
		     "refused\n"
		     "modseal: 1 opens answered with sealed copies\n"));
}

/* ---- who reads -----------------------------------------------------------------------
 */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void fill(void)
{
	char bytes[4096] = "";

	while (write(STDERR_FILENO, bytes, sizeof(bytes)) > 0)
		;
	while (write(STDERR_FILENO, bytes, 1) > 0)
		;
}

/* A pipe that blocks, as that of a service is. */
static void block(bool blocks)
{
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	fcntl(STDERR_FILENO, F_SETFL, blocks ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static size_t empty(void)
{
	size_t all = 0;
	ssize_t length;

	while ((length = read(pipe_ends[0], said, sizeof(said) - 1)) > 0) {
		said[length] = '\0';
		all += (size_t)length;
	}
	return all;
}

Test(run_report, E17_who_does_not_read_is_waited_for_once, .timeout = 30)
{
	double start, first, others;

	listen();
	fill();
	block(true);
	start = seconds();
	run_report_message(NULL, NULL, "lost");
	first = seconds() - start;
	start = seconds();
	for (int i = 0; i < 100; i++)
		run_report_message(NULL, NULL, "lost, too");
	others = seconds() - start;
	block(false);
	empty();
	block(true);
	run_report_message(NULL, NULL, "read");
	block(false);
	cr_assert(eq(sz, empty(), strlen("modseal: read\n")), "%s", said);
	/* whoever reads again is waited for again */
	fill();
	block(true);
	start = seconds();
	run_report_message(NULL, NULL, "lost");
	start = seconds() - start;
	block(false);
	told();
	cr_assert(ge(dbl, first, 0.09));
	cr_assert(lt(dbl, first, 5));
	cr_assert(lt(dbl, others, 5));
	cr_assert(ge(dbl, start, 0.09));
}

/* Room for a part: what there is room for is written, and the rest is not waited for. */
Test(run_report, E17_a_long_message_is_no_reason_to_wait, .timeout = 30)
{
	char object[4200];
	double start;

	memset(object, '/', sizeof(object) - 1);
	object[sizeof(object) - 1] = '\0';
	listen();
	fill();
	cr_assert(eq(i64, read(pipe_ends[0], said, 4096), 4096));
	block(true);
	start = seconds();
	run_report_message(object, NULL, "long");
	start = seconds() - start;
	block(false);
	told();
	cr_assert(lt(dbl, start, 5));
}

Test(run_report, a_file_has_every_message)
{
	FILE *file = tmpfile();

	cr_assert(ne(ptr, file, NULL));
	own = dup(STDERR_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	run_report_message(NULL, NULL, "one");
	run_report_message(NULL, NULL, "two");
	dup2(own, STDERR_FILENO);
	cr_assert(eq(i64, pread(fileno(file), said, sizeof(said), 0), 26));
	cr_assert(eq(str, said, "modseal: one\nmodseal: two\n"));
	fclose(file);
}

Test(run_report, nobody_left_to_read_is_no_error)
{
	signal(SIGPIPE, SIG_IGN); /* the supervisor blocks it */
	listen();
	close(pipe_ends[0]);
	run_report_message("/a", NULL, "unheard");
	pipe_ends[0] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	told();
}

Test(run_report, a_message_that_is_too_long_ends_where_there_is_no_more_room)
{
	char object[8200];

	memset(object, '\n', sizeof(object) - 1);
	object[sizeof(object) - 1] = '\0';
	listen();
	run_report_message(object, object, "long");
	told();
	cr_assert(ge(sz, strlen(said), 8191));
	cr_assert(zero(int, strncmp(said, "modseal: '\\x0a\\x0a", 18)));
}
