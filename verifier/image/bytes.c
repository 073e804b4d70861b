/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the bytes of a file once, into a private buffer or into a memfd that gets sealed.
 */
#include "verifier/image/bytes_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "verifier/image/seal.h"

/* Small enough for the second-level cache, large enough that calls cost nothing. */
#define PIECE_SIZE     (256u * 1024)
#define HUGE_PAGE_SIZE (2u * 1024 * 1024)

int modseal_bytes_fail(const char *object, int errnum, const char *what,
		       struct modseal_error *error)
{
	return modseal_fail_errno(
		error, errnum == ENOSPC ? MODSEAL_E_RESOURCE : MODSEAL_E_SYSTEM,
		MODSEAL_STAGE_BYTES, errnum, object, "%s", what);
}

static int fail_changed(const char *object, const char *how, struct modseal_error *error)
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

/* Size and times as they were when it was opened. The change time covers owner and mode.
 */
static int check_unchanged(const struct modseal_located *located,
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
		return fail_changed(located->path, "was changed", error);
	return 0;
}

/* One byte more than the size is asked for: that it does not come shows the end of file.
 */
static int read_whole(const struct modseal_located *located, uint8_t *buffer, size_t size,
		      struct modseal_error *error)
{
	size_t got;
	int result = modseal_bytes_read_at(located->descriptor, buffer, size + 1, 0,
					   located->path, &got, error);

	if (result)
		return result;
	if (got != size)
		return fail_changed(located->path, got < size ? "was shortened" : "grew",
				    error);
	return check_unchanged(located, error);
}

/* Of a large file the kernel takes longer to give the pages than to read them, so it is
 * asked for huge ones. */
static uint8_t *new_buffer(size_t size)
{
	size_t rounded = (size | (HUGE_PAGE_SIZE - 1)) + 1;
	uint8_t *buffer;

	if (size <= HUGE_PAGE_SIZE)
		return malloc(size);
	buffer = aligned_alloc(HUGE_PAGE_SIZE, rounded);
	if (buffer) /* where there are none, small ones do */
		(void)madvise(buffer, size & ~(HUGE_PAGE_SIZE - 1ul), MADV_HUGEPAGE);
	return buffer;
}

int modseal_bytes_read_reusing(struct modseal_spares *spares,
			       const struct modseal_located *located, uint64_t max_size,
			       struct modseal_bytes *ret_bytes,
			       struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1, .spares = spares};
	uint8_t *memory;
	size_t size = 0;
	int result = modseal_bytes_check_size(located, max_size, &size, error);

	if (result)
		return result;
	if (spares && size < MODSEAL_SPARE_SIZE)
		memory = bytes.spare = modseal_spares_take(spares, size + 1);
	else
		memory = bytes.buffer = new_buffer(size + 1);
	if (!memory)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	result = read_whole(located, memory, size, error);
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
	return modseal_bytes_read_reusing(NULL, located, max_size, ret_bytes, error);
}

static int write_all(int descriptor, const uint8_t *data, size_t size, uint64_t offset,
		     const char *object, struct modseal_error *error)
{
	while (size) {
		ssize_t length = pwrite(descriptor, data, size, (off_t)offset);

		if (length < 0 && errno == EINTR)
			continue;
		if (length <= 0)
			return modseal_bytes_fail(object, length < 0 ? errno : EIO,
						  "its memory copy cannot be written",
						  error);
		data += length;
		offset += (uint64_t)length;
		size -= (size_t)length;
	}
	return 0;
}

/* Writing past RLIMIT_FSIZE would end the process by SIGXFSZ instead of failing. */
static int check_file_limit(size_t size, const char *object, struct modseal_error *error)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_FSIZE, &limit))
		return modseal_bytes_fail(object, errno,
					  "the limits of the process are unknown", error);
	if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < size)
		return modseal_fail(error, MODSEAL_E_RESOURCE, MODSEAL_STAGE_BYTES,
				    object,
				    "the process may not write files of its size "
				    "(RLIMIT_FSIZE)");
	return 0;
}

/* A small file in one piece: one byte more than it has, so that its end is seen. */
static size_t piece_size(size_t size)
{
	return size < PIECE_SIZE ? size + 1 : PIECE_SIZE;
}

/* Copies size bytes piece by piece; what lies in the last tail_size bytes stays in tail.
 */
static int copy_pieces(const struct modseal_located *located, size_t size,
		       size_t tail_size, uint8_t *piece, struct modseal_bytes *bytes,
		       struct modseal_error *error)
{
	size_t wanted = piece_size(size);
	uint64_t tail_start = size - tail_size;
	uint64_t offset = 0;
	int result;

