/* SPDX-License-Identifier: Apache-2.0 */
/* Forges CMS SignedData, right or wrong in every way the tests ask for. */
#ifndef MODSEAL_TEST_FORGE_H
#define MODSEAL_TEST_FORGE_H

#include "tests/unit/der.h"

/* ---- what is forged ---------------------------------------------------------------- */

enum forge_signer_flags {
	ATTRIBUTES = 1 << 0, /* the right ones; what follows changes them */
	NO_CONTENT_TYPE = 1 << 1,
	TWO_CONTENT_TYPES = 1 << 2,
	WRONG_CONTENT_TYPE = 1 << 3,
	TWO_TYPE_VALUES = 1 << 4,
	NO_DIGEST = 1 << 5,
	TWO_DIGESTS = 1 << 6,
	TWO_DIGEST_VALUES = 1 << 7,
	WRONG_DIGEST = 1 << 8,
	DIGEST_IS_BITS = 1 << 9,
	TIME_SHORT = 1 << 10,
	TIME_LONG = 1 << 11,
	TIME_INTEGER = 1 << 12,
	TIME_NONE = 1 << 13,
	TIME_TWICE = 1 << 14,
	UNSORTED = 1 << 15,
	KEY_IDENTIFIER = 1 << 16,
	VERSION_WRONG = 1 << 17,
	PARAMETERS_NULL = 1 << 18,
	PARAMETERS_OTHER = 1 << 19,
	WRONG_SIGNATURE = 1 << 20,
	SIGNER_LEFT_OVER = 1 << 21,
	TOKEN = 1 << 22,
	BAD_TOKEN = 1 << 23,
	TWO_TOKENS = 1 << 24,
	UNSIGNED_OTHER = 1 << 25,
	PSS = 1 << 26,
	/* sha256WithRSAEncryption instead of rsaEncryption; NULL behind Ed25519, ML-DSA
	 */
	NAMES_COMBINED = 1 << 27,
	/* the signature algorithm names SHA-384, or ML-DSA-65 */
	NAMES_OTHER_HASH = 1 << 28,
	UNSIGNED_EMPTY = 1 << 29,
};

struct forge_signer {
	const char *name; /* certificate that it names, and the key */
	const char *key;  /* another key */
	unsigned flags;
	const char *hash;   /* NULL: SHA256 */
	const char *claim;  /* the digest it claims instead: "SHA1", "MD5", "SHA384" */
	const char *salted; /* PSS: "salt" 20 instead of 32, "mgf" SHA-1 for MGF1 */
};

enum forge_flags {
	EMBEDDED = 1 << 0,
	EMBEDDED_EMPTY = 1 << 1,
	CRLS = 1 << 2,
	VERSION_3 = 1 << 3,
	VERSION_0 = 1 << 4,
	NO_DIGEST_ALGORITHMS = 1 << 5,
	EXTRA_DIGEST_ALGORITHM = 1 << 6,
	OTHER_CONTENT_TYPE = 1 << 7,
	LEFT_OVER = 1 << 8,	   /* behind the ContentInfo */
	LEFT_OVER_INSIDE = 1 << 9, /* behind the SignerInfos */
	INDEFINITE = 1 << 10,
	ENVELOPED = 1 << 11,
	DIGESTED = 1 << 12,
	COMPRESSED = 1 << 13,
	AUTHENVELOPED = 1 << 14,
	PLAIN_DATA = 1 << 15,
	LONG_LENGTH = 1 << 16,
	NO_SIGNER_INFOS = 1 << 17,
	REVERSE_SIGNERS = 1 << 18,
	ATTRIBUTE_CERTIFICATE = 1 << 19,
	NO_CERTIFICATES = 1 << 20,	    /* an empty set */
	BER_CERTIFICATE = 1 << 21,	    /* a TRUE in the first one is 01 */
	MISSING_DIGEST_ALGORITHM = 1 << 22, /* only the first */
};

