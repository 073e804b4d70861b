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

struct floor {
	uint8_t key[MODSEAL_SHA256_SIZE];
	char policy[MODSEAL_MAX_POLICY_NAME + 1];
	char catalog[MODSEAL_MAX_POLICY_NAME + 1]; /* "": the policy itself */
	uint64_t serial;
};

struct modseal_state {
	int64_t time;
	struct floor *floors; /* in ascending order */
	size_t count;
};

#endif
