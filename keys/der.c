/* SPDX-License-Identifier: Apache-2.0 */
/* Walks tag, length and value of every element, and refuses what DER does not allow. */
#include "keys/der.h"

#define MAX_DEPTH 32

/* Universal tags, X.680 8.6. */
enum tag {
	TAG_END = 0,
	TAG_BOOLEAN = 1,
	TAG_INTEGER = 2,
	TAG_BIT_STRING = 3,
	TAG_NULL = 5,
	TAG_EXTERNAL = 8,
	TAG_ENUMERATED = 10,
	TAG_EMBEDDED = 11,
	TAG_SEQUENCE = 16,
	TAG_SET = 17,
};

struct element {
	bool universal;
	bool constructed;
	uint32_t tag;
	struct modseal_span value;
};

/* X.690 8.1.2: tags above 30 follow in base 128; 8.1.3 and 10.1: the length. */
static bool take_element(struct modseal_span *rest, struct element *ret_element)
{
	const uint8_t *bytes = rest->data;
	size_t at = 0;
	uint64_t length;
	struct element element;

	if (rest->size < 2)
		return false;
	element.universal = (bytes[0] & 0xc0) == 0;
	element.constructed = (bytes[0] & 0x20) != 0;
	element.tag = bytes[0] & 0x1f;
	at = 1;
	if (element.tag == 0x1f) {
		element.tag = 0;
		do {
			if (at >= rest->size || at > 4 || (at == 1 && bytes[at] == 0x80))
				return false;
			element.tag = element.tag << 7 | (bytes[at] & 0x7fu);
		} while (bytes[at++] & 0x80);
		if (element.tag < 0x1f)
			return false;
	}
	if (at >= rest->size)
		return false;
	length = bytes[at++];
	if (length >= 0x80) {
		size_t count = (size_t)length & 0x7f;

		if (count == 0 || count > 4 ||
		    !modseal_range_fits(rest->size, at, count) || bytes[at] == 0)
			return false;
		length = 0;
		for (size_t i = 0; i < count; i++)
			length = length << 8 | bytes[at++];
		if (length < 0x80)
			return false;
	}
	if (!modseal_span_part(*rest, at, length, &element.value))
		return false;
	if (!modseal_span_part(*rest, at + length, rest->size - at - length, rest))
		return false;
	*ret_element = element;
	return true;
}

/* X.690 8.2, 8.3, 8.6, 8.8, 11.1, 11.2.1 */
static bool primitive_is_strict(const struct element *element)
{
	const uint8_t *value = element->value.data;
	size_t size = element->value.size;

	switch (element->tag) {
	case TAG_BOOLEAN:
		return size == 1 && (value[0] == 0 || value[0] == 0xff);
	case TAG_INTEGER:
	case TAG_ENUMERATED:
		if (size == 0)
			return false;
		return size == 1 || !((value[0] == 0 && !(value[1] & 0x80)) ||
				      (value[0] == 0xff && (value[1] & 0x80)));
	case TAG_BIT_STRING:
		if (size == 0 || value[0] > 7 || (size == 1 && value[0] != 0))
			return false;
		return (value[size - 1] & ((1u << value[0]) - 1)) == 0 || size == 1;
	case TAG_NULL:
		return size == 0;
	default:
		return true;
	}
}

static bool constructed_by_nature(uint32_t tag)
{
	return tag == TAG_SEQUENCE || tag == TAG_SET || tag == TAG_EXTERNAL ||
	       tag == TAG_EMBEDDED;
}

static bool contents_are_strict(struct modseal_span rest, unsigned depth)
{
	struct element element;

	while (rest.size > 0) {
		if (!take_element(&rest, &element))
			return false;
		if (element.universal) {
			if (element.tag == TAG_END ||
			    element.constructed != constructed_by_nature(element.tag))
				return false;
			if (!element.constructed && !primitive_is_strict(&element))
				return false;
		}
		if (element.constructed &&
		    (depth == 0 || !contents_are_strict(element.value, depth - 1)))
			return false;
	}
	return true;
}

bool modseal_der_strict(struct modseal_span bytes)
{
	struct modseal_span rest = bytes;
	struct element element;

	if (!take_element(&rest, &element) || rest.size != 0)
		return false;
	return contents_are_strict(bytes, MAX_DEPTH);
}
