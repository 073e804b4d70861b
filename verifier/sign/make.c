/* SPDX-License-Identifier: Apache-2.0 */
/* Writes CMS SignedData (RFC 5652 section 5) around signatures made by OpenSSL. */
#include "verifier/sign/make.h"

#include <openssl/x509v3.h>
#include <time.h>

#include "verifier/sign/raw.h"
#include "verifier/signature/evidence.h"

/* Elements of DER that never change. */
static const uint8_t version_1[] = {0x02, 0x01, 0x01};
static const uint8_t version_3[] = {0x02, 0x01, 0x03};
static const uint8_t signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				      0xf7, 0x0d, 0x01, 0x07, 0x02};
static const uint8_t plain_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				     0xf7, 0x0d, 0x01, 0x07, 0x01};
static const uint8_t rsa_encryption[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
					 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
/* SHA-2 without parameters (RFC 5754 2), ecdsa-with-SHA2; the last byte by hash */
static const uint8_t sha2[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
			       0x48, 0x01, 0x65, 0x03, 0x04, 0x02};
static const uint8_t sha2_last[] = {0x01, 0x02, 0x03};
static const uint8_t ecdsa_sha2[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
				     0x48, 0xce, 0x3d, 0x04, 0x03};
static const uint8_t ecdsa_sha2_last[] = {0x02, 0x03, 0x04};

/* id-RSASSA-PSS and id-mgf1 (RFC 4055) */
static const uint8_t rsa_pss[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				  0xf7, 0x0d, 0x01, 0x01, 0x0a};
static const uint8_t mgf1[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
			       0xf7, 0x0d, 0x01, 0x01, 0x08};
static const uint8_t ed25519[] = {0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70};
/* id-ml-dsa-44 to -87; the last byte by parameter set */
static const uint8_t ml_dsa[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86,
				 0x48, 0x01, 0x65, 0x03, 0x04, 0x03};
#define ML_DSA_44_LAST 0x11

#define FIXED(bytes) modseal_span_of(bytes, sizeof(bytes))

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

static void put_hash_null(struct modseal_writer *writer, enum modseal_hash hash)
{
	static const uint8_t null[] = {MODSEAL_TLV_NULL, 0};
	size_t start = writer->size;

	modseal_writer_put(writer, modseal_span_of(sha2 + 2, sizeof(sha2) - 2));
	modseal_writer_put(writer, modseal_span_of(&sha2_last[hash], 1));
	modseal_writer_put(writer, FIXED(null));
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, start);
}

/* RSASSA-PSS-params (RFC 4055 3.1): the digest, MGF1 with the same digest, a salt as long
 * as the digest; with NULL behind SHA-2, as OpenSSL writes them (RFC 4055 2.1). */
static void put_pss(enum modseal_hash hash, struct modseal_writer *writer)
{
	uint8_t salt[] = {MODSEAL_TLV_INTEGER, 1, (uint8_t)modseal_hash_size(hash)};
	size_t all = writer->size, parameters, part, mask;

	modseal_writer_put(writer, FIXED(rsa_pss));
	parameters = part = writer->size;
	put_hash_null(writer, hash);
	modseal_writer_wrap(writer, MODSEAL_TLV_CONTEXT(0), part);
	part = mask = writer->size;
	modseal_writer_put(writer, FIXED(mgf1));
	put_hash_null(writer, hash);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, mask);
	modseal_writer_wrap(writer, MODSEAL_TLV_CONTEXT(1), part);
	part = writer->size;
	modseal_writer_put(writer, FIXED(salt));
	modseal_writer_wrap(writer, MODSEAL_TLV_CONTEXT(2), part);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, parameters);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, all);
}

/* The signature's AlgorithmIdentifier. */
static void put_algorithm(const struct modseal_signing_key *key,
			  struct modseal_writer *writer)
{
	uint8_t last =
		(uint8_t)(ML_DSA_44_LAST + key->algorithm - MODSEAL_ALGORITHM_ML_DSA_44);

