/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes a CMS whose layout is known to be right, and proves that it was strict DER. */
#include "verifier/signature/cms.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

#include "keys/der.h"
#include "verifier/signature/cms_known.h"

#define ARMOUR_START "-----BEGIN "

static int malformed(struct modseal_error *error, const char *object, const char *what)
{
	return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED, MODSEAL_STAGE_EVIDENCE,
			    object, "%s", what);
}

/* A decoder that ran out of memory could not decide; else the bytes are to blame. */
static int decoder_failed(struct modseal_error *error, const char *object,
			  const char *what)
{
	if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_MALLOC_FAILURE ||
	    ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE) {
		modseal_crypto_forget();
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	}
	modseal_crypto_forget();
	return malformed(error, object, what);
}

static bool only_space_left(BIO *bio)
{
	char *rest;
	long size = BIO_get_mem_data(bio, &rest);

	/* not isspace(3): a program's locale decides nothing */
	for (long i = 0; i < size; i++)
		if (!memchr(" \t\r\n", rest[i], 4))
			return false;
	return size >= 0;
}

/* RFC 7468 text: one block, nothing before it, white space behind it. */
static int read_armour(struct modseal_span text, const char *object,
		       struct modseal_cms *cms, struct modseal_span *ret_der,
		       struct modseal_error *error)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long size = 0;
	BIO *bio;
	int result;

	if (text.size > 2 * MODSEAL_MAX_CMS_SIZE)
		return malformed(error, object, "the signature is larger than 64 KiB");
	bio = BIO_new_mem_buf(text.data, (int)text.size);
	if (!bio)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
					   "the signature cannot be read");
	if (PEM_read_bio(bio, &name, &header, &data, &size) != 1 || size <= 0)
		result = decoder_failed(error, object,
					"the signature is not well-formed PEM");
	else if (strcmp(name, "CMS") != 0 && strcmp(name, "PKCS7") != 0)
		result = modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				      MODSEAL_STAGE_EVIDENCE, object,
				      "the PEM block is \"%s\", not \"CMS\" or \"PKCS7\"",
				      name);
	else if (header[0] != '\0' || !only_space_left(bio))
		result = malformed(error, object, "the PEM block is not all there is");
	else
		result = 0;
	if (result == 0) {
		cms->owned = data;
		*ret_der = modseal_span_of(data, (size_t)size);
		data = NULL;
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	BIO_free(bio);
	return result;
}

/* R23: what OpenSSL understood, written again, must be what was read. */
static int check_encoding(CMS_ContentInfo *info, struct modseal_span der,
			  const char *object, struct modseal_error *error)
{
	unsigned char *encoded = NULL;
	int size = i2d_CMS_ContentInfo(info, &encoded);
	int result = 0;

	if (size < 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
					   "the signature cannot be encoded again");
	if (!modseal_span_equal(der, modseal_span_of(encoded, (size_t)size)))
		result = malformed(
			error, object,
			"the signature is not strict DER: its re-encoding differs");
	OPENSSL_free(encoded);
	return result;
}

static int decode(const struct modseal_crypto *crypto, struct modseal_span der,
		  const char *object, struct modseal_cms *cms,
		  struct modseal_error *error)
{
	const unsigned char *at = der.data;
	int result;

	cms->info = CMS_ContentInfo_new_ex(modseal_crypto_library(crypto), NULL);
	if (!cms->info)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	if (!d2i_CMS_ContentInfo(&cms->info, &at, (long)der.size)) {
		cms->info = NULL; /* the decoder freed it */
		return decoder_failed(error, object, "the signature cannot be decoded");
	}
	if (at != der.data + der.size)
		return malformed(error, object, "there are bytes behind the signature");
	result = check_encoding(cms->info, der, object, error);
	if (result < 0)
		return result;
	cms->signers = CMS_get0_SignerInfos(cms->info);
	if (!cms->signers ||
	    (size_t)sk_CMS_SignerInfo_num(cms->signers) != cms->layout.signer_count)
		return malformed(error, object, "the SignerInfos cannot be told apart");
	if (cms->layout.certificate_count == 0)
		return 0;
	cms->certificates = CMS_get1_certs(cms->info);
	if (!cms->certificates ||
	    (size_t)sk_X509_num(cms->certificates) != cms->layout.certificate_count)
		return decoder_failed(error, object,
				      "the certificates cannot be decoded");
	return 0;
}

