/* SPDX-License-Identifier: Apache-2.0 */
/* Makes certificate requests (PKCS#10, RFC 2986) for keys that are fresh, in a file, or
 * in a token. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "keys/generate.h"
#include "keys/keyfile.h"
#include "keys/private.h"
#include "keys/pure.h"
#include "verifier/sign/key.h"
#include "verifier/sign/raw.h"
#include "verifier/sign/token.h"

struct requesting {
	const struct modseal_request_options *options;
	struct modseal_crypto *crypto;
	EVP_PKEY *key;		     /* the whole key, or NULL */
	struct modseal_token *token; /* where it is inside one */
	EVP_PKEY *public;	     /* of the token's key */
	X509_REQ *request;
	char *key_path; /* of a fresh key */
	char *request_path;
};

static int check_options(const struct modseal_request_options *options,
			 struct modseal_error *error)
{
	uint64_t reserved;

	if (!options || options->version != MODSEAL_REQUEST_OPTIONS_VERSION)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, NULL,
				    "options of an unknown version");
	reserved = options->reserved_32;
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		reserved |= options->reserved[i];
	if (reserved)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, NULL,
				    "a reserved member is not zero");
	if (options->algorithm && options->key_path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
				    options->algorithm,
				    "the algorithm of a key that exists is its own");
	return modseal_key_name_judge(options->name, error);
}

static int make_path(const struct requesting *making, const char *suffix, char **ret_path,
		     struct modseal_error *error)
{
	const char *directory =
		making->options->directory ? making->options->directory : ".";
	struct stat status;

	if (asprintf(ret_path, "%s/%s.%s", directory, making->options->name, suffix) <
	    0) {
		*ret_path = NULL;
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	}
	if (lstat(*ret_path, &status) == 0)
		return modseal_fail(error, MODSEAL_E_EXISTS, MODSEAL_STAGE_KEY, *ret_path,
				    "a file of this name exists already");
	return 0;
}

/* ---- the key -------------------------------------------------------------------------
 */

static int open_token(struct requesting *making, struct modseal_error *error)
{
	const struct modseal_request_options *options = making->options;
	struct modseal_token_access access = {
		.module = options->pkcs11_module,
		.pin = options->passphrase,
		.pin_argument = options->passphrase_argument,
	};
	struct modseal_pkcs11_uri uri;
	int result = modseal_pkcs11_uri_read(options->key_path, &uri, error);

	if (result < 0)
		return result;
	result = modseal_token_open(&uri, &access, true, &making->token, error);
	if (result == 0)
		result = modseal_token_choose_key(making->token, &uri, error);
	if (result == 0)
		result = modseal_token_public_key(making->token, making->crypto, uri.name,
						  &making->public, error);
	if (result == 0 && !making->public) {
		result = modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_KEY,
				      uri.name,
				      "the token does not tell the public half of this "
				      "key");
		modseal_remedy(error, "put the public key beside it, with the same id");
	}
	if (result == 0)
		result = modseal_key_judge(making->crypto, making->public, uri.name,
					   error);
	modseal_pkcs11_uri_clear(&uri);
	return result;
}

static int get_key(struct requesting *making, struct modseal_error *error)
{
	const struct modseal_request_options *options = making->options;

	if (!options->key_path)
		return modseal_key_generate(making->crypto, options->algorithm,
					    &making->key, error);
	if (modseal_pkcs11_uri_is(options->key_path))
		return open_token(making, error);
	return modseal_private_key_read(making->crypto, options->key_path,
					options->passphrase, options->passphrase_argument,
					&making->key, error);
}

static EVP_PKEY *public_key(const struct requesting *making)
{
	return making->key ? making->key : making->public;
}

/* ---- the request ---------------------------------------------------------------------
 */

/* What a certificate needs to sign code; an authority may take it from here or know
 * better. */
