/* SPDX-License-Identifier: Apache-2.0 */
/* Why signatures were not counted, and how that is told. */
#ifndef MODSEAL_SIGNATURE_REASON_H
#define MODSEAL_SIGNATURE_REASON_H

#include "verifier/signature/cms.h"
#include "verifier/signature/evidence.h"

/* The most telling reason so far; zero to begin. */
struct modseal_reason {
	struct modseal_error error; /* code MODSEAL_OK: none */
};

void modseal_reason_note(struct modseal_reason *reason, const struct modseal_error *why);

/*
 * Records why the signers that were met are too few: the reason where nobody was met and
 * there is one; SIGNER_NOT_ALLOWED with whoever it was signed by and the signers wanted;
 * or SIGNERS_TOO_FEW with those missing (by is not looked at then). Returns the code.
 */
int modseal_reason_refuse_by(const struct modseal_reason *reason,
			     const struct modseal_evidence_request *request,
			     const char *by, const struct modseal_evidence_result *found,
			     struct modseal_error *error);

/*
 * The same, where it was signed by the SignerInfos of a CMS. embedded: the
 * MODSEAL_MAX_CMS_CERTIFICATES certificates of the CMS, zero where there is none.
 */
int modseal_reason_refuse(const struct modseal_reason *reason,
			  const struct modseal_evidence_request *request,
			  const struct modseal_cms *cms,
			  const struct modseal_certificate *embedded,
			  const struct modseal_evidence_result *found,
			  struct modseal_error *error);

#endif
