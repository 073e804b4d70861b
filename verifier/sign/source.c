/* SPDX-License-Identifier: Apache-2.0 */
/* Reads signing keys and certificates from where the options say that they are. */
#include "verifier/sign/source.h"

#include <stdlib.h>

#include "keys/private.h"
#include "verifier/image/bytes.h"
#include "verifier/sign/token.h"

static int take_certificate(struct modseal_signing_key *key, struct modseal_span bytes,
			    const char *path, struct modseal_error *error)
{
	struct modseal_signer_config config = {
		.name = path,
		.trust = MODSEAL_TRUST_PINNED,
		.certificate = bytes,
	};

	return modseal_signer_new(key->crypto, &config, &key->signer, error);
}

static int read_certificate(struct modseal_signing_key *key, const char *path,
			    struct modseal_error *error)
{
	struct modseal_located located = {.descriptor = -1};
	struct modseal_bytes bytes = {.descriptor = -1};
	int result = modseal_path_open_any(path, &located, error);

	if (result == 0) {
		result = modseal_bytes_read(&located, MODSEAL_MAX_CERTIFICATE_SIZE,
					    &bytes, error);
		modseal_located_close(&located);
	}
	if (result == 0) {
		result = take_certificate(key, bytes.view, path, error);
		modseal_bytes_free(&bytes);
	}
	return result;
}

static int wrap_certificate(struct modseal_signing_key *key, X509 *x509, const char *path,
			    struct modseal_error *error)
{
	unsigned char *der = NULL;
	int size = i2d_X509(x509, &der);
	int result;

	if (size <= 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, path,
					   "the certificate cannot be encoded");
	result = take_certificate(key, modseal_span_of(der, (size_t)size), path, error);
	OPENSSL_free(der);
	return result;
}

static int lacks_certificate(const char *path, struct modseal_error *error)
{
	int code = modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, path,
				"there is no certificate of the key beside it");

	modseal_remedy(error, "name the certificate with --certificate");
	return code;
}

/* ---- tokens --------------------------------------------------------------------------
 */

static struct modseal_token_access access_of(const struct modseal_sign_options *options)
{
	return (struct modseal_token_access){
		.module = options->pkcs11_module,
		.pin = options->passphrase,
		.pin_argument = options->passphrase_argument,
	};
}

static int open_token_key(const struct modseal_sign_options *options,
			  struct modseal_signing_key *key,
			  const struct modseal_pkcs11_uri *uri,
			  struct modseal_error *error)
{
	struct modseal_token_access access = access_of(options);
	int result = modseal_token_open(uri, &access, true, &key->token, error);

	if (result == 0)
		result = modseal_token_choose_key(key->token, uri, error);
	return result;
}

/* From the key's own token, in its session, where the URI fits that; else from another,
 * without a login: certificates are public. */
static int read_token_certificate(const struct modseal_sign_options *options,
				  struct modseal_signing_key *key,
				  const struct modseal_pkcs11_uri *uri, bool of_key,
				  struct modseal_error *error)
{
	struct modseal_token_access access = access_of(options);
	struct modseal_token *other = NULL;
	uint8_t *der = NULL;
	size_t size = 0;
	int result = 0;

	if (!key->token || !modseal_token_fits(key->token, uri))
		result = modseal_token_open(uri, &access, false, &other, error);
	if (result == 0)
		result = modseal_token_certificate(other ? other : key->token, uri,
						   of_key, &der, &size, error);
	if (result == 0)
		result = take_certificate(key, modseal_span_of(der, size), uri->name,
					  error);
	free(der);
	modseal_token_close(&other);
	return result;
}

/* Where a token does not tell the public key, the first signature will be found not to
 * fit: all of them are checked before they are given out. */
static int token_fits(const struct modseal_signing_key *key, const char *name,
		      const char *certificate_name, struct modseal_error *error)
{
	EVP_PKEY *public = NULL;
	int result =
		modseal_token_public_key(key->token, key->crypto, name, &public, error);

	if (result == 0 && public)
		result = modseal_private_key_fits(public, name, &key->signer->certificate,
						  certificate_name, error);
	EVP_PKEY_free(public);
	return result;
}

/* ---- all of it -----------------------------------------------------------------------
 */

struct places {
	struct modseal_pkcs11_uri key; /* zero: a file, or none */
	struct modseal_pkcs11_uri certificate;
};

static int read_uris(const struct modseal_sign_options *options, struct places *places,
		     struct modseal_error *error)
{
	int result = 0;

	if (modseal_pkcs11_uri_is(options->key_path))
		result = modseal_pkcs11_uri_read(options->key_path, &places->key, error);
	if (result == 0 && modseal_pkcs11_uri_is(options->certificate_path))
		result = modseal_pkcs11_uri_read(options->certificate_path,
						 &places->certificate, error);
	return result;
}

static int read_both(const struct modseal_sign_options *options,
		     struct modseal_signing_key *key, const struct places *places,
		     struct modseal_error *error)
{
	const char *path = options->certificate_path;
	X509 *inside = NULL;
	int result = 0;

	if (places->key.name)
		result = open_token_key(options, key, &places->key, error);
	else if (options->key_path)
		result = modseal_private_key_read_both(
			key->crypto, options->key_path, options->passphrase,
			options->passphrase_argument, &key->key, &inside, error);
	if (result < 0)
		return result;
	if (places->certificate.name)
		result = read_token_certificate(options, key, &places->certificate, false,
						error);
	else if (path)
		result = read_certificate(key, path, error);
	else if (key->token)
		result = read_token_certificate(options, key, &places->key, true, error);
	else if (inside)
		result = wrap_certificate(key, inside, options->key_path, error);
	else
		result = lacks_certificate(options->key_path, error);
	X509_free(inside);
	return result;
}

static int prove_both(const struct modseal_sign_options *options,
		      const struct modseal_signing_key *key, const struct places *places,
		      struct modseal_error *error)
{
	const char *name = options->key_path, *certificate = name;

	if (places->key.name)
		name = certificate = places->key.name;
	if (options->certificate_path)
		certificate = places->certificate.name ? places->certificate.name
						       : options->certificate_path;
	if (key->token)
		return token_fits(key, name, certificate, error);
	if (key->key)
		return modseal_private_key_fits(key->key, name, &key->signer->certificate,
						certificate, error);
	return 0;
}

int modseal_key_source_read(const struct modseal_sign_options *options,
			    struct modseal_signing_key *key, struct modseal_error *error)
{
	struct places places = {.key = {.name = NULL}};
	int result = read_uris(options, &places, error);

	if (result == 0)
		result = read_both(options, key, &places, error);
	if (result == 0)
		result = prove_both(options, key, &places, error);
	modseal_pkcs11_uri_clear(&places.key);
	modseal_pkcs11_uri_clear(&places.certificate);
	/* whatever part of it failed, it is about the key */
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_KEY;
	if (result < 0)
		return result;
	/* only to spare them as outputs: what is not there any more needs no sparing */
	if (!options->key_path || stat(options->key_path, &key->key_file) < 0)
		key->key_file.st_ino = 0;
	if (!options->certificate_path ||
	    stat(options->certificate_path, &key->certificate_file) < 0)
		key->certificate_file.st_ino = 0;
	return 0;
}
