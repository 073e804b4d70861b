/* SPDX-License-Identifier: Apache-2.0 */
/* What bytes.c, partial.c and stream.c share; for verifier/image/ alone. */
#ifndef MODSEAL_IMAGE_BYTES_PRIVATE_H
#define MODSEAL_IMAGE_BYTES_PRIVATE_H

#include "verifier/image/bytes.h"

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

#endif
