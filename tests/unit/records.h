/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of verifier/record share: a recorder in a folder of the test's own. */
#ifndef MODSEAL_TEST_RECORDS_H
#define MODSEAL_TEST_RECORDS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/place.h"
#include "verifier/record/record.h"

static struct modseal_recorder *recorder;
static struct modseal_error error;
static char log_path[PATH_MAX], socket_path[108];

static inline void begin(uint32_t to)
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

static inline void end(void)
{
	modseal_recorder_free(&recorder);
	place_end();
}

static inline uint64_t write_of(const char *object)
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

static inline size_t lines_in(const char *path)
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

static inline int listen_on(int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int daemon = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(address.sun_path, socket_path, sizeof(address.sun_path));
	cr_assert(zero(int, bind(daemon, (struct sockaddr *)&address, sizeof(address))));
	if (type == SOCK_STREAM)
		cr_assert(zero(int, listen(daemon, 4)));
	return daemon;
}

#endif
