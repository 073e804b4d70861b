/* SPDX-License-Identifier: Apache-2.0 */
/* Reads signing keys and certificates from where the options say that they are. */
#include "verifier/sign/source.h"

#include "keys/private.h"
#include "verifier/image/bytes.h"

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

int modseal_key_source_read(const struct modseal_sign_options *options,
			    struct modseal_signing_key *key, struct modseal_error *error)
{
	const char *path = options->certificate_path;
	X509 *inside = NULL;
	int result = 0;

	if (options->key_path)
		result = modseal_private_key_read_both(
			key->crypto, options->key_path, options->passphrase,
			options->passphrase_argument, &key->key, &inside, error);
	if (result == 0 && path)
		result = read_certificate(key, path, error);
	else if (result == 0 && inside)
		result = wrap_certificate(key, inside, options->key_path, error);
	else if (result == 0)
		result = lacks_certificate(options->key_path, error);
	X509_free(inside);
	if (result == 0 && options->key_path)
		result = modseal_private_key_fits(key->key, options->key_path,
						  &key->signer->certificate,
						  path ? path : options->key_path, error);
	/* whatever part of it failed, it is about the key */
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_KEY;
	if (result < 0)
		return result;
	/* only to spare them as outputs: what is not there any more needs no sparing */
	if (!options->key_path || stat(options->key_path, &key->key_file) < 0)
		key->key_file.st_ino = 0;
	if (!path || stat(path, &key->certificate_file) < 0)
		key->certificate_file.st_ino = 0;
	return 0;
}
