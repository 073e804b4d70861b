/* SPDX-License-Identifier: Apache-2.0 */
/* Finds tokens and the objects in them; what is not found is answered with what is there.
 */
#ifndef MODSEAL_SIGN_PKCS11_FIND_H
#define MODSEAL_SIGN_PKCS11_FIND_H

#include "verifier/sign/pkcs11_module.h"
#include "verifier/sign/pkcs11_uri.h"

/* A module, a slot of it, and the session in that: what all calls about objects need. */
struct modseal_pkcs11_place {
	struct modseal_pkcs11_module module;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	char label[33]; /* the token's, for messages */
};

/* An attribute of an object. */
struct modseal_pkcs11_value {
	uint8_t *bytes; /* the caller's to free */
	size_t size;
};

/* The one token that the URI fits. Errors: TOKEN_NOT_FOUND (none, or several),
 * TOKEN_FAILED. */
MODSEAL_MUST_CHECK int modseal_pkcs11_find_token(struct modseal_pkcs11_place *place,
						 const struct modseal_pkcs11_uri *uri,
						 CK_TOKEN_INFO *ret_info,
						 struct modseal_error *error);
/* True if the URI fits the token, too. */
bool modseal_pkcs11_token_fits(const struct modseal_pkcs11_place *place,
			       const struct modseal_pkcs11_uri *uri);

/*
 * The one object of the class that the URI fits, and, where id is not NULL, that has this
 * CKA_ID. Errors: TOKEN_NOT_FOUND (none, or several), TOKEN_FAILED, TOKEN_REMOVED,
 * RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_pkcs11_find_object(const struct modseal_pkcs11_place *place,
			   const struct modseal_pkcs11_uri *uri, CK_OBJECT_CLASS class,
			   const struct modseal_pkcs11_value *id,
			   CK_OBJECT_HANDLE *ret_object, struct modseal_error *error);
/* The same without saying why there is none. */
bool modseal_pkcs11_has_object(const struct modseal_pkcs11_place *place,
			       CK_OBJECT_CLASS class,
			       const struct modseal_pkcs11_value *id,
			       CK_OBJECT_HANDLE *ret_object);

/* False where the object has no such attribute, or it is larger than 64 KiB. */
bool modseal_pkcs11_value(const struct modseal_pkcs11_place *place,
			  CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
			  struct modseal_pkcs11_value *ret_value);

/* A call that failed: TOKEN_REMOVED where the token is gone, TOKEN_FAILED with its answer
 * otherwise. doing: "cannot be searched". */
int modseal_pkcs11_fail(const struct modseal_pkcs11_place *place, CK_RV value,
			const char *object, const char *doing,
			struct modseal_error *error);

#endif
