/* SPDX-License-Identifier: Apache-2.0 */
/* Digests the digests of a policy, its supplements, catalogs and revocation lists. */
#include "verifier/set_digest.h"

#include <stdlib.h>
#include <string.h>

#include "verifier/catalogs_open.h"
#include "verifier/supplements_open.h"

/* The text of a policy, or supplement, says how many digests follow its own. */
static size_t count_named(const struct modseal_authority *authority)
{
	size_t count = authority->policy->catalog_count;

	for (size_t i = 0; i < authority->policy->signer_count; i++)
		count += modseal_signer_list_digests(authority->signers[i], NULL);
	return count;
}

static size_t add_named(const struct modseal_authority *authority,
			uint8_t (*digests)[MODSEAL_SHA256_SIZE])
{
	size_t count = authority->policy->catalog_count;

	for (size_t i = 0; i < count; i++)
		if (!authority->catalogs[i].fault)
			memcpy(digests[i], authority->catalogs[i].part.digest,
			       sizeof(digests[i]));
	for (size_t i = 0; i < authority->policy->signer_count; i++)
		count += modseal_signer_list_digests(authority->signers[i],
						     digests + count);
	return count;
}

int modseal_set_digest(const struct modseal_context *context,
		       uint8_t ret_digest[MODSEAL_SHA256_SIZE],
		       struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	size_t at = 1, count = 1 + policy->supplement_count + count_named(&context->base);
	uint8_t(*digests)[MODSEAL_SHA256_SIZE];
	int result;

	if (count == 1) {
		memcpy(ret_digest, context->policy_digest, MODSEAL_SHA256_SIZE);
		return 0;
	}
	for (size_t i = 0; i < policy->supplement_count; i++)
		if (!context->supplements[i].fault)
			count += count_named(&context->supplements[i].authority);
	digests = calloc(count, sizeof(*digests));
	if (!digests)
		return modseal_fail_memory(error, MODSEAL_STAGE_GATE);
	memcpy(digests[0], context->policy_digest, sizeof(digests[0]));
	at += add_named(&context->base, digests + at);
	for (size_t i = 0; i < policy->supplement_count; i++, at++) {
		const struct modseal_context_supplement *supplement =
			&context->supplements[i];

		if (supplement->fault)
			continue;
		memcpy(digests[at], supplement->part.digest, sizeof(digests[at]));
		at += add_named(&supplement->authority, digests + at + 1);
	}
	result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256,
				       modseal_span_of(digests, count * sizeof(*digests)),
				       ret_digest, error);
	free(digests);
	return result;
}
