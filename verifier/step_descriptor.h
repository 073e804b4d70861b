/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor that the caller gives: is it the file its path leads to (R114)? */
#ifndef MODSEAL_STEP_DESCRIPTOR_H
#define MODSEAL_STEP_DESCRIPTOR_H

#include "verifier/verify.h"

/*
 * Duplicates the descriptor, so that nothing opened later can take its number. path
 * stands in messages. Errors: ARGUMENT (not open, O_PATH, write-only), NOT_REGULAR,
 * SYSTEM, RESOURCE. The caller closes *ret_descriptor.
 */
MODSEAL_MUST_CHECK int modseal_descriptor_take(int descriptor, const char *path,
					       int *ret_descriptor,
					       struct modseal_error *error);

/*
 * Behind the step open: the located file is that of subject->given, where there is one.
 * Whatever is decided is decided about the located descriptor; this one is never read.
 * Errors: PATH_MISMATCH, SYSTEM.
 */
MODSEAL_MUST_CHECK int modseal_step_descriptor(const struct modseal_subject *subject,
					       struct modseal_error *error);

#endif
