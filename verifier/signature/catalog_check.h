/* SPDX-License-Identifier: Apache-2.0 */
/* Is a file, byte for byte, the one that a line of a catalog lists? */
#ifndef MODSEAL_SIGNATURE_CATALOG_CHECK_H
#define MODSEAL_SIGNATURE_CATALOG_CHECK_H

#include "keys/crypto.h"
#include "verifier/signature/catalog.h"

/* A file and what is known of it. */
struct modseal_catalog_question {
	const char *catalog; /* name and serial of the catalog, for messages */
	uint64_t serial;
	const char *object;
	struct modseal_span content;
	struct modseal_span rest;      /* what follows it in the file: a container */
	const uint8_t *content_sha256; /* taken already, or NULL */
	/* The fs-verity digest that the kernel holds the file to, where its content was
	 * not read: then it is the one digest to compare, of the same bytes as the
	 * others. */
	const uint8_t *measured; /* or NULL */
	enum modseal_hash measured_hash;
};

/*
 * Compares size and every digest that this version knows, not just the first: none of
 * them is weaker than the rest. Errors, at the stage EVIDENCE: CATALOG_MISMATCH,
 * UNSUPPORTED (no digest that is known, or an unknown one that is critical), CRYPTO,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_catalog_entry_check(
	const struct modseal_crypto *crypto, const struct modseal_catalog_entry *entry,
	const struct modseal_catalog_question *question, struct modseal_error *error);

/* The digest of a file as an algorithm takes it; modseal_hash_size(algorithm->hash)
 * bytes. Errors: CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int
modseal_catalog_digest_take(const struct modseal_crypto *crypto,
			    const struct modseal_catalog_algorithm *algorithm,
			    const struct modseal_catalog_question *question,
			    uint8_t ret_digest[MODSEAL_MAX_DIGEST_SIZE],
			    struct modseal_error *error);

#endif
