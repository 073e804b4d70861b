/* SPDX-License-Identifier: Apache-2.0 */
/* Reads certificates strictly and names them by their digests. */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include "internal/limits.h"
#include "keys/certificate.h"
#include "keys/crypto_private.h"
#include "keys/der.h"
#include "keys/pure.h"

#define PEM_BEGIN "-----BEGIN "
/* PEM makes bytes a third longer; the rest is for text around the blocks. */
#define MAX_PEM_SIZE (2u * MODSEAL_MAX_PATH_CERTIFICATES * MODSEAL_MAX_CERTIFICATE_SIZE)

static int refuse(struct modseal_error *error, const char *object, const char *what)
{
	modseal_crypto_forget();
	modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_KEY, object,
		     "%s", what);
	modseal_remedy(error,
		       "give an X.509 certificate in PEM or DER, as its CA issued it");
	return MODSEAL_E_CERTIFICATE_INVALID;
}

/* A failure inside OpenSSL's decoder: bad bytes, or no memory. */
static int refuse_decoding(struct modseal_error *error, const char *object,
			   const char *what)
{
	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object, what);
	return refuse(error, object, what);
}

/*
 * One key, one encoding. RSA: rsaEncryption with NULL parameters (RFC 3279 2.3.1) around
 * DER; EC: a named curve and an uncompressed point (RFC 5480 2.1.1, 2.2); Ed25519 and
 * ML-DSA: no parameters (RFC 8410 3, RFC 9881 2). OpenSSL reads more than that, each with
 * another digest of the SubjectPublicKeyInfo.
 */
static bool key_is_canonical(X509 *x509, EVP_PKEY *key)
{
	const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(x509);
	const struct modseal_pure *pure = modseal_pure_of_key(key);
	ASN1_OBJECT *type = NULL;
	X509_ALGOR *algorithm = NULL;
	const unsigned char *bytes = NULL;
	int size = 0;
	int parameters = V_ASN1_UNDEF;

	if (!bits || (bits->flags & 7) != 0 ||
	    X509_PUBKEY_get0_param(&type, &bytes, &size, &algorithm,
				   X509_get_X509_PUBKEY(x509)) != 1 ||
	    size <= 0)
		return false;
	X509_ALGOR_get0(NULL, &parameters, NULL, algorithm);
	if (EVP_PKEY_is_a(key, "RSA"))
		return OBJ_obj2nid(type) == NID_rsaEncryption &&
		       parameters == V_ASN1_NULL &&
		       modseal_der_strict(modseal_span_of(bytes, (size_t)size));
	if (EVP_PKEY_is_a(key, "EC"))
		return OBJ_obj2nid(type) == NID_X9_62_id_ecPublicKey &&
		       parameters == V_ASN1_OBJECT &&
		       bytes[0] == POINT_CONVERSION_UNCOMPRESSED;
	if (pure)
		return modseal_pure_of_object(type) == pure &&
		       parameters == V_ASN1_UNDEF && (size_t)size == pure->key_size;
	return true; /* other types are refused by modseal_key_judge */
}

/* An OpenSSL that does not know the kind of a key cannot read it either. */
static int refuse_key(const struct modseal_crypto *crypto, X509 *x509, const char *object,
		      struct modseal_error *error)
{
	const struct modseal_pure *pure = NULL;
	ASN1_OBJECT *type = NULL;
	const char *lack;

	if (ERR_GET_REASON(ERR_peek_last_error()) != ERR_R_MALLOC_FAILURE &&
	    X509_PUBKEY_get0_param(&type, NULL, NULL, NULL, X509_get_X509_PUBKEY(x509)) ==
		    1)
		pure = modseal_pure_of_object(type);
	lack = pure ? modseal_pure_lack(crypto, pure) : NULL;
	if (lack)
		return modseal_pure_refuse(pure, lack, object, error);
	return refuse_decoding(error, object,
			       "the certificate's public key cannot be read");
}

/*
 * Makes OpenSSL read the extensions now: later reads are then free of writes. For SHA-1
 * it asks the library context that is this thread's default, which would have to be
 * filled with the names of all algorithms first (a sixth of what a process does before
 * its first verdict) and is the host's: so it is ours meanwhile.
 */
static bool read_extensions(const struct modseal_crypto *crypto, X509 *x509)
{
	OSSL_LIB_CTX *host = OSSL_LIB_CTX_set0_default(modseal_crypto_library(crypto));
	bool read = host && X509_check_purpose(x509, -1, 0) == 1;

	return host && OSSL_LIB_CTX_set0_default(host) && read;
}

/* Fills in the digests of a certificate whose DER is given; takes x509 over on success.
 */
