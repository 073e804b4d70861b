/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a rollback state (R33), and as lines that the right closing line vouches
 * for: refused as such, or printed again the same, byte for byte, so that nothing is lost
 * that was a floor.
 */
#ifndef MODSEAL_TESTS_FUZZ_STATE_H
#define MODSEAL_TESTS_FUZZ_STATE_H

#include "policy/state.h"
#include "tests/fuzz/fuzz.h"

#define STATE_ROOM 256 /* more than the closing line takes */

static inline void state_refused(int result, const struct modseal_error *error)
{
	fuzz_refused(result, error);
	REQUIRE(result == MODSEAL_E_STATE_INVALID);
	REQUIRE(error->stage == MODSEAL_STAGE_POLICY);
}

static inline bool try_lines(struct modseal_span covered)
{
	static struct modseal_error error;
	struct modseal_state *state = NULL;
	double start = cpu_seconds();
	char *text = NULL;
	int result;

	modseal_error_clear(&error);
	result = modseal_state_parse(covered, "state", &state, &error);
	fuzz_fast(start, 0.1);
	if (result != 0) {
		state_refused(result, &error);
		REQUIRE(state == NULL);
		return false;
	}
	REQUIRE(modseal_state_print(state, &text, NULL) == 0);
	REQUIRE(modseal_span_equal(modseal_span_of(text, strlen(text)), covered));
	for (size_t i = 0; modseal_state_policy(state, i); i++) {
		const struct modseal_state_subject subject = {
			.policy = modseal_state_policy(state, i)};
		uint64_t serial = modseal_state_serial(state, &subject);

		/* one floor a name */
		REQUIRE(i == 0 ||
			strcmp(modseal_state_policy(state, i - 1), subject.policy) < 0);
		if (serial > 0)
			REQUIRE(modseal_state_judge(serial, serial - 1, "policy", "p",
						    NULL) == MODSEAL_E_ROLLBACK);
		REQUIRE(modseal_state_text(state, subject.policy) != NULL);
	}
	free(text);
	modseal_state_free(&state);
	return true;
}

/* A file: what its last line vouches for, if that is so, is read. */
static inline bool try_file(struct modseal_span text)
{
	static struct modseal_error error;
	uint8_t named[MODSEAL_SHA256_SIZE], taken[MODSEAL_SHA256_SIZE];
	struct modseal_span covered = {0};
	int result;

	modseal_error_clear(&error);
	result = modseal_state_split(text, "state", &covered, named, &error);
	if (result != 0) {
		state_refused(result, &error);
		return false;
	}
	REQUIRE(covered.data == text.data && covered.size < text.size);
	REQUIRE(modseal_crypto_digest(fuzz_crypto(), MODSEAL_HASH_SHA256, covered, taken,
				      NULL) == 0);
	return memcmp(named, taken, sizeof(taken)) == 0 && try_lines(covered);
}

static inline unsigned try_state(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = fuzz_copy(bytes, size), digest[MODSEAL_SHA256_SIZE];
	struct modseal_span lines = modseal_span_of(copy, size);
	char *closed = calloc(1, size + STATE_ROOM);
	unsigned accepted = try_file(lines) + try_lines(lines);

	REQUIRE(closed != NULL);
	if (size)
		memcpy(closed, bytes, size);
	if (strlen(closed) == size) { /* with the line that an installation would add */
		REQUIRE(modseal_crypto_digest(fuzz_crypto(), MODSEAL_HASH_SHA256, lines,
					      digest, NULL) == 0);
		modseal_state_close(closed, digest);
		try_file(modseal_span_of(closed, strlen(closed)));
	}
	free(closed);
	free(copy);
	return accepted;
}

#endif
