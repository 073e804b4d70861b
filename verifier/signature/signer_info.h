/* SPDX-License-Identifier: Apache-2.0 */
/* One SignerInfo, one key, one content: does the signature hold? */
#ifndef MODSEAL_SIGNATURE_SIGNER_INFO_H
#define MODSEAL_SIGNATURE_SIGNER_INFO_H

#include <openssl/cms.h>

#include "keys/openssl.h"
#include "verifier/signature/layout.h"

/* The digests of a content, each taken when it is first asked for. */
struct modseal_content_digests {
	struct modseal_span content;
	uint8_t values[MODSEAL_HASH_COUNT][MODSEAL_MAX_DIGEST_SIZE];
	bool known[MODSEAL_HASH_COUNT];
};

/* What is needed of a SignerInfo whose profile was checked. */
struct modseal_signer_info {
	CMS_SignerInfo *info;
	const struct modseal_layout_signer *layout;
	struct modseal_span message_digest; /* empty: no signed attributes */
};

/*
 * Identifies the algorithm for this key, wants it among algorithms (bits; 0: all), and
 * checks the signature: over the content, or over the signed attributes whose message
 * digest must be the content's. who names the signer in messages.
 * Errors: ALGORITHM_NOT_ALLOWED, SIGNATURE_INVALID, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_signer_info_check(const struct modseal_crypto *crypto,
						 const struct modseal_signer_info *signer,
						 EVP_PKEY *key, uint32_t algorithms,
						 struct modseal_content_digests *digests,
						 const char *who, const char *object,
						 struct modseal_error *error);

/* The digest of the content, taken when it is first asked for, in values[hash]. Errors:
 * CRYPTO. */
MODSEAL_MUST_CHECK int modseal_content_digest(const struct modseal_crypto *crypto,
					      enum modseal_hash hash,
					      struct modseal_content_digests *digests,
					      struct modseal_error *error);

#endif
