/* SPDX-License-Identifier: Apache-2.0 */
/* The rollback state: its text, read, and what it decides. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/scalars.h"
#include "policy/state_private.h"

struct modseal_state *modseal_state_new(void)
{
	return calloc(1, sizeof(struct modseal_state));
}

void modseal_state_free(struct modseal_state **state)
{
	if (!*state)
		return;
	free((*state)->floors);
	free(*state);
	*state = NULL;
}

static int compare(const struct floor *a, const struct floor *b)
{
	int order = memcmp(a->key, b->key, sizeof(a->key));

	if (!order)
		order = strcmp(a->policy, b->policy);
	return order ? order : strcmp(a->catalog, b->catalog);
}

/* The place of a floor, or where it would stand. */
static size_t place_of(const struct modseal_state *state, const struct floor *wanted,
		       bool *ret_found)
{
	size_t low = 0, high = state->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = compare(&state->floors[middle], wanted);

		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert(struct modseal_state *state, size_t at, const struct floor *floor,
		  struct modseal_error *error)
{
	struct floor *floors;

	if (state->count == MODSEAL_MAX_STATE_FLOORS)
		return modseal_fail(error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY,
				    NULL, "more than %d policies and catalogs",
				    MODSEAL_MAX_STATE_FLOORS);
	floors = reallocarray(state->floors, state->count + 1, sizeof(*floors));
	if (!floors)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	state->floors = floors;
	memmove(floors + at + 1, floors + at, (state->count - at) * sizeof(*floors));
	floors[at] = *floor;
	state->count++;
	return 0;
}

/* ---- reading --------------------------------------------------------------------- */

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

static bool take_name(struct modseal_span *line, char name[MODSEAL_MAX_POLICY_NAME + 1])
{
	struct modseal_span word;

	if (!take_word(line, false, &word) || !modseal_scalar_is_name(word))
		return false;
	memcpy(name, word.data, word.size);
	name[word.size] = '\0';
	return true;
}

static bool parse_floor(struct modseal_span line, struct floor *ret_floor)
{
	bool is_catalog = take_start(&line, "catalog: ");
	struct modseal_span word;

	if (!is_catalog && !take_start(&line, "policy: "))
		return false;
	return take_word(&line, false, &word) &&
	       modseal_scalar_hex(word, ret_floor->key, sizeof(ret_floor->key)) &&
	       take_name(&line, ret_floor->policy) &&
	       (!is_catalog || take_name(&line, ret_floor->catalog)) &&
	       take_word(&line, true, &word) &&
	       modseal_scalar_decimal(word, MODSEAL_MAX_SERIAL, &ret_floor->serial);
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
		struct floor floor = {.serial = 0};
		int result;

		if (!next_line(reader, &line) || !parse_floor(line, &floor))
			return refuse(reader,
				      "it is not the floor of a policy or catalog");
		if (state->count > 0 &&
		    compare(&state->floors[state->count - 1], &floor) >= 0)
			return refuse(reader,
				      "it does not come after the line before it");
		result = insert(state, state->count, &floor, reader->error);
		if (result < 0)
			return result;
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
	if (result < 0) {
		modseal_state_free(&state);
		return result;
	}
	*ret_state = state;
	return 0;
}

/* ---- floors ---------------------------------------------------------------------- */

static bool floor_of(const struct modseal_state_subject *subject, struct floor *ret_floor)
{
	size_t policy = strlen(subject->policy);
	size_t catalog = subject->catalog ? strlen(subject->catalog) : 0;

	if (policy > MODSEAL_MAX_POLICY_NAME || catalog > MODSEAL_MAX_POLICY_NAME)
		return false; /* no name that the policy's reader lets through */
	memcpy(ret_floor->key, subject->key, sizeof(ret_floor->key));
	memcpy(ret_floor->policy, subject->policy, policy);
	if (catalog)
		memcpy(ret_floor->catalog, subject->catalog, catalog);
	return true;
}

uint64_t modseal_state_serial(const struct modseal_state *state,
			      const struct modseal_state_subject *subject)
{
	struct floor wanted = {.serial = 0};
	bool found = false;
	size_t at;

	if (!floor_of(subject, &wanted))
		return 0;
	at = place_of(state, &wanted, &found);
	return found ? state->floors[at].serial : 0;
}

int64_t modseal_state_time(const struct modseal_state *state)
{
	return state->time;
}

int modseal_state_raise(struct modseal_state *state,
			const struct modseal_state_subject *subject, uint64_t serial,
			struct modseal_error *error)
{
	struct floor raised = {.serial = serial};
	bool found;
	size_t at;

	if (!floor_of(subject, &raised) || serial > MODSEAL_MAX_SERIAL)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_POLICY,
				    subject->policy, "no such serial can be kept");
	at = place_of(state, &raised, &found);
	if (!found)
		return insert(state, at, &raised, error);
	if (state->floors[at].serial < serial)
		state->floors[at].serial = serial;
	return 0;
}

void modseal_state_raise_time(struct modseal_state *state, int64_t seconds)
{
	if (state->time < seconds)
		state->time = seconds;
}

int modseal_state_judge(uint64_t floor, uint64_t serial, const char *what,
			const char *object, struct modseal_error *error)
{
	if (serial >= floor)
		return 0;
	modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, object,
		     "its serial is %" PRIu64 ", below the floor %" PRIu64
		     " of this system",
		     serial, floor);
	modseal_remedy(error, "install a %s with serial %" PRIu64 " or higher", what,
		       floor);
	return MODSEAL_E_ROLLBACK;
}
