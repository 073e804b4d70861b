/* SPDX-License-Identifier: Apache-2.0 */
/* Rollback states as text in tests: closed as an installation does, read as a verifier.
 */
#ifndef MODSEAL_TEST_STATE_TEXT_H
#define MODSEAL_TEST_STATE_TEXT_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/crypto.h"
#include "policy/state.h"

#define KEY_A "00000000000000000000000000000000000000000000000000000000000000aa"
#define KEY_B "00000000000000000000000000000000000000000000000000000000000000bb"
#define HEAD  "modseal-state: 1\ntime-floor: 2026-11-23T00:00:00Z\n"
static const uint8_t key_a[MODSEAL_SHA256_SIZE] = {[31] = 0xaa};
static const uint8_t key_b[MODSEAL_SHA256_SIZE] = {[31] = 0xbb};
static struct modseal_error error;
static struct modseal_crypto *crypto;

static inline void set_up(void)
{
	cr_assert(zero(int, modseal_crypto_new(&crypto, &error)));
}

static inline void tear_down(void)
{
	modseal_crypto_free(&crypto);
}

static inline struct modseal_span span(const char *text)
{
	return modseal_span_of(text, strlen(text));
}

/* What a verifier does with the bytes of a state file: split, compare, parse. */
static inline int read_bytes(struct modseal_span text, struct modseal_state **ret_state)
{
	uint8_t named[MODSEAL_SHA256_SIZE], digest[MODSEAL_SHA256_SIZE];
	struct modseal_span covered;
	int result;

	memset(&error, 0, sizeof(error));
	result = modseal_state_split(text, "state", &covered, named, &error);
	if (result < 0)
		return result;
	cr_assert(zero(int, modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256, covered,
						  digest, &error)));
	if (memcmp(named, digest, sizeof(digest)) != 0)
		return modseal_fail(&error, MODSEAL_E_STATE_INVALID, MODSEAL_STAGE_POLICY,
				    "state", "damaged");
	return modseal_state_parse(covered, "state", ret_state, &error);
}

/* The lines with the closing line they should have. */
static inline char *closed(const char *lines)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	char *text = calloc(1, strlen(lines) + 128);

	cr_assert(zero(int, modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
						  span(lines), digest, &error)));
	strcpy(text, lines);
	modseal_state_close(text, digest);
	return text;
}

static inline struct modseal_state *accepted(const char *lines)
{
	struct modseal_state *state = NULL;
	char *text = closed(lines);

	cr_assert(zero(int, read_bytes(span(text), &state)), "%s: %s", error.message,
		  lines);
	free(text);
	return state;
}

static inline void refused(const char *lines, const char *said)
{
	struct modseal_state *state = NULL;
	char *text = closed(lines);

	cr_assert(eq(int, read_bytes(span(text), &state), MODSEAL_E_STATE_INVALID),
		  "row %s", lines);
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY), "row %s", lines);
	cr_assert(eq(str, error.object, "state"), "row %s", lines);
	cr_assert(strstr(error.message, said) != NULL, "row %s: wanted %s got %s", lines,
		  said, error.message);
	cr_assert(state == NULL);
	free(text);
}

#endif