struct forge {
	struct forge_signer signers[10];
	const char *certificates[6];
	unsigned flags;
};

static struct der digest_algorithm(const char *hash, unsigned flags)
{
	struct der value;

	if (strcmp(hash, "SHA1") == 0)
		value = RAW(0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a);
	else if (strcmp(hash, "MD5") == 0)
		value = RAW(0x06, 0x08, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x02, 0x05);
	else
		value = RAW(SHA2(strcmp(hash, "SHA256") == 0   ? 1
				 : strcmp(hash, "SHA384") == 0 ? 2
							       : 3));
	if (flags & PARAMETERS_NULL)
		add(&value, RAW(DER_NULL));
	if (flags & PARAMETERS_OTHER)
		add(&value, RAW(0x04, 0x00));
	return tlv(0x30, value);
}

static struct der attribute(struct der type, struct der values)
{
	add(&type, tlv(0x31, values));
	return tlv(0x30, type);
}

static struct der digest_of(const char *hash, struct der content)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size;

	cr_assert(EVP_Digest(content.bytes, content.size, digest, &size,
			     EVP_get_digestbyname(hash), NULL));
	return raw(digest, size);
}

/* A token whose TSTInfo is right in its first members (RFC 3161 2.4.2), signed by nobody.
 */
static struct der token(bool bad)
{
	static const char time[] = "20261123000000Z";
	struct der info = RAW(0x02, 0x01, 0x01, 0x06, 0x02, 0x2a, 0x03);
	struct der imprint = digest_algorithm("SHA256", 0), data, content, inside;

	add(&imprint, tlv(0x04, raw("0123456789abcdef0123456789abcdef", 32)));
	add(&info, tlv(0x30, imprint));
	add(&info, RAW(0x02, 0x01, 0x05));
	if (!bad)
		add(&info, tlv(0x18, raw(time, sizeof(time) - 1)));
	content = RAW(SMIME(0x01, 0x04));
	add(&content, tlv(0xa0, tlv(0x04, tlv(0x30, info))));
	inside = RAW(0x02, 0x01, 0x03, 0x31, 0x00);
	add(&inside, tlv(0x30, content));
	add(&inside, RAW(0x31, 0x00));
	data = RAW(PKCS7(2));
	add(&data, tlv(0xa0, tlv(0x30, inside)));
	return tlv(0x30, data);
}

static struct der time_attribute(unsigned flags)
{
	struct der value = {.size = 0};

	if (flags & TIME_SHORT)
		value = tlv(0x17, raw("261123000000Z", 13));
	else if (flags & TIME_LONG)
		value = tlv(0x18, raw("20261123000000Z", 15));
	else if (flags & TIME_INTEGER)
		value = RAW(0x02, 0x01, 0x05);
	return attribute(RAW(PKCS9(5)), value);
}

/* The signed attributes as a SET OF. */
static struct der signed_attributes(const struct forge_signer *signer, const char *hash,
				    struct der content)
{
	struct der items[6], digest = digest_of(hash, content), type = RAW(PKCS7(1)),
			     values;
	size_t count = 0;

	if (signer->flags & WRONG_CONTENT_TYPE)
		type = RAW(PKCS7(2));
	if (signer->flags & TWO_TYPE_VALUES)
		add(&type, RAW(PKCS7(2)));
	if (!(signer->flags & NO_CONTENT_TYPE))
		items[count++] = attribute(RAW(PKCS9(3)), type);
	if (signer->flags & TWO_CONTENT_TYPES)
		items[count++] = attribute(RAW(PKCS9(3)), type);
	if (signer->flags & WRONG_DIGEST)
		digest.bytes[0] ^= 1;
	values = tlv(signer->flags & DIGEST_IS_BITS ? 0x03 : 0x04, digest);
	if (signer->flags & DIGEST_IS_BITS)
		values.bytes[2] = 0;
	if (signer->flags & TWO_DIGEST_VALUES) {
		struct der first = tlv(0x04, RAW(0xff, 0xff)); /* in the order of DER */

		add(&first, values);
		values = first;
	}
	if (!(signer->flags & NO_DIGEST))
		items[count++] = attribute(RAW(PKCS9(4)), values);
	if (signer->flags & TWO_DIGESTS)
		items[count++] = attribute(RAW(PKCS9(4)), values);
	if (signer->flags & (TIME_SHORT | TIME_LONG | TIME_INTEGER | TIME_NONE))
		items[count++] = time_attribute(signer->flags);
	if (signer->flags & TIME_TWICE)
		items[count++] = time_attribute(TIME_SHORT);
	return set_of(0x31, items, count, signer->flags & UNSORTED);
}

