/* SPDX-License-Identifier: Apache-2.0 */
/* What a file has besides its bytes: owner, mode, extended attributes. */
#ifndef MODSEAL_SIGN_ATTRIBUTES_H
#define MODSEAL_SIGN_ATTRIBUTES_H

#include <stdbool.h>

#include "internal/error.h"

/*
 * Gives one open file owner, mode and extended attributes (access lists, labels, file
 * capabilities among them) of another. Not its times, and not security.ima and
 * security.evm, which are digests and signatures of the old bytes. Errors: NOT_WRITABLE
 * naming what cannot be kept, RESOURCE, SYSTEM.
 */
MODSEAL_MUST_CHECK int modseal_attributes_copy(int from, int to, const char *object,
					       struct modseal_error *error);

#endif
