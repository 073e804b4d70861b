/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/data/keys.sh made, ready for the tests of keys/. */
#ifndef TESTS_UNIT_KEYRING_H
#define TESTS_UNIT_KEYRING_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/signer.h"

/* Ed25519 and ML-DSA are accepted with the OpenSSL that the tests are built for. */
#define PURE_HERE (OPENSSL_VERSION_NUMBER >= 0x30500000)

#define KEYS_DIR BUILD_DIR "/data/keys/"

static inline struct modseal_span keyring_bytes(const char *name)
{
	char path[4096];
	FILE *file;
	uint8_t *bytes = malloc(1 << 20);
	size_t size;

	snprintf(path, sizeof(path), KEYS_DIR "%s", name);
	file = fopen(path, "rb");
	cr_assert(file != NULL && bytes != NULL, "%s: run `make testdata`", path);
	size = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	/* Exactly as long as the file, so that ASan sees every read past its end. */
	bytes = realloc(bytes, size ? size : 1);
	return modseal_span_of(bytes, size);
}

static inline void keyring_drop(struct modseal_span bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

static inline struct modseal_crypto *keyring_crypto(void)
{
	struct modseal_crypto *crypto = NULL;
	struct modseal_error error;

	cr_assert(eq(int, modseal_crypto_new(&crypto, &error), 0), "%s", error.message);
	return crypto;
}

static inline struct modseal_certificate
keyring_certificate(struct modseal_crypto *crypto, const char *name)
{
	struct modseal_span bytes = keyring_bytes(name);
	struct modseal_certificate certificate = {0};
	struct modseal_error error;
	int result = modseal_certificate_read(crypto, bytes, name, &certificate, &error);

	cr_assert(eq(int, result, 0), "%s: %s", name, error.message);
	keyring_drop(bytes);
	return certificate;
}

static inline int keyring_try_signer(struct modseal_crypto *crypto,
				     enum modseal_trust_model trust, const char *name,
				     const char *intermediates,
				     struct modseal_signer **ret_signer,
				     struct modseal_error *error)
{
	struct modseal_signer_config config = {
		.name = name,
		.trust = trust,
		.certificate = keyring_bytes(name),
	};
	int result;

	if (intermediates)
		config.intermediates = keyring_bytes(intermediates);
	result = modseal_signer_new(crypto, &config, ret_signer, error);
	keyring_drop(config.certificate);
	if (intermediates)
		keyring_drop(config.intermediates);
	return result;
}

static inline struct modseal_signer *keyring_signer(struct modseal_crypto *crypto,
						    enum modseal_trust_model trust,
						    const char *name,
						    const char *intermediates)
{
	struct modseal_signer *signer = NULL;
	struct modseal_error error;
	int result =
		keyring_try_signer(crypto, trust, name, intermediates, &signer, &error);

	cr_assert(eq(int, result, 0), "%s: %s", name, error.message);
	return signer;
}

#endif
