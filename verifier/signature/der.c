/* SPDX-License-Identifier: Apache-2.0 */
/* Reads DER elements one by one, and proves that bytes are DER to the last leaf. */
#include "verifier/signature/der.h"

#define TAG_CLASS	0xc0
#define TAG_CONSTRUCTED 0x20
#define TAG_NUMBER	0x1f

bool modseal_der_next(struct modseal_span *rest, struct modseal_der *ret_item)
{
	struct modseal_span value;
	uint64_t length;
	size_t header = 2;

	if (rest->size < header || (rest->data[0] & TAG_NUMBER) == TAG_NUMBER)
		return false;
	length = rest->data[1];
	if (length >= 0x80) {
		size_t bytes = length & 0x7f;

		/* 0x80 is the indefinite form; X.690 10.1 forbids it and padded lengths
		 */
		if (bytes == 0 || bytes > 4 || rest->size - header < bytes ||
		    rest->data[header] == 0)
			return false;
		length = 0;
		for (size_t i = 0; i < bytes; i++)
			length = length << 8 | rest->data[header + i];
		if (length < 0x80)
			return false;
		header += bytes;
	}
	if (!modseal_span_part(*rest, header, length, &value))
		return false;
	ret_item->tag = rest->data[0];
	ret_item->value = value;
	ret_item->whole = modseal_span_of(rest->data, header + value.size);
	*rest = modseal_span_of(value.data + value.size,
				rest->size - header - value.size);
	return true;
}

bool modseal_der_take(struct modseal_span *rest, uint8_t tag,
		      struct modseal_der *ret_item)
{
	return rest->size > 0 && rest->data[0] == tag && modseal_der_next(rest, ret_item);
}

bool modseal_der_is_object(const struct modseal_der *item, const void *oid, size_t size)
{
	return item->tag == MODSEAL_DER_OBJECT &&
	       modseal_span_equal(item->value, modseal_span_of(oid, size));
}

static bool integer_is_minimal(struct modseal_span value)
{
	if (value.size == 0)
		return false;
	if (value.size == 1)
		return true;
	return !(value.data[0] == 0x00 && value.data[1] < 0x80) &&
	       !(value.data[0] == 0xff && value.data[1] >= 0x80);
}

/* Universal types: which are constructed, and the values DER fixes. */
static bool leaf_is_strict(const struct modseal_der *item)
{
	bool constructed = item->tag & TAG_CONSTRUCTED;

	if (item->tag & TAG_CLASS)
		return true;
	switch (item->tag & TAG_NUMBER) {
	case 0x00: /* end of contents: only in indefinite encodings */
		return false;
	case 0x01: /* BOOLEAN */
		return !constructed && item->value.size == 1 &&
		       (item->value.data[0] == 0x00 || item->value.data[0] == 0xff);
	case 0x02: /* INTEGER */
	case 0x0a: /* ENUMERATED */
		return !constructed && integer_is_minimal(item->value);
	case 0x03: /* BIT STRING: at most seven unused bits, none in an empty one */
		return !constructed && item->value.size > 0 && item->value.data[0] < 8 &&
		       (item->value.size > 1 || item->value.data[0] == 0);
	case 0x05: /* NULL */
		return !constructed && item->value.size == 0;
	case 0x06: /* OBJECT IDENTIFIER: ends with the end of an arc */
		return !constructed && item->value.size > 0 &&
		       item->value.data[item->value.size - 1] < 0x80;
	case 0x08: /* EXTERNAL */
	case 0x0b: /* EMBEDDED PDV */
	case 0x10: /* SEQUENCE */
	case 0x11: /* SET */
		return constructed;
	default: /* strings and times */
		return !constructed;
	}
}

bool modseal_der_is_strict(struct modseal_span bytes)
{
	/* what is left to read on each level; no recursion over outside bytes */
	struct modseal_span rest[MODSEAL_DER_MAX_DEPTH];
	struct modseal_der item;
	size_t depth = 0;

	rest[0] = bytes;
	for (;;) {
		while (rest[depth].size == 0) {
			if (depth == 0)
				return true;
			depth--;
		}
		if (!modseal_der_next(&rest[depth], &item) || !leaf_is_strict(&item))
			return false;
		if (!(item.tag & TAG_CONSTRUCTED))
			continue;
		if (++depth == MODSEAL_DER_MAX_DEPTH)
			return false;
		rest[depth] = item.value;
	}
}
