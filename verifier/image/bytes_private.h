/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes.c, copy.c, partial.c and stream.c share; for verifier/image/ alone. */
#ifndef MODSEAL_IMAGE_BYTES_PRIVATE_H
#define MODSEAL_IMAGE_BYTES_PRIVATE_H

#include "verifier/image/bytes.h"

/* From here on it is worth to ask for help. */
#define MODSEAL_HELPED_SIZE (1024u * 1024)

/* A failed system call. Returns SYSTEM or RESOURCE. */
int modseal_bytes_fail(const char *object, int errnum, const char *what,
		       struct modseal_error *error);
/* Returns TOO_LARGE. */
int modseal_bytes_too_large(const char *object, uint64_t max_size,
			    struct modseal_error *error);
/* The size of a located file. Errors: TOO_LARGE. */
MODSEAL_MUST_CHECK int modseal_bytes_check_size(const struct modseal_located *located,
						uint64_t max_size, size_t *ret_size,
						struct modseal_error *error);
/* Reads until wanted bytes are there or the file ends; *ret_got says how many it were.
 * Errors: SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_bytes_read_at(int descriptor, uint8_t *buffer,
					     size_t wanted, uint64_t offset,
					     const char *object, size_t *ret_got,
					     struct modseal_error *error);
/* Reads all of a located file of this size, and proves that it did not change. The buffer
 * has room for a byte more: that it does not come shows the end. Errors: CHANGED, SYSTEM,
 * RESOURCE. */
MODSEAL_MUST_CHECK int modseal_bytes_read_whole(const struct modseal_located *located,
						uint8_t *buffer, size_t size,
						struct modseal_error *error);
/* Returns CHANGED: "it HOW while it was read". */
int modseal_bytes_changed(const char *object, const char *how,
			  struct modseal_error *error);
/* What modseal_pieces_read said. Returns CHANGED, SYSTEM or RESOURCE. */
int modseal_bytes_fail_pieces(const char *object, int failed, const char *what,
			      struct modseal_error *error);
/* Size and times are as they were when it was opened; the change time covers owner and
 * mode. Errors: CHANGED, SYSTEM. */
MODSEAL_MUST_CHECK int
modseal_bytes_check_unchanged(const struct modseal_located *located,
			      struct modseal_error *error);
/* After exactly size bytes were read: the file ends there, and is what it was. Errors:
 * the same. */
MODSEAL_MUST_CHECK int modseal_bytes_check_end(const struct modseal_located *located,
					       size_t size, struct modseal_error *error);
/*
 * Memory for a file. NULL: there is none. Of a large file the kernel takes longer to give
 * the pages than to read them, so it is asked for huge ones; and malloc would keep them.
 * What is kept in spares meanwhile (NULL: nothing) is shrunk: this is when most is held.
 */
uint8_t *modseal_bytes_new_buffer(size_t size, struct modseal_spares *spares);
/* size: the same again. */
void modseal_bytes_free_buffer(uint8_t *memory, size_t size);
/* Gives back what was kept to be compared. */
void modseal_bytes_forget_given(struct modseal_bytes *bytes);

#endif
