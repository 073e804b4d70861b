/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of the whole content as evidence, and what other forms share with them. */
#ifndef MODSEAL_EVIDENCE_SIGNATURE_H
#define MODSEAL_EVIDENCE_SIGNATURE_H

#include "verifier/signature/evidence.h"
#include "verifier/verify.h"

/*
 * One form of evidence: 0 with *ret_present false where the file has none of it; where it
 * has, 0 means that it verifies. deciding: the verdict names what was found.
 */
MODSEAL_MUST_CHECK int modseal_evidence_appended(struct modseal_subject *subject,
						 bool deciding, bool *ret_present,
						 struct modseal_error *error);
/* FILE.p7s beside the file's real path. */
MODSEAL_MUST_CHECK int modseal_evidence_detached(struct modseal_subject *subject,
						 bool deciding, bool *ret_present,
						 struct modseal_error *error);

/* Writes the deciding form and its signers (indices into the policy's; found->met[i]: the
 * i-th of them) into the verdict, with remarks about signatures that were not counted.
 * Errors: RESOURCE. */
MODSEAL_MUST_CHECK int
modseal_subject_signed_by(struct modseal_subject *subject, enum modseal_evidence form,
			  const uint32_t *signers, size_t signer_count,
			  const struct modseal_evidence_result *found,
			  struct modseal_error *error);

/* What the rule asks of signatures over the subject's content; the CMS is left empty.
 * signers is the caller's, and lives as long as the request. Errors: those of
 * modseal_authority_signers. */
MODSEAL_MUST_CHECK int
modseal_subject_request(const struct modseal_subject *subject, enum modseal_evidence form,
			struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS],
			struct modseal_evidence_request *ret_request,
			struct modseal_error *error);

/* Reads the file whose name is that of the subject's real path with a suffix. Absent: no
 * error. Errors: those of modseal_path_open and modseal_bytes_read. */
MODSEAL_MUST_CHECK int modseal_subject_read_beside(struct modseal_subject *subject,
						   const char *suffix, uint64_t max_size,
						   struct modseal_bytes *ret_bytes,
						   bool *ret_present,
						   struct modseal_error *error);

#endif
