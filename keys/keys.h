/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier sees of keys/: no OpenSSL types. */
#ifndef MODSEAL_KEYS_KEYS_H
#define MODSEAL_KEYS_KEYS_H

#include "keys/crypto.h"
#include "keys/revoked.h"

struct modseal_signer;

/* See keys/signer.h. */
struct modseal_signer_config {
	const char *name;
	enum modseal_trust_model trust;
	struct modseal_span certificate;   /* PEM or DER */
	struct modseal_span intermediates; /* PEM, several; empty for none */
	uint32_t algorithms;		   /* bits; 0: all */
	uint32_t purposes;		   /* bits; 0: all (anchors, --certificate) */
};

/* When validity is judged. Seconds since 1970; the floor comes from signed times only. */
struct modseal_clock {
	int64_t now;
	int64_t floor;
};

/* Copies all it keeps. Errors: CERTIFICATE_INVALID, ALGORITHM_NOT_ALLOWED, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_signer_new(const struct modseal_crypto *crypto,
					  const struct modseal_signer_config *config,
					  struct modseal_signer **ret_signer,
					  struct modseal_error *error);
void modseal_signer_free(struct modseal_signer **signer);

const char *modseal_signer_name(const struct modseal_signer *signer);
/* The SHA-256 of the signer's SubjectPublicKeyInfo; lives as long as the signer. */
const uint8_t *modseal_signer_key_digest(const struct modseal_signer *signer);

/* An anchor is a pinned signer whose certificate is no CA (R30). Errors: ANCHOR_INVALID.
 */
MODSEAL_MUST_CHECK int modseal_anchor_new(const struct modseal_crypto *crypto,
					  const char *name,
					  struct modseal_span certificate,
					  struct modseal_signer **ret_anchor,
					  struct modseal_error *error);

/* The same anchor for use with another crypto. Errors: ANCHOR_INVALID (its provider does
 * not take the key), RESOURCE, CRYPTO. */
MODSEAL_MUST_CHECK int modseal_anchor_move(const struct modseal_crypto *crypto,
					   const struct modseal_signer *anchor,
					   struct modseal_signer **ret_anchor,
					   struct modseal_error *error);

/*
 * Refuses two signers of one key (R18), and a signer whose keys (certificate or
 * intermediates) include an anchor's (R30). A chain signer's CA may have certified an
 * anchor's key as well, or may do so tomorrow: the signers are told the anchors' keys and
 * will not accept them. Once, before the signers are shared. Errors: POLICY_INVALID,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_signers_distinct(struct modseal_signer *const *signers,
						size_t count,
						struct modseal_signer *const *anchors,
						size_t anchor_count,
						struct modseal_error *error);

#endif
