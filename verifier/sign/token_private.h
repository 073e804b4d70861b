/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of token.h share. */
#ifndef MODSEAL_SIGN_TOKEN_PRIVATE_H
#define MODSEAL_SIGN_TOKEN_PRIVATE_H

#include <pthread.h>

#include "verifier/sign/pkcs11_find.h"
#include "verifier/sign/token.h"

#define MODSEAL_MAX_PIN 1024

struct modseal_token {
	struct modseal_pkcs11_place place;
	bool pinpad; /* the PIN is typed on the token itself */
	CK_OBJECT_HANDLE key;
	CK_KEY_TYPE type;
	struct modseal_pkcs11_value id; /* of the key */
	bool always;			/* it wants the PIN for each signature */
	/* Kept from opening to choosing the key, and on only where it wants that. */
	char pin[MODSEAL_MAX_PIN];
	size_t pin_size;
	pthread_mutex_t lock;
	/* under the lock: once it has failed for good */
	struct modseal_error failed;
};

/* One C_Login. Errors: TOKEN_PIN, TOKEN_FAILED, TOKEN_REMOVED. */
MODSEAL_MUST_CHECK int modseal_token_log_in(struct modseal_token *token, CK_USER_TYPE who,
					    const char *object,
					    struct modseal_error *error);

#endif
