/* SPDX-License-Identifier: Apache-2.0 */
/* One digest for a policy with everything it names. */
#ifndef MODSEAL_SET_DIGEST_H
#define MODSEAL_SET_DIGEST_H

#include "verifier/context.h"

/*
 * By what the process is judged: the policy with all its parts, since another catalog may
 * approve other files, and another revocation list may refuse them. What is not in force
 * is zero. Errors: CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_set_digest(const struct modseal_context *context,
					  uint8_t ret_digest[MODSEAL_SHA256_SIZE],
					  struct modseal_error *error);

#endif
