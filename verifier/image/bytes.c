/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the bytes of a file once, into private memory. */
#include "verifier/image/bytes_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "verifier/image/crew.h"

#define HUGE_PAGE_SIZE (2u * 1024 * 1024)

int modseal_bytes_fail(const char *object, int errnum, const char *what,
		       struct modseal_error *error)
{
	return modseal_fail_errno(
		error, errnum == ENOSPC ? MODSEAL_E_RESOURCE : MODSEAL_E_SYSTEM,
		MODSEAL_STAGE_BYTES, errnum, object, "%s", what);
}

int modseal_bytes_changed(const char *object, const char *how,
			  struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES, object,
			    "it %s while it was read", how);
}

int modseal_bytes_too_large(const char *object, uint64_t max_size,
			    struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_TOO_LARGE, MODSEAL_STAGE_BYTES, object,
			    "it has more than the %" PRIu64 " bytes that are allowed",
			    max_size);
}

int modseal_bytes_check_size(const struct modseal_located *located, uint64_t max_size,
			     size_t *ret_size, struct modseal_error *error)
{
	uint64_t size = (uint64_t)located->status.st_size;

	if (size > max_size || size > MODSEAL_HIGHEST_MAX_SIZE)
		return modseal_bytes_too_large(located->path, max_size, error);
	*ret_size = (size_t)size;
	return 0;
}

int modseal_bytes_read_at(int descriptor, uint8_t *buffer, size_t wanted, uint64_t offset,
			  const char *object, size_t *ret_got,
			  struct modseal_error *error)
{
	size_t got = 0;

	while (got < wanted) {
		ssize_t length = pread(descriptor, buffer + got, wanted - got,
				       (off_t)(offset + got));

		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			return modseal_bytes_fail(object, errno, "it cannot be read",
						  error);
		if (length == 0)
			break;
		got += (size_t)length;
	}
	*ret_got = got;
	return 0;
}

int modseal_bytes_check_unchanged(const struct modseal_located *located,
				  struct modseal_error *error)
{
	const struct stat *then = &located->status;
	struct stat now;

	if (fstat(located->descriptor, &now))
		return modseal_bytes_fail(located->path, errno, "its status is unknown",
					  error);
	if (now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != then->st_mtim.tv_nsec ||
	    now.st_ctim.tv_sec != then->st_ctim.tv_sec ||
	    now.st_ctim.tv_nsec != then->st_ctim.tv_nsec)
		return modseal_bytes_changed(located->path, "was changed", error);
	return 0;
}

int modseal_bytes_read_whole(const struct modseal_located *located, uint8_t *buffer,
			     size_t size, struct modseal_error *error)
{
	ssize_t length = pread(located->descriptor, buffer, size + 1, 0);
	size_t got = length > 0 ? (size_t)length : 0, more = 0;
	int result = 0;

	if (length < 0 && errno != EINTR)
		return modseal_bytes_fail(located->path, errno, "it cannot be read",
					  error);
	/* All but the byte too many: the end, or the status tells of the change. Else
	 * more may come. */
	if (got != size)
		result = modseal_bytes_read_at(located->descriptor, buffer + got,
					       size + 1 - got, got, located->path, &more,
					       error);
	if (result)
		return result;
	got += more;
	if (got != size)
		return modseal_bytes_changed(
			located->path, got < size ? "was shortened" : "grew", error);
	return modseal_bytes_check_unchanged(located, error);
}

int modseal_bytes_fail_pieces(const char *object, int failed, const char *what,
			      struct modseal_error *error)
{
	if (failed == MODSEAL_PIECES_SHORT)
		return modseal_bytes_changed(object, "was shortened", error);
	return modseal_bytes_fail(object, failed, what, error);
}

int modseal_bytes_check_end(const struct modseal_located *located, size_t size,
			    struct modseal_error *error)
{
	uint8_t more;
	size_t got;
	int result = modseal_bytes_read_at(located->descriptor, &more, 1, size,
					   located->path, &got, error);

	if (result)
		return result;
	if (got)
		return modseal_bytes_changed(located->path, "grew", error);
	return modseal_bytes_check_unchanged(located, error);
}

/* A multiple of huge pages is put where they can be (since Linux 6.7). */
static size_t round_up(size_t size)
{
	return (size + HUGE_PAGE_SIZE - 1) & ~(HUGE_PAGE_SIZE - 1ul);
}

/* The last page is a huge one if the file fills it, or half of it where that is much of
 * the file: 256 small ones take as long as it takes to hash a megabyte. */
static size_t in_huge_pages(size_t size)
{
	size_t rounding = size < 8 * (size_t)HUGE_PAGE_SIZE ? HUGE_PAGE_SIZE / 2 : 0;

	return (size + rounding) & ~(HUGE_PAGE_SIZE - 1ul);
}

