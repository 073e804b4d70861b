/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the targets in this folder share. Each header has one function that takes any
 * bytes to a reader and ends the process where something does not hold that must always
 * hold; it returns how often they were accepted. libFuzzer looks for such bytes (make
 * fuzz), and tests/hosts/fuzzed.c tries always the same ones (make check).
 */
#ifndef MODSEAL_TESTS_FUZZ_FUZZ_H
#define MODSEAL_TESTS_FUZZ_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "keys/keys.h"
#include "tests/unit/slowness.h"

#define REQUIRE(condition)                                                               \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__,          \
				__LINE__, #condition);                                   \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* A copy of the exact size, so that the sanitizers see every step outside. NULL: room for
 * one. */
static inline uint8_t *fuzz_copy(const void *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	REQUIRE(copy != NULL);
	if (bytes && size)
		memcpy(copy, bytes, size);
	return copy;
}

/* Made once for all that the process tries. */
static inline struct modseal_crypto *fuzz_crypto(void)
{
	static struct modseal_crypto *crypto;

	if (!crypto)
		REQUIRE(modseal_crypto_new(&crypto, NULL) == 0);
	return crypto;
}

/* A file of the test data; stays. */
static inline struct modseal_span fuzz_file(const char *name)
{
	enum { FILES = 64, ROOM = 1 << 16 };
	static uint8_t *kept[FILES];
	static size_t count;
	char path[512];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), "%s/data/%s", BUILD_DIR, name);
	file = fopen(path, "rb");
	if (!file)
		fprintf(stderr, "%s: run `make testdata`\n", path);
	REQUIRE(file != NULL && count < FILES);
	kept[count] = fuzz_copy(NULL, ROOM);
	size = fread(kept[count], 1, ROOM, file);
	fclose(file);
	REQUIRE(size < ROOM);
	return modseal_span_of(kept[count++], size);
}

/* A signer by a certificate of the test data. */
static inline struct modseal_signer *
fuzz_signer(const char *name, enum modseal_trust_model trust, uint32_t purposes)
{
	const struct modseal_signer_config config = {
		.name = name,
		.trust = trust,
		.certificate = fuzz_file(name),
		.purposes = purposes,
	};
	struct modseal_signer *signer = NULL;

	REQUIRE(modseal_signer_new(fuzz_crypto(), &config, &signer, NULL) == 0);
	return signer;
}

/* A refusal says its code and, in text that can be printed as it is, why. */
static inline void fuzz_refused(int result, const struct modseal_error *error)
{
	char again[sizeof(error->message)];

	REQUIRE(result < 0 && error->code == result);
	REQUIRE(result != MODSEAL_E_INTERNAL && result != MODSEAL_E_RESOURCE);
	REQUIRE(memchr(error->message, '\0', sizeof(error->message)) != NULL);
	REQUIRE(error->message[0] != '\0' && error->remedy[0] != '\0');
	modseal_escape(again, sizeof(again), error->message);
	REQUIRE(strcmp(again, error->message) == 0);
}

/* Whatever the bytes are, no reader takes longer than that. */
static inline void fuzz_fast(double start, double seconds)
{
	REQUIRE(cpu_seconds() - start < seconds * time_factor());
}

#endif
