/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the IMA signatures of a file, and counts signers. */
#ifndef MODSEAL_SIGNATURE_IMA_EVIDENCE_H
#define MODSEAL_SIGNATURE_IMA_EVIDENCE_H

#include "verifier/signature/evidence.h"
#include "verifier/signature/ima.h"

struct modseal_ima_source {
	/* Values by place. One that is there may be empty, which is malformed. */
	bool present[MODSEAL_IMA_PLACE_COUNT];
	struct modseal_span values[MODSEAL_IMA_PLACE_COUNT];
	struct modseal_span rest; /* what the file has behind its content */
};

/*
 * Every value that is there must be the signature of a signer over content and rest
 * together; distinct signers are counted over all of them. Of the request, form and cms
 * are not looked at, and content_sha256 only where rest is empty. No certificates travel
 * with IMA signatures: a chain signer's leaves are its own certificate and its
 * intermediates.
 *
 * Errors: SIGNATURE_MALFORMED, ALGORITHM_NOT_ALLOWED, SIGNATURE_INVALID (wrong, and by
 * its key identifier a signer's), SIGNER_NOT_ALLOWED (an unknown key identifier, or the
 * wrong purpose), REVOKED, CRL_UNUSABLE, CERTIFICATE_*, SIGNERS_TOO_FEW, TYPE_MISMATCH,
 * CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_ima_judge(const struct modseal_crypto *crypto,
					 const struct modseal_evidence_request *request,
					 const struct modseal_ima_source *source,
					 struct modseal_evidence_result *ret_result,
					 struct modseal_error *error);

#endif
