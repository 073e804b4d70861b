/* SPDX-License-Identifier: Apache-2.0 */
/* Step 7 of the way of a file: image. */
#ifndef MODSEAL_STEP_IMAGE_H
#define MODSEAL_STEP_IMAGE_H

#include "verifier/verify.h"

/*
 * Reads the authenticated ELF file into subject->elf; it must be of this machine, be what
 * its name says, and not be older than the rule's floor. Errors: ELF_MALFORMED,
 * ELF_UNSAFE, ELF_FOREIGN, NAME_MISMATCH, CATALOG_MISMATCH (its version), ROLLBACK,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_step_image(struct modseal_subject *subject,
					  struct modseal_error *error);

#endif