/* RSASSA-PSS-params (RFC 4055 3.1). */
static struct der pss_algorithm(const struct forge_signer *signer, int salt)
{
	bool other = signer->salted && strcmp(signer->salted, "mgf") == 0;
	struct der mgf = RAW(PKCS1(8)), value = RAW(PKCS1(10)), inside;

	add(&mgf, digest_algorithm(other ? "SHA1" : "SHA256", PARAMETERS_NULL));
	inside = tlv(0xa0, digest_algorithm("SHA256", PARAMETERS_NULL));
	add(&inside, tlv(0xa1, tlv(0x30, mgf)));
	if (salt != 20)
		add(&inside, tlv(0xa2, RAW(0x02, 0x01, (uint8_t)salt)));
	add(&value, tlv(0x30, inside));
	return tlv(0x30, value);
}

/* Ed25519 and ML-DSA: the object identifier is all there is; empty for other keys. */
static struct der pure_object(EVP_PKEY *key)
{
	static const char *const sets[] = {"ML-DSA-44", "ML-DSA-65", "ML-DSA-87"};

	if (EVP_PKEY_is_a(key, "ED25519"))
		return RAW(0x06, 0x03, 0x2b, 0x65, 0x70);
	for (uint8_t i = 0; i < 3; i++)
		if (EVP_PKEY_is_a(key, sets[i]))
			return RAW(ML_DSA((uint8_t)(0x11 + i)));
	return (struct der){.size = 0};
}

static struct der pure_algorithm(const struct forge_signer *signer, struct der object)
{
	if (signer->flags & NAMES_OTHER_HASH)
		object = RAW(ML_DSA(0x12));
	if (signer->flags & NAMES_COMBINED)
		add(&object, RAW(DER_NULL));
	return tlv(0x30, object);
}

static struct der signature_algorithm(const struct forge_signer *signer, EVP_PKEY *key,
				      const char *hash, int salt)
{
	struct der pure = pure_object(key);
	uint8_t number = strcmp(hash, "SHA256") == 0   ? 2
			 : strcmp(hash, "SHA384") == 0 ? 3
						       : 4;
	struct der value;

	if (pure.size)
		return pure_algorithm(signer, pure);
	if (signer->flags & NAMES_OTHER_HASH)
		number = 3;
	if (!EVP_PKEY_is_a(key, "RSA"))
		return tlv(0x30, RAW(ECDSA(number)));
	if (signer->flags & PSS)
		return pss_algorithm(signer, salt);
	if (signer->flags & (NAMES_COMBINED | NAMES_OTHER_HASH))
		value = RAW(PKCS1(number + 9));
	else
		value = RAW(PKCS1(1));
	add(&value, RAW(DER_NULL));
	return tlv(0x30, value);
}

