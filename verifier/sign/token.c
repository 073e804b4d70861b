/* SPDX-License-Identifier: Apache-2.0 */
/* Opens tokens: session and login (PKCS #11 2.40, section 5.6), keys and certificates. */
#include "verifier/sign/token.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys/keyfile.h"
#include "verifier/sign/token_private.h"

/* ---- the PIN -------------------------------------------------------------------------
 */

static int fail_pin(const struct modseal_token *token, const char *object,
		    const char *remedy, const char *what, struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_TOKEN_PIN, MODSEAL_STAGE_KEY, object,
				"the token '%s' (module %s) %s", token->place.label,
				token->place.module.name, what);

	if (remedy)
		modseal_remedy(error, "%s", remedy);
	return code;
}

static int pin_from_file(struct modseal_token *token, const char *path,
			 struct modseal_error *error)
{
	struct modseal_span bytes;
	const uint8_t *end;
	int result = modseal_key_file_read(path, "PIN", &bytes, error);

	if (result < 0)
		return result;
	end = memchr(bytes.data, '\n', bytes.size);
	token->pin_size = end ? (size_t)(end - bytes.data) : bytes.size;
	if (token->pin_size == 0 || token->pin_size > sizeof(token->pin)) {
		token->pin_size = 0;
		result = modseal_fail(error, MODSEAL_E_TOKEN_PIN, MODSEAL_STAGE_KEY, path,
				      "its first line is no PIN of at most %d bytes",
				      MODSEAL_MAX_PIN);
	} else {
		memcpy(token->pin, bytes.data, token->pin_size);
	}
	modseal_key_file_wipe(bytes);
	return result;
}

static int get_pin(struct modseal_token *token, const struct modseal_pkcs11_uri *uri,
		   const struct modseal_token_access *access, struct modseal_error *error)
{
	const char *path = modseal_pkcs11_uri_pin_file(uri);
	int size = -1;

	if (path)
		return pin_from_file(token, path, error);
	if (access->pin)
		size = access->pin(access->pin_argument, token->pin, sizeof(token->pin));
	if (size <= 0 || (size_t)size > sizeof(token->pin))
		return fail_pin(token, uri->name,
				"give it as a passphrase, with --passphrase-file for "
				"one, or with pin-source=file:PATH in the URI",
				"wants a PIN, and none was given", error);
	token->pin_size = (size_t)size;
	return 0;
}

/* How near the token is to locking itself, after a wrong PIN. */
static const char *tries_left(const struct modseal_token *token)
{
	CK_TOKEN_INFO info = {.flags = 0};

	if (token->place.module.call->C_GetTokenInfo(token->place.slot, &info) != CKR_OK)
		return "refuses the PIN";
	if (info.flags & CKF_USER_PIN_LOCKED)
		return "refuses the PIN, and has locked itself now";
	if (info.flags & CKF_USER_PIN_FINAL_TRY)
		return "refuses the PIN; the next wrong one locks it";
	return "refuses the PIN";
}

static const char *const careful =
	"it was tried once only; find the right PIN before you try again: tokens lock";
static const char *const unlock = "unlock it with its own tool and the SO PIN";

int modseal_token_log_in(struct modseal_token *token, CK_USER_TYPE who,
			 const char *object, struct modseal_error *error)
{
	CK_RV value = token->place.module.call->C_Login(
		token->place.session, who,
		token->pinpad ? NULL : (CK_UTF8CHAR *)token->pin,
		token->pinpad ? 0 : token->pin_size);

	switch (value) {
	case CKR_OK:
	case CKR_USER_ALREADY_LOGGED_IN: /* by the application */
		return 0;
	case CKR_PIN_INCORRECT:
	case CKR_PIN_INVALID:
	case CKR_PIN_LEN_RANGE:
		return fail_pin(token, object, careful, tries_left(token), error);
	case CKR_PIN_LOCKED:
		return fail_pin(token, object, unlock, "has locked itself", error);
	case CKR_PIN_EXPIRED:
		return fail_pin(token, object, "change it with the token's own tool",
				"says that the PIN has expired", error);
	case CKR_USER_PIN_NOT_INITIALIZED:
		return fail_pin(token, object, "set one with the token's own tool",
				"has no PIN yet", error);
	case CKR_FUNCTION_CANCELED:
		return fail_pin(token, object, "type it on the token's own keys",
				"was given no PIN", error);
	default:
		return modseal_pkcs11_fail(&token->place, value, object,
					   "does not let the user in", error);
	}
}

static int log_in_user(struct modseal_token *token, const CK_TOKEN_INFO *info,
		       const struct modseal_pkcs11_uri *uri,
		       const struct modseal_token_access *access,
		       struct modseal_error *error)
{
	int result;

	if (!(info->flags & CKF_LOGIN_REQUIRED))
		return 0;
	if (info->flags & CKF_USER_PIN_LOCKED)
		return fail_pin(token, uri->name, unlock, "has locked itself", error);
	token->pinpad = info->flags & CKF_PROTECTED_AUTHENTICATION_PATH;
	result = token->pinpad ? 0 : get_pin(token, uri, access, error);
	if (result == 0)
		result = modseal_token_log_in(token, CKU_USER, uri->name, error);
	return result;
}

/* ---- opening -------------------------------------------------------------------------
 */

