/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 and ML-DSA: which are here, which keys are sound, raw signatures (R22). */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "keyring.h"
#include "keys/algorithms.h"
#include "keys/pure.h"

Test(pure, each_has_a_token_a_type_and_an_identifier)
{
	static const char *const tokens[] = {"ed25519", "ml-dsa-44", "ml-dsa-65",
					     "ml-dsa-87"};
	static const char *const identifiers[] = {
		"1.3.101.112", "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18",
		"2.16.840.1.101.3.4.3.19"};

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		const struct modseal_pure *pure = modseal_pure_named(tokens[i]);
		ASN1_OBJECT *object;

		cr_assert(pure != NULL, "%s", tokens[i]);
		object = OBJ_txt2obj(identifiers[i], 1);
		cr_assert(eq(str, (char *)modseal_algorithm_name(pure->algorithm),
			     (char *)tokens[i]));
		cr_assert(modseal_pure_of_object(object) == pure);
		cr_assert(modseal_pure_of(pure->algorithm) == pure);
		cr_assert(modseal_algorithm_is_pure(pure->algorithm));
		cr_assert(eq(int, modseal_algorithm_hash(pure->algorithm),
			     MODSEAL_HASH_SHA512));
		ASN1_OBJECT_free(object);
	}
	cr_assert(modseal_pure_named("ed448") == NULL);
	cr_assert(modseal_pure_of_object(OBJ_nid2obj(NID_ED448)) == NULL);
	cr_assert(modseal_pure_of_object(NULL) == NULL);
	cr_assert(not(modseal_algorithm_is_pure(MODSEAL_ALGORITHM_ECDSA_P256_SHA512)));
}

Test(pure, are_here_with_openssl_3_5_and_lack_it_before)
{
	struct modseal_crypto *crypto = keyring_crypto();
	static const char *const tokens[] = {"ed25519", "ml-dsa-44", "ml-dsa-65",
					     "ml-dsa-87"};

	for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
		const char *lack =
			modseal_pure_lack(crypto, modseal_pure_named(tokens[i]));

		if (PURE_HERE)
			cr_assert(lack == NULL, "%s: %s", tokens[i], lack);
		else
			cr_assert(eq(str, (char *)lack, "needs OpenSSL 3.5"));
	}
	modseal_crypto_free(&crypto);
}

/* A certificate with a key that this OpenSSL need not know; the signature does not
 * matter.
 */
static struct modseal_span certificate_of(struct modseal_crypto *crypto, const char *type,
					  size_t size, int parameters)
{
	X509 *x509 = X509_new_ex(modseal_crypto_library(crypto), NULL);
	EVP_PKEY *issuer =
		EVP_PKEY_Q_keygen(modseal_crypto_library(crypto), NULL, "EC", "P-256");
	unsigned char *key = OPENSSL_zalloc(size), *der = NULL;
	int length;

	key[0] = 0x58; /* for Ed25519: the base point */
	memset(key + 1, 0x66, size - 1);
	cr_assert(X509_set_version(x509, X509_VERSION_3) == 1);
	cr_assert(X509_set_pubkey(x509, issuer) == 1);
	cr_assert(X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(x509), OBJ_txt2obj(type, 1),
					 parameters, NULL, key, (int)size) == 1);
	X509_gmtime_adj(X509_getm_notBefore(x509), 0);
	X509_gmtime_adj(X509_getm_notAfter(x509), 1000);
	cr_assert(X509_sign(x509, issuer, EVP_sha256()) > 0);
	length = i2d_X509(x509, &der);
	cr_assert(gt(int, length, 0));
	X509_free(x509);
	EVP_PKEY_free(issuer);
	return modseal_span_of(der, (size_t)length);
}

