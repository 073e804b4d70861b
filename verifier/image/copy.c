/* SPDX-License-Identifier: Apache-2.0 */
/* Copies the bytes of a file into a memfd, seals it, and gives what was sealed. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "verifier/image/bytes_private.h"
#include "verifier/image/crew.h"
#include "verifier/image/seal.h"

/* Pieces that are read ahead of who takes them. */
#define PIECES_AHEAD 4u
_Static_assert(PIECES_AHEAD *MODSEAL_PIECE_SIZE <= MODSEAL_SPARE_SIZE, "they fit");
/* Below that to keep a file and compare it costs more than to read its sealed copy. */
#define GIVEN_SIZE (4u * 1024 * 1024)

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

/* Room for pieces, at most PIECES_AHEAD: what was used before costs no page faults. */
static uint8_t *take_memory(struct modseal_spares *spares, size_t pieces)
{
	return spares ? modseal_spares_take(spares, pieces * MODSEAL_PIECE_SIZE)
		      : malloc(pieces * MODSEAL_PIECE_SIZE);
}

static void give_memory(struct modseal_spares *spares, uint8_t *memory)
{
	if (spares)
		modseal_spares_give(spares, memory);
	else
		free(memory);
}

/* Keeps what lies in the last bytes of a file. */
struct tail {
	uint8_t *memory;
	uint64_t start, offset;
};

static void take_tail(void *argument, const uint8_t *data, size_t size)
{
	struct tail *tail = argument;
	uint64_t end = tail->offset + size;
	size_t skip =
		tail->start > tail->offset ? (size_t)(tail->start - tail->offset) : 0;

	if (end > tail->start)
		memcpy(tail->memory + (tail->offset + skip - tail->start), data + skip,
		       size - skip);
	tail->offset = end;
}

static int fail_copy(const char *object, int failed, struct modseal_error *error)
{
	return modseal_bytes_fail_pieces(object, failed, "it cannot be copied to memory",
					 error);
}

/* Read at once into kept memory, where the tail stays until it was judged: fresh memory
 * for it would come page by page. How much is kept of it is known by then: no more has to
 * be written. */
static int copy_small(const struct modseal_located *located, size_t size,
		      size_t tail_size, struct modseal_spares *spares,
		      struct modseal_bytes *bytes, struct modseal_error *error)
{
	uint8_t *memory = modseal_spares_take(spares, size + 1);

	if (!memory)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	bytes->spares = spares;
	bytes->spare = memory;
	bytes->tail = modseal_span_of(memory + size - tail_size, tail_size);
	bytes->unwritten = true;
	return modseal_bytes_read_whole(located, memory, size, error);
}

/* A piece at a time, which stays in the cache. */
static int copy_alone(const struct modseal_located *located, size_t size,
		      size_t tail_size, struct modseal_spares *spares,
		      struct modseal_bytes *bytes, struct modseal_error *error)
{
	struct tail tail = {.memory = bytes->tail_buffer, .start = size - tail_size};
	struct modseal_pieces pieces = {
		.descriptor = located->descriptor,
		.copy_to = bytes->descriptor,
		.size = size,
		.memory = take_memory(spares, 1),
		.slots = 1,
		.take = take_tail,
		.argument = &tail,
		.take_size = size,
	};
	int failed;

	if (!pieces.memory)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	failed = modseal_pieces_read(&pieces, NULL);
	give_memory(spares, pieces.memory);
	if (failed)
		return fail_copy(located->path, failed, error);
	return modseal_bytes_check_end(located, size, error);
}

/*
 * One thread gives the bytes while another reads and copies those that follow. Given is
 * what was read, not what the memfd holds, which a process of the same user may change
 * until it is sealed: so it is kept to be compared then.
 */
static int copy_giving(const struct modseal_located *located, size_t size,
		       size_t tail_size, struct modseal_reading *reading,
		       struct modseal_bytes *bytes, struct modseal_error *error)
{
	struct modseal_pieces pieces = {
		.descriptor = located->descriptor,
		.copy_to = bytes->descriptor,
		.size = size,
		.memory = modseal_bytes_new_buffer(size, reading->spares),
		.slots = modseal_pieces_count(size),
		.take = reading->take,
		.argument = reading->argument,
		.take_size = size - reading->without_last,
	};
	int failed;

