/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a file, read once: into a private buffer (to check) or into a memfd that
 * is sealed before anything in it is hashed (to load).
 */
#ifndef MODSEAL_IMAGE_BYTES_H
#define MODSEAL_IMAGE_BYTES_H

#include "internal/span.h"
#include "verifier/image/path.h"
#include "verifier/image/pieces.h"
#include "verifier/image/spares.h"

struct modseal_crew;

/* Who helps to read, and who wants the bytes while they are in the processor's cache. */
struct modseal_reading {
	struct modseal_crew *crew; /* NULL: nobody */
	/* memory for small files, which must live longer than the bytes; NULL: none */
	struct modseal_spares *spares;
	/* Gets bytes in their order, from the first: NULL: nobody. What it was given
	 * counts only where the call succeeds. */
	modseal_bytes_take *take;
	void *argument;
	uint64_t without_last; /* so many at the end are not given */
	uint64_t taken;	       /* set by the call: so many were given, from the first */
};

struct modseal_bytes {
	/* All bytes of the file (check), or, once sealed, those kept in the memfd. */
	struct modseal_span view;
	struct modseal_span tail; /* private copy or view of the last bytes of the file */
	uint64_t file_size;
	int descriptor; /* the memfd, or -1 */
	/* Only some bytes of the view are there: see modseal_bytes_need. */
	bool partial;
	uint64_t fetched; /* partial: bytes that were read so far */
	int source;	  /* internal, partial: where from; not owned */
	uint8_t *pages;	  /* internal, partial: which pages are there */
	bool sealed;
	uint64_t kept;		/* sealed: bytes that the memfd has */
	bool exec_sealed;	/* F_SEAL_EXEC is in force (Linux 6.3 on) */
	uint64_t device, inode; /* of the memfd, once sealed; 0: not known */
	void *mapping;		/* internal: the view where it is a mapping */
	size_t mapping_size;	/* internal */
	uint8_t *buffer;	/* internal: the view where it is a private buffer */
	size_t buffer_size;	/* internal: what new_buffer was asked for; 0: malloc */
	uint8_t *spare; /* internal: what was read, then the view, where it is one of
			 * spares; the tail is in it, too */
	bool unwritten; /* internal, before it is sealed: the memfd is empty yet, and all
			 * bytes are in the spare */
	struct modseal_spares *spares; /* internal */
	uint8_t *tail_buffer;	       /* internal */
	/* internal, before it is sealed: what was given while it was copied, all of it */
	uint8_t *given;
	struct modseal_crew *claimed; /* internal: for that memory */
};

/*
 * Reads a located file: exactly status.st_size bytes, then proves that the file did not
 * change meanwhile (end of file there, same size and times). view and tail are the
 * buffer. Errors: TOO_LARGE (above max_size, before anything is allocated), CHANGED,
 * SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_bytes_read(const struct modseal_located *located,
					  uint64_t max_size,
					  struct modseal_bytes *ret_bytes,
					  struct modseal_error *error);

/* The same with help. Small files are given to nobody. */
MODSEAL_MUST_CHECK int modseal_bytes_read_with(const struct modseal_located *located,
					       uint64_t max_size,
					       struct modseal_reading *reading,
					       struct modseal_bytes *ret_bytes,
					       struct modseal_error *error);

/* The same from a descriptor that may be a pipe; reads to its end. */
MODSEAL_MUST_CHECK int modseal_bytes_read_stream(int descriptor, const char *object,
						 uint64_t max_size,
						 struct modseal_bytes *ret_bytes,
						 struct modseal_error *error);

/*
 * Copies a located file into a new memfd, not sealed yet: view is empty, tail holds a
 * private copy of the last tail_size bytes. reading: NULL: nobody helps, or wants them. A
 * large file is given while it is read, where somebody helps: then all of it is kept in
 * private memory until it is sealed, and compared with what was. Errors as
 * modseal_bytes_read.
 */
MODSEAL_MUST_CHECK int modseal_bytes_copy(const struct modseal_located *located,
					  uint64_t max_size, size_t tail_size,
					  struct modseal_reading *reading,
					  struct modseal_bytes *ret_bytes,
					  struct modseal_error *error);

/*
 * Cuts the memfd to its first keep bytes, seals it (WRITE, GROW, SHRINK, SEAL), reads the
 * seals back, and maps it read-only as view; where mapping fails, reads it into a buffer.
 * Whatever is hashed or parsed is read after F_SEAL_WRITE holds, or equals that to the
 * last byte (R117): reading->take gets the sealed bytes but for the last ones, unless it
 * got them when they were copied; and the last ones, where they are at hand, are those
 * that were copied. reading: NULL: nobody wants them. Errors: CHANGED
 * (somebody holds it writable, or wrote to it before), SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_bytes_seal(struct modseal_bytes *bytes, uint64_t keep,
					  struct modseal_reading *reading,
					  const char *object,
					  struct modseal_error *error);

/*
 * A view of a located file whose bytes cannot change (fs-verity), none of them read yet:
 * modseal_bytes_need reads those that are asked for. Others are inaccessible, so that to
 * look at what was not asked for ends the process instead of deceiving it. Never a
 * mapping of the file: a tampered device makes reading fail, not the process. located's
 * descriptor must stay open until bytes is freed. Errors: TOO_LARGE, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_bytes_begin(const struct modseal_located *located,
					   uint64_t max_size,
					   struct modseal_bytes *ret_bytes,
					   struct modseal_error *error);
/*
 * Sees to it that length bytes from offset are there, as far as the file has them. Not
 * partial: they are there already. Errors: SYSTEM (EIO where the kernel found that the
 * device was tampered with), CHANGED, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_bytes_need(struct modseal_bytes *bytes, uint64_t offset,
					  uint64_t length, const char *object,
					  struct modseal_error *error);

/* Frees all, and has the sealed memfd of these bytes instead, without a view. Takes
 * ownership of the descriptor. */
void modseal_bytes_take_sealed(struct modseal_bytes *bytes, int descriptor, uint64_t size,
			       bool exec_sealed);

/* Gives the view back and keeps the sealed descriptor; *ret_descriptor is the caller's.
 */
void modseal_bytes_release(struct modseal_bytes *bytes, int *ret_descriptor);
/* Gives memory back that holds the tail, and the view where it is not the memfd's own. */
void modseal_bytes_leave_view(struct modseal_bytes *bytes);
void modseal_bytes_free(struct modseal_bytes *bytes);

#endif
