/* SPDX-License-Identifier: Apache-2.0 */
/* A PKCS#11 module, loaded only when a key is inside a token. */
#ifndef MODSEAL_SIGN_PKCS11_MODULE_H
#define MODSEAL_SIGN_PKCS11_MODULE_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

#include "internal/error.h"

struct modseal_pkcs11_module {
	char *name; /* its path, or p11-kit's library */
	CK_FUNCTION_LIST *call;
	bool started; /* by us, so it is ours to end */
};

/*
 * Loads and starts a module; path NULL: p11-kit, which brings along every module that the
 * machine's configuration names. The module's code runs in this process, which therefore
 * is one that signs and never one that verifies.
 *
 * Errors: TOKEN_NOT_FOUND (no such module, or it is none), TOKEN_FAILED, RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_pkcs11_module_open(const char *path, struct modseal_pkcs11_module *ret_module,
			   struct modseal_error *error);
void modseal_pkcs11_module_close(struct modseal_pkcs11_module *module);

/* "CKR_PIN_INCORRECT", or the number where the name is not known. */
#define MODSEAL_PKCS11_NAME_SIZE 40
const char *modseal_pkcs11_name(CK_RV value, char buffer[MODSEAL_PKCS11_NAME_SIZE]);

#endif
