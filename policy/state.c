/* SPDX-License-Identifier: Apache-2.0 */
/* The rollback state: what it holds, and what that decides. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/state_private.h"

const struct record_format modseal_state_formats[RECORD_KIND_COUNT] = {
#define X(kind, keyword, fields, by_bytes) {keyword, fields, by_bytes},
	MODSEAL_STATE_RECORD_LIST(X)
#undef X
};

struct modseal_state *modseal_state_new(void)
{
	return calloc(1, sizeof(struct modseal_state));
}

void modseal_state_free(struct modseal_state **state)
{
	if (!*state)
		return;
	for (size_t i = 0; i < (*state)->count; i++)
		free((*state)->records[i].bytes);
	free((*state)->records);
	free(*state);
	*state = NULL;
}

/* ---- records --------------------------------------------------------------------- */

int modseal_state_compare(const struct record *a, const struct record *b)
{
	int order = (int)a->kind - (int)b->kind;

	if (!order)
		order = strcmp(a->policy, b->policy);
	if (!order)
		order = strcmp(a->supplement, b->supplement);
	if (!order)
		order = strcmp(a->catalog, b->catalog);
	if (order || !modseal_state_formats[a->kind].by_bytes)
		return order;
	order = memcmp(a->digest, b->digest, sizeof(a->digest));
	if (!order && a->size != b->size)
		order = a->size < b->size ? -1 : 1;
	if (!order && a->size)
		order = memcmp(a->bytes, b->bytes, a->size);
	return order;
}

size_t modseal_state_place(const struct modseal_state *state, const struct record *wanted,
			   bool *ret_found)
{
	size_t low = 0, high = state->count;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = modseal_state_compare(&state->records[middle], wanted);

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

int modseal_state_insert(struct modseal_state *state, size_t at,
			 const struct record *record, struct modseal_error *error)
{
	struct record *records = state->records;

	if (state->count == MODSEAL_MAX_STATE_RECORDS) {
		free(record->bytes);
		return modseal_fail(error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY,
				    NULL, "more than %d lines",
				    MODSEAL_MAX_STATE_RECORDS);
	}
	if (state->count == state->room) {
		size_t room = state->room ? 2 * state->room : 16;

		records = reallocarray(records, room, sizeof(*records));
		if (!records) {
			free(record->bytes);
			return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
		}
		state->records = records;
		state->room = room;
	}
	memmove(records + at + 1, records + at, (state->count - at) * sizeof(*records));
	records[at] = *record;
	state->count++;
	return 0;
}

static bool take_name(char name[MODSEAL_MAX_POLICY_NAME + 1], const char *given)
{
	size_t length = given ? strlen(given) : 0;

	if (length > MODSEAL_MAX_POLICY_NAME)
		return false;
	if (length)
		memcpy(name, given, length);
	return true;
}

bool modseal_state_name_record(struct record *record,
			       const struct modseal_state_subject *subject)
{
	if (subject->supplement)
		record->kind =
			subject->catalog ? RECORD_SUPPLEMENT_CATALOG : RECORD_SUPPLEMENT;
	else
		record->kind = subject->catalog ? RECORD_CATALOG : RECORD_POLICY;
	return take_name(record->policy, subject->policy) &&
	       take_name(record->supplement, subject->supplement) &&
	       take_name(record->catalog, subject->catalog);
}

static const struct record *find(const struct modseal_state *state,
				 const struct modseal_state_subject *subject)
{
	struct record wanted = {.serial = 0};
	bool found = false;
	size_t at;

	if (!modseal_state_name_record(&wanted, subject))
		return NULL;
	at = modseal_state_place(state, &wanted, &found);
	return found ? &state->records[at] : NULL;
}

/* ---- floors ---------------------------------------------------------------------- */

uint64_t modseal_state_serial(const struct modseal_state *state,
			      const struct modseal_state_subject *subject)
{
	const struct record *record = find(state, subject);

	return record ? record->serial : 0;
}

const uint8_t *modseal_state_text(const struct modseal_state *state, const char *policy)
{
	const struct modseal_state_subject subject = {.policy = policy};
	const struct record *record = find(state, &subject);

	return record ? record->digest : NULL;
}

static const struct record *find_of(const struct modseal_state *state,
				    enum record_kind kind, const char *policy)
{
	for (size_t i = 0; i < state->count; i++)
		if (modseal_record_is_of(&state->records[i], kind, policy))
			return &state->records[i];
	return NULL;
}

bool modseal_state_is_forgotten(const struct modseal_state *state, const char *policy)
{
	return find_of(state, RECORD_FORGOTTEN, policy) != NULL;
}

uint64_t modseal_state_recovered(const struct modseal_state *state, const char *policy)
{
	const struct record *record = find_of(state, RECORD_RECOVERED, policy);

	return record ? record->serial : 0;
}

const char *modseal_state_policy(const struct modseal_state *state, size_t number)
{
	/* they come first */
	return number < state->count && state->records[number].kind == RECORD_POLICY
		       ? state->records[number].policy
		       : NULL;
}

size_t modseal_state_catalogs(const struct modseal_state *state, const char *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < state->count; i++)
		count += modseal_record_is_of(&state->records[i], RECORD_CATALOG,
					      policy) ||
			 modseal_record_is_of(&state->records[i], RECORD_SUPPLEMENT,
					      policy);
	return count;
}

int64_t modseal_state_time(const struct modseal_state *state)
{
	return state->time;
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

int modseal_state_judge_text(const struct modseal_state *state,
			     const struct modseal_state_subject *subject, uint64_t serial,
			     const uint8_t text[MODSEAL_SHA256_SIZE], const char *object,
			     struct modseal_error *error)
{
	const struct record *record = find(state, subject);

	if (!record || record->serial != serial ||
	    memcmp(record->digest, text, sizeof(record->digest)) == 0)
		return 0;
	modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, object,
		     "its serial is %" PRIu64
		     ", with which another text was installed on this system",
		     serial);
	modseal_remedy(error,
		       "give it a serial of %" PRIu64 " or higher, and sign it again",
		       serial + 1);
	return MODSEAL_E_ROLLBACK;
}
