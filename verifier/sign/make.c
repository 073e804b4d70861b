/* SPDX-License-Identifier: Apache-2.0 */
/* Writes CMS SignedData (RFC 5652 section 5) around signatures made by OpenSSL. */
#include "verifier/sign/make.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "keys/pure.h"
#include "verifier/signature/evidence.h"

/* Elements of DER that never change. */
static const uint8_t version_1[] = {0x02, 0x01, 0x01};
static const uint8_t version_3[] = {0x02, 0x01, 0x03};
static const uint8_t signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				      0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t plain_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				     0xf7, 0x0d, 0x01, 0x07, 0x01};
/* contentType: id-data, as one Attribute */
static const uint8_t content_type[] = {
	0x30, 0x18, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03,
	0x31, 0x0b, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t message_digest[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					 0xf7, 0x0d, 0x01, 0x09, 0x04};
static const uint8_t rsa_encryption[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
/* SHA-2 without parameters (RFC 5754 2), ecdsa-with-SHA2; the last byte by hash */
static const uint8_t sha2[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
			       0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
static const uint8_t sha2_last[] = {0x01, 0x02, 0x03};
static const uint8_t ecdsa_sha2[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
				     0x48, 0xce, 0x3d, 0x04, 0x03};
static const uint8_t ecdsa_sha2_last[] = {0x02, 0x03, 0x04};

static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
/* id-ml-dsa-44 to -87; the last byte by parameter set */
static const uint8_t ml_dsa[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
				 0x48, 0x01, 0x65, 0x03, 0x04, 0x03};
#define ML_DSA_44_LAST 0x11

#define MAX_SIGNATURE_SIZE 5000
#define FIXED(bytes)	   modseal_span_of(bytes, sizeof(bytes))

static int crypto_failed(struct modseal_error *error, const char *object)
{
	return modseal_fail_crypto(error, MODSEAL_STAGE_SIGN, object,
				   "the signature cannot be made");
}

static void put_hash(struct modseal_writer *writer, enum modseal_hash hash)
{
	modseal_writer_put(writer, FIXED(sha2));
	modseal_writer_put(writer, modseal_span_of(&sha2_last[hash], 1));
}

/* Issuer and serial number of the certificate, as they stand there. */
static bool put_identifier(struct modseal_writer *writer, X509 *x509)
{
	const unsigned char *name = NULL;
	unsigned char *serial = NULL;
	size_t start = writer->size, size = 0;
	int serial_size = i2d_ASN1_INTEGER(X509_get0_serialNumber(x509), &serial);

	if (serial_size <= 0)
		return false;
	if (X509_NAME_get0_der(X509_get_issuer_name(x509), &name, &size) == 1) {
		modseal_writer_put(writer, modseal_span_of(name, size));
		modseal_writer_put(writer, modseal_span_of(serial, (size_t)serial_size));
		modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, start);
	}
	OPENSSL_free(serial);
	return size > 0;
}

/* The signed attributes of `detached`, and of Ed25519 and ML-DSA in every form, as the
 * SET OF that is signed. No signing time: nobody may believe it, and without it a
 * deterministic algorithm gives the same bytes again. */
static int put_attributes(const struct modseal_signing_key *key,
			  struct modseal_span content, struct modseal_writer *writer,
			  struct modseal_error *error)
{
	struct modseal_writer attribute = {.size = 0};
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	struct modseal_span items[2] = {FIXED(content_type)};
	size_t value;
	int result =
		modseal_crypto_digest(key->crypto, key->hash, content, digest, error);

	if (result < 0)
		return result;
	modseal_writer_put(&attribute, FIXED(message_digest));
	value = attribute.size;
	modseal_writer_put(&attribute,
			   modseal_span_of(digest, modseal_hash_size(key->hash)));
	modseal_writer_wrap(&attribute, MODSEAL_TLV_OCTET_STRING, value);
	modseal_writer_wrap(&attribute, MODSEAL_TLV_SET, value);
	modseal_writer_wrap(&attribute, MODSEAL_TLV_SEQUENCE, 0);
	items[1] = modseal_writer_span(&attribute);
	if (attribute.failed)
		writer->failed = true;
	else
		modseal_writer_put_set(writer, MODSEAL_TLV_SET, items, 2);
	modseal_writer_clear(&attribute);
	return 0;
}

static bool set_pss(EVP_PKEY_CTX *context)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static void put_pure(const struct modseal_pure *pure, struct modseal_writer *writer)
{
	uint8_t last =
		(uint8_t)(ML_DSA_44_LAST + pure->algorithm - MODSEAL_ALGORITHM_ML_DSA_44);

	if (pure->algorithm == MODSEAL_ALGORITHM_ED25519) {
		modseal_writer_put(writer, FIXED(ed25519));
		return;
	}
	modseal_writer_put(writer, FIXED(ml_dsa));
	modseal_writer_put(writer, modseal_span_of(&last, 1));
}

/* The same file signed again gives the same bytes (FIPS 204 3.4, the deterministic
 * variant; Ed25519 is so by itself). OpenSSL 3.0 has no name for the parameter. */
static bool set_deterministic(EVP_PKEY_CTX *context, const struct modseal_pure *pure)
{
	int yes = 1;
	OSSL_PARAM parameters[] = {OSSL_PARAM_int("deterministic", &yes), OSSL_PARAM_END};

	return pure->algorithm == MODSEAL_ALGORITHM_ED25519 ||
	       EVP_PKEY_CTX_set_params(context, parameters) == 1;
}

/* The AlgorithmIdentifier and the signature in its OCTET STRING. */
static bool put_signature(const struct modseal_signing_key *key, EVP_MD_CTX *context,
			  struct modseal_span over, struct modseal_writer *writer)
{
	/* RSA-8192 takes 1024, ML-DSA-87 4627 */
	uint8_t identifier[256], signature[MAX_SIGNATURE_SIZE];
	const struct modseal_pure *pure = modseal_pure_of_key(key->key);
	size_t size = sizeof(signature), start;
	EVP_PKEY_CTX *parameters = NULL;
	OSSL_PARAM query[] = {OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID,
						      identifier, sizeof(identifier)),
			      OSSL_PARAM_END};

	if (EVP_DigestSignInit_ex(
		    context, &parameters, pure ? NULL : modseal_hash_name(key->hash),
		    modseal_crypto_library(key->crypto), NULL, key->key, NULL) != 1)
		return false;
	if (pure) {
		if (!set_deterministic(parameters, pure))
			return false;
		put_pure(pure, writer);
	} else if (key->pss) {
		if (!set_pss(parameters) ||
		    EVP_PKEY_CTX_get_params(parameters, query) != 1 ||
		    query[0].return_size > sizeof(identifier))
			return false;
		modseal_writer_put(writer,
				   modseal_span_of(identifier, query[0].return_size));
	} else if (EVP_PKEY_is_a(key->key, "RSA")) {
		modseal_writer_put(writer, FIXED(rsa_encryption));
	} else {
		modseal_writer_put(writer, FIXED(ecdsa_sha2));
		modseal_writer_put(writer,
				   modseal_span_of(&ecdsa_sha2_last[key->hash], 1));
	}
	if (EVP_DigestSign(context, signature, &size, over.data, over.size) != 1)
		return false;
	start = writer->size;
	modseal_writer_put(writer, modseal_span_of(signature, size));
	modseal_writer_wrap(writer, MODSEAL_TLV_OCTET_STRING, start);
	return true;
}

static int put_signer(const struct modseal_signing_key *key, enum modseal_evidence form,
		      struct modseal_span content, const char *object,
		      struct modseal_writer *writer, struct modseal_error *error)
{
	X509 *x509 = key->signer->certificate.x509;
	struct modseal_writer attributes = {.size = 0};
	struct modseal_span over = content;
	EVP_MD_CTX *context;
	int result = 0;

	modseal_writer_put(writer, FIXED(version_1));
	if (!put_identifier(writer, x509))
		return crypto_failed(error, object);
	put_hash(writer, key->hash);
	if (form == MODSEAL_EVIDENCE_DETACHED || modseal_pure_of_key(key->key)) {
		uint8_t tag = MODSEAL_TLV_CONTEXT(0);

		result = put_attributes(key, content, &attributes, error);
		if (result == 0 && attributes.failed)
			result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
		if (result < 0) {
			modseal_writer_clear(&attributes);
			return result;
		}
		over = modseal_writer_span(&attributes);
		modseal_writer_put(writer, modseal_span_of(&tag, 1));
		modseal_writer_put(writer, modseal_span_of(over.data + 1, over.size - 1));
	}
	context = EVP_MD_CTX_new();
	if (!context || !put_signature(key, context, over, writer))
		result = crypto_failed(error, object);
	EVP_MD_CTX_free(context);
	modseal_writer_clear(&attributes);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
	return result;
}

/* A certificate that an authority issued is needed by those who know the authority only;
 * one that signed itself is known to all who trust it. */
static int put_certificate(const struct modseal_signing_key *key,
			   struct modseal_writer *writer, const char *object,
			   struct modseal_error *error)
{
	X509 *x509 = key->signer->certificate.x509;
	unsigned char *der = NULL;
	int size;

	if (X509_get_extension_flags(x509) & EXFLAG_SI)
		return 0;
	size = i2d_X509(x509, &der);
	if (size <= 0)
		return crypto_failed(error, object);
	modseal_writer_put(writer, modseal_span_of(der, (size_t)size));
	OPENSSL_free(der);
	return 0;
}

/* ContentInfo { signedData, [0] SignedData } of what was collected. */
static void put_content_info(struct modseal_others *all, struct modseal_writer *writer)
{
	size_t type = 0;

	if (all->version_3)
		modseal_writer_put(writer, FIXED(version_3));
	else
		modseal_writer_put(writer, FIXED(version_1));
	modseal_writer_put_set(writer, MODSEAL_TLV_SET, all->digests, all->digest_count);
	type = writer->size;
	modseal_writer_put(writer, FIXED(plain_data));
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, type);
	if (all->certificate_count)
		modseal_writer_put_set(writer, MODSEAL_TLV_CONTEXT(0), all->certificates,
				       all->certificate_count);
	modseal_writer_put_set(writer, MODSEAL_TLV_SET, all->signers, all->signer_count);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
	modseal_writer_wrap(writer, MODSEAL_TLV_CONTEXT(0), 0);
}

