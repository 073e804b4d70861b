/* SPDX-License-Identifier: Apache-2.0 */
/* A signed list of files as evidence. */
#ifndef MODSEAL_EVIDENCE_CATALOG_H
#define MODSEAL_EVIDENCE_CATALOG_H

#include "verifier/verify.h"

/*
 * The rule's catalog vouches for the file if it lists the file's real path, and size and
 * every digest that this version knows are those of the content. Present means listed.
 * Sets subject->path_bound. deciding: the verdict names the catalog's signers.
 *
 * Errors: CATALOG_MISMATCH (another size or digest), UNSUPPORTED (no digest that is
 * known, or an unknown one that is critical), CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_evidence_catalog(struct modseal_subject *subject,
						bool deciding, bool *ret_present,
						struct modseal_error *error);

/*
 * True if no byte of the file has to be read: the digest that fs-verity holds it to is
 * the one (with SHA-256) that the rule's catalog lists for it; it has no container, no
 * other form of the rule could be there and want the content, and the policy revokes no
 * files by the digest of their content: what the catalog says of that digest is not
 * proved by fs-verity, so nothing is decided by it.
 */
bool modseal_catalog_spares_reading(const struct modseal_subject *subject);

#endif
