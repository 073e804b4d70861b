/* SPDX-License-Identifier: Apache-2.0 */
/* A rollback state from its text. */
#include <stdlib.h>
#include <string.h>

#include "policy/state_private.h"

int modseal_state_split(struct modseal_span text, const char *path,
			struct modseal_span *ret_covered,
			uint8_t ret_digest[MODSEAL_SHA256_SIZE],
			struct modseal_error *error)
{
	struct modseal_span covered, closing, digest;
	size_t start = sizeof(CLOSING_START) - 1;

	/* The closing line has one size, and is a line of its own. */
	if (text.size > CLOSING_SIZE &&
	    modseal_span_part(text, 0, text.size - CLOSING_SIZE, &covered) &&
	    modseal_span_part(text, covered.size, CLOSING_SIZE, &closing) &&
	    modseal_span_part(closing, start, HEX_SIZE, &digest) &&
	    covered.data[covered.size - 1] == '\n' &&
	    modseal_span_starts(closing, CLOSING_START) &&
	    closing.data[CLOSING_SIZE - 1] == '\n' &&
	    modseal_scalar_hex(digest, ret_digest, MODSEAL_SHA256_SIZE)) {
		*ret_covered = covered;
		return 0;
	}
	return modseal_fail(error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY, path,
			    text.size ? "it is cut short or damaged: its last line is not"
					" the digest of the others"
				      : "it is empty");
}

struct reader {
	struct modseal_span rest;
	unsigned line;
	const char *path;
	struct modseal_error *error;
};

static int refuse(const struct reader *reader, const char *what)
{
	return modseal_fail(reader->error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY,
			    reader->path, "line %u: %s", reader->line, what);
}

/* The next line without its line feed; false where none is left or it does not end. */
static bool next_line(struct reader *reader, struct modseal_span *ret_line)
{
	struct modseal_span rest = reader->rest;
	const uint8_t *end = rest.size ? memchr(rest.data, '\n', rest.size) : NULL;
	size_t length = end ? (size_t)(end - rest.data) : 0;

	reader->line++;
	return end && modseal_span_part(rest, 0, length, ret_line) &&
	       modseal_span_part(rest, length + 1, rest.size - length - 1, &reader->rest);
}

static bool take_start(struct modseal_span *line, const char *start)
{
	size_t length = strlen(start);

	return modseal_span_starts(*line, start) &&
	       modseal_span_part(*line, length, line->size - length, line);
}

/* A word up to the next space, which is taken too; the last one has none behind it. */
static bool take_word(struct modseal_span *line, bool last, struct modseal_span *ret_word)
{
	const uint8_t *end = line->size ? memchr(line->data, ' ', line->size) : NULL;
	size_t length = end ? (size_t)(end - line->data) : line->size;

	if (last)
		return !end && modseal_span_part(*line, 0, length, ret_word);
	return end && modseal_span_part(*line, 0, length, ret_word) &&
	       modseal_span_part(*line, length + 1, line->size - length - 1, line);
}

static bool take_name(struct modseal_span word, char name[MODSEAL_MAX_POLICY_NAME + 1])
{
	if (!modseal_scalar_is_name(word))
		return false;
	memcpy(name, word.data, word.size);
	name[word.size] = '\0';
	return true;
}

/* A certificate; how many bytes it has nobody said before. */
static bool take_bytes(struct modseal_span word, struct record *record)
{
	size_t size = word.size / 2;

	if (size == 0 || word.size % 2 || size > MODSEAL_MAX_CERTIFICATE_SIZE)
		return false;
	record->bytes = malloc(size);
	record->size = size;
	return record->bytes && modseal_scalar_hex(word, record->bytes, size);
}

static bool take_field(char field, struct modseal_span word, struct record *record)
{
	switch (field) {
	case 'n':
		return take_name(word, record->policy);
	case 'u':
		return take_name(word, record->supplement);
	case 'c':
		return take_name(word, record->catalog);
	case 's':
		return modseal_scalar_decimal(word, MODSEAL_MAX_SERIAL, &record->serial);
	case 'd':
		return modseal_scalar_hex(word, record->digest, sizeof(record->digest));
	default: /* b */
		return take_bytes(word, record);
	}
}

