/* SPDX-License-Identifier: Apache-2.0 */
/* Reads DER elements one by one. */
#include "verifier/signature/tlv.h"

#define TAG_NUMBER 0x1f

bool modseal_tlv_next(struct modseal_span *rest, struct modseal_tlv *ret_item)
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

bool modseal_tlv_take(struct modseal_span *rest, uint8_t tag,
		      struct modseal_tlv *ret_item)
{
	return rest->size > 0 && rest->data[0] == tag && modseal_tlv_next(rest, ret_item);
}

bool modseal_tlv_is_object(const struct modseal_tlv *item, const void *oid, size_t size)
{
	return item->tag == MODSEAL_TLV_OBJECT &&
	       modseal_span_equal(item->value, modseal_span_of(oid, size));
}
