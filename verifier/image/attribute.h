/* SPDX-License-Identifier: Apache-2.0 */
/* Extended attributes of open files: by descriptor, never by name. */
#ifndef MODSEAL_IMAGE_ATTRIBUTE_H
#define MODSEAL_IMAGE_ATTRIBUTE_H

#include <stdbool.h>

#include "internal/error.h"

/* What is there of an attribute. */
enum modseal_attribute_state {
	MODSEAL_ATTRIBUTE_ABSENT, /* no such attribute, or a file system without any */
	MODSEAL_ATTRIBUTE_READ,
	MODSEAL_ATTRIBUTE_TOO_LARGE, /* larger than the buffer: nothing was read */
};

/* Reads an attribute of the file that a descriptor (not O_PATH) is open on. object names
 * it in messages. Errors: SYSTEM, RESOURCE, at stage bytes. */
MODSEAL_MUST_CHECK int modseal_attribute_read(int descriptor, const char *name,
					      uint8_t *buffer, size_t size,
					      enum modseal_attribute_state *ret_state,
					      size_t *ret_size, const char *object,
					      struct modseal_error *error);

#endif
