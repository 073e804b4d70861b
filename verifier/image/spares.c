/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers for the bytes of files, taken and given back without a lock. */
#include "verifier/image/spares.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

/* A build with AddressSanitizer still sees who looks beyond the bytes of a file, or at
 * memory that was given back. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, size)	 ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#endif

/* What is kept resident of memory that nobody uses; half of all libraries are smaller. */
#define SHRUNK_SIZE (128u * 1024)

/* Not of malloc: once so much was freed it takes no memory from the kernel for what is
 * not larger, and gives none back. */
static uint8_t *allocate(void)
{
	void *memory = mmap(NULL, MODSEAL_SPARE_SIZE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

uint8_t *modseal_spares_take(struct modseal_spares *spares, size_t size)
{
	uint8_t *memory = NULL;

	for (size_t i = 0; !memory && i < MODSEAL_SPARE_COUNT; i++)
		if (atomic_load_explicit(&spares->kept[i], memory_order_relaxed))
			memory = atomic_exchange(&spares->kept[i], NULL);
	if (!memory)
		memory = allocate();
	if (memory) {
		ASAN_UNPOISON_MEMORY_REGION(memory, size);
		ASAN_POISON_MEMORY_REGION(memory + size, MODSEAL_SPARE_SIZE - size);
	}
	return memory;
}

static void release(uint8_t *memory)
{
	if (!memory)
		return;
	ASAN_UNPOISON_MEMORY_REGION(memory, MODSEAL_SPARE_SIZE);
	munmap(memory, MODSEAL_SPARE_SIZE);
}

void modseal_spares_give(struct modseal_spares *spares, uint8_t *memory)
{
	if (!memory)
		return;
	ASAN_POISON_MEMORY_REGION(memory, MODSEAL_SPARE_SIZE);
	for (size_t i = 0; i < MODSEAL_SPARE_COUNT; i++) {
		uint8_t *none = NULL;

		if (atomic_compare_exchange_strong(&spares->kept[i], &none, memory))
			return;
	}
	release(memory);
}

void modseal_spares_shrink(struct modseal_spares *spares)
{
	uint8_t *first = atomic_exchange(&spares->kept[0], NULL);

	for (size_t i = 1; i < MODSEAL_SPARE_COUNT; i++)
		release(atomic_exchange(&spares->kept[i], NULL));
	if (!first)
		return;
	(void)madvise(first + SHRUNK_SIZE, MODSEAL_SPARE_SIZE - SHRUNK_SIZE,
		      MADV_DONTNEED);
	modseal_spares_give(spares, first);
}

void modseal_spares_trim(struct modseal_spares *spares)
{
	bool more = false;

	for (size_t i = 1; i < MODSEAL_SPARE_COUNT && !more; i++)
		more = atomic_load_explicit(&spares->kept[i], memory_order_relaxed);
	if (more)
		modseal_spares_shrink(spares);
}

void modseal_spares_clear(struct modseal_spares *spares)
{
	for (size_t i = 0; i < MODSEAL_SPARE_COUNT; i++)
		release(atomic_exchange(&spares->kept[i], NULL));
}
