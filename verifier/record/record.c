/* SPDX-License-Identifier: Apache-2.0 */
/* Records: which are written, and where to. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "internal/limits.h"
#include "verifier/record/record.h"

#define MINUTE 60
/* The prime below 2^32: sums of products stay below 2^64. */
#define PRIME 4294967291u

int modseal_recorder_new(const struct modseal_recorder_config *config,
			 struct modseal_recorder **ret_recorder,
			 struct modseal_error *error)
{
	struct modseal_recorder *recorder = calloc(1, sizeof(*recorder));
	ssize_t length;

	if (!recorder)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	recorder->config = *config;
	recorder->descriptor = -1;
	modseal_lock_init(&recorder->lock);
	/* too early in the boot: then there are two secrets less */
	if (getrandom(recorder->secrets, sizeof(recorder->secrets), GRND_NONBLOCK) < 0)
		recorder->secrets[0] = (uint32_t)time(NULL);
	length = readlink("/proc/self/exe", recorder->program,
			  sizeof(recorder->program) - 1);
	recorder->program[length > 0 ? length : 0] = '\0';
	*ret_recorder = recorder;
	return 0;
}

void modseal_recorder_free(struct modseal_recorder **recorder)
{
	struct modseal_recorder *old = *recorder;

	if (!old)
		return;
	modseal_record_close(old);
	modseal_lock_destroy(&old->lock);
	free(old);
	*recorder = NULL;
}

/* ---- how many ------------------------------------------------------------------------
 */

static uint64_t mix(uint64_t sum, uint64_t secret, const char *text)
{
	for (; *text; text++)
		sum = (sum * secret + (unsigned char)*text + 1) % PRIME;
	return sum * secret % PRIME; /* an end that is no byte */
}

/* Polynomials at two secret points: equal for two objects once in 2^40. */
static uint64_t key_of(const struct modseal_recorder *recorder, const char *object,
		       const char *digest, int code)
{
	uint64_t sums[2];

	for (size_t i = 0; i < 2; i++) {
		uint64_t secret = recorder->secrets[i] % (PRIME - 2) + 2;

		sums[i] = mix((uint64_t)(1 - code), secret, object);
		if (digest)
			sums[i] = mix(sums[i], secret, digest);
	}
	return sums[0] << 32 | sums[1];
}

/* The row of a key, or the one that was begun longest ago among those it may have. */
static struct modseal_record_row *row_of(struct modseal_recorder *recorder, uint64_t key,
					 int64_t now)
{
	struct modseal_record_row *oldest = NULL;

	for (size_t i = 0; i < 8; i++) {
		struct modseal_record_row *row =
			&recorder->rows[(key + i) % MODSEAL_RECORD_ROWS];

		if (row->written && row->key == key)
			return row;
		if (!oldest || !row->written ||
		    (oldest->written && row->minute < oldest->minute))
			oldest = row;
	}
	/* nothing that was held back goes untold: any next record tells it */
	recorder->forgotten += oldest->suppressed;
	*oldest = (struct modseal_record_row){.key = key, .minute = now};
	return oldest;
}

bool modseal_record_may(struct modseal_recorder *recorder, const char *object,
			const char *digest, int code, int64_t now,
			uint32_t *ret_suppressed)
{
	struct modseal_record_row *row =
		row_of(recorder, key_of(recorder, object, digest, code), now);

	if (now - row->minute >= MINUTE) {
		row->minute = now;
		row->written = 0;
	}
	if (row->written >= recorder->config.per_minute) {
		row->suppressed += row->suppressed < UINT32_MAX;
		return false;
	}
	row->written++;
	*ret_suppressed = row->suppressed + recorder->forgotten;
	row->suppressed = 0;
	recorder->forgotten = 0;
	return true;
}

void modseal_recorder_succeed(struct modseal_recorder *next,
			      struct modseal_recorder *present)
{
	uint32_t untold;

	modseal_lock_take(&present->lock);
	untold = present->forgotten;
	present->forgotten = 0;
	for (size_t i = 0; i < MODSEAL_RECORD_ROWS; i++) {
		untold += present->rows[i].suppressed;
		present->rows[i].suppressed = 0;
	}
	modseal_lock_give(&present->lock);
	modseal_lock_take(&next->lock);
	next->forgotten += untold;
	modseal_lock_give(&next->lock);
}

/* ---- where to ------------------------------------------------------------------------
 */

static int write_to(struct modseal_recorder *recorder, enum modseal_record_target target,
		    const struct modseal_record *record, uint32_t suppressed)
{
	static const enum modseal_record_form forms[] = {
		[MODSEAL_RECORD_TO_FILE] = MODSEAL_RECORD_JSON,
		[MODSEAL_RECORD_TO_SYSLOG] = MODSEAL_RECORD_LINE,
		[MODSEAL_RECORD_TO_JOURNALD] = MODSEAL_RECORD_JOURNAL,
	};
	struct modseal_record_text text = {.data = NULL};
	int result = -1;

	modseal_record_print(&text, forms[target], record, recorder->program, suppressed);
	if (text.failed)
		result = -1;
	else if (target == MODSEAL_RECORD_TO_FILE)
		result = modseal_record_to_file(recorder, &text);
	else
		result = modseal_record_to_socket(
			target == MODSEAL_RECORD_TO_SYSLOG
				? recorder->config.syslog_socket
				: recorder->config.journal_socket,
			&text);
	free(text.data);
	return result;
}

const char *modseal_record_object(const struct modseal_record *record)
{
	if (record->object && *record->object)
		return record->object;
	return record->asked ? record->asked : "";
}

uint64_t modseal_record_write(struct modseal_recorder *recorder,
			      const struct modseal_record *record)
{
	const char *object = modseal_record_object(record);
	struct timespec now = {0};
	uint32_t suppressed = 0;
	bool lost = false;
	uint64_t result;
	int cancel;

	/* nobody ends while others wait for the lock */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel);
	clock_gettime(CLOCK_MONOTONIC, &now);
	modseal_lock_take(&recorder->lock);
	if (!(recorder->config.refused_only && record->code == MODSEAL_OK) &&
	    modseal_record_may(recorder, object,
			       record->code == MODSEAL_OK ? record->digest : NULL,
			       record->code, now.tv_sec, &suppressed))
		for (unsigned i = 0; i < MODSEAL_RECORD_TARGET_COUNT; i++)
			if (recorder->config.to & 1u << i)
				lost = write_to(recorder, i, record, suppressed) < 0 ||
				       lost;
	recorder->lost += lost;
	result = recorder->lost;
	modseal_lock_give(&recorder->lock);
	pthread_setcancelstate(cancel, NULL);
	return result;
}