int modseal_cms_read_again(const struct modseal_crypto *crypto,
			   struct modseal_cms_memory *memory, struct modseal_span bytes,
			   bool armour, const char *object, struct modseal_cms *ret_cms,
			   struct modseal_error *error)
{
	struct modseal_cms cms = {.info = NULL};
	struct modseal_span der = bytes;
	int result = 0;

	modseal_crypto_forget();
	if (armour && modseal_span_starts(bytes, ARMOUR_START))
		result = read_armour(bytes, object, &cms, &der, error);
	if (result == 0)
		result = modseal_layout_read(der, object, &cms.layout, error);
	if (result == 0 && !modseal_cms_recall(memory, der, &cms)) {
		result = decode(crypto, der, object, &cms, error);
		if (result == 0)
			result = modseal_cms_remember(memory, der, &cms, error);
	}
	modseal_crypto_forget();
	if (result < 0) {
		modseal_cms_clear(&cms);
		return result;
	}
	*ret_cms = cms;
	return 0;
}

int modseal_cms_read(const struct modseal_crypto *crypto, struct modseal_span bytes,
		     bool armour, const char *object, struct modseal_cms *ret_cms,
		     struct modseal_error *error)
{
	return modseal_cms_read_again(crypto, NULL, bytes, armour, object, ret_cms,
				      error);
}

int modseal_cms_read_token(const struct modseal_crypto *crypto, struct modseal_span token,
			   const char *object, struct modseal_cms *ret_cms,
			   struct modseal_error *error)
{
	struct modseal_cms cms = {.info = NULL};
	int result = modseal_layout_read_token(token, object, &cms.layout, error);

	if (result == 0)
		result = decode(crypto, token, object, &cms, error);
	modseal_crypto_forget();
	if (result < 0) {
		modseal_cms_clear(&cms);
		return result;
	}
	*ret_cms = cms;
	return 0;
}

void modseal_cms_clear(struct modseal_cms *cms)
{
	if (cms->known)
		modseal_cms_let_go(cms);
	sk_X509_pop_free(cms->certificates, X509_free);
	CMS_ContentInfo_free(cms->info);
	OPENSSL_free(cms->owned);
	memset(cms, 0, sizeof(*cms));
}

bool modseal_cms_signer_is(CMS_SignerInfo *info, X509 *x509)
{
	ASN1_OCTET_STRING *key_identifier = NULL;
	const unsigned char *wanted, *found;
	size_t wanted_size, found_size;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;

	if (!x509 || CMS_SignerInfo_cert_cmp(info, x509) != 0 ||
	    CMS_SignerInfo_get0_signer_id(info, &key_identifier, &issuer, &serial) != 1)
		return false;
	if (key_identifier)
		return true;
	/* OpenSSL compares names without case and spaces; bytes of a signature that may
	 * be changed freely are bytes that nobody vouched for. */
	return X509_NAME_get0_der(issuer, &found, &found_size) == 1 &&
	       X509_NAME_get0_der(X509_get_issuer_name(x509), &wanted, &wanted_size) ==
		       1 &&
	       modseal_span_equal(modseal_span_of(found, found_size),
				  modseal_span_of(wanted, wanted_size));
}

static void print_hex(const ASN1_STRING *bytes, char *buffer, size_t size)
{
	const unsigned char *data = ASN1_STRING_get0_data(bytes);
	size_t used = 0;

	buffer[0] = '\0';
	for (int i = 0; i < ASN1_STRING_length(bytes) && used + 3 <= size; i++)
		used += (size_t)snprintf(buffer + used, size - used, "%02x", data[i]);
}

void modseal_cms_signer_text(CMS_SignerInfo *info, char *buffer, size_t size)
{
	ASN1_OCTET_STRING *key_identifier = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;
	char number[2 * 32 + 1], name[256] = "?";
	BIO *bio;

	if (CMS_SignerInfo_get0_signer_id(info, &key_identifier, &issuer, &serial) != 1) {
		snprintf(buffer, size, "?");
		return;
	}
	if (key_identifier) {
		print_hex(key_identifier, number, sizeof(number));
		snprintf(buffer, size, "key identifier %s", number);
		return;
	}
	bio = BIO_new(BIO_s_mem());
	if (bio && X509_NAME_print_ex(bio, issuer, 0, XN_FLAG_RFC2253) >= 0) {
		int length = BIO_read(bio, name, sizeof(name) - 1);

		name[length > 0 ? length : 0] = '\0';
	}
	BIO_free(bio);
	print_hex(serial, number, sizeof(number));
	snprintf(buffer, size, "issuer \"%s\", serial %s", name, number);
	modseal_crypto_forget();
}
