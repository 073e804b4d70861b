/* SPDX-License-Identifier: Apache-2.0 */
/* Which keys are good enough (R22). */
#include "keyring.h"
#include "keys/key.h"

static const struct {
	const char *name;
	bool good;
	bool quick;
	const char *says;
} rows[] = {
	{"leaf.key", true, true, NULL},
	{"inter.key", true, true, NULL},
	{"inter3.key", true, true, NULL},
	{"rsa2048.key", true, true, NULL},
	{"rsa1024.key", false, true, "1024 bits"},
	{"rsa2047.key", false, true, "2047 bits"},
	{"rsa3.key", false, true, "exponent"},
	{"rsa257.key", false, true, "exponent"},
	{"p192.key", false, true, "prime192v1"},
	{"k256.key", false, true, "secp256k1"},
	{"brainpool.key", false, true, "brainpoolP256r1"},
	{"explicit.key", false, false, "given by name"},
	{"ed25519.key", PURE_HERE, true, "ED25519, which needs OpenSSL 3.5"},
	{"rsapss.key", false, false, "RSASSA-PSS"},
	{"dsa.key", false, false, "DSA"},
	{"slow.pub", false, false, "16384 bits"},
	{"even.pub", false, true, "exponent"},
	{"long.pub", false, false, "exponent"},
	{"longest.pub", true, true, NULL},
};

#include <openssl/pem.h>

Test(key, R22_only_strong_keys_of_two_kinds)
{
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_span bytes = keyring_bytes(rows[i].name);
		struct modseal_error error = {0};
		BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
		EVP_PKEY *key = strstr(rows[i].name, ".pub")
					? PEM_read_bio_PUBKEY_ex(
						  bio, NULL, NULL, NULL,
						  modseal_crypto_library(crypto), NULL)
					: PEM_read_bio_PrivateKey_ex(
						  bio, NULL, NULL, NULL,
						  modseal_crypto_library(crypto), NULL);
		int result;

		cr_assert(key != NULL, "row %s", rows[i].name);
		result = modseal_key_judge(crypto, key, "thing", &error);
		cr_assert(eq(int, result,
			     rows[i].good ? 0 : MODSEAL_E_ALGORITHM_NOT_ALLOWED),
			  "row %s", rows[i].name);
		if (!rows[i].good) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
			cr_assert(eq(str, error.object, "thing"));
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "row %s: %s", rows[i].name, error.message);
		}
		cr_assert(eq(int, modseal_key_is_quick(key), rows[i].quick), "row %s",
			  rows[i].name);
		EVP_PKEY_free(key);
		BIO_free(bio);
		keyring_drop(bytes);
	}
	modseal_crypto_free(&crypto);
}
