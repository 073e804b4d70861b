/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes out of a pipe, whose size nobody knows before its end. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "verifier/image/bytes_private.h"

#define START_SIZE (64u * 1024)

/* At least 1 byte, 0 at the end, or -1 with errno; waits where the descriptor would not.
 */
static ssize_t read_some(int descriptor, uint8_t *buffer, size_t size)
{
	struct pollfd waited = {.fd = descriptor, .events = POLLIN};

	for (;;) {
		ssize_t length = read(descriptor, buffer, size);

		if (length >= 0)
			return length;
		if (errno == EAGAIN && poll(&waited, 1, -1) < 0 && errno != EINTR)
			return -1;
		if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
}

int modseal_bytes_read_stream(int descriptor, const char *object, uint64_t max_size,
			      struct modseal_bytes *ret_bytes,
			      struct modseal_error *error)
{
	size_t cap, room, got = 0;
	uint8_t *buffer;
	int result = 0;

	if (max_size > MODSEAL_HIGHEST_MAX_SIZE)
		max_size = MODSEAL_HIGHEST_MAX_SIZE;
	cap = (size_t)max_size + 1; /* a byte more than allowed is enough to refuse */
	room = cap < START_SIZE ? cap : START_SIZE;
	buffer = malloc(room);
	if (!buffer)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	for (;;) {
		ssize_t length = read_some(descriptor, buffer + got, room - got);
		uint8_t *larger;

		if (length < 0)
			result = modseal_bytes_fail(object, errno, "it cannot be read",
						    error);
		if (length <= 0)
			break;
		got += (size_t)length;
		if (got < room)
			continue;
		if (room == cap) {
			result = modseal_bytes_too_large(object, max_size, error);
			break;
		}
		room = room > cap / 2 ? cap : room * 2;
		larger = realloc(buffer, room);
		if (!larger) {
			result = modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
			break;
		}
		buffer = larger;
	}
	if (result) {
		free(buffer);
		return result;
	}
	*ret_bytes = (struct modseal_bytes){
		.view = modseal_span_of(buffer, got),
		.tail = modseal_span_of(buffer, got),
		.file_size = got,
		.descriptor = -1,
		.buffer = buffer,
	};
	return 0;
}
