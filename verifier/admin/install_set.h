/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set: a policy, its signature and every file it names, under the names by which it
 * names them. Gathered as it is read and authenticated, written as one directory.
 */
#ifndef MODSEAL_INSTALL_SET_H
#define MODSEAL_INSTALL_SET_H

#include "internal/span.h"
#include "keys/crypto.h"

#define MODSEAL_SET_POLICY    "policy.yaml"
#define MODSEAL_SET_SIGNATURE MODSEAL_SET_POLICY ".p7s"
/* The name of a set: SHA-256 over names and bytes, in hexadecimal. */
#define MODSEAL_SET_NAME_SIZE (2 * MODSEAL_SHA256_SIZE + 1)

struct modseal_set_file {
	char *name; /* relative, without empty, `.` or `..` components */
	uint8_t *data;
	size_t size;
};

/* Zero to begin with. */
struct modseal_set {
	struct modseal_set_file *files;
	size_t count;
};

/*
 * Adds a copy of a file that the policy names. Errors: POLICY_INVALID (an absolute name,
 * which no switch of sets would switch; the name of the policy itself), CHANGED (named
 * twice, and changed between), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_set_add(struct modseal_set *set, const char *name,
				       struct modseal_span bytes,
				       struct modseal_error *error);
/* Adds the policy and its signature. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_set_add_policy(struct modseal_set *set,
					      struct modseal_span text,
					      struct modseal_span signature,
					      struct modseal_error *error);
void modseal_set_clear(struct modseal_set *set);

/* Sorts the files and names the set. Errors: CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_set_name(struct modseal_set *set,
					const struct modseal_crypto *crypto,
					char ret_name[MODSEAL_SET_NAME_SIZE],
					struct modseal_error *error);

/*
 * Writes the set as a new directory, readable by all and writable by its owner, and syncs
 * all of it. What a failure leaves behind is the caller's to remove. Errors:
 * NOT_WRITABLE, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_set_write(const struct modseal_set *set, int parent,
					 const char *name, struct modseal_error *error);

/* True if a directory holds every file of the set with its bytes. */
bool modseal_set_is_at(const struct modseal_set *set, int parent, const char *name);

/* NOT_WRITABLE, RESOURCE (no room) or SYSTEM for a failed system call of an installation,
 * with what to do about it. */
int modseal_fail_install(struct modseal_error *error, int errnum, const char *object,
			 const char *what);

#endif