static int write_all(struct modseal_others *all, struct modseal_writer *ret_cms,
		     struct modseal_error *error)
{
	struct modseal_writer inside = {.size = 0}, cms = {.size = 0};

	put_content_info(all, &inside);
	modseal_writer_put(&cms, FIXED(signed_data));
	modseal_writer_put(&cms, modseal_writer_span(&inside));
	modseal_writer_wrap(&cms, MODSEAL_TLV_SEQUENCE, 0);
	if (inside.failed || cms.failed) {
		modseal_writer_clear(&inside);
		modseal_writer_clear(&cms);
		return modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	}
	modseal_writer_clear(&inside);
	*ret_cms = cms;
	return 0;
}

int modseal_cms_prove(const struct modseal_signing_key *key, enum modseal_evidence form,
		      struct modseal_span cms, struct modseal_span content,
		      const char *object, struct modseal_error *error)
{
	struct modseal_signer *signers[] = {key->signer};
	struct modseal_evidence_request request = {
		.form = form,
		.cms = cms,
		.content = content,
		.signers = signers,
		.signer_count = 1,
		.require = 1,
		.clock = {.now = time(NULL)},
		.object = object,
	};
	struct modseal_evidence_result found;

	return modseal_evidence_judge(key->crypto, &request, &found, error);
}

