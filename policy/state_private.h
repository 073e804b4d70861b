/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and writing a rollback state share. */
#ifndef MODSEAL_POLICY_STATE_PRIVATE_H
#define MODSEAL_POLICY_STATE_PRIVATE_H

#include <string.h>

#include "internal/scalars.h"
#include "policy/state.h"

#define FIRST_LINE    "modseal-state: 1\n"
#define CLOSING_START "sha256: "
#define HEX_SIZE      (2 * MODSEAL_SHA256_SIZE)
#define CLOSING_SIZE  (sizeof(CLOSING_START) - 1 + HEX_SIZE + 1)

/*
 * X(KIND, "keyword", "fields", by_bytes): every line but the first two and the last, in
 * their order. The fields, each one word: n the name of a policy, u that of a supplement,
 * c that of a catalog, s a serial or a count, d a SHA-256, b other bytes in hexadecimal.
 * No two lines of a kind have the same names (and the same bytes, where these are what
 * the line is about).
 */
#define MODSEAL_STATE_RECORD_LIST(X)                                                     \
	X(POLICY, "policy", "nsd", false)                                                \
	X(CATALOG, "catalog", "ncs", false)                                              \
	X(SUPPLEMENT, "supplement", "nusd", false)                                       \
	X(SUPPLEMENT_CATALOG, "supplement-catalog", "nucs", false)                       \
	X(FORGOTTEN, "forgotten", "n", false)                                            \
	X(RECOVERED, "recovered", "ns", false)                                           \
	X(PRESENT_SIGNER, "present-signer", "nsb", true)                                 \
	X(NEXT_SIGNER, "next-signer", "nsb", true)                                       \
	X(SIGNER_KEY, "signer-key", "nd", true)                                          \
	X(KNOWN_KEY, "known-key", "nd", true)                                            \
	X(REVOKED_KEY, "revoked-key", "nd", true)                                        \
	X(REVOKED_CERTIFICATE, "revoked-certificate", "nd", true)                        \
	X(LIST, "revocation-list", "ds", true)

enum record_kind {
#define X(kind, keyword, fields, by_bytes) RECORD_##kind,
	MODSEAL_STATE_RECORD_LIST(X)
#undef X
		RECORD_KIND_COUNT
};

struct record_format {
	const char *keyword, *fields;
	bool by_bytes;
};
extern const struct record_format modseal_state_formats[RECORD_KIND_COUNT];

struct record {
	enum record_kind kind;
	char policy[MODSEAL_MAX_POLICY_NAME + 1];
	char supplement[MODSEAL_MAX_POLICY_NAME + 1];
	char catalog[MODSEAL_MAX_POLICY_NAME + 1];
	uint64_t serial;
	uint8_t digest[MODSEAL_SHA256_SIZE];
	uint8_t *bytes; /* of a certificate; the record's own */
	size_t size;
};

struct modseal_state {
	int64_t time;
	struct record *records; /* in ascending order */
	size_t count;
	size_t room; /* how many fit into what is allocated */
};

/* Adds one at its place, and takes its bytes in any case. Errors: STATE_INVALID (too
 * many), RESOURCE. */
MODSEAL_MUST_CHECK int modseal_state_insert(struct modseal_state *state, size_t at,
					    const struct record *record,
					    struct modseal_error *error);
/* The place of a record, or where it would stand. */
size_t modseal_state_place(const struct modseal_state *state, const struct record *wanted,
			   bool *ret_found);
/* Kind and names. False: no name that the policy's reader lets through. */
bool modseal_state_name_record(struct record *record,
			       const struct modseal_state_subject *subject);
int modseal_state_compare(const struct record *a, const struct record *b);

static inline bool modseal_record_is_of(const struct record *record,
					enum record_kind kind, const char *policy)
{
	return record->kind == kind && strcmp(record->policy, policy) == 0;
}
static inline enum record_kind modseal_record_signer(enum modseal_state_turn turn)
{
	return turn == MODSEAL_STATE_PRESENT ? RECORD_PRESENT_SIGNER : RECORD_NEXT_SIGNER;
}
static inline enum record_kind modseal_record_revoked(bool certificate)
{
	return certificate ? RECORD_REVOKED_CERTIFICATE : RECORD_REVOKED_KEY;
}

/* In lower-case hexadecimal, with NUL. */
void modseal_state_hex(char *text, const uint8_t *bytes, size_t size);

#endif
