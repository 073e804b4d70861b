/* SPDX-License-Identifier: Apache-2.0 */
/* From a parsed policy or supplement to an authority: revoked digests, signers, catalogs.
 */
#ifndef MODSEAL_AUTHORITY_OPEN_H
#define MODSEAL_AUTHORITY_OPEN_H

#include "verifier/context.h"
#include "verifier/image/bytes.h"

/* The digests that the policy revokes, sorted: with the signers of policies of its name
 * that were revoked for ever; for a supplement those of its own and those of the policy.
 * Errors: RESOURCE. */
MODSEAL_MUST_CHECK int
modseal_authority_take_revoked(const struct modseal_context *context,
			       struct modseal_authority *authority,
			       struct modseal_error *error);

/*
 * Opens the signers and catalogs that authority->policy names; its revoked digests are
 * taken. Errors: POLICY_INVALID (the line of the signer is named), those of
 * modseal_own_file_read and modseal_catalogs_open, RESOURCE, CRYPTO.
 */
MODSEAL_MUST_CHECK int modseal_authority_open(struct modseal_context *context,
					      struct modseal_authority *authority,
					      struct modseal_error *error);

/* The signers of a rule or part, by their numbers in the policy, ready to be asked.
 * Errors: POLICY_INVALID (a certificate that is none, found out only now), RESOURCE,
 * CRYPTO. */
MODSEAL_MUST_CHECK int modseal_authority_signers(
	const struct modseal_context *context, const struct modseal_authority *authority,
	const uint32_t *numbers, size_t count, struct modseal_signer **ret_signers,
	struct modseal_error *error);

/* Reads the file that holds the certificate of a signer, and compares it with the digest
 * in the policy. The caller ends *ret_bytes with modseal_bytes_free. Errors:
 * POLICY_INVALID, those of modseal_own_file_read. */
MODSEAL_MUST_CHECK int modseal_authority_read_certificate(
	const struct modseal_context *context, const struct modseal_authority *authority,
	const struct modseal_policy_signer *signer, struct modseal_bytes *ret_bytes,
	struct modseal_error *error);

/* Frees all that authority holds, its policy too; zero bytes are accepted. */
void modseal_authority_close(struct modseal_authority *authority);

#endif