	bytes->claimed = reading->crew;
	if (!pieces.memory)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	bytes->given = pieces.memory;
	failed = modseal_pieces_read(&pieces, reading->crew);
	if (failed)
		return fail_copy(located->path, failed, error);
	memcpy(bytes->tail_buffer, pieces.memory + size - tail_size, tail_size);
	reading->taken = pieces.take_size;
	return modseal_bytes_check_end(located, size, error);
}

/* With nobody to help, what is given is better read from the sealed copy. True: the crew
 * is claimed. */
static bool gives(const struct modseal_reading *reading, size_t size)
{
	return reading && reading->take && size >= GIVEN_SIZE &&
	       size > reading->without_last && modseal_crew_claim(reading->crew);
}

static int copy_large(const struct modseal_located *located, size_t size,
		      size_t tail_size, struct modseal_reading *reading,
		      struct modseal_bytes *bytes, struct modseal_error *error)
{
	bytes->tail_buffer = malloc(tail_size + 1);
	if (!bytes->tail_buffer)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	bytes->tail = modseal_span_of(bytes->tail_buffer, tail_size);
	if (gives(reading, size))
		return copy_giving(located, size, tail_size, reading, bytes, error);
	return copy_alone(located, size, tail_size, reading ? reading->spares : NULL,
			  bytes, error);
}

int modseal_bytes_copy(const struct modseal_located *located, uint64_t max_size,
		       size_t tail_size, struct modseal_reading *reading,
		       struct modseal_bytes *ret_bytes, struct modseal_error *error)
{
	struct modseal_bytes bytes = {.descriptor = -1};
	struct modseal_spares *spares = reading ? reading->spares : NULL;
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
	if (spares && size < MODSEAL_SPARE_SIZE)
		result = copy_small(located, size, tail_size, spares, &bytes, error);
	else
		result = copy_large(located, size, tail_size, reading, &bytes, error);
	if (result) {
		modseal_bytes_free(&bytes);
		return result;
	}
	*ret_bytes = bytes;
	return 0;
}

/* The view: the sealed memory mapped; or, without a mapping, read into memory (R112). */
static int make_view(struct modseal_bytes *bytes, const char *object,
		     struct modseal_error *error)
{
	size_t size = (size_t)bytes->kept, got;
	void *mapping;
	int result;

	if (size == 0)
		return 0;
	mapping = mmap(NULL, size, PROT_READ, MAP_PRIVATE, bytes->descriptor, 0);
	if (mapping != MAP_FAILED) {
		bytes->mapping = mapping;
		bytes->mapping_size = size;
		bytes->view = modseal_span_of(mapping, size);
		return 0;
	}
	bytes->buffer = malloc(size);
	if (!bytes->buffer)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	result = modseal_bytes_read_at(bytes->descriptor, bytes->buffer, size, 0, object,
				       &got, error);
	if (!result && got != size)
		result = modseal_bytes_changed(object, "lost bytes", error);
	if (!result)
		bytes->view = modseal_span_of(bytes->buffer, size);
	return result;
}

static int fail_compared(const char *object, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_CHANGED, MODSEAL_STAGE_BYTES, object,
			    "its memory copy is not what was read");
}

/* What modseal_pieces_read said of sealed bytes, or an errno. */
static int fail_sealed(const char *object, int failed, struct modseal_error *error)
{
	if (failed == MODSEAL_PIECES_SHORT)
		return modseal_bytes_changed(object, "lost bytes", error);
	return modseal_bytes_fail(object, failed, "its memory copy cannot be read",
				  error);
}

static int read_sealed(const struct modseal_bytes *bytes, uint8_t *memory, size_t size,
		       uint64_t offset, const char *object, struct modseal_error *error)
{
	size_t got;
	int result = modseal_bytes_read_at(bytes->descriptor, memory, size, offset,
					   object, &got, error);

	if (!result && got != size)
		result = modseal_bytes_changed(object, "lost bytes", error);
	return result;
}