static int fill(const struct modseal_crypto *crypto, X509 *x509, struct modseal_span der,
		const char *object, struct modseal_certificate *ret_certificate,
		struct modseal_error *error)
{
	struct modseal_certificate certificate = {.x509 = x509};
	unsigned char *key = NULL;
	int key_size;
	int result;

	if (!read_extensions(crypto, x509))
		return refuse_decoding(error, object,
				       "the certificate has malformed extensions");
	certificate.key = X509_get0_pubkey(x509);
	if (!certificate.key)
		return refuse_key(crypto, x509, object, error);
	if (!key_is_canonical(x509, certificate.key))
		return refuse(
			error, object,
			"the certificate's public key is not in its usual encoding");
	result = modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, der,
				       certificate.sha256, error);
	if (result)
		return result;
	key_size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &key);
	if (key_size <= 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object,
					   "the certificate's key cannot be encoded");
	result = modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
				       modseal_span_of(key, (size_t)key_size),
				       certificate.key_sha256, error);
	OPENSSL_free(key);
	if (result)
		return result;
	*ret_certificate = certificate;
	return 0;
}

/* A second opinion on modseal_der_strict: OpenSSL, writing what it has read. */
static bool encodes_to(X509 *x509, struct modseal_span der)
{
	unsigned char *again = NULL;
	int size = i2d_X509(x509, &again);
	bool equal =
		size > 0 && modseal_span_equal(modseal_span_of(again, (size_t)size), der);

	OPENSSL_free(again);
	return equal;
}

static int decode(const struct modseal_crypto *crypto, struct modseal_span der,
		  const char *object, struct modseal_certificate *ret_certificate,
		  struct modseal_error *error)
{
	const unsigned char *at = der.data;
	X509 *x509 = NULL;
	int result;

	modseal_crypto_forget();
	if (der.size > MODSEAL_MAX_CERTIFICATE_SIZE)
		return refuse(error, object, "the certificate is larger than 64 KiB");
	if (!modseal_der_strict(der))
		return refuse(error, object, "not one certificate in strict DER");
	x509 = X509_new_ex(modseal_crypto_library(crypto), NULL);
	if (!x509)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object,
					   "no certificate can be made");
	if (!d2i_X509(&x509, &at, (long)der.size)) {
		result = refuse_decoding(error, object,
					 "not a well-formed X.509 certificate");
		goto out;
	}
	if (!encodes_to(x509, der)) {
		result = refuse(error, object, "the certificate is not in strict DER");
		goto out;
	}
	result = fill(crypto, x509, der, object, ret_certificate, error);
	if (result == 0)
		x509 = NULL;
out:
	X509_free(x509); /* d2i_X509 sets it to NULL where it frees it */
	modseal_crypto_forget();
	return result;
}

int modseal_certificate_wrap(const struct modseal_crypto *crypto, X509 *x509,
			     struct modseal_certificate *ret_certificate,
			     struct modseal_error *error)
{
	EVP_PKEY *key = X509_get0_pubkey(x509);
	unsigned char *bytes = NULL;
	struct modseal_span der;
	int result = MODSEAL_E_INTERNAL;
	int size;

	modseal_crypto_forget();
	size = i2d_X509(x509, &bytes);
	if (size <= 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, NULL,
					   "the certificate cannot be encoded");
	der = modseal_span_of(bytes, (size_t)size);
	if (!key || EVP_PKEY_get0_provider(key) != crypto->provider) {
		/* Its key would be used by the host's context, with the host's providers
		 */
		result = decode(crypto, der, NULL, ret_certificate, error);
	} else if (der.size > MODSEAL_MAX_CERTIFICATE_SIZE || !modseal_der_strict(der)) {
		result = refuse(error, NULL, "the certificate is not in strict DER");
	} else if (X509_up_ref(x509) != 1) {
		result = modseal_fail_crypto(error, MODSEAL_STAGE_KEY, NULL,
					     "the certificate cannot be kept");
	} else {
		result = fill(crypto, x509, der, NULL, ret_certificate, error);
		if (result)
			X509_free(x509);
	}
	OPENSSL_free(bytes);
	modseal_crypto_forget();
	return result;
}

static size_t count_blocks(struct modseal_span bytes)
{
	size_t count = 0;
	const uint8_t *at;

	while ((at = memmem(bytes.data, bytes.size, PEM_BEGIN, strlen(PEM_BEGIN)))) {
		count++;
		bytes.size -= (size_t)(at - bytes.data) + strlen(PEM_BEGIN);
		bytes.data = at + strlen(PEM_BEGIN);
	}
	return count;
}

