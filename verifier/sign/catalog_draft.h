/* SPDX-License-Identifier: Apache-2.0 */
/* A catalog in the making, from inside. */
#ifndef MODSEAL_SIGN_CATALOG_DRAFT_H
#define MODSEAL_SIGN_CATALOG_DRAFT_H

#include "modseal-sign.h"
#include "verifier/signature/catalog_check.h"

/* One line, with its LF. */
struct modseal_draft_line {
	char *text;
	size_t size;	    /* bytes */
	size_t path_length; /* of the spelled path it begins with */
};

struct modseal_catalog_draft {
	struct modseal_crypto *crypto;
	char *head; /* the first four lines */
	const struct modseal_catalog_algorithm *algorithms[MODSEAL_MAX_CATALOG_DIGESTS];
	size_t algorithm_count; /* sorted by name */
	uint64_t max_size;
	bool all;
	struct modseal_draft_line *lines;
	size_t count;
	size_t size; /* bytes of head and lines */
};

#endif
