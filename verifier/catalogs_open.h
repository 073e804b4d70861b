/* SPDX-License-Identifier: Apache-2.0 */
/* From files to catalogs in force: path rules, type, signature, and only then the text.
 */
#ifndef MODSEAL_CATALOGS_OPEN_H
#define MODSEAL_CATALOGS_OPEN_H

#include "verifier/context.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/catalog.h"
#include "verifier/signature/evidence.h"

/* One catalog of the policy, authenticated; immutable once the context is open. */
struct modseal_context_catalog {
	char *path; /* its real path */
	/* Private memory: a mapping of the file could change after the check. */
	struct modseal_bytes bytes;
	struct modseal_catalog_text text;     /* spans into bytes */
	struct modseal_evidence_result found; /* met[i]: the catalog's signer i */
};

/*
 * Opens all catalogs the policy names, whose signers are open already, once for the life
 * of the context. A catalog is believed if it is one by its first line, its signers with
 * the purpose `catalog` signed it (R21, R30), none of them revoked (R29), its name is the
 * policy's and its serial at least the policy's (R33). Its `issued` raises the time
 * floor.
 *
 * Errors, at the stage POLICY: CATALOG_INVALID (no or no good signature, text, name),
 * TYPE_MISMATCH, ROLLBACK, those of modseal_own_file_read, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_catalogs_open(struct modseal_context *context,
					     struct modseal_error *error);
void modseal_catalogs_close(struct modseal_context *context);

#endif
