/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign policies, as the rollback state remembers it. */
#include <string.h>

#include "policy/state_private.h"

bool modseal_state_signers(const struct modseal_state *state, const char *policy,
			   enum modseal_state_turn turn,
			   struct modseal_state_signers *ret_signers)
{
	struct modseal_state_signers signers = {.count = 0};

	for (size_t i = 0; i < state->count; i++) {
		const struct record *record = &state->records[i];

		if (!modseal_record_is_of(record, modseal_record_signer(turn), policy) ||
		    signers.count == MODSEAL_MAX_POLICY_SIGNERS)
			continue;
		signers.certificates[signers.count++] =
			modseal_span_of(record->bytes, record->size);
		signers.require = (uint32_t)record->serial;
	}
	*ret_signers = signers;
	return signers.count > 0;
}

const char *modseal_state_policy_of(const struct modseal_state *state,
				    const uint8_t text[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; i < state->count; i++)
		if (state->records[i].kind == RECORD_POLICY &&
		    memcmp(state->records[i].digest, text, MODSEAL_SHA256_SIZE) == 0)
			return state->records[i].policy;
	return NULL;
}

const char *modseal_state_handed_over(const struct modseal_state *state, size_t number)
{
	const char *last = "";

	for (size_t i = 0; i < state->count; i++) {
		const struct record *record = &state->records[i];

		if (record->kind != RECORD_NEXT_SIGNER ||
		    strcmp(record->policy, last) == 0)
			continue;
		last = record->policy;
		if (number-- == 0)
			return last;
	}
	return NULL;
}

/* ---- keys ------------------------------------------------------------------------ */

bool modseal_state_has_key(const struct modseal_state *state, const char *policy,
			   bool known, const uint8_t key[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; i < state->count; i++)
		if (modseal_record_is_of(&state->records[i],
					 known ? RECORD_KNOWN_KEY : RECORD_SIGNER_KEY,
					 policy) &&
		    memcmp(state->records[i].digest, key, MODSEAL_SHA256_SIZE) == 0)
			return true;
	return false;
}

const uint8_t *modseal_state_revoked(const struct modseal_state *state,
				     const char *policy, bool certificate, size_t number)
{
	for (size_t i = 0; i < state->count; i++)
		if (modseal_record_is_of(&state->records[i],
					 modseal_record_revoked(certificate), policy) &&
		    number-- == 0)
			return state->records[i].digest;
	return NULL;
}
