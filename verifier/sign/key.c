/* SPDX-License-Identifier: Apache-2.0 */
/* Opens signing keys: key, certificate, and what they may be used for. */
#include "verifier/sign/key.h"

#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "keys/pure.h"
#include "keys/validity.h"
#include "verifier/sign/source.h"
#include "verifier/sign/token.h"

static int check_options(const struct modseal_sign_options *options,
			 struct modseal_error *error)
{
	uint64_t reserved = 0;

	if (!options || options->version != MODSEAL_SIGN_OPTIONS_VERSION ||
	    options->pss > 1 || options->allow_expired > 1)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, NULL,
				    "options of an unknown version");
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		reserved |= options->reserved[i];
	if (reserved || options->reserved_32)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, NULL,
				    "a reserved option is not zero");
	if (!options->certificate_path && !options->key_path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, NULL,
				    "signing needs the certificate of the key");
	return 0;
}

static void remark(struct modseal_signing_key *key, const char *text)
{
	key->remarks[key->remark_count++] = text;
}

/* What no chain would accept is not signed with, except a certificate without any
 * extended usage: the kernel's build keys are so, and are pinned. */
static int check_usage(struct modseal_signing_key *key, const char *path,
		       struct modseal_error *error)
{
	X509 *x509 = key->signer->certificate.x509;
	int code;

	if (!(X509_get_extension_flags(x509) & EXFLAG_XKUSAGE)) {
		remark(key, "the certificate has no extended key usage: only signers of "
			    "`trust: pinned` accept what it signs");
		return 0;
	}
	if (X509_get_extended_key_usage(x509) & XKU_CODE_SIGN)
		return 0;
	code = modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_KEY, path,
			    "the certificate's extended key usage lacks code signing");
	modseal_remedy(error, "use a code-signing certificate, for example one made by "
			      "`modseal keygen`");
	return code;
}

static int check_dates(const struct modseal_sign_options *options,
		       struct modseal_signing_key *key, const char *path,
		       struct modseal_error *error)
{
	int code = modseal_validity_judge(key->signer->certificate.x509, time(NULL),
					  false, MODSEAL_STAGE_KEY, path, error);

	if (code != MODSEAL_E_CERTIFICATE_EXPIRED)
		return code;
	if (!options->allow_expired) {
		modseal_remedy(error, "sign with a certificate that is valid now, or "
				      "insist with --allow-expired");
		return code;
	}
	modseal_error_clear(error);
	remark(key, "the certificate is not valid now: only signers of `trust: pinned` "
		    "accept what it signs");
	return 0;
}

/* The curve's own digest; the only one there is for Ed25519 and ML-DSA; SHA-256 for RSA,
 * as the kernel's sign-file is usually told. */
enum modseal_hash modseal_default_hash(EVP_PKEY *key)
{
	const struct modseal_pure *pure = modseal_pure_of_key(key);
	int bits = EVP_PKEY_get_bits(key);

	if (pure)
		return modseal_algorithm_hash(pure->algorithm);
	if (!EVP_PKEY_is_a(key, "EC") || bits <= 256)
		return MODSEAL_HASH_SHA256;
	return bits <= 384 ? MODSEAL_HASH_SHA384 : MODSEAL_HASH_SHA512;
}

static int refuse_hash(const struct modseal_signing_key *key, const char *wanted,
		       struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, wanted,
				"a key of type %s signs with %s only",
				EVP_PKEY_get0_type_name(key->signer->certificate.key),
				modseal_hash_name(key->hash));

	modseal_remedy(error, "leave the digest away");
	return code;
}

static int choose_hash(const struct modseal_sign_options *options,
		       struct modseal_signing_key *key, struct modseal_error *error)
{
	EVP_PKEY *public = key->signer->certificate.key;

	key->pss = options->pss;
	key->hash = modseal_default_hash(public);
	if (key->pss && !EVP_PKEY_is_a(public, "RSA")) {
		int code = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
					options->key_path ? options->key_path
							  : options->certificate_path,
					"PSS is a padding of RSA keys only");