	for (;;) {
		size_t got;

		result = modseal_bytes_read_at(located->descriptor, piece, wanted, offset,
					       located->path, &got, error);
		if (result)
			return result;
		if (offset + got > size)
			return fail_changed(located->path, "grew", error);
		result = write_all(bytes->descriptor, piece, got, offset, located->path,
				   error);
		if (result)
			return result;
		if (offset + got > tail_start) {
			size_t skip =
				tail_start > offset ? (size_t)(tail_start - offset) : 0;

			memcpy(bytes->tail_buffer + (offset + skip - tail_start),
			       piece + skip, got - skip);
		}
		offset += got;
		if (got < wanted)
			break;
	}
	if (offset != size)
		return fail_changed(located->path, "was shortened", error);
	return check_unchanged(located, error);
}

int modseal_bytes_copy(const struct modseal_located *located, uint64_t max_size,
		       size_t tail_size, struct modseal_bytes *ret_bytes,
		       struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	uint8_t *piece;
	size_t size = 0;
	int result = modseal_bytes_check_size(located, max_size, &size, error);

	if (!result)
		result = check_file_limit(size, located->path, error);
	if (!result)
		result = modseal_memfd_new(&bytes.descriptor, &bytes.exec_sealed,
					   located->path, error);
	if (result)
		return result;
	if (tail_size > size)
		tail_size = size;
	bytes.file_size = size;
	piece = malloc(piece_size(size));
	bytes.tail_buffer = malloc(tail_size + 1);
	if (!piece || !bytes.tail_buffer)
		result = modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	else
		result = copy_pieces(located, size, tail_size, piece, &bytes, error);
	free(piece);
	if (result) {
		modseal_bytes_free(&bytes);
		return result;
	}
	bytes.tail = modseal_span_of(bytes.tail_buffer, tail_size);
	*ret_bytes = bytes;
	return 0;
}

/* The view without a mapping: the sealed bytes read into memory (R112). */
static int read_sealed(struct modseal_bytes *bytes, size_t size, const char *object,
		       struct modseal_error *error)
{
	uint8_t *buffer = malloc(size);
	size_t got;
	int result;

	if (!buffer)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	result = modseal_bytes_read_at(bytes->descriptor, buffer, size, 0, object, &got,
				       error);
	if (!result && got != size)
		result = fail_changed(object, "lost bytes", error);
	if (result) {
		free(buffer);
		return result;
	}
	bytes->buffer = buffer;
	bytes->view = modseal_span_of(buffer, size);
	return 0;
}

int modseal_bytes_seal(struct modseal_bytes *bytes, uint64_t keep, const char *object,
		       struct modseal_error *error)
{
	struct stat status;
	void *mapping;
	int result;

	if (bytes->descriptor < 0 || bytes->sealed || keep > bytes->file_size)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_BYTES,
				    object, "sealing out of order");
	if (keep < bytes->file_size && ftruncate(bytes->descriptor, (off_t)keep))
		return modseal_bytes_fail(object, errno, "its memory copy cannot be cut",
					  error);
	result = modseal_memfd_seal(bytes->descriptor, object, error);
	if (result)
		return result;
	/* Until now a process of the same user could have changed it, the length too. */
	if (fstat(bytes->descriptor, &status))
		return modseal_bytes_fail(object, errno,
					  "the status of its memory is unknown", error);
	if ((uint64_t)status.st_size != keep)
		return fail_changed(object, "had its memory copy cut or grown", error);
	bytes->sealed = true;
	bytes->kept = keep;
	if (keep == 0)
		return 0;
	mapping = mmap(NULL, (size_t)keep, PROT_READ, MAP_PRIVATE, bytes->descriptor, 0);
	if (mapping == MAP_FAILED)
		return read_sealed(bytes, (size_t)keep, object, error);
	bytes->mapping = mapping;
	bytes->mapping_size = (size_t)keep;
	bytes->view = modseal_span_of(mapping, (size_t)keep);
	return 0;
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

void modseal_bytes_free(struct modseal_bytes *bytes)
{
	if (bytes->mapping)
		munmap(bytes->mapping, bytes->mapping_size);
	if (bytes->descriptor >= 0)
		close(bytes->descriptor);
	if (bytes->spare)
		modseal_spares_give(bytes->spares, bytes->spare);
	free(bytes->buffer);
	free(bytes->tail_buffer);
	free(bytes->pages);
	*bytes = (struct modseal_bytes){.descriptor = -1};
}
