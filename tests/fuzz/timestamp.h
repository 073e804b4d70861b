/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a time-stamp token: refused as such, or by one of the authorities, over
 * the signature that the tests have had stamped and no other, and not from the future.
 */
#ifndef MODSEAL_TESTS_FUZZ_TIMESTAMP_H
#define MODSEAL_TESTS_FUZZ_TIMESTAMP_H

#include "tests/fuzz/fuzz.h"
#include "verifier/signature/timestamp.h"

#define AUTHORITIES	 3
#define TIMESTAMP_NOW	 1640995200 /* 2022: most were made in 2020 */
#define TIMESTAMP_LEEWAY 300

static inline struct modseal_signer *const *timestamp_authorities(void)
{
	const uint32_t purposes = 1u << MODSEAL_PURPOSE_TIMESTAMP;
	static struct modseal_signer *made[AUTHORITIES];

	if (!made[0]) {
		made[2] =
			fuzz_signer("timestamp/solo.pem", MODSEAL_TRUST_PINNED, purposes);
		made[1] =
			fuzz_signer("timestamp/tsa.pem", MODSEAL_TRUST_PINNED, purposes);
		made[0] = fuzz_signer("timestamp/ca.pem", MODSEAL_TRUST_CHAIN, purposes);
	}
	return made;
}

static inline bool try_token(struct modseal_span token, struct modseal_span signature)
{
	static struct modseal_error error;
	const struct modseal_clock clock = {.now = TIMESTAMP_NOW};
	const struct modseal_timestamp_request request = {
		.token = token,
		.signature = signature,
		.signers = timestamp_authorities(),
		.signer_count = AUTHORITIES,
		.clock = &clock,
		.object = "x.so",
	};
	struct modseal_timestamp stamp = {.signer = SIZE_MAX};
	double start = cpu_seconds();
	int result;

	modseal_error_clear(&error);
	result = modseal_timestamp_check(fuzz_crypto(), &request, &stamp, &error);
	fuzz_fast(start, 0.1);
	if (result != 0) {
		fuzz_refused(result, &error);
		REQUIRE(result == MODSEAL_E_TIMESTAMP_INVALID);
		REQUIRE(error.stage == MODSEAL_STAGE_EVIDENCE);
		REQUIRE(stamp.signer == SIZE_MAX);
		return false;
	}
	REQUIRE(stamp.signer < AUTHORITIES);
	REQUIRE(stamp.time <= TIMESTAMP_NOW + TIMESTAMP_LEEWAY);
	return true;
}

static inline unsigned try_timestamp(const uint8_t *bytes, size_t size)
{
	static struct modseal_span stamped;
	uint8_t *copy = fuzz_copy(bytes, size);
	struct modseal_span token = modseal_span_of(copy, size);
	unsigned accepted;

	if (!stamped.data)
		stamped = fuzz_file("timestamp/signature");
	accepted = try_token(token, stamped);
	/* R24: the same signature but for one byte of it */
	REQUIRE(!try_token(token, modseal_span_of(stamped.data, stamped.size - 1)));
	free(copy);
	return accepted;
}

#endif
