/* SPDX-License-Identifier: Apache-2.0 */
/* Raw signatures: right ones, wrong ones, and keys that are set up once. */
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>

#include "keyring.h"
#include "keys/algorithms.h"
#include "keys/crypto_private.h"

static EVP_PKEY *private_key(struct modseal_crypto *crypto, const char *name)
{
	struct modseal_span bytes = keyring_bytes(name);
	BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
	EVP_PKEY *key = PEM_read_bio_PrivateKey_ex(bio, NULL, NULL, NULL,
						   modseal_crypto_library(crypto), NULL);

	cr_assert(key != NULL);
	BIO_free(bio);
	keyring_drop(bytes);
	return key;
}

/* A signature made by OpenSSL over a digest, PSS with a salt of salt bytes. */
static size_t make(struct modseal_crypto *crypto, EVP_PKEY *key,
		   enum modseal_algorithm algorithm, int salt, const uint8_t *digest,
		   uint8_t *ret_signature)
{
	enum modseal_hash hash = modseal_algorithm_hash(algorithm);
	EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new_from_pkey(modseal_crypto_library(crypto), key, NULL);
	size_t size = 1024;

	cr_assert(EVP_PKEY_sign_init(context) == 1);
	if (salt)
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
	EVP_PKEY_CTX_set_signature_md(context, modseal_crypto_md(crypto, hash));
	if (salt)
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt);
	cr_assert(EVP_PKEY_sign(context, ret_signature, &size, digest,
				modseal_hash_size(hash)) == 1);
	EVP_PKEY_CTX_free(context);
	return size;
}

