/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a key and its certificate: code-signing leaf or CA, self-signed or issued. */
#include <inttypes.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "internal/limits.h"
#include "keys/generate.h"
#include "keys/keyfile.h"
#include "keys/leaf.h"
#include "keys/private.h"
#include "keys/pure.h"

#define DEFAULT_DAYS 3650
#define SERIAL_SIZE  16
#define MAX_DAYS     36500

/* What is being made, and what it is issued with. */
struct making {
	const struct modseal_keygen_options *options;
	struct modseal_crypto *crypto;
	EVP_PKEY *key;
	X509 *certificate;
	EVP_PKEY *issuer_key;			       /* NULL: self-signed */
	struct modseal_certificate issuer_certificate; /* zero: self-signed */
	char *key_path;
	char *certificate_path;
};

/* ---- options -------------------------------------------------------------------------
 */

static uint64_t days_of(const struct modseal_keygen_options *options)
{
	return options->days ? options->days : DEFAULT_DAYS;
}

static int fail_not_now(const struct modseal_keygen_options *options,
			struct modseal_error *error)
{
	modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, options->name,
		     "the certificate would not be valid now: it would begin %" PRIu64
		     " seconds after 1970, for %" PRIu64 " days",
		     options->not_before, days_of(options));
	modseal_remedy(error, "give another beginning (SOURCE_DATE_EPOCH of the "
			      "environment), or more days; check the clock");
	return MODSEAL_E_ARGUMENT;
}

static int check_options(const struct making *making, struct modseal_error *error)
{
	const struct modseal_keygen_options *options = making->options;
	int result;

	if (!options || options->version != MODSEAL_KEYGEN_OPTIONS_VERSION)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, NULL,
				    "options of an unknown version");
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		if (options->reserved[i] || options->reserved_32)
			return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
					    NULL, "a reserved member is not zero");
	result = modseal_key_name_judge(options->name, error);
	if (result < 0)
		return result;
	if (options->authority > 1 || options->days > MAX_DAYS)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
				    options->name, "at most %d days", MAX_DAYS);
	if (options->not_before &&
	    (options->not_before > (uint64_t)time(NULL) ||
	     options->not_before + days_of(options) * 86400 < (uint64_t)time(NULL)))
		return fail_not_now(options, error);
	if (!options->issuer_key != !options->issuer_certificate)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
				    options->name,
				    "an issuer is a key and a certificate");
	return 0;
}

static int make_paths(struct making *making, struct modseal_error *error)
{
	const char *directory =
		making->options->directory ? making->options->directory : ".";
	struct stat status;

	if (asprintf(&making->key_path, "%s/%s.key", directory, making->options->name) <
	    0) {
		making->key_path = NULL;
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	}
	if (asprintf(&making->certificate_path, "%s/%s.pem", directory,
		     making->options->name) < 0) {
		making->certificate_path = NULL;
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	}
	if (lstat(making->key_path, &status) == 0)
		return modseal_fail(error, MODSEAL_E_EXISTS, MODSEAL_STAGE_KEY,
				    making->key_path,
				    "a key of this name exists already");
	if (lstat(making->certificate_path, &status) == 0)
		return modseal_fail(error, MODSEAL_E_EXISTS, MODSEAL_STAGE_KEY,
				    making->certificate_path,
				    "a certificate of this name exists already");
	return 0;
}

/* ---- the issuer ----------------------------------------------------------------------
 */

static int refuse_issuer(const struct making *making, const char *what,
			 const char *remedy, struct modseal_error *error)
{
	int result = modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_KEY,
				  making->options->issuer_certificate, "%s", what);

	modseal_remedy(error, "%s", remedy);
	return result;
}

/* What the issuer cannot vouch for would be refused by every path judged later. */
static int judge_issuer(const struct making *making, struct modseal_error *error)
{
	X509 *issuer = making->issuer_certificate.x509;
	uint32_t flags = X509_get_extension_flags(issuer);
	int result;

	if ((flags & EXFLAG_CA) == 0 || (flags & EXFLAG_KUSAGE) == 0 ||
	    (X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) == 0)
		return refuse_issuer(making, "this certificate is not a CA's",
				     "make one with `modseal keygen --ca`", error);
	if (making->options->authority && X509_get_pathlen(issuer) == 0)
		return refuse_issuer(making, "this CA may not issue another CA",
				     "use an issuer whose path length allows it", error);
	if (!X509_get0_subject_key_id(issuer))
		return refuse_issuer(making, "this CA has no subject key identifier",
				     "issue the CA's certificate again with one", error);
	if (X509_cmp_current_time(X509_get0_notAfter(issuer)) <= 0)
		return modseal_fail(error, MODSEAL_E_CERTIFICATE_EXPIRED,
				    MODSEAL_STAGE_KEY,
				    making->options->issuer_certificate,
				    "the issuer's certificate has expired");
	result = modseal_issuer_judge(&making->issuer_certificate, false,
				      making->options->issuer_certificate, error);
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_KEY;
	return result;
}

