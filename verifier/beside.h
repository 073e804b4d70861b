/* SPDX-License-Identifier: Apache-2.0 */
/* Files that lie beside a file and are named after it. */
#ifndef MODSEAL_BESIDE_H
#define MODSEAL_BESIDE_H

#include "verifier/image/bytes.h"

/*
 * Reads the file whose name is path with a suffix. root: path is the real one that
 * modseal_path_open_in came to below that root, and what lies beside is opened the same
 * way. NULL: path is any spelling, and the name is that of modseal_path_beside. Absent:
 * no error, *ret_present false, *ret_bytes untouched. Errors: those of opening but
 * NOT_FOUND, and of modseal_bytes_read.
 */
MODSEAL_MUST_CHECK int modseal_beside_read(const int *root, const char *path,
					   const char *suffix, uint64_t max_size,
					   struct modseal_bytes *ret_bytes,
					   bool *ret_present,
					   struct modseal_error *error);

#endif
