/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rollback state: the highest serials that were ever installed, and the highest
 * signed time. A text of lines:
 *
 *	modseal-state: 1
 *	time-floor: 2026-11-23T00:00:00Z
 *	policy: NAME SERIAL TEXT
 *	catalog: NAME CATALOG SERIAL
 *	supplement: NAME SUPPLEMENT SERIAL TEXT
 *	supplement-catalog: NAME SUPPLEMENT CATALOG SERIAL
 *	forgotten: NAME
 *	recovered: NAME SERIAL
 *	present-signer: NAME REQUIRE CERTIFICATE
 *	next-signer: NAME REQUIRE CERTIFICATE
 *	signer-key: NAME KEY
 *	known-key: NAME KEY
 *	revoked-key: NAME KEY
 *	revoked-certificate: NAME CERTIFICATE-DIGEST
 *	revocation-list: KEY SECONDS
 *	sha256: DIGEST
 *
 * A floor is its name's, whoever signs: it stays when the keys change. TEXT is the
 * SHA-256 of the text that has this serial, so that no other one can have it too. Once
 *a policy has said who may sign the next (`policy-signers`), the anchors decide no more:
 * that very text is judged by its present signers, those who signed it, and any other of
 * the name by the next ones. KEY (SHA-256 of a SubjectPublicKeyInfo) is one that was ever
 * trusted for the name, an anchor's or a later one: how a system knows that the hand-over
 * began with its own anchor. Those known signed the name at any time, and may have to be
 * revoked also when a reset has forgotten all else; they stay revoked for ever. Of the
 * revocation lists that KEY has signed the newest in force was of so many seconds since
 * 1970. A
 *forgotten name was reset: what is in force is no floor until the next is installed. A
 *recovered one was taken back with the recovery key, last by the policy of this serial:
 *none that this key signed before counts again. The lines are in strictly ascending
 *order, first by keyword (as above), then by what they name. DIGEST is that of all bytes
 *before its line: no secret, the file is root's, but whatever is cut off or damaged is
 *noticed instead of read as a lower floor.
 */
#ifndef MODSEAL_POLICY_STATE_H
#define MODSEAL_POLICY_STATE_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/limits.h"
#include "internal/span.h"

/* What a floor is for: a policy, a supplement of it, or a catalog of either. The names
 * are the caller's; those of what it is not are NULL. */
struct modseal_state_subject {
	const char *policy;
	const char *supplement;
	const char *catalog;
};

/* Who may sign: require different ones of them. */
struct modseal_state_signers {
	struct modseal_span certificates[MODSEAL_MAX_POLICY_SIGNERS]; /* DER */
	size_t count;
	uint32_t require;
};

enum modseal_state_turn {
	MODSEAL_STATE_PRESENT, /* signed the text at the floor */
	MODSEAL_STATE_NEXT,    /* may sign what comes after it */
};

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

/* 0 where there is no floor. */
uint64_t modseal_state_serial(const struct modseal_state *state,
			      const struct modseal_state_subject *subject);
/* SHA-256 of the text at the floor of a policy; NULL where it has none. */
const uint8_t *modseal_state_text(const struct modseal_state *state, const char *policy);
/* Seconds since 1970; 0 where nothing was installed. */
int64_t modseal_state_time(const struct modseal_state *state);

/* Raises a floor; one that is as high already stays. text: SHA-256 of the policy or
 * supplement; NULL for a catalog. Errors: STATE_INVALID (more than
 * MODSEAL_MAX_STATE_RECORDS), RESOURCE. */
MODSEAL_MUST_CHECK int modseal_state_raise(struct modseal_state *state,
					   const struct modseal_state_subject *subject,
					   uint64_t serial, const uint8_t *text,
					   struct modseal_error *error);

