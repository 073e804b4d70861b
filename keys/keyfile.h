/* SPDX-License-Identifier: Apache-2.0 */
/* Files of keys and certificates: read whole, created together, wiped. */
#ifndef MODSEAL_KEYS_KEYFILE_H
#define MODSEAL_KEYS_KEYFILE_H

#include <sys/types.h>

#include "internal/error.h"
#include "internal/span.h"

/* How long the other end of a named pipe may take to be opened. */
#define MODSEAL_KEY_FILE_WAIT_MS (10 * 1000)

/* All bytes of a key or certificate file, at most 64 KiB, or of a pipe. The caller ends
 * *ret_bytes with modseal_key_file_wipe. what: the words for it in messages, "private
 * key". Errors: NOT_FOUND, SYSTEM (also: nobody writes to the pipe), KEY_INVALID
 * (larger), RESOURCE. */
MODSEAL_MUST_CHECK int modseal_key_file_read(const char *path, const char *what,
					     struct modseal_span *ret_bytes,
					     struct modseal_error *error);
void modseal_key_file_wipe(struct modseal_span bytes);

struct modseal_new_file {
	const char *path;
	mode_t mode;
	struct modseal_span bytes;
};

/* Creates all files or none, each complete and synced before it gets its name, and never
 * in the place of another. At most 2. Errors: EXISTS, NOT_WRITABLE, RESOURCE, SYSTEM. */
MODSEAL_MUST_CHECK int modseal_key_files_create(const struct modseal_new_file *files,
						size_t count,
						struct modseal_error *error);

#endif
