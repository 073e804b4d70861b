/* SPDX-License-Identifier: Apache-2.0 */
/* What an authority answers: a token, or why there is none (RFC 3161 2.4.2). */
#ifndef MODSEAL_SIGN_TIMESTAMP_RESPONSE_H
#define MODSEAL_SIGN_TIMESTAMP_RESPONSE_H

#include "keys/crypto.h"
#include "verifier/sign/writer.h"

/*
 * Takes the token out of a TimeStampResp, or takes a token as it is, in DER, and writes
 * it as a verifier wants it: certificates in the order of DER, which many authorities
 * leave out; their signature does not cover it. Errors: TIMESTAMP_MISSING (refused, with
 * the authority's words), TIMESTAMP_INVALID, RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int modseal_timestamp_response(const struct modseal_crypto *crypto,
						  struct modseal_span bytes,
						  const char *object,
						  struct modseal_writer *ret_token,
						  struct modseal_error *error);

#endif
