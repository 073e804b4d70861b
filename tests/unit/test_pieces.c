/* SPDX-License-Identifier: Apache-2.0 */
/* verifier/image/pieces.c: all bytes, in their order, whoever reads them. */
#include "tests/unit/sources.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/image/crew.h"

TestSuite(pieces, .init = place_begin, .fini = place_end, .timeout = 60);

struct taken {
	uint64_t offset; /* of the file */
	size_t calls;
	bool wrong;
};

static void take(void *argument, const uint8_t *data, size_t size)
{
	struct taken *taken = argument;

	taken->wrong =
		taken->wrong || !same_bytes(modseal_span_of(data, size), taken->offset);
	taken->offset += size;
	taken->calls++;
}

static void read_and_take(size_t size, size_t start, size_t slots, uint64_t take_size,
			  struct modseal_crew *crew)
{
	struct modseal_located located = locate_new(size);
	uint8_t *memory = malloc(slots * PIECE);
	int copy = memfd_create("copy", 0);
	struct taken taken = {.offset = start};
	struct modseal_pieces pieces = {
		.descriptor = located.descriptor,
		.copy_to = copy,
		.start = start,
		.size = size - start,
		.memory = memory,
		.slots = slots,
		.take = take,
		.argument = &taken,
		.take_size = take_size,
	};
	uint8_t *copied;

	cr_assert(zero(int, modseal_pieces_read(&pieces, crew)), "size %zu", size);
	cr_assert(not(taken.wrong), "size %zu, %zu slots", size, slots);
	cr_assert(eq(u64, taken.offset, start + take_size), "size %zu", size);
	if (slots >= modseal_pieces_count(size - start))
		cr_assert(same_bytes(modseal_span_of(memory, size - start), start));
	copied = malloc(size + 1);
	cr_assert(eq(long, (long)pread(copy, copied, size + 1, 0), (long)size));
	cr_assert(same_bytes(modseal_span_of(copied + start, size - start), start));
	free(copied);
	free(memory);
	close(copy);
	modseal_located_close(&located);
}

Test(pieces, all_bytes_come_in_order)
{
	static const size_t sizes[] = {1,	  PIECE - 1,	 PIECE,
				       PIECE + 1, PIECE * 4,	 PIECE * 4 + 1,
				       1000001,	  PIECE * 9 - 1, PIECE * 17};

	for (unsigned threads = 1; threads <= 3; threads++) {
		struct modseal_crew *crew = modseal_crew_new(threads);

		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			size_t all = modseal_pieces_count(sizes[i]);

			for (size_t slots = 1; slots <= 4; slots++)
				read_and_take(sizes[i], 0, slots, sizes[i], crew);
			read_and_take(sizes[i], 0, all, sizes[i], crew);
			read_and_take(sizes[i], sizes[i] / 3, 2, sizes[i] - sizes[i] / 3,
				      crew);
			read_and_take(sizes[i], 0, all, sizes[i] - sizes[i] / 2, crew);
			read_and_take(sizes[i], 0, 4, 0, crew);
		}
		modseal_crew_free(&crew);
	}
}

Test(pieces, a_file_that_ends_before_is_told_of)
{
	for (unsigned threads = 1; threads <= 2; threads++) {
		struct modseal_crew *crew = modseal_crew_new(threads);
		struct modseal_located located = locate_new(PIECE * 6);
		uint8_t *memory = malloc(PIECE * 8);
		struct taken taken = {.offset = 0};
		struct modseal_pieces pieces = {
			.descriptor = located.descriptor,
			.copy_to = -1,
			.size = PIECE * 6 + 1,
			.memory = memory,
			.slots = 8,
			.take = take,
			.argument = &taken,
			.take_size = PIECE * 6 + 1,
		};

		cr_assert(eq(int, modseal_pieces_read(&pieces, crew),
			     MODSEAL_PIECES_SHORT));
		cr_assert(not(taken.wrong), "what was not read was taken");
		free(memory);
		modseal_located_close(&located);
		modseal_crew_free(&crew);
	}
}

Test(pieces, what_fails_is_told_by_its_number)
{
	for (unsigned threads = 1; threads <= 2; threads++) {
		struct modseal_crew *crew = modseal_crew_new(threads);
		struct modseal_located located = locate_new(PIECE * 6);
		uint8_t *memory = mmap(NULL, PIECE * 6, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct taken taken = {.offset = 0};
		struct modseal_pieces pieces = {
			.descriptor = located.descriptor,
			.copy_to = -1,
			.size = PIECE * 6,
			.memory = memory,
			.slots = 6,
			.take = take,
			.argument = &taken,
			.take_size = PIECE * 6,
		};

		/* memory that is not there */
		cr_assert(zero(int, mprotect(memory + PIECE * 4, PIECE, PROT_NONE)));
		cr_assert(eq(int, modseal_pieces_read(&pieces, crew), EFAULT));
		cr_assert(zero(int, mprotect(memory + PIECE * 4, PIECE,
					     PROT_READ | PROT_WRITE)));
		/* a copy that cannot be written */
		pieces.copy_to = located.descriptor;
		cr_assert(eq(int, modseal_pieces_read(&pieces, crew), EBADF));
		pieces.copy_to = -1;
		pieces.descriptor = -1;
		cr_assert(eq(int, modseal_pieces_read(&pieces, crew), EBADF));
		munmap(memory, PIECE * 6);
		modseal_located_close(&located);
		modseal_crew_free(&crew);
	}
}
