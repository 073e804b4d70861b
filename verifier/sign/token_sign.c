/* SPDX-License-Identifier: Apache-2.0 */
/* Signs inside a token (PKCS #11 2.40, section 5.11, and the mechanisms of its
 * companion).
 */
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <string.h>

#include "verifier/sign/raw.h"
#include "verifier/sign/token_private.h"

/* What one signature takes. */
struct work {
	CK_MECHANISM mechanism;
	CK_RSA_PKCS_PSS_PARAMS pss;
	uint8_t digest_info[MODSEAL_MAX_DIGEST_INFO];
	struct modseal_span input;
};

static void plan_pss(enum modseal_hash hash, struct work *work)
{
	static const struct {
		CK_MECHANISM_TYPE hash;
		CK_RSA_PKCS_MGF_TYPE mgf;
	} names[] = {{CKM_SHA256, CKG_MGF1_SHA256},
		     {CKM_SHA384, CKG_MGF1_SHA384},
		     {CKM_SHA512, CKG_MGF1_SHA512}};

	work->pss = (CK_RSA_PKCS_PSS_PARAMS){names[hash].hash, names[hash].mgf,
					     modseal_hash_size(hash)};
	work->mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &work->pss, sizeof(work->pss)};
}

/* False where a key of this type does not sign so. */
static bool plan(CK_KEY_TYPE type, enum modseal_algorithm algorithm, struct work *work)
{
	enum modseal_hash hash = modseal_algorithm_hash(algorithm);

	if (algorithm <= MODSEAL_ALGORITHM_RSA_PKCS1_SHA512) {
		work->mechanism.mechanism = CKM_RSA_PKCS;
		work->input = modseal_span_of(
			work->digest_info,
			modseal_digest_info(hash, work->input, work->digest_info));
		return type == CKK_RSA;
	}
	if (algorithm <= MODSEAL_ALGORITHM_RSA_PSS_SHA512) {
		plan_pss(hash, work);
		return type == CKK_RSA;
	}
	if (algorithm == MODSEAL_ALGORITHM_ED25519) {
		work->mechanism.mechanism = CKM_EDDSA;
		return type == CKK_EC_EDWARDS;
	}
	work->mechanism.mechanism = CKM_ECDSA;
	return type == CKK_EC && !modseal_algorithm_is_pure(algorithm);
}

/* r and s, each half of the bytes (PKCS #11 2.40, 2.3.1), as Ecdsa-Sig-Value. */
static bool ecdsa_to_der(uint8_t *signature, size_t room, size_t *size)
{
	int half = (int)(*size / 2);
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(signature, half, NULL);
	BIGNUM *s = BN_bin2bn(signature + half, half, NULL);
	unsigned char *at = signature;
	int length = -1;

	if (pair && r && s && *size % 2 == 0 && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL;
		length = i2d_ECDSA_SIG(pair, NULL);
	}
	if (length > 0 && (size_t)length <= room)
		length = i2d_ECDSA_SIG(pair, &at);
	else
		length = -1;
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	*size = length > 0 ? (size_t)length : 0;
	return length > 0;
}

static int fail_signing(const struct modseal_token *token, CK_RV value,
			enum modseal_algorithm algorithm, const char *object,
			struct modseal_error *error)
{
	char name[MODSEAL_PKCS11_NAME_SIZE];
	int code;

	switch (value) {
	case CKR_MECHANISM_INVALID:
	case CKR_MECHANISM_PARAM_INVALID:
	case CKR_ARGUMENTS_BAD:
	case CKR_KEY_TYPE_INCONSISTENT:
	case CKR_KEY_FUNCTION_NOT_PERMITTED:
	case CKR_KEY_SIZE_RANGE:
	case CKR_FUNCTION_NOT_SUPPORTED:
		code = modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_SIGN,
				    object,
				    "the token '%s' (module %s) does not sign with %s: "
				    "%s",
				    token->place.label, token->place.module.name,
				    modseal_algorithm_name(algorithm),
				    modseal_pkcs11_name(value, name));
		modseal_remedy(error, "try another --hash or --padding, or another key");
		return code;
	default:
		return modseal_pkcs11_fail(&token->place, value, object, "does not sign",
					   error);
	}
}

/* Under the lock. */
static int sign_once(struct modseal_token *token, struct work *work,
		     enum modseal_algorithm algorithm, const char *object,
		     uint8_t *signature, CK_ULONG *size, struct modseal_error *error)
{
	CK_FUNCTION_LIST *call = token->place.module.call;
	CK_RV value =
		call->C_SignInit(token->place.session, &work->mechanism, token->key);
	int result;

	if (value == CKR_OK && token->always) {
		result = modseal_token_log_in(token, CKU_CONTEXT_SPECIFIC, object, error);
		if (result < 0)
			return result;
	}
	if (value == CKR_OK)
		value = call->C_Sign(token->place.session,
				     (CK_BYTE *)(uintptr_t)work->input.data,
				     work->input.size, signature, size);
	return value == CKR_OK ? 0 : fail_signing(token, value, algorithm, object, error);
}

/* What will not get better is not tried again: a token that was removed is another one
 * when it comes back, and one that counts wrong PINs is left in peace. */
static bool is_final(int code)
{
	return code == MODSEAL_E_TOKEN_REMOVED || code == MODSEAL_E_TOKEN_PIN;
}

static int fail_again(const struct modseal_token *token, const char *object,
		      struct modseal_error *error)
{
	int code = token->failed.code;

	modseal_fail(error, code, MODSEAL_STAGE_SIGN, object, "%s",
		     token->failed.message);
	modseal_remedy(error, "%s", token->failed.remedy);
	return code;
}

int modseal_token_sign(struct modseal_token *token, enum modseal_algorithm algorithm,
		       struct modseal_span input, const char *object, uint8_t *signature,
		       size_t room, size_t *ret_size, struct modseal_error *error)
{
	struct work work = {.input = input};
	struct modseal_error own = {0};
	CK_ULONG size = room;
	size_t made;
	int result;

	if (!plan(token->type, algorithm, &work))
		return fail_signing(token, CKR_KEY_TYPE_INCONSISTENT, algorithm, object,
				    error);
	pthread_mutex_lock(&token->lock);
	if (token->failed.code) {
		result = fail_again(token, object, error);
	} else {
		result = sign_once(token, &work, algorithm, object, signature, &size,
				   &own);
		own.stage = MODSEAL_STAGE_SIGN;
		if (is_final(result))
			token->failed = own;
		if (result < 0 && error)
			*error = own;
	}
	pthread_mutex_unlock(&token->lock);
	if (result < 0)
		return result;
	made = size;
	if (size > room ||
	    (token->type == CKK_EC && !ecdsa_to_der(signature, room, &made)))
		return modseal_fail(error, MODSEAL_E_TOKEN_FAILED, MODSEAL_STAGE_SIGN,
				    object,
				    "the token '%s' (module %s) gave something else than "
				    "a signature",
				    token->place.label, token->place.module.name);
	*ret_size = made;
	return 0;
}
