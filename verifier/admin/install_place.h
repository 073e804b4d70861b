/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where sets are installed, and the one rename that switches between them:
 *
 *	policy.yaml -> current/policy.yaml	made once
 *	current -> sets/NAME			switched
 *	previous -> sets/NAME			the set before
 *	sets/NAME/				policy.yaml, policy.yaml.p7s, what it
 *names .lock					held by the one installation there may be
 *
 * and beside it the directory of the rollback state, with a .lock of its own.
 */
#ifndef MODSEAL_INSTALL_PLACE_H
#define MODSEAL_INSTALL_PLACE_H

#include "policy/state.h"
#include "verifier/admin/install_set.h"

#define MODSEAL_SETS	  "sets"
#define MODSEAL_STATE_NEW "state.new"

struct modseal_place_of_sets {
	const char *path;	    /* of the directory; borrowed */
	const char *state_path;	    /* of the state's directory; borrowed */
	int directory, sets, state; /* descriptors, or -1 */
	int locks[2];
	bool put; /* a set, by this installation */
};

/*
 * Makes the directories where they are missing, and locks both, so that no second
 * installation runs. Errors: CHANGED (one does), PATH_UNSAFE (`sets` is a link, or not
 * of those who install), NOT_WRITABLE, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_place_open(const char *path, const char *state_path,
					  struct modseal_place_of_sets *ret_place,
					  struct modseal_error *error);
void modseal_place_close(struct modseal_place_of_sets *place);

/*
 * Puts a set where its name says, whole or not at all: written beside, synced, renamed.
 * What lies there with the same bytes stays as it is. Errors: NOT_WRITABLE, SYSTEM,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_place_put(struct modseal_place_of_sets *place,
					 const struct modseal_set *set, const char *name,
					 struct modseal_error *error);

/* True if the set is the one in force. */
bool modseal_place_is_current(const struct modseal_place_of_sets *place,
			      const char *name);

/* The set before the one in force; false: none is kept, or the link leads elsewhere. */
bool modseal_place_previous(const struct modseal_place_of_sets *place,
			    char ret_name[MODSEAL_SET_NAME_SIZE]);

/*
 * Writes the new state beside the old one, with its closing line, and syncs it; to take
 * its place after the switch, which must not fail for want of room then. Errors: CRYPTO,
 * NOT_WRITABLE, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_place_prepare_state(struct modseal_place_of_sets *place,
						   const struct modseal_crypto *crypto,
						   const struct modseal_state *state,
						   struct modseal_error *error);
/* Lets the prepared state take its place. Errors: NOT_WRITABLE, SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_place_commit_state(struct modseal_place_of_sets *place,
						  struct modseal_error *error);

/*
 * Puts a set in force by one rename, after which the set before it is `previous`. A
 * policy.yaml that is not the link is kept as policy.yaml.replaced. Errors: NOT_WRITABLE,
 * SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_place_switch(struct modseal_place_of_sets *place,
					    const char *name,
					    struct modseal_error *error);

/*
 * After an installation: removes the sets, by their names, that neither `current` nor
 * `previous` leads to, however these are spelled. Whatever stays is harmless.
 */
void modseal_place_clean(struct modseal_place_of_sets *place);

/* After one that failed: removes the set if it was put there by it, and neither link
 * leads to it. */
void modseal_place_withdraw(struct modseal_place_of_sets *place, const char *name);

#endif