static int read_issuer(struct making *making, struct modseal_error *error)
{
	const struct modseal_keygen_options *options = making->options;
	struct modseal_span bytes;
	int result;

	if (!options->issuer_key)
		return 0;
	result = modseal_key_file_read(options->issuer_certificate,
				       "issuer's certificate", &bytes, error);
	if (result < 0)
		return result;
	result = modseal_certificate_read(making->crypto, bytes,
					  options->issuer_certificate,
					  &making->issuer_certificate, error);
	modseal_key_file_wipe(bytes);
	if (result < 0)
		return result;
	result = judge_issuer(making, error);
	if (result < 0)
		return result;
	result = modseal_private_key_read(
		making->crypto, options->issuer_key, options->passphrase,
		options->passphrase_argument, &making->issuer_key, error);
	if (result < 0)
		return result;
	return modseal_private_key_fits(making->issuer_key, options->issuer_key,
					&making->issuer_certificate,
					options->issuer_certificate, error);
}

/* ---- key and certificate -------------------------------------------------------------
 */

static bool add_extension(X509 *certificate, X509V3_CTX *context, int nid,
			  const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, context, nid, value);
	bool done = extension && X509_add_ext(certificate, extension, -1) == 1;

	X509_EXTENSION_free(extension);
	return done;
}

static bool add_extensions(const struct making *making, X509 *certificate)
{
	bool authority = making->options->authority;
	X509 *issuer = making->issuer_certificate.x509 ? making->issuer_certificate.x509
						       : certificate;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	return add_extension(certificate, &context, NID_basic_constraints,
			     authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       add_extension(certificate, &context, NID_key_usage,
			     authority ? "critical,keyCertSign,cRLSign"
				       : "critical,digitalSignature") &&
	       (authority ||
		add_extension(certificate, &context, NID_ext_key_usage, "codeSigning")) &&
	       add_extension(certificate, &context, NID_subject_key_identifier, "hash") &&
	       add_extension(certificate, &context, NID_authority_key_identifier,
			     "keyid:always");
}

/* 128 bits: random, or, where the time is given, those of a digest of what makes the
 * certificate different from others, so that it comes out the same again. The sign takes
 * a 17th byte (RFC 5280 4.1.2.2: up to 20). */
static bool choose_serial(const struct making *making, unsigned char bytes[SERIAL_SIZE])
{
	const struct modseal_keygen_options *options = making->options;
	unsigned char *der = NULL;
	uint8_t digest[MODSEAL_SHA256_SIZE];
	char rest[128];
	int size, length;
	bool done;

	if (!options->not_before)
		return RAND_bytes_ex(modseal_crypto_library(making->crypto), bytes,
				     SERIAL_SIZE, 0) == 1;
	length = snprintf(rest, sizeof(rest), "%s %" PRIu64 " %" PRIu64 " %u",
			  options->name, options->not_before, days_of(options),
			  options->authority);
	size = i2d_PUBKEY(making->key, &der);
	done = size > 0 && modseal_crypto_digest_whole(
				   making->crypto, MODSEAL_HASH_SHA256,
				   modseal_span_of(der, (size_t)size),
				   modseal_span_of((const uint8_t *)rest, (size_t)length),
				   digest, NULL) == 0;
	OPENSSL_free(der);
	if (done)
		memcpy(bytes, digest, SERIAL_SIZE);
	return done;
}

static bool set_serial(const struct making *making, X509 *certificate)
{
	unsigned char bytes[SERIAL_SIZE];
	BIGNUM *number;
	bool done;

	if (!choose_serial(making, bytes))
		return false;
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	done = number && !BN_is_zero(number) &&
	       BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
	BN_free(number);
	return done;
}

static bool fill_certificate(const struct making *making, X509 *certificate)
{
	uint64_t days = days_of(making->options);
	time_t from = making->options->not_before ? (time_t)making->options->not_before
						  : time(NULL);
	X509_NAME *subject = X509_get_subject_name(certificate);
	X509_NAME *issuer =
		making->issuer_certificate.x509
			? X509_get_subject_name(making->issuer_certificate.x509)
			: subject;

	return X509_set_version(certificate, X509_VERSION_3) == 1 &&
	       X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
					  (const unsigned char *)making->options->name,
					  -1, -1, 0) == 1 &&
	       X509_set_issuer_name(certificate, issuer) == 1 &&
	       X509_time_adj_ex(X509_getm_notBefore(certificate), 0, 0, &from) &&
	       X509_time_adj_ex(X509_getm_notAfter(certificate), (int)days, 0, &from) &&
	       X509_set_pubkey(certificate, making->key) == 1 &&
	       add_extensions(making, certificate) && set_serial(making, certificate);
}

