/* SPDX-License-Identifier: Apache-2.0 */
/* Writes result files whole: beside their place, synced, renamed. */
#ifndef MODSEAL_TOOL_NEW_FILE_H
#define MODSEAL_TOOL_NEW_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "modseal.h"

/* Writes bytes to path with the mode less the umask, and replaces a file that is there.
 * What is there already and no regular file (a pipe, /dev/stdout) is written to as it is.
 * sync 0: without waiting for the disk. Errors: NOT_WRITABLE, RESOURCE (no room), SYSTEM.
 */
MODSEAL_MUST_CHECK int new_file_write(const char *path, const void *bytes, size_t size,
				      mode_t mode, int sync, struct modseal_error *error);

#endif