static int decode_block(const struct modseal_crypto *crypto, BIO *bio, const char *object,
			struct modseal_certificate *ret_certificate,
			struct modseal_error *error)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	long size = 0;
	int result;

	if (PEM_read_bio(bio, &name, &header, &data, &size) != 1)
		return refuse_decoding(error, object, "a PEM block is damaged");
	if (strcmp(name, PEM_STRING_X509) != 0) {
		modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_KEY,
			     object, "a PEM block is a %s, not a CERTIFICATE", name);
		modseal_remedy(error, "leave only the certificate in the file");
		result = MODSEAL_E_CERTIFICATE_INVALID;
	} else if (header[0] != '\0') {
		result = refuse(error, object,
				"the PEM block of a certificate has headers");
	} else {
		result = decode(crypto, modseal_span_of(data, (size_t)size), object,
				ret_certificate, error);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data,
			   (size_t)size); /* it could be a key put there by mistake */
	return result;
}

static int decode_blocks(const struct modseal_crypto *crypto, struct modseal_span bytes,
			 size_t count, const char *object,
			 struct modseal_certificate *ret_certificates,
			 struct modseal_error *error)
{
	int result = MODSEAL_E_INTERNAL;
	size_t done = 0;
	BIO *bio;

	modseal_crypto_forget();
	bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
	if (!bio)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, object,
					   "the certificate cannot be read");
	for (; done < count; done++) {
		result =
			decode_block(crypto, bio, object, &ret_certificates[done], error);
		if (result)
			break;
	}
	if (result)
		while (done > 0)
			modseal_certificate_clear(&ret_certificates[--done]);
	BIO_free(bio);
	modseal_crypto_forget();
	return result;
}

int modseal_certificate_read(const struct modseal_crypto *crypto,
			     struct modseal_span bytes, const char *object,
			     struct modseal_certificate *ret_certificate,
			     struct modseal_error *error)
{
	struct modseal_certificate certificate;
	size_t count;
	int result;

	if (bytes.size == 0)
		return refuse(error, object, "the certificate is empty");
	if (bytes.data[0] == (V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED))
		return decode(crypto, bytes, object, ret_certificate, error);
	if (bytes.size > MAX_PEM_SIZE)
		return refuse(error, object, "too large for one certificate");
	/* Counted here, so that no block that OpenSSL passes over stays unseen. */
	count = count_blocks(bytes);
	if (count == 0)
		return refuse(error, object, "neither PEM nor DER");
	if (count > 1)
		return refuse(error, object,
			      "more than one PEM block where one is wanted");
	result = decode_blocks(crypto, bytes, 1, object, &certificate, error);
	if (result)
		return result;
	*ret_certificate = certificate;
	return 0;
}

int modseal_certificate_read_several(const struct modseal_crypto *crypto,
				     struct modseal_span bytes, const char *object,
				     struct modseal_certificate **ret_certificates,
				     size_t *ret_count, struct modseal_error *error)
{
	struct modseal_certificate *certificates;
	size_t count;
	int result;

	if (bytes.size > MAX_PEM_SIZE)
		return refuse(error, object, "too large for a list of certificates");
	count = bytes.size ? count_blocks(bytes) : 0;
	if (count == 0)
		return refuse(error, object, "no certificate in PEM");
	if (count > MODSEAL_MAX_PATH_CERTIFICATES)
		return refuse(error, object, "more than four certificates");
	certificates = calloc(count, sizeof(*certificates));
	if (!certificates)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	result = decode_blocks(crypto, bytes, count, object, certificates, error);
	if (result) {
		free(certificates);
		return result;
	}
	*ret_certificates = certificates;
	*ret_count = count;
	return 0;
}

void modseal_certificate_clear(struct modseal_certificate *certificate)
{
	if (!certificate)
		return;
	X509_free(certificate->x509);
	memset(certificate, 0, sizeof(*certificate));
}

bool modseal_certificate_is_authority(const struct modseal_certificate *certificate)
{
	uint32_t flags = X509_get_extension_flags(certificate->x509);

	if ((flags & EXFLAG_CA) != 0 ||
	    ((flags & EXFLAG_KUSAGE) != 0 &&
	     (X509_get_key_usage(certificate->x509) & KU_KEY_CERT_SIGN) != 0))
		return true;
	return (flags & EXFLAG_V1) != 0 && (flags & EXFLAG_SI) != 0;
}

void modseal_certificate_subject(const struct modseal_certificate *certificate,
				 char *buffer, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char text[512] = "?";
	int length;

	if (bio && X509_NAME_print_ex(
			   bio, X509_get_subject_name(certificate->x509), 0,
			   XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		length = BIO_read(bio, text, (int)sizeof(text) - 1);
		text[length > 0 ? length : 0] = '\0';
	}
	BIO_free(bio);
	modseal_crypto_forget();
	modseal_escape(buffer, size, text);
}
