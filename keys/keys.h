/* SPDX-License-Identifier: Apache-2.0 */
/* What the verifier sees of keys/: no OpenSSL types. */
#ifndef MODSEAL_KEYS_KEYS_H
#define MODSEAL_KEYS_KEYS_H

#include "keys/crypto.h"
#include "keys/revoked.h"

struct modseal_signer;

/* A file that the signer's `crl-files` name. */
struct modseal_crl_source {
	const char *name;
	struct modseal_span bytes; /* PEM or DER; data NULL: there is no such file */
};

/* See keys/signer.h. */
struct modseal_signer_config {
	const char *name;
	enum modseal_trust_model trust;
	struct modseal_span certificate;   /* PEM or DER */
	struct modseal_span intermediates; /* PEM, several; empty for none */
	uint32_t algorithms;		   /* bits; 0: all */
	uint32_t purposes;		   /* bits; 0: all (anchors, --certificate) */
	/* chain only. Lists that cannot be used are no failure when the signer is made:
	 * they are when it is asked. */
	enum modseal_crl_demand crl_demand;
	const struct modseal_crl_source *crls;
	size_t crl_count;
	int64_t crl_maximum_age; /* seconds; 0: as long as the list says */
};

/*
 * When validity is judged. Seconds since 1970; the floor comes from signed times only.
 * stamped: the certificates of a path at the time of a time stamp instead, whatever clock
 * and floor say. What is revoked is so whenever it was, and lists are asked for now.
 */
struct modseal_clock {
	int64_t now;
	int64_t floor;
	bool stamped;
	int64_t stamp;
};

/* Copies all it keeps. Errors: CERTIFICATE_INVALID (also where lists are asked for and
 * nobody could have made them), ALGORITHM_NOT_ALLOWED, RESOURCE, CRYPTO. */
MODSEAL_MUST_CHECK int modseal_signer_new(const struct modseal_crypto *crypto,
					  const struct modseal_signer_config *config,
					  struct modseal_signer **ret_signer,
					  struct modseal_error *error);
/*
 * The same, but a certificate that is given as text is decoded at the first
 * modseal_signer_ready, so that a thousand signers that no file asks for cost nothing;
 * only its key is known before. What is wrong with it may be said only there.
 */
MODSEAL_MUST_CHECK int modseal_signer_prepare(const struct modseal_crypto *crypto,
					      const struct modseal_signer_config *config,
					      struct modseal_signer **ret_signer,
					      struct modseal_error *error);
/* Before a signer is asked anything but its name and key digest. May be called by several
 * threads. Errors: as modseal_signer_new, the same each time. */
MODSEAL_MUST_CHECK int modseal_signer_ready(const struct modseal_crypto *crypto,
					    struct modseal_signer *signer,
					    struct modseal_error *error);
void modseal_signer_free(struct modseal_signer **signer);

const char *modseal_signer_name(const struct modseal_signer *signer);
/* The SHA-256 of the signer's SubjectPublicKeyInfo; lives as long as the signer. */
const uint8_t *modseal_signer_key_digest(const struct modseal_signer *signer);
/* The SHA-256 of the signer's certificate; lives as long as the signer. */
const uint8_t *modseal_signer_certificate_digest(const struct modseal_signer *signer);

/*
 * A signed time: the newest thisUpdate, not later than latest, of the revocation lists
 * whose signature was found good. INT64_MIN: there is none. Lists of a CA that only files
 * bring along have been checked for no one before the first such file.
 */
int64_t modseal_signer_listed_at(const struct modseal_signer *signer, int64_t latest);

/*
 * Before next takes the place of current, a signer of the same name (or NULL): are its
 * revocation lists as new? Every list of current whose signature was found good, and that
 * is not later than latest, needs one by the same key that is not older; where next asks
 * for no lists, none does. crypto: that of next. Errors: CRL_UNUSABLE (a list of next
 * that nobody could use), ROLLBACK, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_signer_lists_succeed(const struct modseal_crypto *crypto,
						    const struct modseal_signer *next,
						    const struct modseal_signer *current,
						    int64_t latest,
						    struct modseal_error *error);

/* A revocation list of a signer, by its number from 0, whose signature was found good and
 * that is not later than latest: who made it (SHA-256 of the SubjectPublicKeyInfo) and
 * when. False: there are no more. */
bool modseal_signer_list(const struct modseal_signer *signer, int64_t latest,
			 size_t number, const char **ret_name, const uint8_t **ret_key,
			 int64_t *ret_made);

/* The SHA-256 of the file of each of its revocation lists, good or not; zero: it is not
 * there. ret_digests NULL: not wanted. Returns how many there are. */
size_t modseal_signer_list_digests(const struct modseal_signer *signer,
				   uint8_t (*ret_digests)[MODSEAL_SHA256_SIZE]);

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

/* The certificate of an anchor, DER; the caller frees. Errors: RESOURCE, CRYPTO. */
MODSEAL_MUST_CHECK int modseal_anchor_encode(const struct modseal_signer *anchor,
					     uint8_t **ret_der, size_t *ret_size,
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
