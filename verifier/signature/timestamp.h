/* SPDX-License-Identifier: Apache-2.0 */
/* Time-stamp tokens (RFC 3161): who says that a signature existed when. */
#ifndef MODSEAL_SIGNATURE_TIMESTAMP_H
#define MODSEAL_SIGNATURE_TIMESTAMP_H

#include "keys/keys.h"

/* One token, and the signature that it is said to be for. */
struct modseal_timestamp_request {
	struct modseal_span token;     /* DER */
	struct modseal_span signature; /* value of the SignerInfo's OCTET STRING */
	/* Whose word counts: signers whose only purpose is to stamp. */
	struct modseal_signer *const *signers;
	size_t signer_count;
	const struct modseal_revoked *revoked; /* NULL: nothing is revoked */
	const struct modseal_clock *clock;
	const char *object;
};

struct modseal_timestamp {
	int64_t time;  /* the latest that it can have been; seconds since 1970 */
	size_t signer; /* whose word it is */
	bool unlisted; /* that signer asks for revocation lists if present, and there was
			  none */
};

/*
 * A token counts that is, in this order: strict DER throughout; over exactly this
 * signature, by SHA-256 or more; dated not later than now (five minutes are allowed for
 * clocks that differ; no such limit with a clock below the floor, which is known to be
 * wrong); by a certificate that its signed attributes name by its SHA-2 digest (RFC 5816;
 * by SHA-1 is not enough); that speaks for one of the signers and was a time-stamping
 * authority's (RFC 3161 2.3), valid at the token's own time and not revoked, whenever
 * that was; and whose key has signed it.
 *
 * Nonce, serial number, policy and the authority's name are not asked about: an old token
 * for this signature is as good as a new one, and who is believed says the certificate.
 *
 * Errors: TIMESTAMP_INVALID with the reason, CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_timestamp_check(const struct modseal_crypto *crypto,
			const struct modseal_timestamp_request *request,
			struct modseal_timestamp *ret_timestamp,
			struct modseal_error *error);

#endif