static bool put_extensions(X509_REQ *request)
{
	static const struct {
		int nid;
		const char *value;
	} wanted[] = {
		{NID_basic_constraints, "critical,CA:FALSE"},
		{NID_key_usage, "critical,digitalSignature"},
		{NID_ext_key_usage, "codeSigning"},
	};
	STACK_OF(X509_EXTENSION) *extensions = sk_X509_EXTENSION_new_null();
	bool done = extensions != NULL;

	for (size_t i = 0; done && i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		X509_EXTENSION *extension =
			X509V3_EXT_conf_nid(NULL, NULL, wanted[i].nid, wanted[i].value);

		done = extension && sk_X509_EXTENSION_push(extensions, extension) > 0;
		if (!done)
			X509_EXTENSION_free(extension);
	}
	done = done && X509_REQ_add_extensions(request, extensions) == 1;
	sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
	return done;
}

static bool fill_request(const struct requesting *making)
{
	X509_REQ *request = making->request;

	return X509_REQ_set_version(request, X509_REQ_VERSION_1) == 1 &&
	       X509_NAME_add_entry_by_NID(
		       X509_REQ_get_subject_name(request), NID_commonName, MBSTRING_UTF8,
		       (const unsigned char *)making->options->name, -1, -1, 0) == 1 &&
	       X509_REQ_set_pubkey(request, public_key(making)) == 1 &&
	       put_extensions(request);
}

/* The AlgorithmIdentifier (RFC 4055 5, RFC 5758 3.2, RFC 8410 3). */
static bool put_algorithm(X509_REQ *request, EVP_PKEY *public, enum modseal_hash hash)
{
	static const int digests[] = {NID_sha256, NID_sha384, NID_sha512};
	X509_ALGOR *algorithm = X509_ALGOR_new();
	int nid = NID_ED25519;
	bool rsa = EVP_PKEY_is_a(public, "RSA");
	bool done = algorithm &&
		    (modseal_pure_of_key(public) ||
		     OBJ_find_sigid_by_algs(&nid, digests[hash],
					    rsa ? NID_rsaEncryption
						: NID_X9_62_id_ecPublicKey) == 1) &&
		    X509_ALGOR_set0(algorithm, OBJ_nid2obj(nid),
				    rsa ? V_ASN1_NULL : V_ASN1_UNDEF, NULL) == 1 &&
		    X509_REQ_set1_signature_algo(request, algorithm) == 1;

	X509_ALGOR_free(algorithm);
	return done;
}

static bool put_signature(X509_REQ *request, const struct modseal_raw *raw)
{
	ASN1_BIT_STRING *signature = ASN1_BIT_STRING_new();

	if (!signature || ASN1_BIT_STRING_set(signature, (unsigned char *)raw->bytes,
					      (int)raw->size) != 1) {
		ASN1_BIT_STRING_free(signature);
		return false;
	}
	/* no unused bits, else the encoder cuts zeros off the end */
	signature->flags &= ~(ASN1_STRING_FLAG_BITS_LEFT | 0x07);
	signature->flags |= ASN1_STRING_FLAG_BITS_LEFT;
	X509_REQ_set0_signature(request, signature);
	return true;
}

static int sign_by_token(const struct requesting *making, struct modseal_error *error)
{
	EVP_PKEY *public = making->public;
	enum modseal_hash hash = modseal_default_hash(public);
	const struct modseal_pure *pure = modseal_pure_of_key(public);
	enum modseal_algorithm algorithm = pure ? pure->algorithm : 0;
	unsigned char digest[EVP_MAX_MD_SIZE], *tbs = NULL;
	struct modseal_span input = {NULL, 0};
	struct modseal_raw raw;
	unsigned int size = 0;
	int length = -1, result = 0;

	if (!pure)
		result = modseal_algorithm_of_key(public, hash, &algorithm,
						  making->options->key_path, error);
	if (result == 0 && put_algorithm(making->request, public, hash))
		length = i2d_re_X509_REQ_tbs(making->request, &tbs);
	if (length > 0)
		input = modseal_span_of(tbs, (size_t)length);
	if (length > 0 && !pure) {
		if (EVP_Digest(tbs, (size_t)length, digest, &size,
			       modseal_crypto_md(making->crypto, hash), NULL) != 1)
			length = -1;
		input = modseal_span_of(digest, size);
	}
	if (result == 0 && length > 0)
		result = modseal_token_sign(making->token, algorithm, input,
					    making->options->name, raw.bytes,
					    sizeof(raw.bytes), &raw.size, error);
	OPENSSL_free(tbs);
	if (result == 0 && (length <= 0 || !put_signature(making->request, &raw)))
		result = modseal_fail_crypto(error, MODSEAL_STAGE_KEY,
					     making->options->name,
					     "the request cannot be encoded");
	return result;
}