	if (key->algorithm == MODSEAL_ALGORITHM_ED25519) {
		modseal_writer_put(writer, FIXED(ed25519));
	} else if (modseal_algorithm_is_pure(key->algorithm)) {
		modseal_writer_put(writer, FIXED(ml_dsa));
		modseal_writer_put(writer, modseal_span_of(&last, 1));
	} else if (key->pss) {
		put_pss(key->hash, writer);
	} else if (EVP_PKEY_is_a(key->signer->certificate.key, "RSA")) {
		modseal_writer_put(writer, FIXED(rsa_encryption));
	} else {
		modseal_writer_put(writer, FIXED(ecdsa_sha2));
		modseal_writer_put(writer,
				   modseal_span_of(&ecdsa_sha2_last[key->hash], 1));
	}
}

static int put_signer(const struct modseal_signing_key *key,
		      const struct modseal_message *message,
		      struct modseal_span signature, const char *object,
		      struct modseal_writer *writer, struct modseal_error *error)
{
	struct modseal_span attributes = modseal_writer_span(&message->attributes);
	uint8_t tag = MODSEAL_TLV_CONTEXT(0);
	size_t start;

	modseal_writer_put(writer, FIXED(version_1));
	if (!put_identifier(writer, key->signer->certificate.x509))
		return crypto_failed(error, object);
	put_hash(writer, key->hash);
	if (attributes.size > 0) {
		modseal_writer_put(writer, modseal_span_of(&tag, 1));
		modseal_writer_put(writer, modseal_span_of(attributes.data + 1,
							   attributes.size - 1));
	}
	put_algorithm(key, writer);
	start = writer->size;
	modseal_writer_put(writer, signature);
	modseal_writer_wrap(writer, MODSEAL_TLV_OCTET_STRING, start);
	modseal_writer_wrap(writer, MODSEAL_TLV_SEQUENCE, 0);
	return 0;
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

int modseal_cms_keep(const struct modseal_others *others, struct modseal_writer *ret_cms,
		     struct modseal_error *error)
{
	struct modseal_others all = *others; /* the bytes stay theirs */

	return write_all(&all, ret_cms, error);
}

int modseal_cms_prove_known(const struct modseal_signing_key *key,
			    enum modseal_evidence form, struct modseal_span cms,
			    const struct modseal_content_digests *digests,
			    const char *object, struct modseal_error *error)
{
	struct modseal_signer *signers[] = {key->signer};
	struct modseal_evidence_request request = {
		.form = form,
		.cms = cms,
		.content = digests->content,
		.digests = digests,
		.signers = signers,
		.signer_count = 1,
		.require = 1,
		/* what may be signed was decided before */
		.foreign = form == MODSEAL_EVIDENCE_DETACHED,
		.clock = {.now = time(NULL)},
		.object = object,
	};
	struct modseal_evidence_result found;

	return modseal_evidence_judge(key->crypto, &request, &found, error);
}

int modseal_cms_prove(const struct modseal_signing_key *key, enum modseal_evidence form,
		      struct modseal_span cms, struct modseal_span content,
		      const char *object, struct modseal_error *error)
{
	const struct modseal_content_digests digests = {.content = content};

	return modseal_cms_prove_known(key, form, cms, &digests, object, error);
}

int modseal_cms_put(const struct modseal_signing_key *key, enum modseal_evidence form,
		    const struct modseal_content_digests *digests,
		    const struct modseal_message *message, struct modseal_span signature,
		    const struct modseal_others *others, const char *object,
		    struct modseal_writer *ret_cms, struct modseal_error *error)
{
	struct modseal_writer signer = {.size = 0}, digest = {.size = 0};
	struct modseal_writer certificate = {.size = 0}, cms = {.size = 0};
	struct modseal_others all = *others; /* the bytes stay theirs */
	int result;

	modseal_crypto_forget();
	result = put_signer(key, message, signature, object, &signer, error);
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
		result = modseal_cms_prove_known(key, form, modseal_writer_span(&cms),
						 digests, object, error);
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

int modseal_cms_make(const struct modseal_signing_key *key, enum modseal_evidence form,
		     struct modseal_content_digests *digests,
		     const struct modseal_others *others, const char *object,
		     struct modseal_writer *ret_cms, struct modseal_error *error)
{
	struct modseal_message message = {.digest_size = 0};
	struct modseal_raw raw;
	int result = modseal_message_make(key, form, digests, &message, error);

	if (result == 0)
		result = modseal_raw_sign(key, &message, object, &raw, error);
	if (result == 0)
		result = modseal_cms_put(key, form, digests, &message,
					 modseal_span_of(raw.bytes, raw.size), others,
					 object, ret_cms, error);
	modseal_message_clear(&message);
	return result;
}
