/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files whose bytes the kernel holds fast: fs-verity (Linux,
 * Documentation/filesystems/fsverity.rst). Once it is enabled on a file nobody can write
 * to it or take it off again, root included, and each page is checked against the
 * file's digest when it is read, however hostile the disk.
 */
#ifndef MODSEAL_IMAGE_VERITY_H
#define MODSEAL_IMAGE_VERITY_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/kinds.h"

struct modseal_verity {
	enum modseal_hash hash;
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE]; /* of the whole file, its size included
						  */
};

#define MODSEAL_VERITY_REASON_SIZE 128

/* Whether the attributes of a file, of those that its file system knows (statx(2)), say
 * that it has none: as most files. It does not matter then who says so. */
bool modseal_verity_is_absent(uint64_t attributes, uint64_t known,
			      char ret_reason[MODSEAL_VERITY_REASON_SIZE]);

/*
 * Tells whether fs-verity is really enabled on the descriptor's file, and the digest the
 * kernel measures; the file's bytes are not read. Where it is not (*ret_enabled false) a
 * clause says why. Only ext4, f2fs and btrfs are believed: a FUSE
 * server may answer anything (R113), and overlayfs speaks of a file below it. Errors, of
 * the stage given: SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_verity_measure(int descriptor, const char *object,
					      enum modseal_stage stage, bool *ret_enabled,
					      struct modseal_verity *ret_verity,
					      char ret_reason[MODSEAL_VERITY_REASON_SIZE],
					      struct modseal_error *error);

/* Refuses NOT_SEALED unless the descriptor's file, measured anew, is of size bytes and
 * has that digest. Errors: NOT_SEALED, SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_verity_require(int descriptor,
					      const struct modseal_verity *verity,
					      uint64_t size, const char *object,
					      struct modseal_error *error);

#endif
