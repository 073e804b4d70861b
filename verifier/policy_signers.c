/* SPDX-License-Identifier: Apache-2.0 */
/* Those who may sign policies where not only anchors may: by the state, by the policy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/excerpt.h"
#include "verifier/authority_open.h"
#include "verifier/policy_signers.h"

static int make_room(struct modseal_signatories *signers, size_t count,
		     struct modseal_error *error)
{
	signers->signers = calloc(count, sizeof(struct modseal_signer *));
	return signers->signers ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
}

void modseal_signatories_close(struct modseal_signatories *signers)
{
	for (size_t i = 0; i < signers->count; i++)
		modseal_signer_free(&signers->signers[i]);
	free(signers->signers);
	*signers = (struct modseal_signatories){.count = 0};
}

/* ---- by the state ----------------------------------------------------------------- */

int modseal_signatories_open(const struct modseal_context *context, const char *policy,
			     enum modseal_state_turn turn,
			     struct modseal_signatories *ret_signers,
			     struct modseal_error *error)
{
	struct modseal_state_signers kept;
	int result;

	*ret_signers = (struct modseal_signatories){.count = 0};
	if (!context->state ||
	    !modseal_state_signers(context->state, policy, turn, &kept))
		return 0;
	result = make_room(ret_signers, kept.count, error);
	ret_signers->require = kept.require;
	for (size_t i = 0; result == 0 && i < kept.count; i++) {
		char label[160];

		snprintf(label, sizeof(label), "policy signer %zu of %s", i + 1, policy);
		result = modseal_anchor_new(context->crypto, label, kept.certificates[i],
					    &ret_signers->signers[i], error);
		if (result == 0)
			ret_signers->count++;
		else if (result == MODSEAL_E_ANCHOR_INVALID)
			result = modseal_fail(error, MODSEAL_E_STATE_INVALID,
					      MODSEAL_STAGE_POLICY, label,
					      "its certificate cannot be used");
	}
	return result;
}

/* ---- by the policy ---------------------------------------------------------------- */

static int refuse(const struct modseal_context *context,
		  const struct modseal_policy_signer *source, const char *what,
		  struct modseal_error *error)
{
	modseal_fail(error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY,
		     context->policy_path, "line %u: this policy signer %s", source->line,
		     what);
	modseal_excerpt_want(source->line, error);
	return MODSEAL_E_POLICY_INVALID;
}

static int open_one(const struct modseal_context *context,
		    const struct modseal_policy_signer *source,
		    struct modseal_signer **ret_signer, struct modseal_error *error)
{
	struct modseal_bytes file = {.descriptor = -1};
	struct modseal_span certificate;
	int result = 0;

	if (source->certificate_file) {
		result = modseal_authority_read_certificate(context, &context->base,
							    source, &file, error);
		certificate = file.view;
	} else {
		certificate =
			modseal_span_of(source->certificate, strlen(source->certificate));
	}
	if (result == 0)
		result = modseal_anchor_new(context->crypto, source->name, certificate,
					    ret_signer, error);
	modseal_bytes_free(&file);
	if (result == MODSEAL_E_ANCHOR_INVALID && error) {
		char reason[sizeof(error->message) + 32];

		snprintf(reason, sizeof(reason), "cannot be one: %s", error->message);
		result = refuse(context, source, reason, error);
		modseal_remedy(error, "name the certificate of one key, as of an anchor");
	}
	return result;
}

/* A policy that hands over to somebody it disowns contradicts itself, and one who was
 * revoked would come back by it. */
static int check_one(const struct modseal_context *context,
		     const struct modseal_policy_signer *source,
		     const struct modseal_signer *signer, struct modseal_error *error)
{
	const struct modseal_revoked *revoked = &context->base.revoked;

	if (context->recovery &&
	    !memcmp(modseal_signer_key_digest(signer),
		    modseal_signer_key_digest(context->recovery), MODSEAL_SHA256_SIZE))
		return refuse(context, source,
			      "has the key that is compiled in for recovery", error);
	if (!modseal_digest_set_has(&revoked->keys, modseal_signer_key_digest(signer)) &&
	    !modseal_digest_set_has(&revoked->certificates,
				    modseal_signer_certificate_digest(signer)))
		return 0;
	refuse(context, source, "is revoked, by this policy or by one before it", error);
	modseal_remedy(error, "hand over to a key that was never revoked");
	return MODSEAL_E_POLICY_INVALID;
}

static int open_policys(struct modseal_context *context, struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	struct modseal_signatories *next = &context->next;
	int result = make_room(next, policy->policy_signer_count, error);

	next->require = policy->policy_signer_require;
	for (size_t i = 0; result == 0 && i < policy->policy_signer_count; i++) {
		const struct modseal_policy_signer *source = &policy->policy_signers[i];

		result = open_one(context, source, &next->signers[i], error);
		if (result < 0)
			break;
		next->count++;
		result = check_one(context, source, next->signers[i], error);
		for (size_t at = 0; result == 0 && at < i; at++)
			if (!memcmp(modseal_signer_key_digest(next->signers[i]),
				    modseal_signer_key_digest(next->signers[at]),
				    MODSEAL_SHA256_SIZE))
				result = refuse(context, source,
						"has the key of another one", error);
	}
	return result;
}

int modseal_signatories_resolve(struct modseal_context *context,
				struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;

	modseal_signatories_close(&context->next);
	if (policy->policy_signer_count)
		return open_policys(context, error);
	return modseal_signatories_open(context, policy->name, MODSEAL_STATE_NEXT,
					&context->next, error);
}