/* RSA signs with SHA-256, a curve with the digest of its own strength. */
static enum modseal_hash hash_for(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (!EVP_PKEY_is_a(key, "EC") || bits <= 256)
		return MODSEAL_HASH_SHA256;
	return bits <= 384 ? MODSEAL_HASH_SHA384 : MODSEAL_HASH_SHA512;
}

/* What was made is read as what is given: strictly, and with its signature checked. */
static int judge_output(const struct making *making, EVP_PKEY *signer,
			struct modseal_error *error)
{
	struct modseal_certificate certificate = {.x509 = NULL};
	unsigned char *der = NULL;
	int size = i2d_X509(making->certificate, &der);
	int result;

	if (size <= 0 || X509_verify(making->certificate, signer) != 1) {
		result = modseal_fail_crypto(error, MODSEAL_STAGE_KEY,
					     making->options->name,
					     "the certificate made does not verify");
	} else {
		result = modseal_certificate_read(
			making->crypto, modseal_span_of(der, (size_t)size),
			making->options->name, &certificate, error);
		if (result == 0)
			result = modseal_private_key_fits(
				making->key, making->key_path, &certificate,
				making->certificate_path, error);
	}
	modseal_certificate_clear(&certificate);
	OPENSSL_free(der);
	return result;
}

static int make_certificate(struct making *making, struct modseal_error *error)
{
	EVP_PKEY *signer = making->issuer_key ? making->issuer_key : making->key;
	const EVP_MD *md = modseal_pure_of_key(signer)
				   ? NULL /* it takes the certificate itself */
				   : modseal_crypto_md(making->crypto, hash_for(signer));

	making->certificate = X509_new_ex(modseal_crypto_library(making->crypto), NULL);
	if (!making->certificate || !fill_certificate(making, making->certificate) ||
	    X509_sign(making->certificate, signer, md) == 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY,
					   making->options->name,
					   "the certificate cannot be made");
	return judge_output(making, signer, error);
}

/* ---- files ---------------------------------------------------------------------------
 */

static int write_files(const struct making *making, struct modseal_error *error)
{
	BIO *key = modseal_key_encode(making->key);
	BIO *certificate = BIO_new(BIO_s_mem());
	char *key_bytes = NULL;
	char *certificate_bytes = NULL;
	int result;

	if (!key || !certificate ||
	    PEM_write_bio_X509(certificate, making->certificate) != 1) {
		result = modseal_fail_crypto(error, MODSEAL_STAGE_KEY,
					     making->options->name,
					     "key and certificate cannot be encoded");
	} else {
		size_t key_size = (size_t)BIO_get_mem_data(key, &key_bytes);
		size_t certificate_size =
			(size_t)BIO_get_mem_data(certificate, &certificate_bytes);
		const struct modseal_new_file files[] = {
			{making->key_path, 0600, modseal_span_of(key_bytes, key_size)},
			{making->certificate_path, 0644,
			 modseal_span_of(certificate_bytes, certificate_size)},
		};

		result = modseal_key_files_create(files, 2, error);
	}
	BIO_free(certificate);
	BIO_free(key); /* wipes its buffer */
	return result;
}

static int generate(struct making *making, struct modseal_error *error)
{
	int result = check_options(making, error);

	if (result == 0)
		result = make_paths(making, error);
	if (result == 0)
		result = modseal_crypto_new(&making->crypto, error);
	if (result == 0)
		result = modseal_key_algorithm_judge(making->crypto,
						     making->options->algorithm, error);
	if (result == 0)
		result = read_issuer(making, error);
	if (result == 0)
		result = modseal_key_generate(making->crypto, making->options->algorithm,
					      &making->key, error);
	if (result == 0)
		result = make_certificate(making, error);
	if (result == 0)
		result = write_files(making, error);
	return result;
}

int modseal_keygen(const struct modseal_keygen_options *options,
		   struct modseal_error *error)
{
	struct making making = {.options = options};
	int result;

	modseal_error_clear(error);
	result = generate(&making, error);
	X509_free(making.certificate);
	EVP_PKEY_free(making.key);
	EVP_PKEY_free(making.issuer_key);
	modseal_certificate_clear(&making.issuer_certificate);
	modseal_crypto_free(&making.crypto);
	free(making.key_path);
	free(making.certificate_path);
	return result;
}