/* Content and what follows, each to its place: in one call, as a rule. */
static int read_both(const struct modseal_bytes *bytes, size_t content, uint8_t *beside,
		     size_t size, const char *object, struct modseal_error *error)
{
	const struct iovec parts[2] = {{bytes->spare, content}, {beside, size}};
	ssize_t length = preadv(bytes->descriptor, parts, size ? 2 : 1, 0);
	int result;

	if (length >= 0 && (size_t)length == content + size)
		return 0;
	if (length < 0 && errno != EINTR)
		return fail_sealed(object, errno, error);
	result = read_sealed(bytes, bytes->spare, content, 0, object, error);
	return result ? result : read_sealed(bytes, beside, size, content, object, error);
}

/* The content; but the last sealed bytes must be those at hand: the container was looked
 * at before. */
static int read_content(const struct modseal_bytes *bytes, size_t last,
			const char *object, struct modseal_error *error)
{
	uint64_t offset = bytes->kept - last;
	uint8_t sealed[4096];
	size_t part = last < sizeof(sealed) ? last : sizeof(sealed);
	int result = read_both(bytes, (size_t)offset, sealed, part, object, error);

	while (!result && part > 0) {
		if (memcmp(sealed, bytes->spare + offset, part) != 0)
			return fail_compared(object, error);
		offset += part;
		if (bytes->kept - offset < part)
			part = (size_t)(bytes->kept - offset);
		result = read_sealed(bytes, sealed, part, offset, object, error);
	}
	return result;
}

/*
 * A small file's view is read: to map its pages and unmap them costs more than to copy
 * them. They are those that F_SEAL_WRITE holds fast, as in a mapping. They take the place
 * of what was read from the file, which is in the cache; but not of the container.
 */
static int read_small(struct modseal_bytes *bytes, struct modseal_reading *reading,
		      const char *object, struct modseal_error *error)
{
	size_t size = (size_t)bytes->kept, last = 0;
	int result;

	if (bytes->spare) {
		last = (size_t)reading->without_last;
	} else {
		bytes->spares = reading->spares;
		bytes->spare = modseal_spares_take(bytes->spares, size);
	}
	if (!bytes->spare)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	result = read_content(bytes, last, object, error);
	if (result)
		return result;
	bytes->view = modseal_span_of(bytes->spare, size);
	reading->taken = 0;
	if (reading->take) {
		reading->taken = size - reading->without_last;
		reading->take(reading->argument, bytes->spare, (size_t)reading->taken);
	}
	return 0;
}

/* Gives the sealed bytes: read into a piece that stays in the cache, which costs less
 * than mapping each page. */
static int give_sealed(const struct modseal_bytes *bytes, struct modseal_reading *reading,
		       const char *object, struct modseal_error *error)
{
	bool helped = reading->crew && bytes->kept >= MODSEAL_HELPED_SIZE;
	struct modseal_pieces pieces = {
		.descriptor = bytes->descriptor,
		.copy_to = -1,
		.size = bytes->kept - reading->without_last,
		.slots = helped ? PIECES_AHEAD : 1,
		.take = reading->take,
		.argument = reading->argument,
	};
	int failed;

	pieces.take_size = pieces.size;
	pieces.memory = take_memory(reading->spares, pieces.slots);
	if (!pieces.memory)
		return modseal_fail_memory(error, MODSEAL_STAGE_BYTES);
	failed = modseal_pieces_read(&pieces, helped ? reading->crew : NULL);
	give_memory(reading->spares, pieces.memory);
	reading->taken = pieces.size;
	return failed ? fail_sealed(object, failed, error) : 0;
}

/* A part of the sealed bytes, beside what was given. */
struct comparison {
	struct modseal_task task;
	struct modseal_spares *spares;
	int descriptor;
	const uint8_t *given;
	uint64_t offset, size;
	bool equal;
	int failed; /* as modseal_pieces_read: nobody knows whether it is */
};