static struct der make_signature(const struct forge_signer *signer, EVP_PKEY *key,
				 const char *hash, int salt, struct der over)
{
	bool other = signer->salted && strcmp(signer->salted, "mgf") == 0;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters;
	uint8_t signature[5000];
	size_t size = sizeof(signature);
	const EVP_MD *md = pure_object(key).size ? NULL : EVP_get_digestbyname(hash);

	cr_assert(EVP_DigestSignInit(context, &parameters, md, NULL, key));
	if (signer->flags & PSS) {
		cr_assert(EVP_PKEY_CTX_set_rsa_padding(parameters,
						       RSA_PKCS1_PSS_PADDING) > 0);
		cr_assert(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, salt) > 0);
		if (other)
			cr_assert(EVP_PKEY_CTX_set_rsa_mgf1_md(parameters, EVP_sha1()) >
				  0);
	}
	cr_assert(EVP_DigestSign(context, signature, &size, over.bytes, over.size));
	EVP_MD_CTX_free(context);
	if (signer->flags & WRONG_SIGNATURE)
		signature[size - 1] ^= 1;
	return raw(signature, size);
}

static struct der signer_identifier(const char *name, bool key_identifier)
{
	X509 *x509 = load_certificate(name);
	struct der der;

	if (key_identifier) {
		const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(x509);

		cr_assert(id != NULL);
		der = tlv(0x80,
			  raw(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id)));
	} else {
		der = ENCODE(X509_get_issuer_name(x509), X509_NAME);
		add(&der, ENCODE(X509_get0_serialNumber(x509), ASN1_INTEGER));
		der = tlv(0x30, der);
	}
	X509_free(x509);
	return der;
}

static struct der unsigned_attributes(unsigned flags)
{
	struct der stamp = attribute(RAW(SMIME(0x02, 0x0e)), token(flags & BAD_TOKEN));
	struct der value = {.size = 0};

	if (flags & (TOKEN | BAD_TOKEN | TWO_TOKENS))
		add(&value, stamp);
	if (flags & TWO_TOKENS)
		add(&value, stamp);
	if (flags & UNSIGNED_OTHER)
		add(&value, attribute(RAW(PKCS9(6)), token(false)));
	return tlv(0xa1, value);
}

static struct der signer_info(const struct forge_signer *signer, struct der content)
{
	const char *hash = signer->hash ? signer->hash : "SHA256";
	const char *claim = signer->claim ? signer->claim : hash;
	bool by_key = signer->flags & KEY_IDENTIFIER;
	int version = by_key != !!(signer->flags & VERSION_WRONG) ? 3 : 1;
	int salt = signer->salted && strcmp(signer->salted, "salt") == 0 ? 20 : 32;
	EVP_PKEY *key = load_key(signer->key ? signer->key : signer->name);
	struct der value = RAW(0x02, 0x01, (uint8_t)version), over = content;

	add(&value, signer_identifier(signer->name, by_key));
	add(&value, digest_algorithm(claim, signer->flags));
	if (signer->flags & ATTRIBUTES) {
		struct der element;

		over = signed_attributes(signer, hash, content);
		element = over;
		element.bytes[0] = 0xa0;
		add(&value, element);
	}
	add(&value, signature_algorithm(signer, key, hash, salt));
	add(&value, tlv(0x04, make_signature(signer, key, hash, salt, over)));
	if (signer->flags &
	    (TOKEN | BAD_TOKEN | TWO_TOKENS | UNSIGNED_OTHER | UNSIGNED_EMPTY))
		add(&value, unsigned_attributes(signer->flags));
	if (signer->flags & SIGNER_LEFT_OVER)
		add(&value, RAW(DER_NULL));
	EVP_PKEY_free(key);
	return tlv(0x30, value);
}

/* Each claimed digest once. */
static struct der digest_algorithms(const struct forge *forge)
{
	struct der items[12];
	size_t count = 0;

	for (size_t i = 0; forge->signers[i].name; i++) {
		const struct forge_signer *signer = &forge->signers[i];
		const char *hash = signer->claim  ? signer->claim
				   : signer->hash ? signer->hash
						  : "SHA256";
		struct der item = digest_algorithm(hash, signer->flags);
		bool there = false;

		for (size_t j = 0; j < count; j++)
			there = there || der_order(&items[j], &item) == 0;
		if (!there)
			items[count++] = item;
	}
	if (forge->flags & EXTRA_DIGEST_ALGORITHM)
		items[count++] = digest_algorithm("SHA512", 0);
	if (forge->flags & MISSING_DIGEST_ALGORITHM)
		count = 1;
	if (forge->flags & NO_DIGEST_ALGORITHMS)
		count = 0;
	return set_of(0x31, items, count, false);
}

