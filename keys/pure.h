/* SPDX-License-Identifier: Apache-2.0 */
/* Signature algorithms that take the message itself, not a digest of it: Ed25519 and
 * ML-DSA. */
#ifndef MODSEAL_KEYS_PURE_H
#define MODSEAL_KEYS_PURE_H

#include <stdbool.h>

#include "keys/openssl.h"

/*
 * One parameter set is one algorithm and one kind of key, and one object identifier names
 * both (RFC 8410 3, RFC 9881 2). In CMS they sign attributes, whose message digest is a
 * SHA-512: RFC 8419 3.1 allows Ed25519 nothing else, RFC 9882 3.3 wants SHA-512 of every
 * reader of ML-DSA.
 */
struct modseal_pure {
	enum modseal_algorithm algorithm;
	const char *type;   /* OpenSSL's name of the key and of the algorithm */
	const char *object; /* the identifier's content octets, which have no zero:
			     * OpenSSL 3.0 does not know ML-DSA by name */
	size_t key_size;    /* bytes of the public key */
};

/* NULL: none of these. */
const struct modseal_pure *modseal_pure_of_key(EVP_PKEY *key);
const struct modseal_pure *modseal_pure_of_object(const ASN1_OBJECT *object);
const struct modseal_pure *modseal_pure_of(enum modseal_algorithm algorithm);
const struct modseal_pure *modseal_pure_named(const char *token);

/*
 * Why there are no signatures of this kind here, NULL where there are; completes "Ed25519
 * ...". The OpenSSL at run time must have them in its CMS (3.5; 3.0 has neither, though
 * its libcrypto can check Ed25519), so that what is made and accepted here can be looked
 * at with the same machine's `openssl cms` too; and the provider chosen must offer them.
 */
const char *modseal_pure_lack(const struct modseal_crypto *crypto,
			      const struct modseal_pure *pure);
/* The refusal of a key for that reason: ALGORITHM_NOT_ALLOWED. */
int modseal_pure_refuse(const struct modseal_pure *pure, const char *lack,
			const char *object, struct modseal_error *error);

/*
 * False for public keys with more than one spelling, or under which anybody can sign: an
 * Ed25519 point of small order, or given by a number that is not reduced (RFC 8032 5.1.3
 * step 1, 5.1.7). OpenSSL accepts both.
 */
bool modseal_pure_key_is_sound(const struct modseal_pure *pure, struct modseal_span key);

#endif
