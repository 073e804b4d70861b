/* SPDX-License-Identifier: Apache-2.0 */
/* A rollback state as text. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/state_private.h"

/* At most: a keyword, a digest, three names, a serial, and what stands between. */
#define LINE_SIZE (32 + HEX_SIZE + 3 * (MODSEAL_MAX_POLICY_NAME + 1) + 20)
#define TIME_SIZE 32

void modseal_state_hex(char *text, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* What does not fit is not written; the caller made room for all there can be. */
static void append(char *text, size_t size, size_t *used, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void append(char *text, size_t size, size_t *used, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(text + *used, size - *used, format, arguments);
	va_end(arguments);
	if (length > 0 && (size_t)length < size - *used)
		*used += (size_t)length;
}

static void append_record(char *text, size_t size, size_t *used,
			  const struct record *record)
{
	const struct record_format *format = &modseal_state_formats[record->kind];
	char digest[HEX_SIZE + 1] = "";

	append(text, size, used, "%s:", format->keyword);
	for (const char *field = format->fields; *field; field++) {
		switch (*field) {
		case 'n':
			append(text, size, used, " %s", record->policy);
			break;
		case 'u':
			append(text, size, used, " %s", record->supplement);
			break;
		case 'c':
			append(text, size, used, " %s", record->catalog);
			break;
		case 's':
			append(text, size, used, " %" PRIu64, record->serial);
			break;
		case 'd':
			modseal_state_hex(digest, record->digest, MODSEAL_SHA256_SIZE);
			append(text, size, used, " %s", digest);
			break;
		default: /* b */
			append(text, size, used, " ");
			modseal_state_hex(text + *used, record->bytes, record->size);
			*used += 2 * record->size;
			break;
		}
	}
	append(text, size, used, "\n");
}

int modseal_state_print(const struct modseal_state *state, char **ret_text,
			struct modseal_error *error)
{
	size_t size = (state->count + 4) * LINE_SIZE, used = 0;
	char *text, when[TIME_SIZE] = "";
	time_t seconds = (time_t)state->time;
	struct tm parts;

	for (size_t i = 0; i < state->count; i++)
		size += 2 * state->records[i].size;
	text = calloc(1, size);
	if (!text)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	if (gmtime_r(&seconds, &parts))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &parts);
	append(text, size, &used, FIRST_LINE "time-floor: %s\n", when);
	for (size_t i = 0; i < state->count; i++)
		append_record(text, size, &used, &state->records[i]);
	*ret_text = text;
	return 0;
}

void modseal_state_close(char *text, const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	char key[HEX_SIZE + 1] = "";

	modseal_state_hex(key, digest, MODSEAL_SHA256_SIZE);
	snprintf(text + strlen(text), CLOSING_SIZE + 1, CLOSING_START "%s\n", key);
}