int modseal_cms_make(const struct modseal_signing_key *key, enum modseal_evidence form,
		     struct modseal_span content, const struct modseal_others *others,
		     const char *object, struct modseal_writer *ret_cms,
		     struct modseal_error *error)
{
	struct modseal_writer signer = {.size = 0}, digest = {.size = 0};
	struct modseal_writer certificate = {.size = 0}, cms = {.size = 0};
	struct modseal_others all = *others; /* the bytes stay theirs */
	int result;

	modseal_crypto_forget();
	result = put_signer(key, form, content, object, &signer, error);
	if (result == 0)
		result = put_certificate(key, &certificate, object, error);
	put_hash(&digest, key->hash);
	if (result == 0 && (signer.failed || digest.failed || certificate.failed))
		result = modseal_fail_memory(error, MODSEAL_STAGE_SIGN);
	if (result == 0)
		result = modseal_others_join(
			&all, modseal_writer_span(&signer), modseal_writer_span(&digest),
			modseal_writer_span(&certificate), object, error);
	if (result == 0)
		result = write_all(&all, &cms, error);
	if (result == 0)
		result = modseal_cms_prove(key, form, modseal_writer_span(&cms), content,
					   object, error);
	if (result == 0)
		*ret_cms = cms;
	else
		modseal_writer_clear(&cms);
	modseal_writer_clear(&signer);
	modseal_writer_clear(&digest);
	modseal_writer_clear(&certificate);
	modseal_crypto_forget();
	return result;
}
