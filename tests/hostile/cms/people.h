/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates, as right or as wrong as their definitions say. */
#ifndef MODSEAL_HOSTILE_PEOPLE_H
#define MODSEAL_HOSTILE_PEOPLE_H

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/hostile/cms/der.h"

struct person {
	const char *name;
	const char *definitions;
	EVP_PKEY *key;
	bool borrowed; /* the key is another's */
	uint8_t number;
	struct bytes certificate, subject, issuer, serial, key_id;
};

/* Where the names of a template are looked up, and for whom. */
struct scope {
	const char *texts[3];	     /* definitions, the first that has a name decides */
	const struct person *who;    /* named */
	const struct person *key;    /* signs */
	const struct person *issuer; /* of a certificate */
	const char *hash;
	bool detached;
	struct bytes content;
	struct bytes cms; /* once it is made */
};

#define AUTHORITY                                                                        \
	"bc=30(@2.5.29.19 0101ff 04(30(0101ff)));ku=30(@2.5.29.15 0101ff 04(03(0106)));" \
	"eku=;"
static const char certificate_defaults[] =
	"cert=30($tbs $certalg 03(00 $certsig));"
	"tbs=30($certversion $certserial $certalg $issuername $validity $subjectname "
	"$spki $extensions);"
	"certversion=a0(020102);"
	"certserial=02(41 $number);"
	"subjectname=30(31(30(@2.5.4.3 0c($commonname))));"
	"validity=30(17('200101000000Z') 17('491231235959Z'));"
	"extensions=a3(30($ski $aki $bc $ku $eku $more));"
	"ski=30(@2.5.29.14 04(04($keyid)));"
	"aki=30(@2.5.29.35 04(30(80($issuerkeyid))));"
	"bc=30(@2.5.29.19 0101ff 04(30()));"
	"ku=30(@2.5.29.15 0101ff 04(03(0780)));"
	"eku=30(@2.5.29.37 04(30($ekus)));"
	"ekus=@1.3.6.1.5.5.7.3.3;"
	"more=";

static const struct person *find_person(const char *name);

/* The text that a name is defined as, as it stands, or an alternative. */
static inline const char *word(const struct scope *scope, const char *name,
			       const char *alternative)
{
	static char words[8][64];
	static unsigned next;
	char *buffer = words[next++ % 8];
	size_t length;

	for (size_t i = 0; i < 3; i++) {
		const char *text = find_definition(scope->texts[i], name, &length);

		if (!text)
			continue;
		snprintf(buffer, sizeof(words[0]), "%.*s", (int)length, text);
		return buffer;
	}
	return alternative;
}

/* ---- keys ----------------------------------------------------------------------------
 */

/* ec:CURVE, rsa:BITS, rsa3 (exponent 3) */
static inline EVP_PKEY *make_key(const char *kind)
{
	EVP_PKEY_CTX *context;
	EVP_PKEY *key = NULL;
	BIGNUM *three = NULL;

	if (strncmp(kind, "ec:", 3) == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", kind + 3);
	if (strncmp(kind, "rsa:", 4) == 0)
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA",
					 (size_t)strtoul(kind + 4, NULL, 10));
	if (strcmp(kind, "rsa3") != 0)
		die("no key '%s'", kind);
	context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	if (EVP_PKEY_keygen_init(context) != 1 ||
	    EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) != 1 ||
	    !BN_dec2bn(&three, "3") ||
	    EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, three) != 1 ||
	    EVP_PKEY_generate(context, &key) != 1)
		key = NULL;
	BN_free(three);
	EVP_PKEY_CTX_free(context);
	return key;
}

static inline struct bytes public_key(EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(key, &der);
	struct bytes bytes;

	if (size <= 0)
		die("a public key has no encoding");
	bytes = bytes_of(der, (size_t)size);
	OPENSSL_free(der);
	return bytes;
}

static inline struct bytes digest_of(const char *hash, struct bytes over)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size;

	if (!EVP_Digest(over.data, over.size, digest, &size, EVP_get_digestbyname(hash),
			NULL))
		die("no digest '%s'", hash);
	return bytes_of(digest, size);
}

static inline bool is_rsa(const struct person *person)
{
	return EVP_PKEY_is_a(person->key, "RSA");
}

/* pad=pss, salt=N, mgf=HASH choose the padding. */
static inline struct bytes sign(const struct scope *scope, const char *hash,
				struct bytes over)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters;
	uint8_t signature[1024];
	size_t size = sizeof(signature);
	bool good = EVP_DigestSignInit(context, &parameters, EVP_get_digestbyname(hash),
				       NULL, scope->key->key) == 1;

	if (good && is_rsa(scope->key) && strcmp(word(scope, "pad", ""), "pss") == 0)
		good = EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) ==
			       1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(
			       parameters, atoi(word(scope, "salt", "32"))) == 1 &&
		       EVP_PKEY_CTX_set_rsa_mgf1_md(
			       parameters,
			       EVP_get_digestbyname(word(scope, "mgf", hash))) == 1;
	if (!good || EVP_DigestSign(context, signature, &size, over.data, over.size) != 1)
		die("%s cannot sign with %s", scope->key->name, hash);
	EVP_MD_CTX_free(context);
	return bytes_of(signature, size);
}

/* A block of the modulus' size put through the private key as it is. */
static inline struct bytes sign_raw(const struct person *person, struct bytes block)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(person->key, NULL);
	uint8_t signature[1024];
	size_t size = sizeof(signature);

	if (EVP_PKEY_sign_init(context) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) != 1 ||
	    EVP_PKEY_sign(context, signature, &size, block.data, block.size) != 1)
		die("%s cannot sign %zu bytes as they are", person->name, block.size);
	EVP_PKEY_CTX_free(context);
	return bytes_of(signature, size);
}

/* ---- people ---------------------------------------------------------------------------
 */

static inline struct bytes template_of(const struct scope *scope, const char *text)
{
	return expand(scope, text, strlen(text));
}

/* key=..., issuer=NAME and whatever certificate_defaults has. */
static inline void make_person(struct person *person)
{
	struct scope scope = {
		.texts = {person->definitions,
			  strstr(person->definitions, "authority=yes") ? AUTHORITY : "",
			  certificate_defaults},
		.who = person};
	const char *kind = word(&scope, "key", "ec:P-256");
	const char *issuer = word(&scope, "issuer", NULL);

	person->borrowed = strncmp(kind, "of:", 3) == 0;
	person->key = person->borrowed ? find_person(kind + 3)->key : make_key(kind);
	if (!person->key)
		die("no key for %s", person->name);
	scope.issuer = issuer ? find_person(issuer) : person;
	scope.key = scope.issuer;
	scope.hash = word(&scope, "certhash", "SHA256");
	person->key_id = digest_of("SHA1", public_key(person->key));
	person->subject = template_of(&scope, "$subjectname");
	person->issuer = template_of(&scope, "$issuername");
	person->serial = template_of(&scope, "$certserial");
	person->certificate = template_of(&scope, "$cert");
}

#endif
