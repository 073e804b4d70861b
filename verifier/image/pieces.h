/* SPDX-License-Identifier: Apache-2.0 */
/* A file read piece by piece, by two threads where there are two, and taken in order. */
#ifndef MODSEAL_IMAGE_PIECES_H
#define MODSEAL_IMAGE_PIECES_H

#include <stddef.h>
#include <stdint.h>

struct modseal_crew;

/* Small enough for the second-level cache, large enough that calls cost nothing. */
#define MODSEAL_PIECE_SIZE (256u * 1024)

/* Gets bytes in their order, in the calling thread. */
typedef void modseal_bytes_take(void *argument, const uint8_t *data, size_t size);

struct modseal_pieces {
	int descriptor;
	int copy_to;	/* each piece is written there too; -1: nowhere */
	uint64_t start; /* offset of the first byte that is read, and copied */
	uint64_t size;	/* bytes that are read */
	/* Room for slots pieces: for all of size, where they stay, or for fewer, which
	 * then hold them in turn. */
	uint8_t *memory;
	size_t slots;
	modseal_bytes_take *take;
	void *argument;
	uint64_t take_size; /* bytes of them that are taken; 0: take is not called
			     */
};

#define MODSEAL_PIECES_SHORT (-1)
/* Returns 0, errno of what failed (EFAULT: the memory is not there), or
 * MODSEAL_PIECES_SHORT: the file ends before. */
int modseal_pieces_read(const struct modseal_pieces *pieces, struct modseal_crew *crew);

/* Writes all of it. Returns 0, or errno of what failed. */
int modseal_pieces_write(int descriptor, const uint8_t *data, size_t size,
			 uint64_t offset);

/* How many pieces that is. */
static inline size_t modseal_pieces_count(uint64_t size)
{
	return (size_t)((size + MODSEAL_PIECE_SIZE - 1) / MODSEAL_PIECE_SIZE);
}

#endif
