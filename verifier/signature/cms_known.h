/* SPDX-License-Identifier: Apache-2.0 */
/* What cms.c and cms_memory.c share; for verifier/signature/ alone. */
#ifndef MODSEAL_SIGNATURE_CMS_KNOWN_H
#define MODSEAL_SIGNATURE_CMS_KNOWN_H

#include "verifier/signature/cms.h"

/*
 * True if bytes like these, all but the value of their one signature, were decoded before
 * and found to be strict DER: then cms, whose layout is read already, has what came of
 * it. An OCTET STRING is taken over as it is, so a decoder would say the same of these.
 */
bool modseal_cms_recall(struct modseal_cms_memory *memory, struct modseal_span der,
			struct modseal_cms *cms);
/* Keeps what der was decoded to for the time after modseal_cms_clear, where it may.
 * Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_cms_remember(struct modseal_cms_memory *memory,
					    struct modseal_span der,
					    struct modseal_cms *cms,
					    struct modseal_error *error);
/* What was recalled or is remembered is not used any more. */
void modseal_cms_let_go(struct modseal_cms *cms);

#endif
