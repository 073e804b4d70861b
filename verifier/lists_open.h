/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a signer's revocation lists, and what their times say about now. */
#ifndef MODSEAL_LISTS_OPEN_H
#define MODSEAL_LISTS_OPEN_H

#include "verifier/context.h"
#include "verifier/image/bytes.h"

/* Zero to begin. */
struct modseal_lists {
	struct modseal_crl_source sources[MODSEAL_MAX_CRL_FILES];
	struct modseal_bytes files[MODSEAL_MAX_CRL_FILES];
	char *paths[MODSEAL_MAX_CRL_FILES];
	size_t count;
};

/*
 * Reads the files that `crl-files` names under the rules for the policy's own files
 * (R79). One that is not there is no failure here: whether it is missed depends on the
 * path that is judged. The caller ends with modseal_lists_clear, also after a failure.
 * Errors: PATH_UNSAFE, NOT_REGULAR, TOO_LARGE, CHANGED, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_lists_read(const struct modseal_context *context,
					  const struct modseal_authority *authority,
					  const struct modseal_policy_signer *signer,
					  struct modseal_lists *ret_lists,
					  struct modseal_error *error);
void modseal_lists_clear(struct modseal_lists *lists);

/* Before next, which is of the context, takes the place of current (NULL: there is none):
 * every signer of next by modseal_signer_lists_succeed, with its errors. */
MODSEAL_MUST_CHECK int modseal_lists_succeed(const struct modseal_context *context,
					     const struct modseal_authority *current,
					     const struct modseal_authority *next,
					     struct modseal_error *error);

/*
 * Raises the context's time floor by the times of the signers' lists, once the signers
 * are made (R28), but not above modseal_context_latest.
 */
void modseal_lists_raise_floor(struct modseal_context *context);

#endif
