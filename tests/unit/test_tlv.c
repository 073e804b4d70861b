/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of DER elements takes what is strict and nothing beyond its bytes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "verifier/signature/tlv.h"

Test(tlv, R23_only_strict_elements_are_taken)
{
	const struct {
		const char *name;
		uint8_t bytes[8];
		size_t size;
		size_t value; /* bytes of the value; SIZE_MAX: refused */
	} rows[] = {
		{"nothing", {0}, 0, SIZE_MAX},
		{"tag alone", {0x04}, 1, SIZE_MAX},
		{"empty value", {0x04, 0x00}, 2, 0},
		{"something behind it", {0x04, 0x01, 0xff, 0x05, 0x00}, 5, 1},
		{"past the end", {0x04, 0x02, 0x00}, 3, SIZE_MAX},
		{"indefinite", {0x30, 0x80, 0x00, 0x00}, 4, SIZE_MAX},
		{"long form for a short length", {0x04, 0x81, 0x01, 0x00}, 4, SIZE_MAX},
		{"length cut", {0x04, 0x82, 0x01}, 3, SIZE_MAX},
		{"five length bytes", {0x04, 0x85, 0, 0, 0, 0, 0}, 7, SIZE_MAX},
		{"a length of 2^32 - 1",
		 {0x04, 0x84, 0xff, 0xff, 0xff, 0xff},
		 6,
		 SIZE_MAX},
		{"high tag number", {0x1f, 0x01, 0x00}, 3, SIZE_MAX},
		{"high tag number, constructed", {0xbf, 0x01, 0x00}, 3, SIZE_MAX},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* a copy of exactly that size, so that the sanitizers see every step
		 * outside */
		uint8_t *copy = malloc(rows[i].size ? rows[i].size : 1);
		struct modseal_span rest = modseal_span_of(copy, rows[i].size);
		struct modseal_tlv item = {.tag = 0xee};
		bool taken;

		memcpy(copy, rows[i].bytes, rows[i].size);
		taken = modseal_tlv_next(&rest, &item);
		cr_assert(eq(int, taken, rows[i].value != SIZE_MAX), "R23 %s",
			  rows[i].name);
		if (taken) {
			cr_assert(eq(sz, item.value.size, rows[i].value), "R23 %s",
				  rows[i].name);
			cr_assert(eq(sz, item.whole.size + rest.size, rows[i].size));
			cr_assert(eq(ptr, (void *)item.whole.data, copy));
			cr_assert(eq(u8, item.tag, rows[i].bytes[0]));
		} else {
			cr_assert(eq(sz, rest.size, rows[i].size), "R23 %s",
				  rows[i].name);
			cr_assert(eq(u8, item.tag, 0xee), "R23 %s: output written",
				  rows[i].name);
		}
		free(copy);
	}
}

Test(tlv, R23_lengths_have_no_leading_zero)
{
	uint8_t bytes[4 + 0x80] = {0x04, 0x81, 0x80};
	struct modseal_span rest = modseal_span_of(bytes, 3 + 0x80);
	struct modseal_tlv item;

	cr_assert(modseal_tlv_next(&rest, &item));
	cr_assert(eq(sz, item.value.size, 0x80));
	memcpy(bytes, (uint8_t[]){0x04, 0x82, 0x00, 0x80}, 4);
	rest = modseal_span_of(bytes, sizeof(bytes));
	cr_assert(not(modseal_tlv_next(&rest, &item)), "R23");
}

Test(tlv, a_wanted_tag_is_taken_and_no_other)
{
	const uint8_t bytes[] = {0x02, 0x01, 0x07};
	struct modseal_span rest = modseal_span_of(bytes, sizeof(bytes));
	struct modseal_tlv item;

	cr_assert(not(modseal_tlv_take(&rest, MODSEAL_TLV_SEQUENCE, &item)));
	cr_assert(eq(sz, rest.size, sizeof(bytes)));
	cr_assert(modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &item));
	cr_assert(not(modseal_tlv_take(&rest, MODSEAL_TLV_INTEGER, &item)));
	cr_assert(not(modseal_tlv_is_object(&item, "\x07", 1)));
	item.tag = MODSEAL_TLV_OBJECT;
	cr_assert(modseal_tlv_is_object(&item, "\x07", 1));
	cr_assert(not(modseal_tlv_is_object(&item, "\x08", 1)));
	cr_assert(not(modseal_tlv_is_object(&item, "\x07\x07", 2)));
}
