/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and writing a rollback state share. */
#ifndef MODSEAL_POLICY_STATE_PRIVATE_H
#define MODSEAL_POLICY_STATE_PRIVATE_H

#include "internal/scalars.h"
#include "policy/state.h"

#define FIRST_LINE    "modseal-state: 1\n"
#define CLOSING_START "sha256: "
#define HEX_SIZE      (2 * MODSEAL_SHA256_SIZE)
#define CLOSING_SIZE  (sizeof(CLOSING_START) - 1 + HEX_SIZE + 1)

/*
 * X(KIND, "keyword", "fields", by_digest): every line but the first two and the last, in
 * their order. The fields, each one word: n the name of a policy, c that of a catalog, s
 * a serial, d a SHA-256. No two lines of a kind have the same names (and the same digest,
 * where it is what the line is about).
 */
#define MODSEAL_STATE_RECORD_LIST(X)                                                     \
	X(POLICY, "policy", "nsd", false)                                                \
	X(CATALOG, "catalog", "ncs", false)

enum record_kind {
#define X(kind, keyword, fields, by_digest) RECORD_##kind,
	MODSEAL_STATE_RECORD_LIST(X)
#undef X
		RECORD_KIND_COUNT
};

struct record_format {
	const char *keyword, *fields;
	bool by_digest;
};
extern const struct record_format modseal_state_formats[RECORD_KIND_COUNT];

struct record {
	enum record_kind kind;
	char policy[MODSEAL_MAX_POLICY_NAME + 1];
	char catalog[MODSEAL_MAX_POLICY_NAME + 1];
	uint64_t serial;
	uint8_t digest[MODSEAL_SHA256_SIZE];
};

struct modseal_state {
	int64_t time;
	struct record *records; /* in ascending order */
	size_t count;
};

/* Adds one at its place. Errors: STATE_INVALID (too many), RESOURCE. */
MODSEAL_MUST_CHECK int modseal_state_insert(struct modseal_state *state, size_t at,
					    const struct record *record,
					    struct modseal_error *error);
int modseal_state_compare(const struct record *a, const struct record *b);

#endif
