/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the signatures of one CMS over a content, and counts signers. */
#ifndef MODSEAL_SIGNATURE_EVIDENCE_H
#define MODSEAL_SIGNATURE_EVIDENCE_H

#include "internal/limits.h"
#include "keys/keys.h"
#include "modseal-inspect.h"
#include "verifier/signature/cms_memory.h"
#include "verifier/signature/timestamp.h"

struct modseal_content_digests; /* signer_info.h, which sees OpenSSL */

struct modseal_evidence_request {
	enum modseal_evidence form; /* APPENDED or DETACHED: fixes the CMS profile */
	struct modseal_span cms;    /* DER (detached: PEM "CMS" or "PKCS7" too) */
	struct modseal_span content;
	const uint8_t *content_sha256; /* taken already */
	/* NULL, or such of the content as were taken already */
	const struct modseal_content_digests *digests;
	struct modseal_signer *const *signers;
	size_t signer_count; /* at most MODSEAL_MAX_RULE_SIGNERS */
	uint32_t require;    /* distinct signers, 1 or more */
	/* DETACHED: a foreign content (modseal_content_is_foreign) will do as well. For
	 * those who look at signatures only, and take nothing for a library. */
	bool foreign;
	uint32_t purpose; /* bit that a signer's purposes must hold; 0: any */
	const struct modseal_revoked *revoked; /* NULL: nothing is revoked */
	struct modseal_clock clock;
	/* Whether signatures need a time stamp, and by whom. */
	enum modseal_timestamp_demand timestamp;
	struct modseal_signer *const *timestamp_signers;
	size_t timestamp_signer_count;
	struct modseal_cms_memory *memory; /* of the one who asks; NULL: none */
	const char *object;
};

struct modseal_evidence_result {
	/* met[i]: signers[i] was counted. */
	bool met[MODSEAL_MAX_RULE_SIGNERS];
	uint32_t met_count;
	uint32_t unknown; /* SignerInfos that named none of the signers */
	uint32_t revoked; /* SignerInfos by a revoked key or certificate */
	/* unlisted[i]: signers[i] asks for revocation lists if present, and somewhere
	 * there was none. */
	bool unlisted[MODSEAL_MAX_RULE_SIGNERS];
	/* Where stamped[i]: the time stamp by which signers[i] was counted. */
	bool stamped[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_timestamp stamps[MODSEAL_MAX_RULE_SIGNERS];
};

/*
 * With a demand for time stamps the certificates of a chain signer are judged at the time
 * of the signature's token; revocation as ever. A token is looked at last, when the
 * certificates were found good but for their dates, and the signature is theirs.
 *
 * Errors: SIGNATURE_MALFORMED (not strict DER, wrong outer type, profile, attributes,
 * embedded content, no or more than eight SignerInfos, ...), ALGORITHM_NOT_ALLOWED,
 * SIGNATURE_INVALID (a wrong signature that names a known signer), SIGNER_NOT_ALLOWED (no
 * known signer), REVOKED, CERTIFICATE_*, CRL_UNUSABLE (why the only candidate was
 * refused), TIMESTAMP_MISSING, TIMESTAMP_INVALID (likewise), SIGNERS_TOO_FEW,
 * TYPE_MISMATCH (content of no type of ours; callers want one type first), CRYPTO,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_evidence_judge(const struct modseal_crypto *crypto,
		       const struct modseal_evidence_request *request,
		       struct modseal_evidence_result *ret_result,
		       struct modseal_error *error);

/* For inspect: tells of every certificate and SignerInfo, decides nothing. Keys:
 * "signature.signers", "signer.issuer" and "signer.serial" or "signer.key-identifier",
 * "signer.algorithm", "signer.attributes", "signer.timestamp", "certificate.subject",
 * "certificate.sha256".
 */
MODSEAL_MUST_CHECK int modseal_evidence_describe(const struct modseal_crypto *crypto,
						 struct modseal_span cms,
						 modseal_fact *fact, void *argument,
						 struct modseal_error *error);

#endif
