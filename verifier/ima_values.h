/* SPDX-License-Identifier: Apache-2.0 */
/* The IMA signatures of a file: in its attribute security.ima, and in FILE.sig. */
#ifndef MODSEAL_IMA_VALUES_H
#define MODSEAL_IMA_VALUES_H

#include "verifier/beside.h"
#include "verifier/signature/ima_evidence.h"

struct modseal_ima_values {
	struct modseal_ima_source source; /* rest is left empty; lives as long as this */
	bool present;			  /* there is one in some place */
	/* The attribute holds a digest and no signature, which is nothing to judge. */
	bool digest_only;
	uint8_t attribute[MODSEAL_MAX_IMA_SIZE + 1];
	struct modseal_bytes beside;
};

/*
 * Reads both places: the attribute of the descriptor that the file was read from, never
 * by name, and the file beside located->path (root: see beside.h). The caller ends with
 * modseal_ima_values_clear, after failures too. Errors: SYSTEM, and those of
 * modseal_beside_read.
 */
MODSEAL_MUST_CHECK int modseal_ima_values_read(const int *root,
					       const struct modseal_located *located,
					       struct modseal_ima_values *ret_values,
					       struct modseal_error *error);
void modseal_ima_values_clear(struct modseal_ima_values *values);

#endif
