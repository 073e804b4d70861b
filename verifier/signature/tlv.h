/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader of DER (X.690) that sees bytes before any library does: bounds-checked, and
 * strict about tags and lengths.
 */
#ifndef MODSEAL_SIGNATURE_TLV_H
#define MODSEAL_SIGNATURE_TLV_H

#include "internal/span.h"

/* Tags, with class and constructed bit. */
#define MODSEAL_TLV_BOOLEAN	     0x01
#define MODSEAL_TLV_INTEGER	     0x02
#define MODSEAL_TLV_OCTET_STRING     0x04
#define MODSEAL_TLV_NULL	     0x05
#define MODSEAL_TLV_OBJECT	     0x06
#define MODSEAL_TLV_UTC_TIME	     0x17
#define MODSEAL_TLV_GENERALIZED_TIME 0x18
#define MODSEAL_TLV_SEQUENCE	     0x30
#define MODSEAL_TLV_SET		     0x31
#define MODSEAL_TLV_CONTEXT(n)	     (0xa0 | (n)) /* constructed */
#define MODSEAL_TLV_KEY_ID	     0x80	  /* [0] IMPLICIT, primitive */

struct modseal_tlv {
	uint8_t tag;
	struct modseal_span whole; /* tag, length and value */
	struct modseal_span value;
};

/*
 * Takes the first element off *rest. False (nothing changed) where there is none, or
 * where its tag has more than one byte, or its length is indefinite, not minimal, or too
 * large.
 */
bool modseal_tlv_next(struct modseal_span *rest, struct modseal_tlv *ret_item);

/* The same, but false unless the element has this tag. */
bool modseal_tlv_take(struct modseal_span *rest, uint8_t tag,
		      struct modseal_tlv *ret_item);

/* True if the element is an object identifier of these bytes. */
bool modseal_tlv_is_object(const struct modseal_tlv *item, const void *oid, size_t size);

#endif
