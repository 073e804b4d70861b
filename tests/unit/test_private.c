/* SPDX-License-Identifier: Apache-2.0 */
/* Reading private keys: each thing that can be wrong says so itself. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keyring.h"
#include "keys/keyfile.h"
#include "keys/private.h"

static int give(void *argument, char *buffer, size_t size)
{
	const char *text = argument;
	size_t length = strlen(text);

	cr_assert(length <= size);
	memcpy(buffer, text, length);
	return (int)length;
}

static int give_none(void *argument, char *buffer, size_t size)
{
	return -1;
}

static int give_too_much(void *argument, char *buffer, size_t size)
{
	return (int)size + 1;
}

static const struct {
	const char *name;
	modseal_passphrase *passphrase;
	const char *text;
	int wanted;
	const char *says;
} rows[] = {
	{"leaf.key", NULL, NULL, 0, NULL},
	{"inter.key", NULL, NULL, 0, NULL},
	{"inter3.key", NULL, NULL, 0, NULL},
	{"rsa2048.key", NULL, NULL, 0, NULL},
	{"traditional-rsa.key", NULL, NULL, 0, NULL},
	{"parameters-ec.key", NULL, NULL, 0, NULL},
	{"compressed.key", NULL, NULL, 0, NULL},
	{"withkey.pem", NULL, NULL, 0, NULL},
	{"leaf.key", give, "not needed", 0, NULL},
	{"encrypted.key", give, "right", 0, NULL},
	{"scrypt.key", give, "right", 0, NULL},
	{"encrypted-rsa.key", give, "right", 0, NULL},
	{"der.key", NULL, NULL, 0, NULL},
	{"encrypted-der.key", give, "right", 0, NULL},
	{"bundle.p12", give, "right", 0, NULL},
	{"lonely.p12", give, "right", 0, NULL},
	{"open.p12", NULL, NULL, 0, NULL},
	{"nomac.p12", NULL, NULL, 0, NULL},
	/* the passphrase */
	{"encrypted-der.key", NULL, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"encrypted-der.key", give, "wrong", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	{"bundle.p12", NULL, NULL, MODSEAL_E_KEY_PASSPHRASE, "no passphrase was given"},
	{"bundle.p12", give_none, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"bundle.p12", give_too_much, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"bundle.p12", give, "wrong", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	{"bundle.p12", give, "", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	{"encrypted.key", NULL, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"scrypt.key", NULL, NULL, MODSEAL_E_KEY_PASSPHRASE, "no passphrase was given"},
	{"encrypted-rsa.key", NULL, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"encrypted.key", give_none, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"encrypted.key", give_too_much, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"encrypted-rsa.key", give_too_much, NULL, MODSEAL_E_KEY_PASSPHRASE,
	 "no passphrase was given"},
	{"encrypted.key", give, "wrong", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	{"scrypt.key", give, "wrong", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	{"encrypted-rsa.key", give, "wrong", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	{"encrypted.key", give, "", MODSEAL_E_KEY_PASSPHRASE, "does not open"},
	/* no key in there */
	{"none.key", NULL, NULL, MODSEAL_E_NOT_FOUND, "cannot be read"},
	{".", NULL, NULL, MODSEAL_E_SYSTEM, "cannot be read"},
	{"empty.pem", NULL, NULL, MODSEAL_E_KEY_INVALID, "no private key in"},
	{"leaf.pem", NULL, NULL, MODSEAL_E_KEY_INVALID, "no private key in"},
	{"public.key", NULL, NULL, MODSEAL_E_KEY_INVALID, "no private key in"},
	{"trailing-der.key", NULL, NULL, MODSEAL_E_KEY_INVALID, "no private key in"},
	{"broken.key", NULL, NULL, MODSEAL_E_KEY_INVALID, ""},
	{"cut.p12", give, "right", MODSEAL_E_KEY_INVALID, "PKCS#12 file is damaged"},
	{"trailing.p12", give, "right", MODSEAL_E_KEY_INVALID, "file is damaged"},
	{"keyless.p12", give, "right", MODSEAL_E_KEY_INVALID, "holds no private key"},
	{"legacy.p12", give, "right", MODSEAL_E_UNSUPPORTED, "outdated cipher"},
	/* kinds and sizes */
	{"dsa.p12", give, "right", MODSEAL_E_KEY_INVALID, "DSA"},
	{"ed25519.key", NULL, NULL, PURE_HERE ? 0 : MODSEAL_E_UNSUPPORTED,
	 "ED25519 needs OpenSSL 3.5"},
	{"mldsa.key", NULL, NULL,
	 PURE_HERE ? MODSEAL_E_KEY_INVALID : MODSEAL_E_UNSUPPORTED,
	 PURE_HERE ? "is damaged" : "ML-DSA-65 needs OpenSSL 3.5"},
	{"dsa.key", NULL, NULL, MODSEAL_E_KEY_INVALID, "DSA"},
	{"rsapss.key", NULL, NULL, MODSEAL_E_KEY_INVALID, "RSA-PSS"},
	{"rsa1024.key", NULL, NULL, MODSEAL_E_ALGORITHM_NOT_ALLOWED, "1024 bits"},
	{"k256.key", NULL, NULL, MODSEAL_E_ALGORITHM_NOT_ALLOWED, "secp256k1"},
	{"explicit.key", NULL, NULL, MODSEAL_E_ALGORITHM_NOT_ALLOWED, "given by name"},
};

Test(private, each_kind_of_file_has_its_answer)
{
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error = {0};
		EVP_PKEY *key = NULL;
		char path[4096];

		snprintf(path, sizeof(path), KEYS_DIR "%s", rows[i].name);
		cr_assert(eq(int,
			     modseal_private_key_read(crypto, path, rows[i].passphrase,
						      (void *)(uintptr_t)rows[i].text,
						      &key, &error),
			     rows[i].wanted),
			  "row %zu %s: %s", i, rows[i].name, error.message);
		cr_assert(eq(int, key != NULL, rows[i].wanted == 0), "row %s",
			  rows[i].name);
		if (rows[i].wanted) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
			cr_assert(eq(str, error.object, path));
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "row %s: %s", rows[i].name, error.message);
		}
		EVP_PKEY_free(key);
	}
	modseal_crypto_free(&crypto);
}

Test(private, the_certificate_of_a_bundle_comes_along)
{
	static const struct {
		const char *path;
		bool has;
	} files[] = {{KEYS_DIR "bundle.p12", true},
		     {KEYS_DIR "open.p12", true},
		     {KEYS_DIR "lonely.p12", false},
		     {KEYS_DIR "withkey.pem", false}};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct modseal_error error = {0};
		EVP_PKEY *key = NULL;
		X509 *certificate = NULL;

		cr_assert(zero(int, modseal_private_key_read_both(crypto, files[i].path,
								  give, "right", &key,
								  &certificate, &error)),
			  "%s: %s", files[i].path, error.message);
		cr_assert(eq(int, certificate != NULL, files[i].has), "%s",
			  files[i].path);
		if (certificate)
			cr_assert(eq(int, X509_check_private_key(certificate, key), 1));
		X509_free(certificate);
		EVP_PKEY_free(key);
	}
	modseal_crypto_free(&crypto);
}

/* Every byte of a bundle inverted, and every length: refused or the same key, no crash.
 */
Test(private, damaged_bundles_are_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	static uint8_t whole[4096], changed[4096];
	const char *path = BUILD_DIR "/data/private-damaged.p12";
	FILE *file = fopen(KEYS_DIR "nomac.p12", "r");
	size_t size = fread(whole, 1, sizeof(whole), file);

	fclose(file);
	cr_assert(size > 500 && size < sizeof(whole));
	for (size_t i = 0; i < 2 * size; i++) {
		struct modseal_error error = {0};
		EVP_PKEY *key = NULL;
		X509 *certificate = NULL;
		int code;

		memcpy(changed, whole, size);
		changed[i % size] ^= 0xff;
		file = fopen(path, "w");
		fwrite(changed, 1, i < size ? size : i - size, file);
		fclose(file);
		code = modseal_private_key_read_both(crypto, path, give, "right", &key,
						     &certificate, &error);
		cr_assert(code == 0 || error.code == code);
		cr_assert(code != 0 || i < size, "cut to %zu bytes", i - size);
		EVP_PKEY_free(key);
		X509_free(certificate);
	}
	unlink(path);
	modseal_crypto_free(&crypto);
}

Test(private, unreadable_file_is_a_system_error)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_error error = {0};
	const char *path = BUILD_DIR "/data/keys-unreadable.key";
	FILE *file = fopen(path, "w");
	EVP_PKEY *key = NULL;

	fclose(file);
	chmod(path, 0);
	if (euidaccess(path, R_OK) == 0 && seteuid(65534) < 0)
		cr_skip_test("permissions do not hold here");
	if (euidaccess(BUILD_DIR, X_OK) == 0) {
		cr_assert(eq(
			int,
			modseal_private_key_read(crypto, path, NULL, NULL, &key, &error),
			MODSEAL_E_SYSTEM));
		cr_assert(eq(int, error.system_errno, EACCES));
	}
	cr_assert(eq(int, seteuid(getuid()), 0));
	unlink(path);
	modseal_crypto_free(&crypto);
}

