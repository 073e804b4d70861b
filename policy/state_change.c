/* SPDX-License-Identifier: Apache-2.0 */
/* What an installation changes in the rollback state. */
#include <stdlib.h>
#include <string.h>

#include "policy/state_private.h"

/* ---- lines ---------------------------------------------------------------------- */

static void take_out(struct modseal_state *state, enum record_kind kind,
		     const char *policy)
{
	size_t kept = 0;

	for (size_t i = 0; i < state->count; i++)
		if (modseal_record_is_of(&state->records[i], kind, policy))
			free(state->records[i].bytes);
		else
			state->records[kept++] = state->records[i];
	state->count = kept;
}

/* ---- floors ---------------------------------------------------------------------- */

int modseal_state_raise(struct modseal_state *state,
			const struct modseal_state_subject *subject, uint64_t serial,
			const uint8_t *text, struct modseal_error *error)
{
	struct record raised = {.serial = serial};
	bool found;
	size_t at;

	if (!modseal_state_name_record(&raised, subject) || serial > MODSEAL_MAX_SERIAL ||
	    (text == NULL) != (subject->catalog != NULL))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_POLICY,
				    subject->policy, "no such serial can be kept");
	if (text)
		memcpy(raised.digest, text, sizeof(raised.digest));
	if (raised.kind == RECORD_POLICY)
		take_out(state, RECORD_FORGOTTEN, subject->policy);
	at = modseal_state_place(state, &raised, &found);
	if (!found)
		return modseal_state_insert(state, at, &raised, error);
	if (state->records[at].serial < serial)
		state->records[at] = raised;
	return 0;
}

void modseal_state_raise_time(struct modseal_state *state, int64_t seconds)
{
	if (state->time < seconds)
		state->time = seconds;
}

/* ---- signers --------------------------------------------------------------------- */

/* A line about these bytes; one that is there stays. */
static int put(struct modseal_state *state, struct record *record,
	       struct modseal_error *error)
{
	size_t at = 0;
	int order = -1;

	while (at < state->count &&
	       (order = modseal_state_compare(&state->records[at], record)) < 0)
		at++;
	if (at < state->count && order == 0) {
		free(record->bytes);
		return 0;
	}
	return modseal_state_insert(state, at, record, error);
}

int modseal_state_keep_signers(struct modseal_state *state, const char *policy,
			       enum modseal_state_turn turn,
			       const struct modseal_state_signers *signers,
			       struct modseal_error *error)
{
	struct record kept = {.kind = modseal_record_signer(turn),
			      .serial = signers->require};
	int result = 0;

	if (!modseal_state_text(state, policy))
		return modseal_fail(error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY,
				    policy, "its signers cannot be kept without a floor");
	memcpy(kept.policy, policy, strlen(policy)); /* as that of the floor, it fits */
	take_out(state, kept.kind, policy);
	for (size_t i = 0; result == 0 && i < signers->count; i++) {
		struct modseal_span certificate = signers->certificates[i];

		kept.size = certificate.size;
		kept.bytes = malloc(certificate.size + 1);
		if (!kept.bytes)
			return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
		if (certificate.size)
			memcpy(kept.bytes, certificate.data, certificate.size);
		result = put(state, &kept, error);
	}
	return result;
}

static int keep_digest(struct modseal_state *state, enum record_kind kind,
		       const char *policy, const uint8_t digest[MODSEAL_SHA256_SIZE],
		       struct modseal_error *error)
{
	struct record kept = {.kind = kind};

	if (strlen(policy) > MODSEAL_MAX_POLICY_NAME)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_POLICY,
				    policy, "no such name can be kept");
	memcpy(kept.policy, policy, strlen(policy));
	memcpy(kept.digest, digest, sizeof(kept.digest));
	return put(state, &kept, error);
}

int modseal_state_keep_key(struct modseal_state *state, const char *policy, bool known,
			   const uint8_t key[MODSEAL_SHA256_SIZE],
			   struct modseal_error *error)
{
	int result = keep_digest(state, RECORD_KNOWN_KEY, policy, key, error);

	if (result == 0 && !known)
		result = keep_digest(state, RECORD_SIGNER_KEY, policy, key, error);
	return result;
}

int modseal_state_revoke(struct modseal_state *state, const char *policy,
			 bool certificate, const uint8_t digest[MODSEAL_SHA256_SIZE],
			 struct modseal_error *error)
{
	return keep_digest(state, modseal_record_revoked(certificate), policy, digest,
			   error);
}

/* ---- revocation lists ------------------------------------------------------------ */

static struct record *find_list(const struct modseal_state *state,
				const uint8_t key[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; i < state->count; i++)
		if (state->records[i].kind == RECORD_LIST &&
		    memcmp(state->records[i].digest, key, MODSEAL_SHA256_SIZE) == 0)
			return &state->records[i];
	return NULL;
}

int64_t modseal_state_listed(const struct modseal_state *state,
			     const uint8_t key[MODSEAL_SHA256_SIZE])
{
	const struct record *record = find_list(state, key);

	return record ? (int64_t)record->serial : 0;
}

int modseal_state_raise_list(struct modseal_state *state,
			     const uint8_t key[MODSEAL_SHA256_SIZE], int64_t seconds,
			     struct modseal_error *error)
{
	struct record raised = {.kind = RECORD_LIST, .serial = (uint64_t)seconds};
	struct record *present = find_list(state, key);

	if (seconds <= 0 || (present && present->serial >= raised.serial))
		return 0;
	if (present) {
		present->serial = raised.serial;
		return 0;
	}
	memcpy(raised.digest, key, sizeof(raised.digest));
	return put(state, &raised, error);
}

/* ---- forgetting ------------------------------------------------------------------ */

static int put_about(struct modseal_state *state, enum record_kind kind,
		     const char *policy, uint64_t serial, struct modseal_error *error)
{
	const struct modseal_state_subject subject = {.policy = policy};
	struct record record = {.serial = serial};

	if (!modseal_state_name_record(&record, &subject) || serial > MODSEAL_MAX_SERIAL)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_POLICY,
				    policy, "no such name or serial can be kept");
	record.kind = kind;
	take_out(state, kind, record.policy);
	return put(state, &record, error);
}

int modseal_state_forget(struct modseal_state *state, const char *policy, bool reset,
			 struct modseal_error *error)
{
	static const enum record_kind kinds[] = {
		RECORD_POLICY,	       RECORD_CATALOG,
		RECORD_SUPPLEMENT,     RECORD_SUPPLEMENT_CATALOG,
		RECORD_PRESENT_SIGNER, RECORD_NEXT_SIGNER,
		RECORD_SIGNER_KEY,     RECORD_FORGOTTEN,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		take_out(state, kinds[i], policy);
	state->time = 0;
	return reset ? put_about(state, RECORD_FORGOTTEN, policy, 0, error) : 0;
}

int modseal_state_recover(struct modseal_state *state, const char *policy,
			  uint64_t serial, struct modseal_error *error)
{
	return put_about(state, RECORD_RECOVERED, policy, serial, error);
}
