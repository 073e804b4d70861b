/* SPDX-License-Identifier: Apache-2.0 */
/* The rollback state of a context: read from its file, asked about what is opened. */
#ifndef MODSEAL_STATE_OPEN_H
#define MODSEAL_STATE_OPEN_H

#include "policy/state.h"
#include "verifier/context.h"

#define MODSEAL_STATE_FILE "state"

/*
 * Reads a state file of a directory (NULL: the built-in place) under the rules for the
 * policy's own files. *ret_state is the caller's.
 * Errors: STATE_INVALID (missing, unreadable, empty, cut, damaged), PATH_UNSAFE, CHANGED,
 * SYSTEM, RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int modseal_state_read(const struct modseal_context *context,
					  const char *directory, const char *name,
					  struct modseal_state **ret_state,
					  struct modseal_error *error);

/*
 * Fills the context's state. Anchors that are installed (built in, or from the anchor
 * directory) need one: without it, deleting it would take every floor away. A context
 * with anchors of its own has one where the options name its directory.
 *
 * Comes before the policy is read: an installation switches the policy first and raises
 * the floor then, so a floor that was read first is never above a policy read later.
 * Errors: as modseal_state_read.
 */
MODSEAL_MUST_CHECK int modseal_state_open(struct modseal_context *context,
					  const struct modseal_options *options,
					  struct modseal_error *error);

/* The floor of the context's policy (both names NULL), of a supplement of it, or of a
 * catalog of either: that of the state (none for what the recovery key has signed), or
 * the compiled-in one. Whoever signed it: floors are of names (R33). */
uint64_t modseal_context_floor(const struct modseal_context *context,
			       const char *supplement, const char *catalog);

/* Refuses ROLLBACK where the policy (supplement NULL) or supplement has a serial below
 * its floor, or that of the floor with another text. */
MODSEAL_MUST_CHECK int
modseal_context_judge_serial(const struct modseal_context *context,
			     const char *supplement, uint64_t serial,
			     const uint8_t text[MODSEAL_SHA256_SIZE], const char *object,
			     struct modseal_error *error);

#endif
