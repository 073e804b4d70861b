/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rollback state: the highest serials that were ever installed, and the highest
 * signed time. A text of lines:
 *
 *	modseal-state: 1
 *	time-floor: 2026-11-23T00:00:00Z
 *	policy: NAME SERIAL TEXT
 *	catalog: NAME CATALOG SERIAL
 *	sha256: DIGEST
 *
 * A floor is its name's, whoever signs: it stays when the keys change. TEXT is the
 * SHA-256 of the policy that has this serial, so that no other one can have it too. The
 * lines are in strictly ascending order, first by keyword (as above), then by what they
 * name. DIGEST is that of all bytes before its line: no secret, the file is root's, but
 * whatever is cut off or damaged is noticed instead of read as a lower floor.
 */
#ifndef MODSEAL_POLICY_STATE_H
#define MODSEAL_POLICY_STATE_H

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/limits.h"
#include "internal/span.h"

struct modseal_state; /* floors and the time floor */

/* An empty state: every floor is 0. NULL without memory. */
struct modseal_state *modseal_state_new(void);
void modseal_state_free(struct modseal_state **state);

/*
 * Splits the text into what its last line vouches for and the digest of it that the line
 * names; the caller compares before it parses. Errors: STATE_INVALID (no such line).
 */
MODSEAL_MUST_CHECK int modseal_state_split(struct modseal_span text, const char *path,
					   struct modseal_span *ret_covered,
					   uint8_t ret_digest[MODSEAL_SHA256_SIZE],
					   struct modseal_error *error);
/* Reads what modseal_state_split found covered. path stands in messages.
 * Errors: STATE_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_state_parse(struct modseal_span covered, const char *path,
					   struct modseal_state **ret_state,
					   struct modseal_error *error);

/*
 * Writes a state as text: all but the last line, to which modseal_state_close appends
 * that line once the digest is known. *ret_text has room for it, ends with NUL, and is
 * freed by the caller. Errors: RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_state_print(const struct modseal_state *state,
					   char **ret_text, struct modseal_error *error);
void modseal_state_close(char *text, const uint8_t digest[MODSEAL_SHA256_SIZE]);

/* The floor of a policy (catalog NULL) or of one of its catalogs; 0 where there is none.
 */
uint64_t modseal_state_serial(const struct modseal_state *state, const char *policy,
			      const char *catalog);
/* SHA-256 of the text at the floor of a policy; NULL where it has none. */
const uint8_t *modseal_state_text(const struct modseal_state *state, const char *policy);
/* Seconds since 1970; 0 where nothing was installed. */
int64_t modseal_state_time(const struct modseal_state *state);

/* Raises a floor; one that is as high already stays. text: SHA-256 of the policy.
 * Errors: STATE_INVALID (more than MODSEAL_MAX_STATE_RECORDS), RESOURCE. */
MODSEAL_MUST_CHECK int modseal_state_raise_policy(struct modseal_state *state,
						  const char *policy, uint64_t serial,
						  const uint8_t text[MODSEAL_SHA256_SIZE],
						  struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_state_raise_catalog(struct modseal_state *state,
						   const char *policy,
						   const char *catalog, uint64_t serial,
						   struct modseal_error *error);
void modseal_state_raise_time(struct modseal_state *state, int64_t seconds);

/*
 * Refuses ROLLBACK where a serial is below the floor; equal is allowed, so that a set can
 * be installed again. what: "policy" or "catalog". object stands in messages.
 */
MODSEAL_MUST_CHECK int modseal_state_judge(uint64_t floor, uint64_t serial,
					   const char *what, const char *object,
					   struct modseal_error *error);

/* Refuses ROLLBACK where a policy has the serial of the floor, and is another text than
 * the one that was installed with it. */
MODSEAL_MUST_CHECK int modseal_state_judge_text(const struct modseal_state *state,
						const char *policy, uint64_t serial,
						const uint8_t text[MODSEAL_SHA256_SIZE],
						const char *object,
						struct modseal_error *error);

#endif
