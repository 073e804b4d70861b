/* SPDX-License-Identifier: Apache-2.0 */
/* One certificate revocation list (RFC 5280, chapter 5): read strictly, asked quickly. */
#ifndef MODSEAL_KEYS_CRL_H
#define MODSEAL_KEYS_CRL_H

#include <stdatomic.h>

#include "keys/certificate.h"

struct modseal_crl_entry {
	const uint8_t *serial; /* its digits, big-endian; in the list's serials */
	uint32_t size;	       /* of serial, bytes */
	bool negative;	       /* OpenSSL keeps the sign elsewhere: -5 is not 5 */
	uint8_t reason;	       /* CRLReason, RFC 5280 5.3.1; 0: unspecified */
	int64_t since;	       /* seconds since 1970 */
};

/* Whose a list is. */
struct modseal_crl_maker {
	uint8_t key_sha256[MODSEAL_SHA256_SIZE];
	X509 *certificate; /* the one with this key by which that was found out */
};

/* Immutable once read, but for the memory of whose it is. */
struct modseal_crl {
	char *name;				  /* of its file */
	bool absent;				  /* there is no such file */
	uint8_t file_digest[MODSEAL_SHA256_SIZE]; /* SHA-256 of the file; absent: zero */
	char *flaw; /* why it cannot be used, whoever made it; NULL: it can be read */
	X509_NAME *issuer;
	int64_t this_update, next_update;  /* seconds since 1970 */
	struct modseal_crl_entry *entries; /* sorted by serial number */
	size_t count;
	uint8_t *serials;
	/* The signature, and what it is over. Digests of all kinds, so that checking
	 * needs neither the list's bytes nor more than one operation with the key. */
	X509_ALGOR *algorithm;
	uint8_t *signature;
	size_t signature_size;
	uint8_t digests[MODSEAL_HASH_COUNT][MODSEAL_MAX_DIGEST_SIZE];
	/* For algorithms that take no digest, the bytes; NULL for all others. */
	uint8_t *message;
	size_t message_size;
	/* The key that made the signature, once it was found: a list is checked once, not
	 * once per file. Reached by pointer: asking does not change what a list is. */
	_Atomic(struct modseal_crl_maker *) *signed_by;
};

/*
 * Reads a list, PEM (one block "X509 CRL", text around it allowed) or DER. What makes it
 * unusable becomes its flaw, which is no failure: a list that cannot be read may be the
 * one that revokes, and only who asks knows whether one is demanded.
 *
 * Flaws are: anything that modseal_certificate_read refuses too; a list that covers a
 * part of its issuer's certificates (issuingDistributionPoint), a delta list, an indirect
 * one, critical extensions that are not acted upon, removeFromCRL or an unknown reason;
 * no nextUpdate, or one before thisUpdate.
 *
 * bytes.data NULL: there is no such file. The caller ends with modseal_crl_clear, also
 * after a failure. Errors: RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int modseal_crl_read(const struct modseal_crypto *crypto,
					const char *name, struct modseal_span bytes,
					struct modseal_crl *ret_crl,
					struct modseal_error *error);
void modseal_crl_clear(struct modseal_crl *crl);

/* Makes it unusable. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_crl_condemn(struct modseal_crl *crl, const char *what,
					   struct modseal_error *error);

/* Is it a list of this issuer's name? The signature says whether that is true. */
bool modseal_crl_names(const struct modseal_crl *crl,
		       const struct modseal_certificate *issuer);

/*
 * Is it signed by this issuer's key? *ret_other: it is known to be another key's, so it
 * says nothing about this one's certificates. Errors: SIGNATURE_INVALID,
 * ALGORITHM_NOT_ALLOWED, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_crl_verify(const struct modseal_crypto *crypto,
					  const struct modseal_crl *crl,
					  const struct modseal_certificate *issuer,
					  const char *object, bool *ret_other,
					  struct modseal_error *error);

/* The entry of a certificate of the list's issuer; NULL: it is not revoked. */
const struct modseal_crl_entry *
modseal_crl_find(const struct modseal_crl *crl,
		 const struct modseal_certificate *certificate);

/* "keyCompromise", ... (RFC 5280 5.3.1); NULL for one that a full list cannot have. */
const char *modseal_crl_reason(uint32_t reason);

#endif
