/* SPDX-License-Identifier: Apache-2.0 */
/* Makes private keys. */
#include "keys/generate.h"

#include <openssl/pem.h>
#include <string.h>

#include "keys/pure.h"

struct key_algorithm {
	const char *name;
	const char *type; /* OpenSSL's */
	const char *group;
	unsigned bits;
};

static const struct key_algorithm algorithms[] = {
	{"ecdsa-p256", "EC", "P-256", 0},    {"ecdsa-p384", "EC", "P-384", 0},
	{"rsa3072", "RSA", NULL, 3072},	     {"rsa4096", "RSA", NULL, 4096},
	{"ed25519", "ED25519", NULL, 0},     {"ml-dsa-44", "ML-DSA-44", NULL, 0},
	{"ml-dsa-65", "ML-DSA-65", NULL, 0}, {"ml-dsa-87", "ML-DSA-87", NULL, 0},
};

/* A common name has at most 64 characters (ub-common-name, RFC 5280 A.1). */
#define MAX_NAME 64

/* What escaping would change has no place in file names and subjects either. */
static bool name_is_good(const char *name)
{
	char escaped[4 * MAX_NAME + 1];

	if (!name || !name[0] || name[0] == '.' || strlen(name) > MAX_NAME ||
	    strchr(name, '/'))
		return false;
	modseal_escape(escaped, sizeof(escaped), name);
	return strcmp(escaped, name) == 0;
}

int modseal_key_name_judge(const char *name, struct modseal_error *error)
{
	if (name_is_good(name))
		return 0;
	modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, name,
		     "a name is plain text of 1 to 64 bytes, without '/' and without"
		     " a dot at its beginning");
	modseal_remedy(error,
		       "choose such a name; where it lies is an option of its own");
	return MODSEAL_E_ARGUMENT;
}

static int find_algorithm(const char *wanted, const struct key_algorithm **ret_algorithm,
			  struct modseal_error *error)
{
	if (!wanted)
		wanted = algorithms[0].name;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
		if (strcmp(algorithms[i].name, wanted) != 0)
			continue;
		*ret_algorithm = &algorithms[i];
		return 0;
	}
	modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY, wanted,
		     "unknown algorithm; there are ecdsa-p256, ecdsa-p384, rsa3072,"
		     " rsa4096, ed25519, ml-dsa-44, ml-dsa-65, ml-dsa-87");
	modseal_remedy(error, "name one of these");
	return MODSEAL_E_ARGUMENT;
}

int modseal_key_algorithm_judge(const struct modseal_crypto *crypto,
				const char *algorithm, struct modseal_error *error)
{
	const struct key_algorithm *found = NULL;
	const struct modseal_pure *pure;
	const char *lack;
	int result = find_algorithm(algorithm, &found, error);

	if (result < 0)
		return result;
	pure = modseal_pure_named(found->name);
	lack = pure ? modseal_pure_lack(crypto, pure) : NULL;
	if (!lack)
		return 0;
	return modseal_fail(error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_KEY, found->name,
			    "a key of this algorithm %s", lack);
}

int modseal_key_generate(const struct modseal_crypto *crypto, const char *algorithm,
			 EVP_PKEY **ret_key, struct modseal_error *error)
{
	OSSL_LIB_CTX *library = modseal_crypto_library(crypto);
	const struct key_algorithm *found = NULL;
	EVP_PKEY *key;
	int result = modseal_key_algorithm_judge(crypto, algorithm, error);

	if (result == 0)
		result = find_algorithm(algorithm, &found, error);
	if (result < 0)
		return result;
	key = found->group ? EVP_PKEY_Q_keygen(library, NULL, found->type, found->group)
			   : EVP_PKEY_Q_keygen(library, NULL, found->type,
					       (size_t)found->bits);
	if (!key)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, found->name,
					   "the key cannot be made");
	*ret_key = key;
	return 0;
}

BIO *modseal_key_encode(EVP_PKEY *key)
{
	BIO *memory = BIO_new(BIO_s_secmem());

	if (memory &&
	    PEM_write_bio_PKCS8PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1)
		return memory;
	BIO_free(memory);
	return NULL;
}
