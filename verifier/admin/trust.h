/* SPDX-License-Identifier: Apache-2.0 */
/* What other calls ask of a certificate that stands for a policy. */
#ifndef MODSEAL_TRUST_H
#define MODSEAL_TRUST_H

#include "internal/error.h"
#include "internal/span.h"

struct modseal_trust;

/*
 * Is PATH.p7s a signature over the content by the certificate? The type of the content is
 * the caller's to look at first. Errors: SIGNATURE_MISSING, ARGUMENT (the trust is for
 * appended signatures), and those of modseal_path_open_any, modseal_bytes_read and
 * modseal_evidence_judge.
 */
MODSEAL_MUST_CHECK int modseal_trust_check_beside(const struct modseal_trust *trust,
						  const char *path,
						  struct modseal_span content,
						  struct modseal_error *error);

#endif