static int open_session(struct modseal_token *token, const struct modseal_pkcs11_uri *uri,
			const struct modseal_token_access *access, bool log_in,
			struct modseal_error *error)
{
	const char *module = uri->parts[MODSEAL_PKCS11_MODULE_PATH];
	struct modseal_pkcs11_place *place = &token->place;
	CK_TOKEN_INFO info;
	CK_RV value;
	int result = modseal_pkcs11_module_open(module ? module : access->module,
						&place->module, error);

	if (result == 0)
		result = modseal_pkcs11_find_token(place, uri, &info, error);
	if (result < 0)
		return result;
	value = place->module.call->C_OpenSession(place->slot, CKF_SERIAL_SESSION, NULL,
						  NULL, &place->session);
	if (value != CKR_OK)
		return modseal_pkcs11_fail(place, value, uri->name, "opens no session",
					   error);
	return log_in ? log_in_user(token, &info, uri, access, error) : 0;
}

int modseal_token_open(const struct modseal_pkcs11_uri *uri,
		       const struct modseal_token_access *access, bool log_in,
		       struct modseal_token **ret_token, struct modseal_error *error)
{
	struct modseal_token *token = calloc(1, sizeof(*token));
	int result;

	if (!token)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	pthread_mutex_init(&token->lock, NULL);
	result = open_session(token, uri, access, log_in, error);
	if (result < 0)
		modseal_token_close(&token);
	else
		*ret_token = token;
	return result;
}

void modseal_token_close(struct modseal_token **token)
{
	struct modseal_token *old = *token;

	if (!old)
		return;
	*token = NULL;
	if (old->place.session)
		old->place.module.call->C_CloseSession(old->place.session);
	modseal_pkcs11_module_close(&old->place.module);
	pthread_mutex_destroy(&old->lock);
	free(old->id.bytes);
	OPENSSL_cleanse(old, sizeof(*old));
	free(old);
}

bool modseal_token_fits(const struct modseal_token *token,
			const struct modseal_pkcs11_uri *uri)
{
	return modseal_pkcs11_token_fits(&token->place, uri);
}

/* ---- what is in it -------------------------------------------------------------------
 */

static int wrong_type(const struct modseal_pkcs11_uri *uri, const char *wanted,
		      struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, uri->name,
				"the URI is of something else than a %s", wanted);

	modseal_remedy(error, "leave type= away");
	return code;
}

static int judge_key(struct modseal_token *token, const char *object,
		     struct modseal_error *error)
{
	CK_BBOOL always = CK_FALSE;
	CK_ATTRIBUTE wanted[] = {{CKA_KEY_TYPE, &token->type, sizeof(token->type)}};
	CK_ATTRIBUTE optional[] = {{CKA_ALWAYS_AUTHENTICATE, &always, sizeof(always)}};
	CK_FUNCTION_LIST *call = token->place.module.call;
	CK_RV value =
		call->C_GetAttributeValue(token->place.session, token->key, wanted, 1);

	if (value != CKR_OK)
		return modseal_pkcs11_fail(&token->place, value, object,
					   "does not tell the kind of the key", error);
	if (token->type != CKK_RSA && token->type != CKK_EC &&
	    token->type != CKK_EC_EDWARDS)
		return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_KEY,
				    object,
				    "the key in the token '%s' is of a kind (CKK 0x%lx) "
				    "that does not sign here; RSA, ECDSA and Ed25519 do",
				    token->place.label, (unsigned long)token->type);
	/* not every token knows the attribute */
	if (call->C_GetAttributeValue(token->place.session, token->key, optional, 1) ==
	    CKR_OK)
		token->always = always == CK_TRUE;
	if (!token->always)
		OPENSSL_cleanse(token->pin, sizeof(token->pin));
	return 0;
}

int modseal_token_choose_key(struct modseal_token *token,
			     const struct modseal_pkcs11_uri *uri,
			     struct modseal_error *error)
{
	const char *type = uri->parts[MODSEAL_PKCS11_TYPE];
	int result;

	if (type && strcmp(type, "private") != 0)
		return wrong_type(uri, "private key", error);
	result = modseal_pkcs11_find_object(&token->place, uri, CKO_PRIVATE_KEY, NULL,
					    &token->key, error);
	if (result == 0)
		result = judge_key(token, uri->name, error);
	if (result == 0)
		modseal_pkcs11_value(&token->place, token->key, CKA_ID, &token->id);
	return result;
}

int modseal_token_certificate(const struct modseal_token *token,
			      const struct modseal_pkcs11_uri *uri, bool of_key,
			      uint8_t **ret_der, size_t *ret_size,
			      struct modseal_error *error)
{
	const char *type = uri->parts[MODSEAL_PKCS11_TYPE];
	struct modseal_pkcs11_value der;
	CK_OBJECT_HANDLE object;
	int result;

	if (!of_key && type && strcmp(type, "cert") != 0)
		return wrong_type(uri, "certificate", error);
	result = modseal_pkcs11_find_object(&token->place, uri, CKO_CERTIFICATE,
					    of_key ? &token->id : NULL, &object, error);
	if (result < 0)
		return result;
	if (!modseal_pkcs11_value(&token->place, object, CKA_VALUE, &der))
		return modseal_fail(error, MODSEAL_E_TOKEN_FAILED, MODSEAL_STAGE_KEY,
				    uri->name,
				    "the token '%s' (module %s) does not give the "
				    "certificate out",
				    token->place.label, token->place.module.name);
	*ret_der = der.bytes;
	*ret_size = der.size;
	return 0;
}