static struct der certificate_set(const struct forge *forge)
{
	struct der items[7];
	size_t count = 0;

	for (; forge->certificates[count]; count++)
		items[count] = certificate_der(forge->certificates[count]);
	for (size_t at = 0; (forge->flags & BER_CERTIFICATE) && at + 3 < items[0].size;
	     at++)
		if (memcmp(items[0].bytes + at, "\x01\x01\xff", 3) == 0)
			items[0].bytes[at + 2] = 0x01;
	if (forge->flags & ATTRIBUTE_CERTIFICATE)
		items[count++] = RAW(0xa2, 0x02, DER_NULL);
	return set_of(0xa0, items, count, false);
}

static struct der signed_data(const struct forge *forge, struct der content)
{
	struct der infos[10], value, type;
	size_t count = 0;
	bool version_3 = forge->flags & VERSION_3;

	for (; forge->signers[count].name && !(forge->flags & NO_SIGNER_INFOS); count++) {
		infos[count] = signer_info(&forge->signers[count], content);
		version_3 = version_3 || (forge->signers[count].flags & KEY_IDENTIFIER);
	}
	value = RAW(0x02, 0x01, forge->flags & VERSION_0 ? 0 : version_3 ? 3 : 1);
	add(&value, digest_algorithms(forge));
	type = RAW(PKCS7(forge->flags & OTHER_CONTENT_TYPE ? 5 : 1));
	if (forge->flags & EMBEDDED)
		add(&type, tlv(0xa0, tlv(0x04, content)));
	if (forge->flags & EMBEDDED_EMPTY)
		add(&type, tlv(0xa0, RAW(0x04, 0x00)));
	add(&value, tlv(0x30, type));
	if (forge->certificates[0] ||
	    (forge->flags & (ATTRIBUTE_CERTIFICATE | NO_CERTIFICATES)))
		add(&value, certificate_set(forge));
	if (forge->flags & CRLS)
		add(&value, tlv(0xa1, tlv(0x30, RAW(DER_NULL))));
	add(&value, set_of(0x31, infos, count, forge->flags & REVERSE_SIGNERS));
	if (forge->flags & LEFT_OVER_INSIDE)
		add(&value, RAW(DER_NULL));
	return tlv(0x30, value);
}

static inline struct der forge_cms(const struct forge *forge, struct der content)
{
	struct der data = signed_data(forge, content), value = RAW(PKCS7(2));

	if (forge->flags & PLAIN_DATA)
		value = RAW(PKCS7(1));
	if (forge->flags & ENVELOPED)
		value = RAW(PKCS7(3));
	if (forge->flags & DIGESTED)
		value = RAW(PKCS7(5));
	if (forge->flags & COMPRESSED)
		value = RAW(SMIME(0x01, 0x09));
	if (forge->flags & AUTHENVELOPED)
		value = RAW(SMIME(0x01, 0x17));
	add(&value, tlv(0xa0, data));
	if (forge->flags & INDEFINITE) {
		struct der der = RAW(0x30, 0x80);

		add(&der, value);
		add(&der, RAW(0x00, 0x00));
		return der;
	}
	if (forge->flags & LONG_LENGTH) {
		struct der der = RAW(0x30, 0x83, 0x00, (uint8_t)(value.size >> 8),
				     (uint8_t)value.size);

		add(&der, value);
		return der;
	}
	value = tlv(0x30, value);
	if (forge->flags & LEFT_OVER)
		add(&value, RAW(0x00));
	return value;
}

#endif