static void compare_piece(void *argument, const uint8_t *data, size_t size)
{
	struct comparison *comparison = argument;

	if (memcmp(comparison->given + comparison->offset, data, size) != 0)
		comparison->equal = false;
	comparison->offset += size;
}

/* Equal only once all of it was read and is. */
static void compare(struct modseal_task *task)
{
	struct comparison *comparison = (struct comparison *)(void *)task;
	struct modseal_pieces pieces = {
		.descriptor = comparison->descriptor,
		.copy_to = -1,
		.start = comparison->offset,
		.size = comparison->size,
		.memory = take_memory(comparison->spares, 1),
		.slots = 1,
		.take = compare_piece,
		.argument = comparison,
		.take_size = comparison->size,
	};

	comparison->equal = true;
	comparison->failed = pieces.memory ? modseal_pieces_read(&pieces, NULL) : ENOMEM;
	if (pieces.memory)
		give_memory(comparison->spares, pieces.memory);
}

/* What was given must be what is sealed now, to the last byte. Read, not mapped: to map
 * each page and unmap it costs more. */
static int compare_given(struct modseal_bytes *bytes, struct modseal_spares *spares,
			 const char *object, struct modseal_error *error)
{
	struct modseal_crew *crew = bytes->claimed;
	uint64_t half = bytes->kept / 2;
	struct comparison first = {.spares = spares,
				   .descriptor = bytes->descriptor,
				   .given = bytes->given,
				   .size = half};
	struct comparison second = {.task.run = compare,
				    .spares = spares,
				    .descriptor = bytes->descriptor,
				    .given = bytes->given,
				    .offset = half,
				    .size = bytes->kept - half};
	int failed;

	modseal_crew_offer(crew, &second.task, true);
	compare(&first.task);
	modseal_crew_finish(crew, &second.task, false);
	modseal_bytes_forget_given(bytes);
	failed = first.failed ? first.failed : second.failed;
	if (failed)
		return fail_sealed(object, failed, error);
	if (first.equal && second.equal)
		return 0;
	return fail_compared(object, error);
}

/* So many bytes in the memfd. */
static int put_kept(const struct modseal_bytes *bytes, size_t keep, const char *object,
		    struct modseal_error *error)
{
	int failed = bytes->unwritten ? modseal_pieces_write(bytes->descriptor,
							     bytes->spare, keep, 0)
				      : 0;

	if (failed)
		return fail_copy(object, failed, error);
	if (!bytes->unwritten && keep < bytes->file_size &&
	    ftruncate(bytes->descriptor, (off_t)keep))
		return modseal_bytes_fail(object, errno, "its memory copy cannot be cut",
					  error);
	return 0;
}

int modseal_bytes_seal(struct modseal_bytes *bytes, uint64_t keep,
		       struct modseal_reading *reading, const char *object,
		       struct modseal_error *error)
{
	bool wanted = reading && reading->take;
	struct stat status;
	int result;

	if (bytes->descriptor < 0 || bytes->sealed || keep > bytes->file_size ||
	    (reading && reading->without_last > keep))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_BYTES,
				    object, "sealing out of order");
	result = put_kept(bytes, (size_t)keep, object, error);
	if (!result)
		result = modseal_memfd_seal(bytes->descriptor, object, error);
	if (result)
		return result;
	/* Until now a process of the same user could have changed it, the length too. */
	if (fstat(bytes->descriptor, &status))
		return modseal_bytes_fail(object, errno,
					  "the status of its memory is unknown", error);
	if ((uint64_t)status.st_size != keep)
		return modseal_bytes_changed(object, "had its memory copy cut or grown",
					     error);
	bytes->sealed = true;
	bytes->kept = keep;
	bytes->device = (uint64_t)status.st_dev;
	bytes->inode = (uint64_t)status.st_ino;
	if (!bytes->given && reading && reading->spares && keep > 0 &&
	    keep <= MODSEAL_SPARE_SIZE)
		return read_small(bytes, reading, object, error);
	if (bytes->given)
		result = compare_given(bytes, reading ? reading->spares : NULL, object,
				       error);
	else if (wanted)
		result = give_sealed(bytes, reading, object, error);
	return result ? result : make_view(bytes, object, error);
}
