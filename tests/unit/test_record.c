/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of verifier/record: how many records are written, where to, and in what shape. */
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/place.h"
#include "verifier/record/record.h"

static struct modseal_recorder *recorder;
static struct modseal_error error;
static char log_path[PATH_MAX], socket_path[108];

static void begin(uint32_t to)
{
	struct modseal_recorder_config config = {
		.to = 1u << to,
		.file = log_path,
		.caller_owned = true,
		.per_minute = 2,
		.syslog_socket = socket_path,
		.journal_socket = socket_path,
	};

	place_begin();
	snprintf(log_path, sizeof(log_path), "%.4000s/log", place);
	snprintf(socket_path, sizeof(socket_path), "%.90s/socket", place);
	cr_assert(zero(int, modseal_recorder_new(&config, &recorder, &error)));
}

static void end(void)
{
	modseal_recorder_free(&recorder);
	place_end();
}

static uint64_t write_of(const char *object)
{
	struct modseal_record record = {
		.verdict = "refused",
		.code = MODSEAL_E_SIGNATURE_MISSING,
		.stage = MODSEAL_STAGE_EVIDENCE,
		.object = object,
		.policy = "tests",
		.reason = "why \"not\"",
	};

	return modseal_record_write(recorder, &record);
}

static size_t lines_in(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t count = 0;
	int byte;

	cr_assert(file != NULL, "%s", path);
	while ((byte = getc(file)) != EOF)
		count += byte == '\n';
	fclose(file);
	return count;
}

Test(record, R106_counts_what_is_held_back, .fini = end)
{
	uint32_t suppressed = 99;

	begin(MODSEAL_RECORD_TO_FILE);
	cr_assert(modseal_record_may(recorder, "/a", -1, 100, &suppressed));
	cr_assert(eq(u32, suppressed, 0));
	cr_assert(modseal_record_may(recorder, "/a", -1, 101, &suppressed));
	for (int i = 0; i < 5; i++)
		cr_assert(not(modseal_record_may(recorder, "/a", -1, 159, &suppressed)));
	cr_assert(modseal_record_may(recorder, "/a", -2, 159, &suppressed), "other code");
	cr_assert(modseal_record_may(recorder, "/b", -1, 159, &suppressed),
		  "other object");
	cr_assert(modseal_record_may(recorder, "/a", -1, 160, &suppressed),
		  "next minute");
	cr_assert(eq(u32, suppressed, 5));
	cr_assert(modseal_record_may(recorder, "/a", -1, 161, &suppressed));
	cr_assert(eq(u32, suppressed, 0), "told once");
}

Test(record, many_objects_take_no_more_memory, .fini = end)
{
	uint32_t suppressed;
	char object[32];

	begin(MODSEAL_RECORD_TO_FILE);
	for (int i = 0; i < 100000; i++) {
		snprintf(object, sizeof(object), "/object/%d", i);
		cr_assert(modseal_record_may(recorder, object, -1, i / 1000, &suppressed),
			  "%s", object);
	}
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

static int listen_on(int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int daemon = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, socket_path, sizeof(address.sun_path));
	cr_assert(zero(int, bind(daemon, (struct sockaddr *)&address, sizeof(address))));
	if (type == SOCK_STREAM)
		cr_assert(zero(int, listen(daemon, 4)));
	return daemon;
}

static const struct {
	int type;
	enum modseal_record_target target;
	const char *starts;
	const char *holds;
} daemons[] = {
	{SOCK_DGRAM, MODSEAL_RECORD_TO_SYSLOG, "<84>",
	 " reason=\"why \\\"not\\\"\" suppressed=0"},
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