Test(private, larger_than_any_key_is_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_error error = {0};
	const char *path = BUILD_DIR "/data/keys-large.key";
	FILE *file = fopen(path, "w");
	EVP_PKEY *key = NULL;
	int descriptor;

	for (size_t i = 0; i <= 65536; i++)
		fputc('\n', file);
	fclose(file);
	cr_assert(eq(int,
		     modseal_private_key_read(crypto, path, NULL, NULL, &key, &error),
		     MODSEAL_E_KEY_INVALID));
	cr_assert(strstr(error.message, "larger") != NULL);
	/* an endless one ends, too */
	cr_assert(eq(
		int,
		modseal_private_key_read(crypto, "/dev/zero", NULL, NULL, &key, &error),
		MODSEAL_E_KEY_INVALID));
	descriptor = truncate(path, 65536);
	cr_assert(eq(int, descriptor, 0));
	cr_assert(eq(int,
		     modseal_private_key_read(crypto, path, NULL, NULL, &key, &error),
		     MODSEAL_E_KEY_INVALID));
	cr_assert(strstr(error.message, "no private key") != NULL);
	unlink(path);
	modseal_crypto_free(&crypto);
}

/* Any change to a key file: no crash, no leak; what still reads is judged like any key.
 */
Test(private, mutated_keys_do_no_harm)
{
	static const char *const names[] = {"leaf.key", "encrypted.key",
					    "encrypted-rsa.key"};
	struct modseal_crypto *crypto = keyring_crypto();
	const char *path = BUILD_DIR "/data/keys-mutated.key";

	for (size_t n = 0; n < 3; n++) {
		struct modseal_span good = keyring_bytes(names[n]);
		uint8_t *copy = malloc(good.size);

		memcpy(copy, good.data, good.size);
		for (size_t at = 0; at < good.size; at += n ? 23 : 3) {
			EVP_PKEY *key = NULL;
			FILE *file = fopen(path, "w");

			copy[at] ^= 5;
			fwrite(copy, 1, good.size, file);
			fclose(file);
			if (modseal_private_key_read(crypto, path, give,
						     (void *)(uintptr_t) "right", &key,
						     NULL))
				cr_assert(key == NULL);
			EVP_PKEY_free(key);
			copy[at] ^= 5;
		}
		free(copy);
		keyring_drop(good);
	}
	unlink(path);
	modseal_crypto_free(&crypto);
}