uint8_t *modseal_bytes_new_buffer(size_t size, struct modseal_spares *spares)
{
	void *memory;

	if (size <= HUGE_PAGE_SIZE / 2)
		return malloc(size);
	if (spares)
		modseal_spares_shrink(spares);
	memory = mmap(NULL, round_up(size), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return NULL;
	/* where there are none, small ones do */
	(void)madvise(memory, in_huge_pages(size), MADV_HUGEPAGE);
	return memory;
}

void modseal_bytes_free_buffer(uint8_t *memory, size_t size)
{
	if (size <= HUGE_PAGE_SIZE / 2)
		free(memory);
	else if (memory)
		munmap(memory, round_up(size));
}

/* One thread reads ahead, the other gives what was read. */
static int read_large(const struct modseal_located *located, size_t size, uint8_t *memory,
		      struct modseal_reading *reading, struct modseal_error *error)
{
	struct modseal_pieces pieces = {
		.descriptor = located->descriptor,
		.copy_to = -1,
		.size = size,
		.memory = memory,
		.slots = modseal_pieces_count(size),
		.take = reading->take,
		.argument = reading->argument,
		.take_size = reading->take && size > reading->without_last
				     ? size - reading->without_last
				     : 0,
	};
	int failed = modseal_pieces_read(&pieces, reading->crew);

	if (failed)
		return modseal_bytes_fail_pieces(located->path, failed,
						 "it cannot be read", error);
	reading->taken = pieces.take_size;
	return modseal_bytes_check_end(located, size, error);
}

int modseal_bytes_read_with(const struct modseal_located *located, uint64_t max_size,
			    struct modseal_reading *reading,
			    struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1, .spares = reading->spares};
	uint8_t *memory;
	size_t size = 0;
	int result = modseal_bytes_check_size(located, max_size, &size, error);

	reading->taken = 0;
	if (result)
		return result;
	if (reading->crew && size >= MODSEAL_HELPED_SIZE) {
		bytes.claimed = reading->crew;
		modseal_crew_claim_in_turn(bytes.claimed);
	}
	if (bytes.spares && size < MODSEAL_SPARE_SIZE)
		memory = bytes.spare = modseal_spares_take(bytes.spares, size + 1);
	else
		memory = bytes.buffer = modseal_bytes_new_buffer(size + 1, bytes.spares);
	bytes.buffer_size = bytes.buffer ? size + 1 : 0;
	if (!memory)
		result = modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	else
		result = size < MODSEAL_HELPED_SIZE
				 ? modseal_bytes_read_whole(located, memory, size, error)
				 : read_large(located, size, memory, reading, error);
	if (result) {
		modseal_bytes_free(&bytes);
		return result;
	}
	bytes.view = bytes.tail = modseal_span_of(memory, size);
	bytes.file_size = size;
	*ret_bytes = bytes;
	return 0;
}

int modseal_bytes_read(const struct modseal_located *located, uint64_t max_size,
		       struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_reading alone = {.crew = NULL};

	return modseal_bytes_read_with(located, max_size, &alone, ret_bytes, error);
}

void modseal_bytes_forget_given(struct modseal_bytes *bytes)
{
	modseal_bytes_free_buffer(bytes->given, (size_t)bytes->file_size);
	bytes->given = NULL;
	if (bytes->claimed)
		modseal_crew_unclaim(bytes->claimed);
	bytes->claimed = NULL;
}

void modseal_bytes_leave_view(struct modseal_bytes *bytes)
{
	free(bytes->tail_buffer);
	bytes->tail_buffer = NULL;
	bytes->tail = modseal_span_of(NULL, 0);
	if (bytes->spare)
		modseal_spares_give(bytes->spares, bytes->spare);
	else if (bytes->mapping)
		munmap(bytes->mapping, bytes->mapping_size);
	else
		return;
	bytes->spare = NULL;
	bytes->mapping = NULL;
	bytes->view = modseal_span_of(NULL, 0);
}

void modseal_bytes_free(struct modseal_bytes *bytes)
{
	if (bytes->mapping)
		munmap(bytes->mapping, bytes->mapping_size);
	if (bytes->descriptor >= 0)
		close(bytes->descriptor);
	if (bytes->spare)
		modseal_spares_give(bytes->spares, bytes->spare);
	modseal_bytes_free_buffer(bytes->buffer, bytes->buffer_size);
	free(bytes->tail_buffer);
	modseal_bytes_forget_given(bytes);
	free(bytes->pages);
	*bytes = (struct modseal_bytes){.descriptor = -1};
}

void modseal_bytes_take_sealed(struct modseal_bytes *bytes, int descriptor, uint64_t size,
			       bool exec_sealed)
{
	modseal_bytes_free(bytes);
	bytes->descriptor = descriptor;
	bytes->sealed = true;
	bytes->kept = size;
	bytes->exec_sealed = exec_sealed;
}

void modseal_bytes_release(struct modseal_bytes *bytes, int *ret_descriptor)
{
	*ret_descriptor = bytes->descriptor;
	bytes->descriptor = -1;
	modseal_bytes_free(bytes);
}
