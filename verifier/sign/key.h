/* SPDX-License-Identifier: Apache-2.0 */
/* A private key ready to sign, with the signer that its signatures are checked by. */
#ifndef MODSEAL_SIGN_KEY_H
#define MODSEAL_SIGN_KEY_H

#include <sys/stat.h>

#include "keys/algorithms.h"
#include "keys/private.h"
#include "keys/signer.h"

struct modseal_token; /* token.h */

#define MODSEAL_MAX_KEY_REMARKS 2

struct modseal_signing_key {
	struct modseal_crypto *crypto;
	EVP_PKEY *key;		       /* NULL: in the token, or not here at all */
	struct modseal_token *token;   /* NULL: the key is in none */
	struct modseal_signer *signer; /* pinned to the certificate */
	enum modseal_hash hash;
	enum modseal_algorithm algorithm;
	bool pss;
	/* Whose signatures go when this key's come: a certificate only; NULL: nobody's.
	 */
	struct modseal_signing_key *replaced;
	/* The files they came from, which no output may replace. */
	struct stat key_file;
	struct stat certificate_file;
	/* What is no reason to refuse, but to be told. */
	const char *remarks[MODSEAL_MAX_KEY_REMARKS];
	size_t remark_count;
};

/*
 * Only what others_read needs to find the signatures of a certificate's key: nothing is
 * asked of its dates and usages, because signatures that are past their time are what is
 * taken off. Errors: those of modseal_signing_key_open for certificates.
 */
MODSEAL_MUST_CHECK int modseal_signing_key_named(const char *certificate_path,
						 struct modseal_signing_key **ret_key,
						 struct modseal_error *error);

/* The digest that a key signs with unless told otherwise. */
enum modseal_hash modseal_default_hash(EVP_PKEY *key);

#endif
