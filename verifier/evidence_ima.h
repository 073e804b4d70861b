/* SPDX-License-Identifier: Apache-2.0 */
/* IMA signatures of the whole file as evidence. */
#ifndef MODSEAL_EVIDENCE_IMA_H
#define MODSEAL_EVIDENCE_IMA_H

#include "verifier/verify.h"

/* The attribute security.ima and FILE.sig: where both are there both must verify.
 * Parameters and answer: see evidence_signature.h. */
MODSEAL_MUST_CHECK int modseal_evidence_ima(struct modseal_subject *subject,
					    bool deciding, bool *ret_present,
					    struct modseal_error *error);

#endif
