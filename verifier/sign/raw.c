/* SPDX-License-Identifier: Apache-2.0 */
/* Makes raw signatures by OpenSSL. */
#include "verifier/sign/raw.h"

#include <openssl/rsa.h>

#include "keys/crypto.h"
#include "keys/pure.h"
#include "verifier/sign/token.h"

#define DIGEST_INFO_HEADER 19

/* DigestInfo ::= SEQUENCE { AlgorithmIdentifier (with NULL), OCTET STRING } */
size_t modseal_digest_info(enum modseal_hash hash, struct modseal_span digest,
			   uint8_t ret_bytes[MODSEAL_MAX_DIGEST_INFO])
{
	static const uint8_t header[DIGEST_INFO_HEADER] = {
		0x30, 0x11, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
		0x65, 0x03, 0x04, 0x02, 0x00, 0x05, 0x00, 0x04, 0x00};
	static const uint8_t last[] = {0x01, 0x02, 0x03}; /* RFC 5754 2 */

	memcpy(ret_bytes, header, sizeof(header));
	ret_bytes[1] = (uint8_t)(header[1] + digest.size);
	ret_bytes[14] = last[hash];
	ret_bytes[18] = (uint8_t)digest.size;
	memcpy(ret_bytes + sizeof(header), digest.data, digest.size);
	return sizeof(header) + digest.size;
}

static bool set_padding(const struct modseal_signing_key *key, EVP_PKEY_CTX *context)
{
	const EVP_MD *md = modseal_crypto_md(key->crypto, key->hash);

	if (EVP_PKEY_get_base_id(key->key) == EVP_PKEY_EC)
		return true; /* it signs the digest as it is; naming it costs a fetch */
	if (EVP_PKEY_CTX_set_signature_md(context, md) != 1)
		return false;
	if (!key->pss)
		return true; /* PKCS#1 v1.5 is what RSA does unless told otherwise */
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool sign_digest(const struct modseal_signing_key *key,
			const struct modseal_message *message, struct modseal_raw *raw)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(
		modseal_crypto_library(key->crypto), key->key, NULL);
	bool made;

	raw->size = sizeof(raw->bytes);
	made = context && EVP_PKEY_sign_init(context) == 1 && set_padding(key, context) &&
	       EVP_PKEY_sign(context, raw->bytes, &raw->size, message->digest,
			     message->digest_size) == 1;
	EVP_PKEY_CTX_free(context);
	return made;
}

/* The same file signed again gives the same bytes (FIPS 204 3.4, the deterministic
 * variant; Ed25519 is so by itself). OpenSSL 3.0 has no name for the parameter. */
static bool set_deterministic(EVP_PKEY_CTX *context, enum modseal_algorithm algorithm)
{
	int yes = 1;
	OSSL_PARAM parameters[] = {OSSL_PARAM_int("deterministic", &yes), OSSL_PARAM_END};

	return algorithm == MODSEAL_ALGORITHM_ED25519 ||
	       EVP_PKEY_CTX_set_params(context, parameters) == 1;
}

static bool sign_message(const struct modseal_signing_key *key,
			 const struct modseal_message *message, struct modseal_raw *raw)
{
	struct modseal_span over = modseal_writer_span(&message->attributes);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;
	bool made;

	raw->size = sizeof(raw->bytes);
	made = context &&
	       EVP_DigestSignInit_ex(context, &parameters, NULL,
				     modseal_crypto_library(key->crypto), NULL, key->key,
				     NULL) == 1 &&
	       set_deterministic(parameters, key->algorithm) &&
	       EVP_DigestSign(context, raw->bytes, &raw->size, over.data, over.size) == 1;
	EVP_MD_CTX_free(context);
	return made;
}

int modseal_raw_sign(const struct modseal_signing_key *key,
		     const struct modseal_message *message, const char *object,
		     struct modseal_raw *ret_raw, struct modseal_error *error)
{
	bool made;

	if (key->token)
		return modseal_token_sign(
			key->token, key->algorithm,
			modseal_algorithm_is_pure(key->algorithm)
				? modseal_writer_span(&message->attributes)
				: modseal_span_of(message->digest, message->digest_size),
			object, ret_raw->bytes, sizeof(ret_raw->bytes), &ret_raw->size,
			error);
	if (!key->key)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_SIGN, object,
				    "signing needs a private key, not only its "
				    "certificate");
	modseal_crypto_forget();
	made = modseal_algorithm_is_pure(key->algorithm)
		       ? sign_message(key, message, ret_raw)
		       : sign_digest(key, message, ret_raw);
	if (made)
		return 0;
	return modseal_fail_crypto(error, MODSEAL_STAGE_SIGN, object,
				   "the signature cannot be made");
}
