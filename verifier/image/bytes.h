/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a file, read once: into a private buffer (to check) or into a memfd that
 * is sealed before anything in it is hashed (to load).
 */
#ifndef MODSEAL_IMAGE_BYTES_H
#define MODSEAL_IMAGE_BYTES_H

#include "internal/span.h"
#include "verifier/image/path.h"
#include "verifier/image/spares.h"

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
	uint64_t kept;	     /* sealed: bytes that the memfd has */
	bool exec_sealed;    /* F_SEAL_EXEC is in force (Linux 6.3 on) */
	void *mapping;	     /* internal: the view where it is a mapping */
	size_t mapping_size; /* internal */
	uint8_t *buffer;     /* internal: the view where it is a private buffer */
	uint8_t *spare;	     /* internal: the view where it is one of spares */
	struct modseal_spares *spares; /* internal */
	uint8_t *tail_buffer;	       /* internal */
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

/* The same for one file after the other; spares must live longer than the bytes. */
MODSEAL_MUST_CHECK int modseal_bytes_read_reusing(struct modseal_spares *spares,
						  const struct modseal_located *located,
						  uint64_t max_size,
						  struct modseal_bytes *ret_bytes,
						  struct modseal_error *error);

/* The same from a descriptor that may be a pipe; reads to its end. */
MODSEAL_MUST_CHECK int modseal_bytes_read_stream(int descriptor, const char *object,
						 uint64_t max_size,
						 struct modseal_bytes *ret_bytes,
						 struct modseal_error *error);

/*
 * Copies a located file into a new memfd, not sealed yet: view is empty, tail holds a
 * private copy of the last tail_size bytes. Errors as modseal_bytes_read.
 */
MODSEAL_MUST_CHECK int modseal_bytes_copy(const struct modseal_located *located,
					  uint64_t max_size, size_t tail_size,
					  struct modseal_bytes *ret_bytes,
					  struct modseal_error *error);

/*
 * Cuts the memfd to its first keep bytes, seals it (WRITE, GROW, SHRINK, SEAL), reads the
 * seals back, and maps it read-only as view; where mapping fails, reads it into a buffer.
 * Whatever is hashed or parsed is read after F_SEAL_WRITE holds (R117).
 * Errors: CHANGED (somebody holds it writable), SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_bytes_seal(struct modseal_bytes *bytes, uint64_t keep,
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
void modseal_bytes_free(struct modseal_bytes *bytes);

#endif
