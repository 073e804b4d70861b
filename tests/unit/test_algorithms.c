/* SPDX-License-Identifier: Apache-2.0 */
/* Which signature algorithms are named, and which are refused (R22). */
#include <openssl/rsa.h>

#include "keyring.h"
#include "keys/algorithms.h"

#define NO_DIGEST 0

static X509_ALGOR *algorithm(int nid, int parameters)
{
	X509_ALGOR *made = X509_ALGOR_new();

	cr_assert(X509_ALGOR_set0(made, OBJ_nid2obj(nid), parameters, NULL) == 1);
	return made;
}

/* What is refused has result ALGORITHM_NOT_ALLOWED. */
struct row {
	const char *key;
	int digest, digest_parameters;
	int signature, signature_parameters;
	bool good;
	enum modseal_algorithm wanted;
};

static void try_row(struct modseal_crypto *crypto, const struct row *row, size_t number)
{
	struct modseal_certificate certificate = keyring_certificate(crypto, row->key);
	X509_ALGOR *digest =
		row->digest ? algorithm(row->digest, row->digest_parameters) : NULL;
	X509_ALGOR *signature = algorithm(row->signature, row->signature_parameters);
	enum modseal_algorithm got = MODSEAL_ALGORITHM_COUNT;
	struct modseal_error error = {0};
	int result = modseal_algorithm_identify(certificate.key, digest, signature, &got,
						"thing", &error);

	cr_assert(eq(int, result, row->good ? 0 : MODSEAL_E_ALGORITHM_NOT_ALLOWED),
		  "R22 row %zu: %s", number, error.message);
	cr_assert(eq(int, got, row->good ? row->wanted : MODSEAL_ALGORITHM_COUNT),
		  "row %zu", number);
	cr_assert(eq(int, error.stage, row->good ? 0 : MODSEAL_STAGE_EVIDENCE));
	X509_ALGOR_free(digest);
	X509_ALGOR_free(signature);
	modseal_certificate_clear(&certificate);
}

#define NUL V_ASN1_NULL
#define ABS V_ASN1_UNDEF

