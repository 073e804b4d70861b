/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Installing policies: a policy goes into force with everything it names, in one step,
 * and from then on nothing older does. Not in a library made with VERIFY_ONLY=1.
 */
#ifndef MODSEAL_INSTALL_H
#define MODSEAL_INSTALL_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MODSEAL_INSTALL_OPTIONS_VERSION 1u

/* What is installed, and where. Zero in every member means the default. */
struct modseal_install_options {
	uint32_t version; /* MODSEAL_INSTALL_OPTIONS_VERSION */
	uint32_t flags;	  /* MODSEAL_OPEN_CALLER_OWNED or 0 */
	/* The new policy, with its signature and what it names beside it; required. It
	 * may lie anywhere and belong to anybody. */
	const char *policy_path;
	/* The name it must have, and the anchors: as in struct modseal_options. */
	const char *policy_name;
	const char *const *anchor_paths;
	size_t anchor_path_count;
	const char *anchor_directory;
	/* Where sets are kept, and `policy.yaml` leads to the one in force.
	 * Default: the built-in place, /etc/modseal. */
	const char *directory;
	/* Default, whatever the anchors: the built-in place, /var/lib/modseal. */
	const char *state_directory;
	uint64_t reserved[8]; /* must be zero */
};

/* One of the two policies of an installation. */
struct modseal_install_side {
	const char *name; /* NULL: there is none */
	uint64_t serial;
	const char *issued; /* as in the policy */
	struct modseal_buffer text;
};

/* What is about to happen. Lives until the call of modseal_install_ask returns. */
struct modseal_install_plan {
	struct modseal_install_side next;    /* what will be in force */
	struct modseal_install_side current; /* what is now */
	const char *current_fault; /* why what is there now cannot be used, or NULL */
	uint64_t floor;		   /* the least serial that may be installed now */
	const char *set;	   /* the name of the new set, hexadecimal */
	const char *const *files;  /* what it holds; names relative to it */
	size_t file_count;
	uint32_t in_force; /* 1: this very set is in force already */
	uint32_t reserved;
};

/* Asked once, when all is verified and nothing is switched yet. 0: go on; anything else
 * ends the installation, leaves everything as it was, and becomes the result. */
typedef int modseal_install_ask(void *argument, const struct modseal_install_plan *plan);

/*
 * Verifies a policy with all it names as a context would, copies them, verifies the copy
 * where it will be used, switches to it by one rename, and raises the floors of the
 * rollback state. At any moment the old set or the new one is in force, and no floor is
 * above it; a call that was interrupted is finished by calling again. The set before it
 * is kept, older ones are removed. ask may be NULL.
 *
 * Needs to write both directories, so it is root's with the default ones. Errors: as
 * modseal_open; ROLLBACK (a serial below what was installed, or is in force; a
 * revocation list that is older than the one in force, or missing); CRL_UNUSABLE (a
 * list that nobody could use);
 * STATE_INVALID (damaged state; a missing one is made); CHANGED (another installation is
 * under way); NOT_WRITABLE, RESOURCE, SYSTEM. After a failure the old set is in force,
 * unless it is the last step, writing the state, that failed.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_policy_install(const struct modseal_install_options *options,
		       modseal_install_ask *ask, void *argument,
		       struct modseal_error *error);

/*
 * Puts the set before the one in force back in its place, where nothing forbids it: its
 * serial and those of its catalogs are not below their floors, its revocation lists not
 * older, and nobody who signed it was revoked. The error says which it was, and how to
 * get its content in force again. The set that was in force is kept then.
 * options->policy_path must be NULL. Errors: as modseal_policy_install; NOT_FOUND (no set
 * is kept).
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_policy_rollback(const struct modseal_install_options *options,
			modseal_install_ask *ask, void *argument,
			struct modseal_error *error);

/* What is known of a policy name, and about to be forgotten. */
struct modseal_forgotten {
	const char *name;
	uint64_t serial;      /* the least that is accepted */
	uint32_t catalogs;    /* and supplements, of which a least serial is known */
	uint32_t handed_over; /* 1: others than the anchors sign its policies */
};

/* Asked once, before anything is forgotten; the names live until it returns. 0: go on;
 * anything else ends it, leaves everything as it was, and becomes the result. */
typedef int modseal_reset_ask(void *argument, const struct modseal_forgotten *names,
			      size_t count);

/*
 * Forgets of a policy name (NULL: of all) its floors and those of its catalogs, to whom
 * it was handed over, and the time floor, which is of all names. What stays: which of its
 * signers were revoked, and which policy the recovery key has signed. The set in force
 * stays there, if an anchor has signed it, and is no floor for the next. For the day when
 * a key was stolen, and the thief has signed the highest serial.
 *
 * options->policy_path must be NULL; ask may be. Errors: NOT_FOUND (nothing of that name
 * was ever installed), ARGUMENT, STATE_INVALID, CHANGED, NOT_WRITABLE, RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_policy_reset(const struct modseal_install_options *options, const char *name,
		     modseal_reset_ask *ask, void *argument, struct modseal_error *error);

#ifdef __cplusplus
}
#endif
#endif
