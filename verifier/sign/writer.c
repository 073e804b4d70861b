/* SPDX-License-Identifier: Apache-2.0 */
/* Writes DER into a buffer that grows. */
#include "verifier/sign/writer.h"

#include <stdlib.h>

/* Most signatures fit in that. */
#define FIRST_ROOM 1024

static bool make_room(struct modseal_writer *writer, size_t more)
{
	size_t room = writer->room ? writer->room : FIRST_ROOM;
	uint8_t *larger;

	if (writer->failed || more > SIZE_MAX / 4 || writer->size > SIZE_MAX / 4) {
		writer->failed = true;
		return false;
	}
	if (more <= writer->room - writer->size)
		return true;
	while (room - writer->size < more)
		room *= 2;
	larger = realloc(writer->bytes, room);
	if (!larger) {
		writer->failed = true;
		return false;
	}
	writer->bytes = larger;
	writer->room = room;
	return true;
}

void modseal_writer_put(struct modseal_writer *writer, struct modseal_span bytes)
{
	if (bytes.size == 0 || !make_room(writer, bytes.size))
		return;
	memcpy(writer->bytes + writer->size, bytes.data, bytes.size);
	writer->size += bytes.size;
}

void modseal_writer_wrap(struct modseal_writer *writer, uint8_t tag, size_t start)
{
	size_t length = writer->size - start;
	uint8_t header[2 + sizeof(size_t)] = {tag};
	size_t size = 2;

	if (length < 0x80) {
		header[1] = (uint8_t)length;
	} else {
		size_t bytes = 0;

		for (size_t left = length; left; left >>= 8)
			bytes++;
		header[1] = (uint8_t)(0x80 | bytes);
		for (size_t i = 0; i < bytes; i++)
			header[2 + i] = (uint8_t)(length >> (8 * (bytes - 1 - i)));
		size += bytes;
	}
	if (!make_room(writer, size))
		return;
	memmove(writer->bytes + start + size, writer->bytes + start, length);
	memcpy(writer->bytes + start, header, size);
	writer->size += size;
}

static int compare(const void *a, const void *b)
{
	const struct modseal_span *first = a, *second = b;
	size_t least = first->size < second->size ? first->size : second->size;
	int order = memcmp(first->data, second->data, least);

	if (order)
		return order;
	return first->size < second->size ? -1 : first->size > second->size;
}

void modseal_writer_put_set(struct modseal_writer *writer, uint8_t tag,
			    struct modseal_span *items, size_t count)
{
	size_t start = writer->size;

	qsort(items, count, sizeof(*items), compare);
	for (size_t i = 0; i < count; i++)
		modseal_writer_put(writer, items[i]);
	modseal_writer_wrap(writer, tag, start);
}

struct modseal_span modseal_writer_span(const struct modseal_writer *writer)
{
	return modseal_span_of(writer->bytes, writer->size);
}

void modseal_writer_clear(struct modseal_writer *writer)
{
	free(writer->bytes);
	memset(writer, 0, sizeof(*writer));
}