Test(algorithms, R22_names_and_parameters)
{
	static const struct row rows[] = {
		/* every family with its digests */
		{"rsa2048.pem", NID_sha256, NUL, NID_rsaEncryption, NUL, true,
		 MODSEAL_ALGORITHM_RSA_PKCS1_SHA256},
		{"rsa2048.pem", NID_sha384, NUL, NID_rsaEncryption, NUL, true,
		 MODSEAL_ALGORITHM_RSA_PKCS1_SHA384},
		{"rsa2048.pem", NID_sha512, ABS, NID_rsaEncryption, ABS, true,
		 MODSEAL_ALGORITHM_RSA_PKCS1_SHA512},
		{"rsa2048.pem", NID_sha256, ABS, NID_sha256WithRSAEncryption, NUL, true,
		 MODSEAL_ALGORITHM_RSA_PKCS1_SHA256},
		{"rsa2048.pem", NID_sha384, NUL, NID_sha384WithRSAEncryption, NUL, true,
		 MODSEAL_ALGORITHM_RSA_PKCS1_SHA384},
		{"rsa2048.pem", NO_DIGEST, 0, NID_sha512WithRSAEncryption, ABS, true,
		 MODSEAL_ALGORITHM_RSA_PKCS1_SHA512},
		{"leaf.pem", NID_sha256, NUL, NID_ecdsa_with_SHA256, ABS, true,
		 MODSEAL_ALGORITHM_ECDSA_P256_SHA256},
		{"leaf.pem", NID_sha384, ABS, NID_ecdsa_with_SHA384, ABS, true,
		 MODSEAL_ALGORITHM_ECDSA_P256_SHA384},
		{"leaf.pem", NID_sha512, ABS, NID_ecdsa_with_SHA512, ABS, true,
		 MODSEAL_ALGORITHM_ECDSA_P256_SHA512},
		{"inter.pem", NID_sha256, ABS, NID_ecdsa_with_SHA256, ABS, true,
		 MODSEAL_ALGORITHM_ECDSA_P384_SHA256},
		{"inter.pem", NO_DIGEST, 0, NID_ecdsa_with_SHA384, ABS, true,
		 MODSEAL_ALGORITHM_ECDSA_P384_SHA384},
		{"inter3.pem", NID_sha512, ABS, NID_ecdsa_with_SHA512, ABS, true,
		 MODSEAL_ALGORITHM_ECDSA_P521_SHA512},
		{"ed25519.pem", NID_sha512, ABS, NID_ED25519, ABS, true,
		 MODSEAL_ALGORITHM_ED25519},
		{"ed25519.pem", NID_sha512, NUL, NID_ED25519, ABS, true,
		 MODSEAL_ALGORITHM_ED25519},
		{"ed25519.pem", NO_DIGEST, 0, NID_ED25519, ABS, true,
		 MODSEAL_ALGORITHM_ED25519},
		/* digests that disagree, or are too weak */
		{"ed25519.pem", NID_sha256, ABS, NID_ED25519, ABS, false, 0},
		{"ed25519.pem", NID_sha384, ABS, NID_ED25519, ABS, false, 0},
		{"ed25519.pem", NID_sha1, ABS, NID_ED25519, ABS, false, 0},
		{"ed25519.pem", NID_shake256, ABS, NID_ED25519, ABS, false, 0},
		{"rsa2048.pem", NID_sha256, NUL, NID_sha384WithRSAEncryption, NUL, false,
		 0},
		{"leaf.pem", NID_sha512, ABS, NID_ecdsa_with_SHA256, ABS, false, 0},
		{"rsa2048.pem", NID_sha1, NUL, NID_rsaEncryption, NUL, false, 0},
		{"rsa2048.pem", NID_md5, NUL, NID_rsaEncryption, NUL, false, 0},
		{"rsa2048.pem", NID_sha224, NUL, NID_rsaEncryption, NUL, false, 0},
		{"rsa2048.pem", NID_sha3_256, ABS, NID_rsaEncryption, NUL, false, 0},
		{"rsa2048.pem", NID_sha256, NUL, NID_sha1WithRSAEncryption, NUL, false,
		 0},
		{"rsa2048.pem", NO_DIGEST, 0, NID_sha1WithRSAEncryption, NUL, false, 0},
		{"rsa2048.pem", NO_DIGEST, 0, NID_md5WithRSAEncryption, NUL, false, 0},
		{"leaf.pem", NO_DIGEST, 0, NID_ecdsa_with_SHA1, ABS, false, 0},
		{"leaf.pem", NO_DIGEST, 0, NID_ecdsa_with_SHA224, ABS, false, 0},
		{"rsa2048.pem", NO_DIGEST, 0, NID_rsaEncryption, NUL, false, 0},
		/* an algorithm of another kind of key */
		{"leaf.pem", NID_sha256, ABS, NID_rsaEncryption, NUL, false, 0},
		{"rsa2048.pem", NID_sha256, ABS, NID_ecdsa_with_SHA256, ABS, false, 0},
		{"k256.pem", NID_sha256, ABS, NID_ecdsa_with_SHA256, ABS, false, 0},
		{"p192.pem", NID_sha256, ABS, NID_ecdsa_with_SHA256, ABS, false, 0},
		{"ed25519.pem", NID_sha512, ABS, NID_rsaEncryption, NUL, false, 0},
		{"leaf.pem", NID_sha512, ABS, NID_ED25519, ABS, false, 0},
		{"dsa.pem", NID_sha256, ABS, NID_dsa_with_SHA256, ABS, false, 0},
		{"rsapss.pem", NID_sha256, ABS, NID_rsaEncryption, NUL, false, 0},
		/* parameters */
		{"ed25519.pem", NID_sha512, ABS, NID_ED25519, NUL, false, 0},
		{"ed25519.pem", NO_DIGEST, 0, NID_ED25519, NUL, false, 0},
		{"rsa2048.pem", NID_sha256, V_ASN1_BOOLEAN, NID_rsaEncryption, NUL, false,
		 0},
		{"rsa2048.pem", NID_sha256, NUL, NID_rsaEncryption, V_ASN1_BOOLEAN, false,
		 0},
		{"leaf.pem", NID_sha256, ABS, NID_ecdsa_with_SHA256, NUL, false, 0},
		{"rsa2048.pem", NID_sha256, ABS, NID_rsassaPss, ABS, false, 0},
		{"rsa2048.pem", NID_sha256, ABS, NID_rsassaPss, NUL, false, 0},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		try_row(crypto, &rows[i], i);
	modseal_crypto_free(&crypto);
}

/* RSASSA-PSS parameters; zero: left out. */
struct pss {
	int hash;
	int mask; /* the mask generation function */
	int mask_hash;
	int salt;    /* -1: left out */
	int trailer; /* 0: left out */
	int digest;  /* the SignerInfo's */
	bool good;
	enum modseal_algorithm wanted;
};

static X509_ALGOR *pss_algorithm(const struct pss *row)
{
	RSA_PSS_PARAMS *parameters = RSA_PSS_PARAMS_new();
	X509_ALGOR *mask_hash = row->mask_hash ? algorithm(row->mask_hash, NUL) : NULL;
	X509_ALGOR *made = X509_ALGOR_new();
	ASN1_STRING *packed = NULL;

	if (row->hash)
		parameters->hashAlgorithm = algorithm(row->hash, NUL);
	if (row->mask) {
		ASN1_STRING *inner = NULL;

		parameters->maskGenAlgorithm = X509_ALGOR_new();
		if (mask_hash)
			ASN1_item_pack(mask_hash, ASN1_ITEM_rptr(X509_ALGOR), &inner);
		X509_ALGOR_set0(parameters->maskGenAlgorithm, OBJ_nid2obj(row->mask),
				inner ? V_ASN1_SEQUENCE : NUL, inner);
	}
	if (row->salt >= 0) {
		parameters->saltLength = ASN1_INTEGER_new();
		ASN1_INTEGER_set(parameters->saltLength, row->salt);
	}
	if (row->trailer) {
		parameters->trailerField = ASN1_INTEGER_new();
		ASN1_INTEGER_set(parameters->trailerField, row->trailer);
	}
	ASN1_item_pack(parameters, ASN1_ITEM_rptr(RSA_PSS_PARAMS), &packed);
	X509_ALGOR_set0(made, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, packed);
	RSA_PSS_PARAMS_free(parameters);
	X509_ALGOR_free(mask_hash);
	return made;
}

Test(algorithms, R22_PSS_parameters)
{
	static const struct pss rows[] = {
		{NID_sha256, NID_mgf1, NID_sha256, 32, 0, NID_sha256, true,
		 MODSEAL_ALGORITHM_RSA_PSS_SHA256},
		{NID_sha384, NID_mgf1, NID_sha384, 48, 0, NID_sha384, true,
		 MODSEAL_ALGORITHM_RSA_PSS_SHA384},
		{NID_sha512, NID_mgf1, NID_sha512, 64, 1, NID_sha512, true,
		 MODSEAL_ALGORITHM_RSA_PSS_SHA512},
		{NID_sha512, NID_mgf1, NID_sha512, 64, 0, NO_DIGEST, true,
		 MODSEAL_ALGORITHM_RSA_PSS_SHA512},
		/* the digest of the SignerInfo is another */
		{NID_sha256, NID_mgf1, NID_sha256, 32, 0, NID_sha384, false, 0},
		/* nothing said means SHA-1 and a salt of 20 */
		{0, 0, 0, -1, 0, NID_sha256, false, 0},
		{0, NID_mgf1, NID_sha256, 32, 0, NID_sha256, false, 0},
		{NID_sha1, NID_mgf1, NID_sha1, 20, 0, NID_sha1, false, 0},
		/* the mask */
		{NID_sha256, 0, 0, 32, 0, NID_sha256, false, 0},
		{NID_sha256, NID_mgf1, NID_sha1, 32, 0, NID_sha256, false, 0},
		{NID_sha256, NID_mgf1, NID_sha512, 32, 0, NID_sha256, false, 0},
		{NID_sha256, NID_mgf1, 0, 32, 0, NID_sha256, false, 0},
		{NID_sha256, NID_sha256, NID_sha256, 32, 0, NID_sha256, false, 0},
		/* the salt */
		{NID_sha256, NID_mgf1, NID_sha256, -1, 0, NID_sha256, false, 0},
		{NID_sha256, NID_mgf1, NID_sha256, 0, 0, NID_sha256, false, 0},
		{NID_sha256, NID_mgf1, NID_sha256, 31, 0, NID_sha256, false, 0},
		{NID_sha256, NID_mgf1, NID_sha256, 33, 0, NID_sha256, false, 0},
		{NID_sha512, NID_mgf1, NID_sha512, 32, 0, NID_sha512, false, 0},
		/* the trailer */
		{NID_sha256, NID_mgf1, NID_sha256, 32, 2, NID_sha256, false, 0},
	};
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate rsa = keyring_certificate(crypto, "rsa2048.pem");
	struct modseal_certificate ec = keyring_certificate(crypto, "leaf.pem");

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509_ALGOR *digest =
			rows[i].digest ? algorithm(rows[i].digest, ABS) : NULL;
		X509_ALGOR *signature = pss_algorithm(&rows[i]);
		enum modseal_algorithm got = MODSEAL_ALGORITHM_COUNT;
		struct modseal_error error = {0};
		int result = modseal_algorithm_identify(rsa.key, digest, signature, &got,
							"thing", &error);

		cr_assert(eq(int, result,
			     rows[i].good ? 0 : MODSEAL_E_ALGORITHM_NOT_ALLOWED),
			  "R22 row %zu: %s", i, error.message);
		if (rows[i].good)
			cr_assert(eq(int, got, rows[i].wanted), "row %zu", i);
		else
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
		cr_assert(eq(int,
			     modseal_algorithm_identify(ec.key, digest, signature, &got,
							"thing", &error),
			     MODSEAL_E_ALGORITHM_NOT_ALLOWED));
		X509_ALGOR_free(digest);
		X509_ALGOR_free(signature);
	}
	modseal_certificate_clear(&rsa);
	modseal_certificate_clear(&ec);
	modseal_crypto_free(&crypto);
}

