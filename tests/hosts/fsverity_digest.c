/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fsverity_digest sha256|sha512 SALT|- FILE...: prints the fs-verity digests as
 * `fsverity digest` does: "sha256:<hex> <file>". SALT is in hexadecimal. Each file is
 * given to the library in two pieces, cut at a place that depends on its size.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "verifier/signature/fsverity.h"

static int print_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
			struct modseal_span salt, const char *path)
{
	struct modseal_error error;
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	FILE *file = fopen(path, "rb");
	struct stat status;
	uint8_t *bytes;
	size_t size, cut;

	if (!file || fstat(fileno(file), &status) < 0)
		return 1;
	size = (size_t)status.st_size;
	bytes = malloc(size + 1);
	if (!bytes || fread(bytes, 1, size, file) != size)
		return 1;
	fclose(file);
	cut = size ? size * 7919 % size : 0;
	if (modseal_fsverity_digest(crypto, hash, salt, modseal_span_of(bytes, cut),
				    modseal_span_of(bytes + cut, size - cut), digest,
				    &error) < 0) {
		fprintf(stderr, "%s: %s\n", path, error.message);
		return 1;
	}
	free(bytes);
	printf("%s:", modseal_hash_name(hash));
	for (size_t i = 0; i < modseal_hash_size(hash); i++)
		printf("%02x", digest[i]);
	printf(" %s\n", path);
	return 0;
}

int main(int argc, char **argv)
{
	enum modseal_hash hash = MODSEAL_HASH_SHA256;
	struct modseal_crypto *crypto = NULL;
	struct modseal_error error;
	uint8_t salt[MODSEAL_FSVERITY_MAX_SALT];
	size_t salt_size = 0;
	int result = 0;

	if (argc < 4 || modseal_crypto_new(&crypto, &error) < 0)
		return 2;
	if (strcmp(argv[1], "sha512") == 0)
		hash = MODSEAL_HASH_SHA512;
	for (const char *at = argv[2]; salt_size < sizeof(salt); at += 2) {
		unsigned byte;

		if (sscanf(at, "%2x", &byte) != 1)
			break;
		salt[salt_size++] = (uint8_t)byte;
	}
	for (int i = 3; i < argc && result == 0; i++)
		result = print_digest(crypto, hash, modseal_span_of(salt, salt_size),
				      argv[i]);
	modseal_crypto_free(&crypto);
	return result;
}
