/* SPDX-License-Identifier: Apache-2.0 */
/* A view of bytes that somebody else owns, and the one range test behind every access. */
#ifndef MODSEAL_INTERNAL_SPAN_H
#define MODSEAL_INTERNAL_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct modseal_span {
	const uint8_t *data;
	size_t size; /* bytes */
};

static inline struct modseal_span modseal_span_of(const void *data, size_t size)
{
	return (struct modseal_span){.data = data, .size = size};
}

/* True if length bytes from offset lie inside a thing of size bytes; sums cannot wrap. */
static inline bool modseal_range_fits(uint64_t size, uint64_t offset, uint64_t length)
{
	return offset <= size && length <= size - offset;
}

/* The part of a span; false (ret_part untouched) where it does not lie inside. */
static inline bool modseal_span_part(struct modseal_span span, uint64_t offset,
				     uint64_t length, struct modseal_span *ret_part)
{
	if (!modseal_range_fits(span.size, offset, length))
		return false;
	*ret_part = modseal_span_of(span.data + offset, (size_t)length);
	return true;
}

static inline bool modseal_span_equal(struct modseal_span a, struct modseal_span b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool modseal_span_starts(struct modseal_span span, const char *text)
{
	size_t length = strlen(text);

	return span.size >= length && memcmp(span.data, text, length) == 0;
}

static inline uint32_t modseal_read_be32(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline void modseal_write_be32(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 24);
	bytes[1] = (uint8_t)(value >> 16);
	bytes[2] = (uint8_t)(value >> 8);
	bytes[3] = (uint8_t)value;
}

#endif