static int make_request(struct requesting *making, struct modseal_error *error)
{
	OSSL_LIB_CTX *library = modseal_crypto_library(making->crypto);
	const EVP_MD *md = NULL;
	bool made;
	int result = 0;

	making->request = X509_REQ_new_ex(library, NULL);
	made = making->request && fill_request(making);
	if (made && making->token) {
		result = sign_by_token(making, error);
	} else if (made) {
		if (!modseal_pure_of_key(making->key))
			md = modseal_crypto_md(making->crypto,
					       modseal_default_hash(making->key));
		made = X509_REQ_sign(making->request, making->key, md) > 0;
	}
	if (result < 0)
		return result;
	/* what a token has made is not believed either */
	if (made)
		made = X509_REQ_verify_ex(making->request, public_key(making), library,
					  NULL) == 1;
	return made ? 0
		    : modseal_fail_crypto(error, MODSEAL_STAGE_KEY, making->options->name,
					  "the request cannot be made");
}

/* ---- files ---------------------------------------------------------------------------
 */

static int write_files(const struct requesting *making, struct modseal_error *error)
{
	struct modseal_new_file files[2];
	BIO *request = BIO_new(BIO_s_mem());
	BIO *key = making->key_path ? modseal_key_encode(making->key) : NULL;
	char *bytes = NULL;
	size_t count = 0;
	int result;

	if (!request || PEM_write_bio_X509_REQ(request, making->request) != 1 ||
	    (making->key_path && !key)) {
		result = modseal_fail_crypto(error, MODSEAL_STAGE_KEY,
					     making->options->name,
					     "key and request cannot be encoded");
	} else {
		if (key) {
			size_t size = (size_t)BIO_get_mem_data(key, &bytes);

			files[count++] = (struct modseal_new_file){
				making->key_path, 0600, modseal_span_of(bytes, size)};
		}
		files[count].path = making->request_path;
		files[count].mode = 0644;
		files[count].bytes.size = (size_t)BIO_get_mem_data(request, &bytes);
		files[count++].bytes.data = (uint8_t *)bytes;
		result = modseal_key_files_create(files, count, error);
	}
	BIO_free(key);
	BIO_free(request);
	return result;
}

static int request(struct requesting *making, struct modseal_error *error)
{
	int result = check_options(making->options, error);

	if (result == 0 && !making->options->key_path)
		result = make_path(making, "key", &making->key_path, error);
	if (result == 0)
		result = make_path(making, "csr", &making->request_path, error);
	if (result == 0)
		result = modseal_crypto_new(&making->crypto, error);
	if (result == 0)
		result = get_key(making, error);
	if (result == 0)
		result = make_request(making, error);
	if (result == 0)
		result = write_files(making, error);
	return result;
}

int modseal_request(const struct modseal_request_options *options,
		    struct modseal_error *error)
{
	struct requesting making = {.options = options};
	int result;

	modseal_error_clear(error);
	result = request(&making, error);
	modseal_crypto_forget();
	X509_REQ_free(making.request);
	EVP_PKEY_free(making.key);
	EVP_PKEY_free(making.public);
	modseal_token_close(&making.token);
	modseal_crypto_free(&making.crypto);
	free(making.key_path);
	free(making.request_path);
	return result;
}