Test(pure, R22_a_certificate_with_such_a_key_says_what_it_needs)
{
	static const struct {
		const char *type;
		size_t size;
		int parameters, wanted, wanted_before;
		const char *before;
	} rows[] = {
		{"1.3.101.112", 32, V_ASN1_UNDEF, 0, MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "ED25519, which needs OpenSSL 3.5"},
		{"2.16.840.1.101.3.4.3.17", 1312, V_ASN1_UNDEF, 0,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED, "ML-DSA-44, which needs OpenSSL 3.5"},
		{"2.16.840.1.101.3.4.3.18", 1952, V_ASN1_UNDEF, 0,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED, "ML-DSA-65, which needs OpenSSL 3.5"},
		{"2.16.840.1.101.3.4.3.19", 2592, V_ASN1_UNDEF, 0,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED, "ML-DSA-87, which needs OpenSSL 3.5"},
		/* the hash variant of ML-DSA, and another kind of key */
		{"2.16.840.1.101.3.4.3.33", 1952, V_ASN1_UNDEF,
		 MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_E_CERTIFICATE_INVALID,
		 "cannot be read"},
		/* a second spelling: parameters (RFC 9881 2: absent), a wrong size */
		{"2.16.840.1.101.3.4.3.18", 1952, V_ASN1_NULL,
		 MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "ML-DSA-65"},
		{"2.16.840.1.101.3.4.3.18", 1953, V_ASN1_UNDEF,
		 MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "ML-DSA-65"},
		{"1.3.101.112", 32, V_ASN1_NULL, MODSEAL_E_CERTIFICATE_INVALID,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED, "ED25519"},
		{"1.3.101.112", 33, V_ASN1_UNDEF, MODSEAL_E_CERTIFICATE_INVALID,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED, "ED25519"},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_signer_config config = {
			.name = "thing",
			.trust = MODSEAL_TRUST_PINNED,
			.certificate = certificate_of(crypto, rows[i].type, rows[i].size,
						      rows[i].parameters),
		};
		struct modseal_signer *signer = NULL;
		struct modseal_error error = {0};
		int code = modseal_signer_new(crypto, &config, &signer, &error);

		cr_assert(
			eq(int, code, PURE_HERE ? rows[i].wanted : rows[i].wanted_before),
			"row %zu: %s", i, error.message);
		if (code < 0)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
		if (!PURE_HERE)
			cr_assert(strstr(error.message, rows[i].before) != NULL,
				  "row %zu: %s", i, error.message);
		modseal_signer_free(&signer);
		OPENSSL_free((void *)(uintptr_t)config.certificate.data);
	}
	modseal_crypto_free(&crypto);
}

