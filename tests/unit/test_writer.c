/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is what the strict reader reads. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>

#include "keys/der.h"
#include "verifier/sign/writer.h"
#include "verifier/signature/tlv.h"

Test(writer, lengths_are_the_shortest_there_are)
{
	static const size_t sizes[] = {0,     1,      0x7f,    0x80,   0xff,
				       0x100, 0xffff, 0x10000, 0x12345};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct modseal_writer writer = {.size = 0};
		uint8_t *value = calloc(1, sizes[i] + 1);
		struct modseal_span rest;
		struct modseal_tlv item;

		modseal_writer_put(&writer, modseal_span_of("before", 6));
		modseal_writer_put(&writer, modseal_span_of(value, sizes[i]));
		modseal_writer_wrap(&writer, MODSEAL_TLV_OCTET_STRING, 6);
		cr_assert(not(writer.failed));
		rest = modseal_writer_span(&writer);
		cr_assert(zero(int, memcmp(rest.data, "before", 6)));
		cr_assert(modseal_span_part(rest, 6, rest.size - 6, &rest));
		cr_assert(modseal_der_strict(rest), "%zu", sizes[i]);
		cr_assert(modseal_tlv_take(&rest, MODSEAL_TLV_OCTET_STRING, &item));
		cr_assert(eq(sz, item.value.size, sizes[i]));
		cr_assert(zero(sz, rest.size));
		free(value);
		modseal_writer_clear(&writer);
	}
}

Test(writer, sets_are_in_the_order_of_der)
{
	static const uint8_t wanted[] = {0x31, 0x0a, 0x02, 0x01, 0x05, 0x02,
					 0x01, 0x07, 0x02, 0x02, 0x01, 0x00};
	struct modseal_span items[] = {
		modseal_span_of("\x02\x02\x01\x00", 4),
		modseal_span_of("\x02\x01\x07", 3),
		modseal_span_of("\x02\x01\x05", 3),
	};
	struct modseal_writer writer = {.size = 0};

	modseal_writer_put_set(&writer, MODSEAL_TLV_SET, items, 3);
	cr_assert(eq(sz, writer.size, sizeof(wanted)));
	cr_assert(zero(int, memcmp(writer.bytes, wanted, sizeof(wanted))));
	modseal_writer_clear(&writer);
}

Test(writer, too_much_fails_and_stays_failed)
{
	struct modseal_writer writer = {.size = 0};

	modseal_writer_put(&writer, modseal_span_of("x", SIZE_MAX / 2));
	cr_assert(writer.failed);
	modseal_writer_put(&writer, modseal_span_of("x", 1));
	cr_assert(writer.failed);
	cr_assert(zero(sz, writer.size));
	modseal_writer_clear(&writer);
}