static bool parse_record(struct modseal_span line, struct record *ret_record)
{
	struct modseal_span word;

	if (!take_word(&line, false, &word))
		return false;
	for (int kind = 0; kind < RECORD_KIND_COUNT; kind++) {
		const struct record_format *format = &modseal_state_formats[kind];
		size_t length = strlen(format->keyword);

		if (word.size != length + 1 || word.data[length] != ':' ||
		    !modseal_span_starts(word, format->keyword))
			continue;
		ret_record->kind = (enum record_kind)kind;
		for (const char *field = format->fields; *field; field++)
			if (!take_word(&line, field[1] == '\0', &word) ||
			    !take_field(*field, word, ret_record))
				return false;
		return true;
	}
	return false;
}

static int parse_lines(struct reader *reader, struct modseal_state *state)
{
	struct modseal_span line;

	if (!next_line(reader, &line) ||
	    !modseal_span_equal(line,
				modseal_span_of(FIRST_LINE, strlen(FIRST_LINE) - 1)))
		return refuse(reader, "it must be `modseal-state: 1`");
	if (!next_line(reader, &line) || !take_start(&line, "time-floor: ") ||
	    !modseal_scalar_time(line, &state->time))
		return refuse(reader, "it must be `time-floor: ` and a time");
	while (reader->rest.size > 0) {
		struct record record = {.serial = 0};
		int result;

		if (!next_line(reader, &line) || !parse_record(line, &record)) {
			if (record.size && !record.bytes)
				return modseal_fail_memory(reader->error,
							   MODSEAL_STAGE_POLICY);
			free(record.bytes);
			return refuse(reader, "it is no line of a rollback state");
		}
		if (state->count > 0 &&
		    modseal_state_compare(&state->records[state->count - 1], &record) >=
			    0) {
			free(record.bytes);
			return refuse(reader,
				      "it does not come after the line before it");
		}
		result =
			modseal_state_insert(state, state->count, &record, reader->error);
		if (result < 0)
			return result;
	}
	return 0;
}

/* Signers are of a policy that has a floor, there are both sorts of them or none, and all
 * of a sort have the same `require`, which they can meet. */
static bool signers_are_whole(const struct modseal_state *state,
			      const struct record *record)
{
	struct modseal_state_signers signers;
	bool present = record->kind == RECORD_PRESENT_SIGNER;
	size_t count = 0;

	for (size_t i = 0; i < state->count; i++) {
		const struct record *other = &state->records[i];

		if (other->kind != record->kind ||
		    strcmp(other->policy, record->policy) != 0)
			continue;
		count++;
		if (other->serial != record->serial)
			return false;
	}
	return modseal_state_text(state, record->policy) &&
	       modseal_state_signers(state, record->policy,
				     present ? MODSEAL_STATE_NEXT : MODSEAL_STATE_PRESENT,
				     &signers) &&
	       count <= MODSEAL_MAX_POLICY_SIGNERS && record->serial >= 1 &&
	       record->serial <= count;
}

static int check_signers(struct reader *reader, const struct modseal_state *state)
{
	reader->line = 2;
	for (size_t i = 0; i < state->count; i++) {
		const struct record *record = &state->records[i];

		reader->line++;
		if ((record->kind == RECORD_PRESENT_SIGNER ||
		     record->kind == RECORD_NEXT_SIGNER) &&
		    !signers_are_whole(state, record))
			return refuse(reader, "the signers of this policy are not whole");
	}
	return 0;
}

int modseal_state_parse(struct modseal_span covered, const char *path,
			struct modseal_state **ret_state, struct modseal_error *error)
{
	struct reader reader = {.rest = covered, .path = path, .error = error};
	struct modseal_state *state = modseal_state_new();
	int result;

	if (!state)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	result = parse_lines(&reader, state);
	if (result == 0)
		result = check_signers(&reader, state);
	if (result < 0) {
		modseal_state_free(&state);
		return result;
	}
	*ret_state = state;
	return 0;
}
