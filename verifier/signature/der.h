/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of DER (X.690) that sees bytes before any library does: bounds-checked, and
 * strict about tags and lengths.
 */
#ifndef MODSEAL_SIGNATURE_DER_H
#define MODSEAL_SIGNATURE_DER_H

#include "internal/span.h"

/* Tags, with class and constructed bit. */
#define MODSEAL_DER_INTEGER	 0x02
#define MODSEAL_DER_OCTET_STRING 0x04
#define MODSEAL_DER_NULL	 0x05
#define MODSEAL_DER_OBJECT	 0x06
#define MODSEAL_DER_SEQUENCE	 0x30
#define MODSEAL_DER_SET		 0x31
#define MODSEAL_DER_CONTEXT(n)	 (0xa0 | (n)) /* constructed */
#define MODSEAL_DER_KEY_ID	 0x80	      /* [0] IMPLICIT, primitive */

/* A certificate with its extensions nests about 12 deep, a time-stamp token 20. */
#define MODSEAL_DER_MAX_DEPTH 32

struct modseal_der {
	uint8_t tag;
	struct modseal_span whole; /* tag, length and value */
	struct modseal_span value;
};

/*
 * Takes the first element off *rest. False (nothing changed) where there is none, or
 * where its tag has more than one byte, or its length is indefinite, not minimal, or too
 * large.
 */
bool modseal_der_next(struct modseal_span *rest, struct modseal_der *ret_item);

/* The same, but false unless the element has this tag. */
bool modseal_der_take(struct modseal_span *rest, uint8_t tag,
		      struct modseal_der *ret_item);

/* True if the element is an object identifier of these bytes. */
bool modseal_der_is_object(const struct modseal_der *item, const void *oid, size_t size);

/*
 * True if bytes are DER elements and nothing else, down to the leaves: minimal definite
 * lengths, strings not in pieces, minimal integers, booleans 00 or ff. (The order in a
 * SET OF is left to the comparison with a re-encoding.)
 */
bool modseal_der_is_strict(struct modseal_span bytes);

#endif
