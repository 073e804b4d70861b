/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that held the bytes of one file and is kept for the next: fresh memory comes
 * from the kernel page by page, which takes longer than reading into it. Any number of
 * threads may share it.
 */
#ifndef MODSEAL_IMAGE_SPARES_H
#define MODSEAL_IMAGE_SPARES_H

#include <stddef.h>
#include <stdint.h>

/* What one has room for; of a hundred libraries or kernel modules one is larger. */
#define MODSEAL_SPARE_SIZE (1u << 20)
/* So many are kept. */
#define MODSEAL_SPARE_COUNT 8

/* Nothing but zeros: none is kept. */
struct modseal_spares {
	_Atomic(uint8_t *) kept[MODSEAL_SPARE_COUNT];
};

/* Room for size bytes, at most MODSEAL_SPARE_SIZE, with anything in it. NULL: no memory.
 */
uint8_t *modseal_spares_take(struct modseal_spares *spares, size_t size);
/* Nobody may look at it any more. NULL is nothing. */
void modseal_spares_give(struct modseal_spares *spares, uint8_t *memory);
/* Frees what is kept beyond the first, and of that what a small file does not need. */
void modseal_spares_shrink(struct modseal_spares *spares);
/* The same, if more than one is kept: who judges one file at a time needs just that one
 * for the next. */
void modseal_spares_trim(struct modseal_spares *spares);
/* Frees what is kept. */
void modseal_spares_clear(struct modseal_spares *spares);

#endif