/*
 * Forgets the floors of a policy name and of its supplements and catalogs, who may sign
 * its policies, and the time floor, which is of all names; not what is known or was
 * revoked or recovered. The name must not be one that the state itself holds. reset: and
 * the name is forgotten until its next policy raises a floor. Errors: STATE_INVALID,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_state_forget(struct modseal_state *state,
					    const char *policy, bool reset,
					    struct modseal_error *error);
bool modseal_state_is_forgotten(const struct modseal_state *state, const char *policy);
/* The serial of the last policy that the recovery key has signed; 0: none. */
uint64_t modseal_state_recovered(const struct modseal_state *state, const char *policy);
MODSEAL_MUST_CHECK int modseal_state_recover(struct modseal_state *state,
					     const char *policy, uint64_t serial,
					     struct modseal_error *error);
/* The name of the policy, from 0, that has a floor; NULL: there are no more. */
const char *modseal_state_policy(const struct modseal_state *state, size_t number);
/* How many catalogs and supplements of a policy have a floor. */
size_t modseal_state_catalogs(const struct modseal_state *state, const char *policy);

/* When the newest revocation list by this key, that was ever in force, was made; 0: none
 * was. Seconds since 1970. */
int64_t modseal_state_listed(const struct modseal_state *state,
			     const uint8_t key[MODSEAL_SHA256_SIZE]);
MODSEAL_MUST_CHECK int modseal_state_raise_list(struct modseal_state *state,
						const uint8_t key[MODSEAL_SHA256_SIZE],
						int64_t seconds,
						struct modseal_error *error);

void modseal_state_raise_time(struct modseal_state *state, int64_t seconds);

/*
 * The signers of a policy name; false where nothing was ever handed over, so that anchors
 * decide. The certificates live as long as the state is not changed. Keeping them takes
 * the place of those before, and copies. Errors: STATE_INVALID (no floor to be judged
 * beside, too many lines), RESOURCE.
 */
bool modseal_state_signers(const struct modseal_state *state, const char *policy,
			   enum modseal_state_turn turn,
			   struct modseal_state_signers *ret_signers);
MODSEAL_MUST_CHECK int modseal_state_keep_signers(
	struct modseal_state *state, const char *policy, enum modseal_state_turn turn,
	const struct modseal_state_signers *signers, struct modseal_error *error);
/* The name of the policy whose text at the floor has this digest, or NULL. */
const char *modseal_state_policy_of(const struct modseal_state *state,
				    const uint8_t text[MODSEAL_SHA256_SIZE]);
/* The policy, from 0, whose signers were handed over; NULL: there are no more. */
const char *modseal_state_handed_over(const struct modseal_state *state, size_t number);

/* A key that a hand-over of this name came by; with known: or that could sign policies of
 * it at any time. A key that is kept is known. */
bool modseal_state_has_key(const struct modseal_state *state, const char *policy,
			   bool known, const uint8_t key[MODSEAL_SHA256_SIZE]);
MODSEAL_MUST_CHECK int modseal_state_keep_key(struct modseal_state *state,
					      const char *policy, bool known,
					      const uint8_t key[MODSEAL_SHA256_SIZE],
					      struct modseal_error *error);

/* What was revoked of those who sign the policies of a name: keys, or certificates. Of no
 * other name: its signers could put its key on a list of theirs, and revoke it then. */
MODSEAL_MUST_CHECK int modseal_state_revoke(struct modseal_state *state,
					    const char *policy, bool certificate,
					    const uint8_t digest[MODSEAL_SHA256_SIZE],
					    struct modseal_error *error);
/* In ascending order, from 0; NULL: there are no more. */
const uint8_t *modseal_state_revoked(const struct modseal_state *state,
				     const char *policy, bool certificate, size_t number);

/*
 * Refuses ROLLBACK where a serial is below the floor; equal is allowed, so that a set can
 * be installed again. what: "policy", "catalog", .... object stands in messages.
 */
MODSEAL_MUST_CHECK int modseal_state_judge(uint64_t floor, uint64_t serial,
					   const char *what, const char *object,
					   struct modseal_error *error);

/* Refuses ROLLBACK where a policy or supplement has the serial of the floor, and is
 * another text than the one that was installed with it. */
MODSEAL_MUST_CHECK int
modseal_state_judge_text(const struct modseal_state *state,
			 const struct modseal_state_subject *subject, uint64_t serial,
			 const uint8_t text[MODSEAL_SHA256_SIZE], const char *object,
			 struct modseal_error *error);

#endif
