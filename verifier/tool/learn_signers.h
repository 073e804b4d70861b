/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates that the user gives: whose signatures a proposal may take. One that
 * comes inside of a file vouches for nothing, so none is taken from there. */
#ifndef MODSEAL_TOOL_LEARN_SIGNERS_H
#define MODSEAL_TOOL_LEARN_SIGNERS_H

#include <stdbool.h>

#include "verifier/tool/learn_seen.h"
#include "verifier/tool/options.h"

struct learn_signer {
	const char *path; /* as the user named it */
	char *name;	  /* of the policy: the file's without its ending */
	char *pem; /* "-----BEGIN CERTIFICATE-----\n...", nothing before or behind */
	struct modseal_trust *trust;
};

struct learn_signers {
	struct learn_signer items[LEARN_MAX_SIGNERS];
	size_t count;
};

/* Errors: ARGUMENT (no PEM certificate, several in a file, two of one name), NOT_FOUND
 * and the others of modseal_trust_open. What was read is cleared in both cases. */
MODSEAL_MUST_CHECK int learn_signers_open(const struct words *paths,
					  struct learn_signers *ret_signers,
					  struct modseal_error *error);
/* One certificate; learn_signer_clear ends its use. */
MODSEAL_MUST_CHECK int learn_signer_open(const char *path,
					 struct learn_signer *ret_signer,
					 struct modseal_error *error);
void learn_signer_clear(struct learn_signer *signer);
void learn_signers_clear(struct learn_signers *signers);

/* A name as policies want it (modseal-policy(5)): 1 to 64 of A-Z a-z 0-9 . _ -, the first
 * a letter or digit. */
bool learn_is_name(const char *text);

/*
 * Whose signatures a file carries, by checking each: *ret_signers is a set of 1 <<
 * number, and *ret_form the form that decided. Where it is none *ret_problem is what the
 * first one said, and 0 is returned all the same.
 * Errors: RESOURCE, SYSTEM, CRYPTO, NOT_FOUND, CHANGED, TOO_LARGE.
 */
MODSEAL_MUST_CHECK int learn_signers_of(const struct learn_signers *signers,
					const char *path, uint64_t *ret_signers,
					enum learn_form *ret_form,
					struct modseal_error *ret_problem,
					struct modseal_error *error);

#endif