/* Under these anybody can sign, or they are second spellings of other keys. */
static const struct {
	const char *hex;
	bool sound;
} points[] = {
	/* the base point and its negative */
	{"5866666666666666666666666666666666666666666666666666666666666666", true},
	{"58666666666666666666666666666666666666666666666666666666666666e6", true},
	/* order 1, 2, 4, 8, with both signs */
	{"0100000000000000000000000000000000000000000000000000000000000000", false},
	{"0100000000000000000000000000000000000000000000000000000000000080", false},
	{"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
	{"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
	{"0000000000000000000000000000000000000000000000000000000000000000", false},
	{"0000000000000000000000000000000000000000000000000000000000000080", false},
	{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", false},
	{"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", false},
	{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", false},
	{"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", false},
	/* not reduced: 0, 1, 3 and 18 written as p + n */
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
	{"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
	{"f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false},
	{"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", false},
	/* the largest that is */
	{"ebffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true},
	{"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7e", true},
	{"edfffffffffffffffffffffffffffffffffffffffffffffffffffffffffeff7f", true},
};

Test(pure, R22_points_of_small_order_and_second_spellings_are_no_keys)
{
	const struct modseal_pure *ed25519 = modseal_pure_named("ed25519");
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		long size = 0;
		unsigned char *bytes = OPENSSL_hexstr2buf(points[i].hex, &size);
		struct modseal_span span = modseal_span_of(bytes, (size_t)size);
		struct modseal_error error = {0};
		EVP_PKEY *key = EVP_PKEY_new_raw_public_key_ex(
			modseal_crypto_library(crypto), "ED25519", NULL, bytes, 32);
		int code;

		cr_assert(eq(int, modseal_pure_key_is_sound(ed25519, span),
			     points[i].sound),
			  "%s", points[i].hex);
		cr_assert(key != NULL);
		code = modseal_key_judge(crypto, key, "thing", &error);
		cr_assert(eq(int, code,
			     PURE_HERE &&points[i].sound
				     ? 0
				     : MODSEAL_E_ALGORITHM_NOT_ALLOWED),
			  "%s: %s", points[i].hex, error.message);
		if (code < 0)
			cr_assert(strstr(error.message,
					 PURE_HERE ? "no proper point" : "OpenSSL 3.5") !=
				  NULL);
		EVP_PKEY_free(key);
		OPENSSL_free(bytes);
	}
	cr_assert(not(modseal_pure_key_is_sound(ed25519, modseal_span_of("", 0))));
	modseal_crypto_free(&crypto);
}

/* ---- raw signatures ------------------------------------------------------------------
 */

#define MESSAGE "what was signed"

static EVP_PKEY *new_key(struct modseal_crypto *crypto, const char *type)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(modseal_crypto_library(crypto), NULL, type);

	cr_assert(key != NULL, "%s", type);
	return key;
}

static size_t make(struct modseal_crypto *crypto, EVP_PKEY *key, uint8_t *ret_signature)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t size = 5000;

	cr_assert(EVP_DigestSignInit_ex(context, NULL, NULL,
					modseal_crypto_library(crypto), NULL, key,
					NULL) == 1);
	cr_assert(EVP_DigestSign(context, ret_signature, &size, (uint8_t *)MESSAGE,
				 strlen(MESSAGE)) == 1);
	EVP_MD_CTX_free(context);
	return size;
}

static int check(struct modseal_crypto *crypto, EVP_PKEY *key,
		 enum modseal_algorithm algorithm, const char *message,
		 const uint8_t *signature, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1); /* exact, for the sanitizers */
	struct modseal_error error = {0};
	int result;

	memcpy(copy, signature, size);
	result = modseal_signature_check_message(
		crypto, key, algorithm, modseal_span_of(message, strlen(message)),
		modseal_span_of(copy, size), "thing", &error);
	free(copy);
	cr_assert(eq(int, error.code, result));
	if (result)
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	return result;
}

/* Ed25519's raw check works with 3.0 too; that nobody is let so far is tested elsewhere.
 */
static void try_all_mutations(const char *token, size_t step)
{
	const struct modseal_pure *pure = modseal_pure_named(token);
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *key = new_key(crypto, pure->type), *other = new_key(crypto, pure->type);
	uint8_t signature[5001] = {0};
	size_t size = make(crypto, key, signature);

#define TRY(key, message, size)                                                          \
	check(crypto, key, pure->algorithm, message, signature, size)
	cr_assert(zero(int, TRY(key, MESSAGE, size)), "%s", token);
	cr_assert(eq(int, TRY(other, MESSAGE, size), MODSEAL_E_SIGNATURE_INVALID));
	cr_assert(eq(int, TRY(key, "", size), MODSEAL_E_SIGNATURE_INVALID));
	cr_assert(eq(int, TRY(key, MESSAGE ".", size), MODSEAL_E_SIGNATURE_INVALID));
	cr_assert(eq(int, TRY(key, MESSAGE, size + 1), MODSEAL_E_SIGNATURE_INVALID));
	for (size_t length = 0; length < size; length += step)
		cr_assert(eq(int, TRY(key, MESSAGE, length), MODSEAL_E_SIGNATURE_INVALID),
			  "%s cut at %zu", token, length);
	for (size_t bit = 0; bit < 8 * size; bit += step) {
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert(eq(int, TRY(key, MESSAGE, size), MODSEAL_E_SIGNATURE_INVALID),
			  "%s bit %zu", token, bit);
		signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_assert(zero(int, TRY(key, MESSAGE, size)), "%s", token);
#undef TRY
	EVP_PKEY_free(key);
	EVP_PKEY_free(other);
	modseal_crypto_free(&crypto);
}

Test(pure, R22_no_mutation_of_an_ed25519_signature_is_accepted)
{
	try_all_mutations("ed25519", 1);
}

Test(pure, R22_no_mutation_of_an_ml_dsa_signature_is_accepted, .timeout = 120)
{
	if (!PURE_HERE)
		cr_skip_test("needs OpenSSL 3.5");
	try_all_mutations("ml-dsa-44", 7);
	try_all_mutations("ml-dsa-65", 13);
	try_all_mutations("ml-dsa-87", 13);
}

/* S + L is the same number to who does not look (RFC 8032 5.1.7, step 1). */
Test(pure, R22_an_ed25519_signature_has_one_spelling)
{
	static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a,	      0x63,
					  0x12, 0x58, 0xd6, 0x9c, 0xf7,	      0xa2,
					  0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *key = new_key(crypto, "ED25519");
	uint8_t signature[5000];
	size_t size = make(crypto, key, signature);
	unsigned carry = 0;

	for (size_t i = 0; i < 32; i++) {
		carry += (unsigned)signature[32 + i] + order[i];
		signature[32 + i] = (uint8_t)carry;
		carry >>= 8;
	}
	cr_assert(zero(u32, carry));
	cr_assert(eq(
		int,
		check(crypto, key, MODSEAL_ALGORITHM_ED25519, MESSAGE, signature, size),
		MODSEAL_E_SIGNATURE_INVALID));
	EVP_PKEY_free(key);
	modseal_crypto_free(&crypto);
}

Test(pure, a_message_is_not_taken_for_a_digest_nor_the_reverse)
{
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *key = new_key(crypto, "ED25519");
	uint8_t signature[5000], digest[64] = {0};
	size_t size = make(crypto, key, signature);
	struct modseal_error error = {0};

	cr_assert(eq(int,
		     check(crypto, key, MODSEAL_ALGORITHM_ECDSA_P256_SHA256, MESSAGE,
			   signature, size),
		     MODSEAL_E_INTERNAL));
	cr_assert(eq(int,
		     modseal_signature_check(crypto, key, MODSEAL_ALGORITHM_ED25519,
					     digest, modseal_span_of(signature, size),
					     "thing", &error),
		     MODSEAL_E_INTERNAL));
	EVP_PKEY_free(key);
	modseal_crypto_free(&crypto);
}
