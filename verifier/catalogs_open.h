/* SPDX-License-Identifier: Apache-2.0 */
/* From files to catalogs in force: path rules, type, signature, and only then the text.
 */
#ifndef MODSEAL_CATALOGS_OPEN_H
#define MODSEAL_CATALOGS_OPEN_H

#include "verifier/part_open.h"
#include "verifier/signature/catalog.h"

/* One catalog of the policy, authenticated; immutable once the context is open. */
struct modseal_context_catalog {
	struct modseal_part part;
	struct modseal_catalog_text text; /* spans into the part's bytes */
	/* Why it decides nothing, where the context is not strict; NULL: it is good. */
	struct modseal_error *fault;
};

/*
 * Opens all catalogs that an authority names, whose signers are open already, once for
 * the life of the context. A catalog is believed if it is one by its first line, its
 * signers with the purpose `catalog` signed it (R21, R30), none of them revoked (R29),
 * its name is the policy's and its serial at least the policy's (R33). The `issued` of
 * the policy's raises the time floor.
 *
 * Errors, at the stage POLICY: CATALOG_INVALID (no or no good signature, text, name),
 * TYPE_MISMATCH, ROLLBACK, those of modseal_own_file_read, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_catalogs_open(struct modseal_context *context,
					     struct modseal_authority *authority,
					     struct modseal_error *error);
void modseal_catalogs_close(struct modseal_authority *authority);

#endif