Test(private, key_and_certificate_belong_together_or_not)
{
	static const struct {
		const char *key, *certificate;
		int wanted;
	} pairs[] = {
		{"leaf.key", "leaf.pem", 0},
		{"leaf.key", "alias.pem", 0},
		{"compressed.key", "leaf.pem", 0},
		{"leaf.key", "namesake.pem", MODSEAL_E_KEY_MISMATCH},
		{"leaf.key", "inter.pem", MODSEAL_E_KEY_MISMATCH},
		{"leaf.key", "rsa2048.pem", MODSEAL_E_KEY_MISMATCH},
		{"rsa2048.key", "rsaroot.pem", MODSEAL_E_KEY_MISMATCH},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct modseal_certificate certificate =
			keyring_certificate(crypto, pairs[i].certificate);
		struct modseal_error error = {0};
		EVP_PKEY *key = NULL;
		char path[4096];

		snprintf(path, sizeof(path), KEYS_DIR "%s", pairs[i].key);
		cr_assert(
			eq(int,
			   modseal_private_key_read(crypto, path, NULL, NULL, &key, NULL),
			   0));
		cr_assert(eq(int,
			     modseal_private_key_fits(key, "the key", &certificate,
						      "the certificate", &error),
			     pairs[i].wanted),
			  "row %zu", i);
		if (pairs[i].wanted) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
			cr_assert(eq(str, error.object, "the key"));
			cr_assert(strstr(error.message, "the certificate") != NULL);
		}
		EVP_PKEY_free(key);
		modseal_certificate_clear(&certificate);
	}
	modseal_crypto_free(&crypto);
}
