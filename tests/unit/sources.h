/* SPDX-License-Identifier: Apache-2.0 */
/* Byte sources in tests: a located file with a known pattern, and refusals of their
 * stage. */
#ifndef MODSEAL_TEST_SOURCES_H
#define MODSEAL_TEST_SOURCES_H

#include "tests/unit/place.h"
#include "verifier/image/bytes.h"

#define MEGABYTE (1024u * 1024)

static struct modseal_error error;

static inline struct modseal_located locate(const char *path)
{
	struct modseal_located located = {.descriptor = -1};

	cr_assert(zero(int, modseal_path_open(path, &located, &error)), "%s: %s", path,
		  error.message);
	return located;
}

static inline struct modseal_located locate_new(size_t size)
{
	make_file(in_place("x.so"), size, 0644);
	return locate(in_place("x.so"));
}

static inline bool same_bytes(struct modseal_span span, size_t offset)
{
	for (size_t i = 0; i < span.size; i++) {
		size_t at = i + offset;

		if (span.data[i] != (uint8_t)(at * 31 + (at >> 8) * 7 + (at >> 16)))
			return false;
	}
	return true;
}

#define refused(call, wanted)                                                            \
	do {                                                                             \
		memset(&error, 0, sizeof(error));                                        \
		cr_assert(eq(int, (call), (wanted)), "%s", error.message);               \
		cr_assert(eq(int, error.code, (wanted)));                                \
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_BYTES));                    \
	} while (0)

#define PIECE (256u * 1024)

#endif
