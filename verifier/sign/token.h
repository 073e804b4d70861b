/* SPDX-License-Identifier: Apache-2.0 */
/* A private key inside a PKCS#11 token: one session, one login, as many signatures as are
 * wanted. */
#ifndef MODSEAL_SIGN_TOKEN_H
#define MODSEAL_SIGN_TOKEN_H

#include "keys/algorithms.h"
#include "modseal-sign.h"
#include "verifier/sign/pkcs11_uri.h"

struct modseal_token;

/* How a token is reached, and with which PIN. */
struct modseal_token_access {
	const char *module;	 /* NULL: p11-kit's; the URI's module-path comes first */
	modseal_passphrase *pin; /* NULL: none; the URI's pin-source comes first */
	void *pin_argument;
};

/*
 * Opens the one token that the URI fits. With log_in the user is logged in, by exactly
 * one attempt: a token that counts wrong PINs locks itself for good. The PIN is asked
 * for only if the token wants one.
 *
 * Errors: TOKEN_NOT_FOUND (module or token; the message lists the tokens there are),
 * TOKEN_PIN (none, wrong, locked), TOKEN_FAILED, TOKEN_REMOVED, NOT_FOUND and SYSTEM (the
 * file of the PIN), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_token_open(const struct modseal_pkcs11_uri *uri,
					  const struct modseal_token_access *access,
					  bool log_in, struct modseal_token **ret_token,
					  struct modseal_error *error);
/* Logs out by closing the session, and wipes what is left of the PIN. */
void modseal_token_close(struct modseal_token **token);

/* True if the URI means this token, too. */
bool modseal_token_fits(const struct modseal_token *token,
			const struct modseal_pkcs11_uri *uri);

/* Chooses the private key that the URI names. Errors: TOKEN_NOT_FOUND (none or several;
 * lists what is there), UNSUPPORTED (a kind of key that does not sign here),
 * TOKEN_FAILED, TOKEN_REMOVED. */
MODSEAL_MUST_CHECK int modseal_token_choose_key(struct modseal_token *token,
						const struct modseal_pkcs11_uri *uri,
						struct modseal_error *error);

/* The public half of the chosen key; NULL where the token does not tell it. Errors:
 * KEY_INVALID (what it tells is no key), RESOURCE. */
MODSEAL_MUST_CHECK int modseal_token_public_key(const struct modseal_token *token,
						const struct modseal_crypto *crypto,
						const char *object, EVP_PKEY **ret_key,
						struct modseal_error *error);

/* A certificate, DER, the caller's to free: the one that the URI names, or with of_key
 * the one of the chosen key (same CKA_ID). Errors: as modseal_token_choose_key. */
MODSEAL_MUST_CHECK int modseal_token_certificate(const struct modseal_token *token,
						 const struct modseal_pkcs11_uri *uri,
						 bool of_key, uint8_t **ret_der,
						 size_t *ret_size,
						 struct modseal_error *error);

/*
 * Signs with the chosen key: over a digest, or over a message where the algorithm takes
 * one. The form of the signature is that of modseal_raw_sign. Threads take turns. After
 * the token was removed, or has refused the PIN, it is not asked again: every further
 * call fails the same way.
 *
 * Errors: UNSUPPORTED (the token cannot do this algorithm), TOKEN_FAILED, TOKEN_REMOVED,
 * TOKEN_PIN, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_token_sign(struct modseal_token *token,
					  enum modseal_algorithm algorithm,
					  struct modseal_span input, const char *object,
					  uint8_t *signature, size_t room,
					  size_t *ret_size, struct modseal_error *error);

#endif