		modseal_remedy(error, "leave the padding away, or use an RSA key");
		return code;
	}
	if (!options->hash)
		return 0;
	for (int hash = 0; hash < MODSEAL_HASH_COUNT; hash++) {
		if (strcmp(options->hash, modseal_hash_name((enum modseal_hash)hash)) !=
		    0)
			continue;
		if (modseal_pure_of_key(public) && (int)key->hash != hash)
			return refuse_hash(key, options->hash, error);
		key->hash = (enum modseal_hash)hash;
		return 0;
	}
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, options->hash,
			    "the digest is none of sha256, sha384, sha512");
}

/* The one algorithm that padding, digest and key make together. */
static int choose_algorithm(struct modseal_signing_key *key, const char *path,
			    struct modseal_error *error)
{
	const struct modseal_pure *pure =
		modseal_pure_of_key(key->signer->certificate.key);
	int result;

	if (pure) {
		key->algorithm = pure->algorithm;
		return 0;
	}
	result = modseal_algorithm_of_key(key->signer->certificate.key, key->hash,
					  &key->algorithm, path, error);
	if (result == 0 && key->pss)
		key->algorithm += MODSEAL_ALGORITHM_RSA_PSS_SHA256 -
				  MODSEAL_ALGORITHM_RSA_PKCS1_SHA256;
	return result;
}

static int fill(const struct modseal_sign_options *options,
		struct modseal_signing_key *key, struct modseal_error *error)
{
	const char *path =
		options->certificate_path ? options->certificate_path : options->key_path;
	int result = modseal_crypto_new(&key->crypto, error);

	if (result == 0)
		result = modseal_key_source_read(options, key, error);
	if (result == 0)
		result = check_usage(key, path, error);
	if (result == 0)
		result = check_dates(options, key, path, error);
	if (result == 0)
		result = choose_hash(options, key, error);
	if (result == 0)
		result = choose_algorithm(key, path, error);
	if (result == 0 && options->replaced_certificate_path)
		result = modseal_signing_key_named(options->replaced_certificate_path,
						   &key->replaced, error);
	if (result == 0 && key->replaced &&
	    memcmp(key->replaced->signer->certificate.key_sha256,
		   key->signer->certificate.key_sha256, MODSEAL_SHA256_SIZE) == 0)
		result = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
				      options->replaced_certificate_path,
				      "it is of the very key that signs");
	return result;
}

int modseal_signing_key_named(const char *certificate_path,
			      struct modseal_signing_key **ret_key,
			      struct modseal_error *error)
{
	struct modseal_sign_options only = {.certificate_path = certificate_path};
	struct modseal_signing_key *key = calloc(1, sizeof(*key));
	int result;

	if (!key)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	result = modseal_crypto_new(&key->crypto, error);
	if (result == 0)
		result = modseal_key_source_read(&only, key, error);
	modseal_crypto_forget();
	if (result < 0)
		modseal_signing_key_free(&key);
	else
		*ret_key = key;
	return result;
}

int modseal_signing_key_open(const struct modseal_sign_options *options,
			     struct modseal_signing_key **ret_key,
			     struct modseal_error *error)
{
	struct modseal_signing_key *key;
	int result = check_options(options, error);

	if (result < 0)
		return result;
	key = calloc(1, sizeof(*key));
	if (!key)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	result = fill(options, key, error);
	modseal_crypto_forget();
	if (result < 0) {
		modseal_signing_key_free(&key);
		return result;
	}
	*ret_key = key;
	return 0;
}

const char *modseal_signing_key_remark(const struct modseal_signing_key *key,
				       size_t number)
{
	return key && number < key->remark_count ? key->remarks[number] : NULL;
}

void modseal_signing_key_free(struct modseal_signing_key **key)
{
	struct modseal_signing_key *old;

	if (!key || !*key)
		return;
	old = *key;
	*key = NULL;
	modseal_signing_key_free(&old->replaced);
	EVP_PKEY_free(old->key);
	modseal_token_close(&old->token);
	modseal_signer_free(&old->signer);
	modseal_crypto_free(&old->crypto);
	free(old);
}

void modseal_signing_key_certificate(const struct modseal_signing_key *key,
				     char ret_digest[65])
{
	for (size_t i = 0; i < MODSEAL_SHA256_SIZE; i++)
		snprintf(ret_digest + 2 * i, 3, "%02x",
			 key->signer->certificate.sha256[i]);
}
