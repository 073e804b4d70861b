/* SPDX-License-Identifier: Apache-2.0 */
/* Reads private keys for signing, and proves that a certificate fits. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <string.h>
#include <unistd.h>

#include "keys/algorithms.h"
#include "keys/private.h"

#define MAX_KEY_SIZE (64u * 1024)

/* What OpenSSL's callback is given, and what it tells afterwards. */
struct asking {
	modseal_passphrase *passphrase;
	void *argument;
	bool asked;
	bool answered;
};

static int answer(char *buffer, int size, int writing, void *argument)
{
	struct asking *asking = argument;
	int length;

	asking->asked = true;
	if (!asking->passphrase)
		return -1;
	length = asking->passphrase(asking->argument, buffer, (size_t)size);
	if (length < 0 || length > size)
		return -1;
	asking->answered = true;
	return length;
}

/* All bytes of a key file; *ret_size is at most MAX_KEY_SIZE. The caller wipes and frees.
 */
static int read_file(const char *path, uint8_t **ret_bytes, size_t *ret_size,
		     struct modseal_error *error)
{
	int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	uint8_t *bytes;
	size_t used = 0;
	ssize_t got = 1;

	if (descriptor < 0)
		return modseal_fail_errno(
			error, errno == ENOENT ? MODSEAL_E_NOT_FOUND : MODSEAL_E_SYSTEM,
			MODSEAL_STAGE_KEY, errno, path, "the private key cannot be read");
	bytes = OPENSSL_malloc(MAX_KEY_SIZE + 1);
	if (!bytes) {
		close(descriptor);
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	}
	while (got > 0 && used <= MAX_KEY_SIZE) {
		got = read(descriptor, bytes + used, MAX_KEY_SIZE + 1 - used);
		if (got < 0 && errno == EINTR)
			got = 1;
		else if (got > 0)
			used += (size_t)got;
	}
	if (got < 0 || used > MAX_KEY_SIZE) {
		int saved = errno;

		close(descriptor);
		OPENSSL_clear_free(bytes, MAX_KEY_SIZE + 1);
		if (got >= 0)
			return modseal_fail(error, MODSEAL_E_KEY_INVALID,
					    MODSEAL_STAGE_KEY, path,
					    "larger than any private key");
		return modseal_fail_errno(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_KEY,
					  saved, path, "the private key cannot be read");
	}
	close(descriptor);
	*ret_bytes = bytes;
	*ret_size = used;
	return 0;
}

static int fail_decoding(const char *path, const struct asking *asking,
			 struct modseal_error *error)
{
	int result;

	modseal_crypto_forget();
	if (asking->answered)
		return modseal_fail(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				    path, "the passphrase does not open this key");
	if (asking->asked) {
		result = modseal_fail(error, MODSEAL_E_KEY_PASSPHRASE, MODSEAL_STAGE_KEY,
				      path,
				      "the key is encrypted and no passphrase was given");
		modseal_remedy(error,
			       "give the passphrase, with --passphrase-file for one");
		return result;
	}
	result = modseal_fail(error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY, path,
			      "there is no private key in PEM form in this file");
	modseal_remedy(error, "give a PEM file with `-----BEGIN PRIVATE KEY-----`");
	return result;
}

/* Keys OpenSSL knows but signing here does not: say what they would need. */
static int judge(EVP_PKEY *key, const char *path, struct modseal_error *error)
{
	static const char *const later[] = {"ED25519", "ML-DSA-44", "ML-DSA-65",
					    "ML-DSA-87"};

	for (size_t i = 0; i < sizeof(later) / sizeof(later[0]); i++)
		if (EVP_PKEY_is_a(key, later[i]))
			return modseal_fail(
				error, MODSEAL_E_UNSUPPORTED, MODSEAL_STAGE_KEY, path,
				"signing with %s needs OpenSSL 3.5 and a later"
				" version of modseal",
				later[i]);
	if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "EC"))
		return modseal_fail(error, MODSEAL_E_KEY_INVALID, MODSEAL_STAGE_KEY, path,
				    "keys of type %s do not sign here",
				    EVP_PKEY_get0_type_name(key)
					    ? EVP_PKEY_get0_type_name(key)
					    : "unknown");
	return modseal_key_judge(key, path, error);
}

int modseal_private_key_read(const struct modseal_crypto *crypto, const char *path,
			     modseal_passphrase *passphrase, void *argument,
			     EVP_PKEY **ret_key, struct modseal_error *error)
{
	struct asking asking = {.passphrase = passphrase, .argument = argument};
	EVP_PKEY *key = NULL;
	uint8_t *bytes = NULL;
	size_t size = 0;
	BIO *memory;
	int result = read_file(path, &bytes, &size, error);

	if (result < 0)
		return result;
	modseal_crypto_forget();
	memory = BIO_new_mem_buf(bytes, (int)size);
	if (memory)
		key = PEM_read_bio_PrivateKey_ex(memory, NULL, answer, &asking,
						 modseal_crypto_library(crypto), NULL);
	result = !memory ? modseal_fail_memory(error, MODSEAL_STAGE_KEY)
		 : key	 ? judge(key, path, error)
			 : fail_decoding(path, &asking, error);
	BIO_free(memory);
	OPENSSL_clear_free(bytes, MAX_KEY_SIZE + 1);
	if (result < 0) {
		EVP_PKEY_free(key);
		return result;
	}
	*ret_key = key;
	return 0;
}

int modseal_private_key_fits(EVP_PKEY *key, const char *key_path,
			     const struct modseal_certificate *certificate,
			     const char *certificate_path, struct modseal_error *error)
{
	int equal = EVP_PKEY_eq(key, certificate->key);

	modseal_crypto_forget();
	if (equal == 1)
		return 0;
	return modseal_fail(error, MODSEAL_E_KEY_MISMATCH, MODSEAL_STAGE_KEY, key_path,
			    "the certificate %s is of another key", certificate_path);
}
