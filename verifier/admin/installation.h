/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of installations: what is there, what comes, what it needs to be switched. */
#ifndef MODSEAL_ADMIN_INSTALLATION_H
#define MODSEAL_ADMIN_INSTALLATION_H

#include "modseal-install.h"
#include "verifier/admin/install_place.h"
#include "verifier/context.h"

/* One installation, from begin to end. */
struct modseal_installation {
	const struct modseal_install_options *options;
	struct modseal_context
		reader; /* of the state: no policy, only what reading needs */
	char *directory, *state_directory; /* real paths */
	struct modseal_place_of_sets place;
	struct modseal_state *state; /* the floors that hold now, then the raised ones */
	bool state_missing;
	struct modseal_context
		*current;	    /* what is in force; NULL: nothing that can be used */
	bool forgotten;		    /* it was reset, and is no floor any more */
	struct modseal_error fault; /* why not */
	struct modseal_set set;	    /* what was read of the new one */
	char name[MODSEAL_SET_NAME_SIZE]; /* its own */
	struct modseal_context *next;	  /* the new one, where it will be used */
};

/*
 * Checks the options, of which policy_path must be given or must not, and locks the
 * directories. The caller ends it with modseal_installation_end, also after a failure:
 * what was done by one that failed is taken back, as far as nothing was switched.
 * Errors: ARGUMENT, those of modseal_place_open.
 */
MODSEAL_MUST_CHECK int
modseal_installation_begin(struct modseal_installation *in,
			   const struct modseal_install_options *options,
			   bool wants_policy, struct modseal_error *error);
void modseal_installation_end(struct modseal_installation *in, int result);

/* A context by the options of the installation. Errors: as modseal_open. */
MODSEAL_MUST_CHECK int modseal_installation_open(const struct modseal_installation *in,
						 const char *path,
						 const struct modseal_open_how *how,
						 struct modseal_context **ret_context,
						 struct modseal_error *error);

/* Fills in->state; a missing one is empty. Errors: as modseal_state_read. */
MODSEAL_MUST_CHECK int modseal_installation_read_state(struct modseal_installation *in,
						       struct modseal_error *error);
/* Fills in->current, or in->fault. Errors: what is undecided. */
MODSEAL_MUST_CHECK int modseal_installation_open_current(struct modseal_installation *in,
							 struct modseal_error *error);
/* Fills in->next by the set in->name where it lies. Errors: as modseal_open. */
MODSEAL_MUST_CHECK int modseal_installation_open_next(struct modseal_installation *in,
						      struct modseal_error *error);
/* Errors: as modseal_signer_lists_succeed. */
MODSEAL_MUST_CHECK int
modseal_installation_check_lists(const struct modseal_installation *in,
				 struct modseal_error *error);
/* Errors: what the question gave, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_installation_ask(const struct modseal_installation *in,
						modseal_install_ask *ask, void *argument,
						struct modseal_error *error);

/* Writes in->state beside the state there is. Errors: as modseal_place_prepare_state. */
MODSEAL_MUST_CHECK int modseal_installation_prepare_state(struct modseal_installation *in,
							  struct modseal_error *error);
/* Switches to in->name and raises the floors. Errors: as modseal_policy_install. */
MODSEAL_MUST_CHECK int modseal_installation_put_in_force(struct modseal_installation *in,
							 struct modseal_error *error);

#endif
