/* SPDX-License-Identifier: Apache-2.0 */
/* Writes result files whole: beside their place, synced, renamed. */
#ifndef MODSEAL_TOOL_NEW_FILE_H
#define MODSEAL_TOOL_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "modseal.h"

/* Is path the name of a descriptor (/dev/stdout, /dev/stderr, /dev/fd/N,
 * /proc/self/fd/N)? */
bool new_file_is_descriptor(const char *path);

/* Can that what is at path, if anything, be replaced or written to? Not symbolic links:
 * somebody else may decide where they lead. Error: NOT_WRITABLE. */
MODSEAL_MUST_CHECK int new_file_check(const char *path, struct modseal_error *error);

/* Writes bytes to path with the mode less the umask, and replaces a file that is there.
 * Descriptors, which the process must have inherited, pipes and character devices are
 * written to as they are. sync 0: without waiting for the disk. Errors: NOT_WRITABLE,
 * RESOURCE (no room), SYSTEM. */
MODSEAL_MUST_CHECK int new_file_write(const char *path, const void *bytes, size_t size,
				      mode_t mode, int sync, struct modseal_error *error);

/* Somebody's work may be there, perhaps what was mended by hand. NULL: no path was named.
 * Error: EXISTS. */
MODSEAL_MUST_CHECK int new_file_require_absent(const char *path,
					       struct modseal_error *error);

/* Writes and syncs a file where nothing is. Errors: EXISTS, NOT_WRITABLE, RESOURCE (no
 * room), SYSTEM. */
MODSEAL_MUST_CHECK int new_file_create(const char *path, const void *bytes, size_t size,
				       mode_t mode, struct modseal_error *error);

#endif