static const struct {
	const char *key;
	enum modseal_algorithm algorithm;
	int salt;
} rows[] = {
	{"rsa2048.key", MODSEAL_ALGORITHM_RSA_PKCS1_SHA256, 0},
	{"rsa2048.key", MODSEAL_ALGORITHM_RSA_PKCS1_SHA384, 0},
	{"rsa2048.key", MODSEAL_ALGORITHM_RSA_PKCS1_SHA512, 0},
	{"rsa2048.key", MODSEAL_ALGORITHM_RSA_PSS_SHA256, 32},
	{"rsa2048.key", MODSEAL_ALGORITHM_RSA_PSS_SHA384, 48},
	{"rsa2048.key", MODSEAL_ALGORITHM_RSA_PSS_SHA512, 64},
	{"leaf.key", MODSEAL_ALGORITHM_ECDSA_P256_SHA256, 0},
	{"leaf.key", MODSEAL_ALGORITHM_ECDSA_P256_SHA512, 0},
	{"inter.key", MODSEAL_ALGORITHM_ECDSA_P384_SHA256, 0},
	{"inter.key", MODSEAL_ALGORITHM_ECDSA_P384_SHA384, 0},
	{"inter3.key", MODSEAL_ALGORITHM_ECDSA_P521_SHA256, 0},
	{"inter3.key", MODSEAL_ALGORITHM_ECDSA_P521_SHA512, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static int check(struct modseal_crypto *crypto, EVP_PKEY *key,
		 enum modseal_algorithm algorithm, const uint8_t *digest,
		 const uint8_t *signature, size_t size)
{
	struct modseal_error error = {0};
	int result = modseal_signature_check(crypto, key, algorithm, digest,
					     modseal_span_of(signature, size), "thing",
					     &error);

	cr_assert(eq(int, error.code, result));
	if (result)
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	return result;
}

Test(check, each_algorithm_right_and_wrong_and_right_again)
{
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *stranger = private_key(crypto, "otherleaf.key");

	for (size_t i = 0; i < ROWS; i++) {
		EVP_PKEY *key = private_key(crypto, rows[i].key);
		uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {1, 2, 3}, signature[1024];
		size_t size = make(crypto, key, rows[i].algorithm, rows[i].salt, digest,
				   signature);

		for (int round = 0; round < 3; round++) {
			cr_assert(eq(int,
				     check(crypto, key, rows[i].algorithm, digest,
					   signature, size),
				     0),
				  "row %zu round %d", i, round);
			digest[5] ^= 1;
			cr_assert(eq(int,
				     check(crypto, key, rows[i].algorithm, digest,
					   signature, size),
				     MODSEAL_E_SIGNATURE_INVALID),
				  "row %zu digest", i);
			digest[5] ^= 1;
			signature[size - 1] ^= 1;
			cr_assert(eq(int,
				     check(crypto, key, rows[i].algorithm, digest,
					   signature, size),
				     MODSEAL_E_SIGNATURE_INVALID),
				  "row %zu signature", i);
			signature[size - 1] ^= 1;
			for (size_t cut = 0; cut < size; cut += 7)
				cr_assert(eq(int,
					     check(crypto, key, rows[i].algorithm, digest,
						   signature, cut),
					     MODSEAL_E_SIGNATURE_INVALID),
					  "row %zu cut %zu", i, cut);
			cr_assert(eq(int,
				     check(crypto, key, rows[i].algorithm, digest,
					   signature, size + 1),
				     MODSEAL_E_SIGNATURE_INVALID),
				  "row %zu longer", i);
		}
		if (EVP_PKEY_is_a(key, "EC"))
			cr_assert(eq(int,
				     check(crypto, stranger, rows[i].algorithm, digest,
					   signature, size),
				     MODSEAL_E_SIGNATURE_INVALID),
				  "row %zu another key", i);
		EVP_PKEY_free(key);
	}
	EVP_PKEY_free(stranger);
	modseal_crypto_free(&crypto);
}

Test(check, R22_each_algorithm_is_not_the_other)
{
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *key = private_key(crypto, "rsa2048.key");

	for (size_t i = 0; i < 6; i++) {
		uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {1, 2, 3}, signature[1024];
		size_t size = make(crypto, key, rows[i].algorithm, rows[i].salt, digest,
				   signature);

		for (size_t j = 0; j < 6; j++) {
			/* the good one first, so that its key is still set up for it */
			cr_assert(eq(int,
				     check(crypto, key, rows[i].algorithm, digest,
					   signature, size),
				     0));
			cr_assert(eq(int,
				     check(crypto, key, rows[j].algorithm, digest,
					   signature, size),
				     i == j ? 0 : MODSEAL_E_SIGNATURE_INVALID),
				  "R22 made as %zu, checked as %zu", i, j);
		}
	}
	EVP_PKEY_free(key);
	modseal_crypto_free(&crypto);
}

Test(check, R22_PSS_with_another_salt)
{
	static const int salts[] = {1, 20, 31, 33, 64, RSA_PSS_SALTLEN_MAX};
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *key = private_key(crypto, "rsa2048.key");
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {1, 2, 3}, signature[1024];

	for (size_t i = 0; i < sizeof(salts) / sizeof(salts[0]); i++) {
		size_t size = make(crypto, key, MODSEAL_ALGORITHM_RSA_PSS_SHA256,
				   salts[i], digest, signature);

		cr_assert(eq(int,
			     check(crypto, key, MODSEAL_ALGORITHM_RSA_PSS_SHA256, digest,
				   signature, size),
			     MODSEAL_E_SIGNATURE_INVALID),
			  "R22 salt of %d", salts[i]);
	}
	EVP_PKEY_free(key);
	modseal_crypto_free(&crypto);
}

Test(check, unknown_algorithm_is_an_internal_error)
{
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *key = private_key(crypto, "leaf.key");
	const uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {0};

	cr_assert(eq(int, check(crypto, key, MODSEAL_ALGORITHM_COUNT, digest, digest, 10),
		     MODSEAL_E_INTERNAL));
	EVP_PKEY_free(key);
	modseal_crypto_free(&crypto);
}

/* More keys than places: each is still answered by itself. */
Test(check, many_keys_do_not_mix)
{
	struct modseal_crypto *crypto = keyring_crypto();
	EVP_PKEY *keys[3 * MODSEAL_PREPARED_SLOTS];
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {9},
		signatures[3 * MODSEAL_PREPARED_SLOTS][80];
	size_t sizes[3 * MODSEAL_PREPARED_SLOTS];

	for (size_t i = 0; i < 3 * MODSEAL_PREPARED_SLOTS; i++) {
		keys[i] = EVP_PKEY_Q_keygen(modseal_crypto_library(crypto), NULL, "EC",
					    "P-256");
		sizes[i] = make(crypto, keys[i], MODSEAL_ALGORITHM_ECDSA_P256_SHA256, 0,
				digest, signatures[i]);
	}
	for (size_t round = 0; round < 2; round++)
		for (size_t i = 0; i < 3 * MODSEAL_PREPARED_SLOTS; i++) {
			size_t other = (i + 1) % (3 * MODSEAL_PREPARED_SLOTS);

			cr_assert(eq(int,
				     check(crypto, keys[i],
					   MODSEAL_ALGORITHM_ECDSA_P256_SHA256, digest,
					   signatures[i], sizes[i]),
				     0));
			cr_assert(eq(int,
				     check(crypto, keys[i],
					   MODSEAL_ALGORITHM_ECDSA_P256_SHA256, digest,
					   signatures[other], sizes[other]),
				     MODSEAL_E_SIGNATURE_INVALID));
		}
	for (size_t i = 0; i < 3 * MODSEAL_PREPARED_SLOTS; i++)
		EVP_PKEY_free(keys[i]);
	modseal_crypto_free(&crypto);
}

/* A key that is gone must not lend its place to one at the same address. */
Test(check, a_freed_key_is_not_taken_for_its_successor)
{
	struct modseal_crypto *crypto = keyring_crypto();
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {9}, first[80], own[80];

	for (int i = 0; i < 50; i++) {
		EVP_PKEY *key = EVP_PKEY_Q_keygen(modseal_crypto_library(crypto), NULL,
						  "EC", "P-256");
		size_t own_size = make(crypto, key, MODSEAL_ALGORITHM_ECDSA_P256_SHA256,
				       0, digest, own);

		cr_assert(eq(int,
			     check(crypto, key, MODSEAL_ALGORITHM_ECDSA_P256_SHA256,
				   digest, own, own_size),
			     0));
		if (i > 0)
			cr_assert(
				eq(int,
				   check(crypto, key, MODSEAL_ALGORITHM_ECDSA_P256_SHA256,
					 digest, first, sizeof(first)),
				   MODSEAL_E_SIGNATURE_INVALID));
		memcpy(first, own, sizeof(first));
		EVP_PKEY_free(key);
	}
	modseal_crypto_free(&crypto);
}

struct work {
	struct modseal_crypto *crypto;
	EVP_PKEY *keys[ROWS];
	uint8_t signatures[ROWS][1024];
	size_t sizes[ROWS];
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
};

static void *work(void *argument)
{
	struct work *work = argument;
	size_t wrong = 0;

	for (int round = 0; round < 20; round++)
		for (size_t i = 0; i < ROWS; i++) {
			uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
			struct modseal_span signature =
				modseal_span_of(work->signatures[i], work->sizes[i]);

			memcpy(digest, work->digest, sizeof(digest));
			wrong += modseal_signature_check(work->crypto, work->keys[i],
							 rows[i].algorithm, digest,
							 signature, NULL, NULL) != 0;
			digest[0] ^= 1;
			wrong += modseal_signature_check(work->crypto, work->keys[i],
							 rows[i].algorithm, digest,
							 signature, NULL, NULL) !=
				 MODSEAL_E_SIGNATURE_INVALID;
		}
	return (void *)(uintptr_t)wrong;
}

Test(check, R115_eight_threads_share_one_crypto)
{
	struct work shared = {.crypto = keyring_crypto(), .digest = {4}};
	pthread_t threads[8];

	for (size_t i = 0; i < ROWS; i++) {
		shared.keys[i] = private_key(shared.crypto, rows[i].key);
		shared.sizes[i] = make(shared.crypto, shared.keys[i], rows[i].algorithm,
				       rows[i].salt, shared.digest, shared.signatures[i]);
	}
	for (size_t i = 0; i < 8; i++)
		cr_assert(pthread_create(&threads[i], NULL, work, &shared) == 0);
	for (size_t i = 0; i < 8; i++) {
		void *wrong = NULL;

		pthread_join(threads[i], &wrong);
		cr_assert(eq(sz, (size_t)(uintptr_t)wrong, 0), "R115 thread %zu", i);
	}
	for (size_t i = 0; i < ROWS; i++)
		EVP_PKEY_free(shared.keys[i]);
	modseal_crypto_free(&shared.crypto);
}
