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
 * one that the rule's catalog lists for it, with the SHA-256 of its content; it has no
 * container, and no other form of the rule could be there and want the content.
 */
bool modseal_catalog_spares_reading(const struct modseal_subject *subject,
				    uint8_t ret_sha256[MODSEAL_SHA256_SIZE]);

#endif
