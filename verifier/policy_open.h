/* SPDX-License-Identifier: Apache-2.0 */
/* From files to a policy in force: anchors, signature, text, certificates, paths. */
#ifndef MODSEAL_POLICY_OPEN_H
#define MODSEAL_POLICY_OPEN_H

#include "verifier/context.h"

/* Fills the context's anchors from the built-in one, the options, or the directory.
 * Errors: ANCHOR_INVALID, ARGUMENT, PATH_UNSAFE, NOT_REGULAR, NOT_FOUND, TOO_LARGE, ...
 */
MODSEAL_MUST_CHECK int modseal_anchors_open(struct modseal_context *context,
					    const struct modseal_options *options,
					    struct modseal_error *error);

/* Reads the policy and its signature under the path rules, checks the signature by the
 * anchors, and only then the text. Errors: POLICY_SIGNATURE, POLICY_INVALID,
 * POLICY_NAME, REVOKED (it revokes the anchors that signed it)... */
MODSEAL_MUST_CHECK int modseal_policy_open(struct modseal_context *context,
					   const struct modseal_options *options,
					   struct modseal_error *error);

/* What a parsed policy names: signers' certificates, revoked digests, real paths, and
 * catalogs, which are authenticated as policies are. text: the policy's, for messages.
 * Errors: POLICY_INVALID, those of modseal_catalogs_open, ... */
MODSEAL_MUST_CHECK int modseal_policy_resolve(struct modseal_context *context,
					      struct modseal_span text,
					      struct modseal_error *error);

#endif
