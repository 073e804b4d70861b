/* SPDX-License-Identifier: Apache-2.0 */
/* Tells what a CMS holds, for inspect. Decides nothing. */
#include <stdio.h>

#include "keys/pure.h"
#include "verifier/signature/cms.h"
#include "verifier/signature/evidence.h"
#include "verifier/signature/ima.h"

struct teller {
	modseal_fact *fact;
	void *argument;
	int result; /* of the first fact that ended the listing */
};

static void tell(struct teller *teller, const char *key, const char *value)
{
	char text[512];

	if (teller->result)
		return;
	modseal_escape(text, sizeof(text), value);
	teller->result = teller->fact(teller->argument, key, text);
}

static void tell_name(struct teller *teller, const char *key, const X509_NAME *name)
{
	char text[400] = "?";
	BIO *bio = BIO_new(BIO_s_mem());

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0) {
		int length = BIO_read(bio, text, sizeof(text) - 1);

		text[length > 0 ? length : 0] = '\0';
	}
	BIO_free(bio);
	tell(teller, key, text);
}

static void tell_hex(struct teller *teller, const char *key, const uint8_t *bytes,
		     size_t size)
{
	char text[129] = "";

	for (size_t i = 0; i < size && 2 * i + 3 <= sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	tell(teller, key, text);
}

static void object_name(const ASN1_OBJECT *object, char *buffer, size_t size)
{
	if (OBJ_obj2txt(buffer, (int)size, object, 0) <= 0)
		snprintf(buffer, size, "?");
}

/* The policy's token as far as it can be told without the key, whose curve is part of it.
 */
static const char *family(int nid)
{
	switch (nid) {
	case NID_rsaEncryption:
	case NID_sha256WithRSAEncryption:
	case NID_sha384WithRSAEncryption:
	case NID_sha512WithRSAEncryption:
		return "rsa-pkcs1";
	case NID_rsassaPss:
		return "rsa-pss";
	case NID_ecdsa_with_SHA256:
	case NID_ecdsa_with_SHA384:
	case NID_ecdsa_with_SHA512:
		return "ecdsa";
	default:
		return NULL;
	}
}

static void tell_algorithm(struct teller *teller, CMS_SignerInfo *info)
{
	X509_ALGOR *digest = NULL, *signature = NULL;
	const struct modseal_pure *pure;
	const ASN1_OBJECT *object = NULL;
	char made[96], with[96], text[208];
	const char *name;

	CMS_SignerInfo_get0_algs(info, NULL, NULL, &digest, &signature);
	X509_ALGOR_get0(&object, NULL, NULL, digest);
	object_name(object, with, sizeof(with));
	X509_ALGOR_get0(&object, NULL, NULL, signature);
	object_name(object, made, sizeof(made));
	pure = modseal_pure_of_object(object);
	if (pure) {
		tell(teller, "signer.algorithm", modseal_algorithm_name(pure->algorithm));
		return;
	}
	name = family(OBJ_obj2nid(object));
	snprintf(text, sizeof(text), "%s%s%s", name ? name : made, name ? "-" : " with ",
		 with);
	tell(teller, "signer.algorithm", text);
}

static void tell_attributes(struct teller *teller, CMS_SignerInfo *info)
{
	int count = CMS_signed_get_attr_count(info);
	char text[400] = "none", name[96];
	size_t used = 0;

	for (int i = 0; i < count && used < sizeof(text); i++) {
		const X509_ATTRIBUTE *attribute = CMS_signed_get_attr(info, i);

		object_name(X509_ATTRIBUTE_get0_object((X509_ATTRIBUTE *)attribute), name,
			    sizeof(name));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s",
					 i ? ", " : "", name);
	}
	tell(teller, "signer.attributes", text);
}

/* That there is one; who believes it asks `timestamp verify`. */
static void tell_timestamp(struct teller *teller, CMS_SignerInfo *info)
{
	if (CMS_unsigned_get_attr_by_NID(info, NID_id_smime_aa_timeStampToken, -1) >= 0)
		tell(teller, "signer.timestamp", "there, not checked");
}

static void tell_signer(struct teller *teller, CMS_SignerInfo *info)
{
	ASN1_OCTET_STRING *key_identifier = NULL;
	ASN1_INTEGER *serial = NULL;
	X509_NAME *issuer = NULL;

	if (CMS_SignerInfo_get0_signer_id(info, &key_identifier, &issuer, &serial) == 1 &&
	    key_identifier) {
		tell_hex(teller, "signer.key-identifier",
			 ASN1_STRING_get0_data(key_identifier),
			 (size_t)ASN1_STRING_length(key_identifier));
	} else if (issuer && serial) {
		tell_name(teller, "signer.issuer", issuer);
		tell_hex(teller, "signer.serial", ASN1_STRING_get0_data(serial),
			 (size_t)ASN1_STRING_length(serial));
	}
	tell_algorithm(teller, info);
	tell_attributes(teller, info);
	tell_timestamp(teller, info);
}

static int tell_certificate(struct teller *teller, const struct modseal_crypto *crypto,
			    X509 *x509, struct modseal_error *error)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	unsigned char *der = NULL;
	int size = i2d_X509(x509, &der);
	int result;

	if (size < 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, NULL,
					   "a certificate cannot be encoded");
	result = modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
				       modseal_span_of(der, (size_t)size), digest, error);
	OPENSSL_free(der);
	if (result < 0)
		return result;
	tell_name(teller, "certificate.subject", X509_get_subject_name(x509));
	tell_hex(teller, "certificate.sha256", digest, sizeof(digest));
	return 0;
}

int modseal_evidence_describe(const struct modseal_crypto *crypto,
			      struct modseal_span bytes, modseal_fact *fact,
			      void *argument, struct modseal_error *error)
{
	struct teller teller = {.fact = fact, .argument = argument};
	struct modseal_cms cms;
	char count[16];
	int result = modseal_cms_read(crypto, bytes, true, NULL, &cms, error);

	if (result < 0)
		return result;
	snprintf(count, sizeof(count), "%zu", cms.layout.signer_count);
	tell(&teller, "signature.signers", count);
	for (size_t i = 0; i < cms.layout.signer_count; i++)
		tell_signer(&teller, sk_CMS_SignerInfo_value(cms.signers, (int)i));
	for (int i = 0; result == 0 && i < sk_X509_num(cms.certificates); i++)
		result = tell_certificate(&teller, crypto,
					  sk_X509_value(cms.certificates, i), error);
	modseal_cms_clear(&cms);
	modseal_crypto_forget();
	return result ? result : teller.result;
}

int modseal_ima_describe(struct modseal_span value, enum modseal_ima_place place,
			 modseal_fact *fact, void *argument, struct modseal_error *error)
{
	struct modseal_ima ima;
	char text[16];
	int result = modseal_ima_read(value, place, NULL, &ima, error);

	if (result < 0)
		return result;
	snprintf(text, sizeof(text), "%08x", ima.key_identifier);
	result = fact(argument, "ima.algorithm", modseal_hash_name(ima.hash));
	return result ? result : fact(argument, "ima.key-identifier", text);
}
