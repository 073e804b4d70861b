/* SPDX-License-Identifier: Apache-2.0 */
/* Loads PKCS#11 modules (PKCS #11 2.40, sections 5.4 and 11.4). */
#include "verifier/sign/pkcs11_module.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The library itself is a module, too: a proxy of all that are configured. */
#define P11_KIT "libp11-kit.so.0"

static int fail_loading(const char *path, const char *why, struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_TOKEN_NOT_FOUND, MODSEAL_STAGE_KEY,
				path ? path : P11_KIT,
				"the PKCS#11 module cannot be loaded: %s",
				why ? why : "no reason given");

	if (path)
		modseal_remedy(error, "name the token's own module");
	else
		modseal_remedy(error,
			       "install p11-kit, or name the token's own module with "
			       "--pkcs11-module");
	return code;
}

static int start(struct modseal_pkcs11_module *module, struct modseal_error *error)
{
	CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK};
	char name[MODSEAL_PKCS11_NAME_SIZE];
	CK_RV value = module->call->C_Initialize(&arguments);

	/* where the application uses the same module, it stays the application's */
	if (value == CKR_CRYPTOKI_ALREADY_INITIALIZED)
		return 0;
	if (value == CKR_OK) {
		module->started = true;
		return 0;
	}
	return modseal_fail(error, MODSEAL_E_TOKEN_FAILED, MODSEAL_STAGE_KEY,
			    module->name, "the PKCS#11 module does not start: %s",
			    modseal_pkcs11_name(value, name));
}

int modseal_pkcs11_module_open(const char *path, struct modseal_pkcs11_module *ret_module,
			       struct modseal_error *error)
{
	struct modseal_pkcs11_module module = {.name = NULL};
	CK_RV (*get_list)(CK_FUNCTION_LIST * *list) = NULL;
	void *library;
	void *symbol;
	int result;

	/* a file of the working directory is a file, not a name to be searched for */
	if (path && !strchr(path, '/') && asprintf(&module.name, "./%s", path) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	if (!module.name)
		module.name = strdup(path ? path : P11_KIT);
	if (!module.name)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	/* Never unloaded: what modules leave behind with atexit(3) would lead nowhere. */
	library = dlopen(module.name, RTLD_NOW | RTLD_LOCAL);
	symbol = library ? dlsym(library, "C_GetFunctionList") : NULL;
	memcpy(&get_list, &symbol, sizeof(symbol));
	if (!library)
		result = fail_loading(path, dlerror(), error);
	else if (!get_list || get_list(&module.call) != CKR_OK || !module.call)
		result = fail_loading(path, "it is no such module", error);
	else
		result = start(&module, error);
	if (result < 0)
		free(module.name);
	else
		*ret_module = module;
	return result;
}

void modseal_pkcs11_module_close(struct modseal_pkcs11_module *module)
{
	if (module->started)
		module->call->C_Finalize(NULL);
	free(module->name);
	*module = (struct modseal_pkcs11_module){.name = NULL};
}

#define NAMES(X)                                                                         \
	X(HOST_MEMORY)                                                                   \
	X(SLOT_ID_INVALID)                                                               \
	X(GENERAL_ERROR)                                                                 \
	X(FUNCTION_FAILED)                                                               \
	X(ARGUMENTS_BAD)                                                                 \
	X(CANT_LOCK)                                                                     \
	X(DATA_INVALID)                                                                  \
	X(DATA_LEN_RANGE)                                                                \
	X(DEVICE_ERROR)                                                                  \
	X(DEVICE_MEMORY)                                                                 \
	X(DEVICE_REMOVED)                                                                \
	X(FUNCTION_CANCELED)                                                             \
	X(FUNCTION_NOT_SUPPORTED)                                                        \
	X(KEY_HANDLE_INVALID)                                                            \
	X(KEY_TYPE_INCONSISTENT)                                                         \
	X(KEY_FUNCTION_NOT_PERMITTED)                                                    \
	X(MECHANISM_INVALID)                                                             \
	X(MECHANISM_PARAM_INVALID)                                                       \
	X(OBJECT_HANDLE_INVALID)                                                         \
	X(OPERATION_ACTIVE)                                                              \
	X(OPERATION_NOT_INITIALIZED)                                                     \
	X(PIN_INCORRECT)                                                                 \
	X(PIN_INVALID)                                                                   \
	X(PIN_LEN_RANGE)                                                                 \
	X(PIN_EXPIRED)                                                                   \
	X(PIN_LOCKED)                                                                    \
	X(SESSION_CLOSED)                                                                \
	X(SESSION_COUNT)                                                                 \
	X(SESSION_HANDLE_INVALID)                                                        \
	X(TOKEN_NOT_PRESENT)                                                             \
	X(TOKEN_NOT_RECOGNIZED)                                                          \
	X(USER_NOT_LOGGED_IN)                                                            \
	X(USER_PIN_NOT_INITIALIZED)                                                      \
	X(USER_TYPE_INVALID)                                                             \
	X(USER_ANOTHER_ALREADY_LOGGED_IN)                                                \
	X(USER_TOO_MANY_TYPES)                                                           \
	X(BUFFER_TOO_SMALL)                                                              \
	X(CRYPTOKI_NOT_INITIALIZED)

const char *modseal_pkcs11_name(CK_RV value, char buffer[MODSEAL_PKCS11_NAME_SIZE])
{
	switch (value) {
#define X(name)                                                                          \
	case CKR_##name:                                                                 \
		return "CKR_" #name;
		NAMES(X)
#undef X
	}
	snprintf(buffer, MODSEAL_PKCS11_NAME_SIZE, "error 0x%lx", (unsigned long)value);
	return buffer;
}
