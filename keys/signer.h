/* SPDX-License-Identifier: Apache-2.0 */
/* A signer from inside: a certificate, how it is trusted, and what it may sign. */
#ifndef MODSEAL_KEYS_SIGNER_H
#define MODSEAL_KEYS_SIGNER_H

#include <stdatomic.h>

#include "internal/lock.h"
#include "keys/certificate.h"
#include "keys/keys.h"

struct modseal_crl;

struct modseal_signer {
	char *name;
	enum modseal_trust_model trust;
	struct modseal_certificate certificate;
	struct modseal_certificate *intermediates;
	size_t intermediate_count;
	uint32_t algorithms;
	uint32_t purposes;
	X509_STORE *store; /* chain: holds only this certificate */
	enum modseal_crl_demand crl_demand;
	struct modseal_crl *crls; /* keys/crls.h */
	size_t crl_count;
	int64_t crl_maximum_age; /* seconds; 0: any */
	/* chain: keys that sign policies and so nothing else, whoever certified them
	 * (R30); put there by modseal_signers_distinct */
	struct modseal_digest_set anchor_keys;
	/* The certificate's text, until it is decoded: nothing but its key digest is
	 * known of it then. NULL where it was decoded at once. */
	char *text;
	size_t text_size;
	atomic_bool ready;
	struct modseal_lock decoding;
};

/*
 * Does this leaf speak for the signer? pinned: it has exactly the signer's public key.
 * chain: code-signing leaf (requirements R21; time-stamping where stamping is the
 * signer's only purpose), path of at most four to the signer's certificate over extra
 * (certificates out of the CMS, may be NULL) and the signer's intermediates, strict
 * checks, valid at max(now, floor) (R28: below the floor only notAfter is judged, at the
 * floor; or at the time of a time stamp), no certificate or key of the path revoked
 * (R29), by the sets or by the lists of its issuers. *ret_unlisted (may be NULL): lists
 * are asked for if present, and there was none for a certificate of the path.
 *
 * Errors: SIGNER_NOT_ALLOWED (another key, no path, an anchor's key),
 * CERTIFICATE_INVALID, CERTIFICATE_EXPIRED (of all the path nothing but dates is wrong),
 * REVOKED, CRL_UNUSABLE, ALGORITHM_NOT_ALLOWED (key or certificate signature too weak),
 * CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_signer_accepts(
	const struct modseal_crypto *crypto, const struct modseal_signer *signer,
	const struct modseal_certificate *leaf, STACK_OF(X509) * extra,
	const struct modseal_revoked *revoked, const struct modseal_clock *clock,
	const char *object, bool *ret_unlisted, struct modseal_error *error);

#endif