/* Whatever bytes stand where the PSS parameters belong: no crash, and each single change
 * that is not another correct spelling is refused. */
Test(algorithms, R22_PSS_parameters_mutated)
{
	static const struct pss good = {
		NID_sha256, NID_mgf1, NID_sha256, 32,
		0,	    0,	      true,	  MODSEAL_ALGORITHM_RSA_PSS_SHA256};
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate rsa = keyring_certificate(crypto, "rsa2048.pem");
	X509_ALGOR *signature = pss_algorithm(&good);
	const void *value = NULL;
	int type = 0;
	size_t size, accepted = 0;
	uint8_t *bytes;

	X509_ALGOR_get0(NULL, &type, &value, signature);
	size = (size_t)ASN1_STRING_length(value);
	bytes = malloc(size);
	memcpy(bytes, ASN1_STRING_get0_data(value), size);
	for (size_t bit = 0; bit < 8 * size; bit++) {
		ASN1_STRING *changed = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
		X509_ALGOR *mutant = X509_ALGOR_new();
		enum modseal_algorithm got = MODSEAL_ALGORITHM_COUNT;

		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ASN1_STRING_set(changed, bytes, (int)size);
		X509_ALGOR_set0(mutant, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE,
				changed);
		if (modseal_algorithm_identify(rsa.key, NULL, mutant, &got, NULL, NULL) ==
		    0)
			accepted++;
		X509_ALGOR_free(mutant);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	cr_assert(eq(sz, accepted, 0));
	/* the same in BER: the outer length in two bytes */
	{
		ASN1_STRING *ber = ASN1_STRING_type_new(V_ASN1_SEQUENCE);
		X509_ALGOR *mutant = X509_ALGOR_new();
		enum modseal_algorithm got = MODSEAL_ALGORITHM_COUNT;
		uint8_t *longer = malloc(size + 1);

		longer[0] = bytes[0];
		longer[1] = 0x81;
		memcpy(longer + 2, bytes + 1, size - 1);
		ASN1_STRING_set(ber, longer, (int)size + 1);
		X509_ALGOR_set0(mutant, OBJ_nid2obj(NID_rsassaPss), V_ASN1_SEQUENCE, ber);
		cr_assert(eq(int,
			     modseal_algorithm_identify(rsa.key, NULL, mutant, &got, NULL,
							NULL),
			     MODSEAL_E_ALGORITHM_NOT_ALLOWED));
		X509_ALGOR_free(mutant);
		free(longer);
	}
	free(bytes);
	X509_ALGOR_free(signature);
	modseal_certificate_clear(&rsa);
	modseal_crypto_free(&crypto);
}

Test(algorithms, R22_a_key_alone_names_pkcs1_or_its_curve)
{
	static const struct {
		const char *name;
		int first; /* with SHA-256; negative: refused */
	} rows[] = {
		{"../signature/rsa.pem", MODSEAL_ALGORITHM_RSA_PKCS1_SHA256},
		{"../signature/p256.pem", MODSEAL_ALGORITHM_ECDSA_P256_SHA256},
		{"../signature/p384.pem", MODSEAL_ALGORITHM_ECDSA_P384_SHA256},
		{"../signature/p521.pem", MODSEAL_ALGORITHM_ECDSA_P521_SHA256},
		{"k256.pem", -1},
		{"ed25519.pem", -1},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_certificate certificate =
			keyring_certificate(crypto, rows[i].name);

		for (int hash = 0; hash <= MODSEAL_HASH_COUNT; hash++) {
			bool good = rows[i].first >= 0 && hash < MODSEAL_HASH_COUNT;
			enum modseal_algorithm got = MODSEAL_ALGORITHM_COUNT;
			struct modseal_error error = {0};
			int result = modseal_algorithm_of_key(certificate.key,
							      (enum modseal_hash)hash,
							      &got, "thing", &error);

			cr_assert(eq(int, result,
				     good ? 0 : MODSEAL_E_ALGORITHM_NOT_ALLOWED),
				  "R22 %s %d", rows[i].name, hash);
			cr_assert(eq(int, got,
				     good ? rows[i].first + hash
					  : MODSEAL_ALGORITHM_COUNT));
		}
		modseal_certificate_clear(&certificate);
	}
	modseal_crypto_free(&crypto);
}
