/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and authenticates the supplements that a policy names. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "policy/delegation.h"
#include "policy/excerpt.h"
#include "verifier/authority_open.h"
#include "verifier/expiry.h"
#include "verifier/policy_open.h"
#include "verifier/real_paths.h"
#include "verifier/state_open.h"
#include "verifier/supplements_open.h"

static const struct modseal_part_sort sort = {
	.type = MODSEAL_CONTENT_SUPPLEMENT,
	.purpose = MODSEAL_PURPOSE_SUPPLEMENT,
	.first_line = "modseal-supplement: 1",
	.max_size = MODSEAL_MAX_POLICY_SIZE,
	.too_large = "split it into several supplements of 4 MiB",
	.refused = MODSEAL_E_POLICY_SIGNATURE,
};

/* R33: the supplement that is meant, and not an old one. */
static int check_head(const struct modseal_context *context,
		      const struct modseal_policy_part *source,
		      const struct modseal_context_supplement *supplement,
		      struct modseal_error *error)
{
	const struct modseal_policy *policy = supplement->authority.policy;
	const char *path = supplement->part.path;
	int result;

	if (strcmp(policy->name, source->name) != 0) {
		result = modseal_fail(error, MODSEAL_E_POLICY_NAME, MODSEAL_STAGE_POLICY,
				      path,
				      "its name is '%s', the policy (line %u) expects "
				      "'%s'",
				      policy->name, source->line, source->name);
		modseal_remedy(error, "install the supplement '%s' there", source->name);
		return result;
	}
	if (policy->serial >= source->minimum_serial)
		return modseal_context_judge_serial(context, source->name, policy->serial,
						    supplement->part.digest, path, error);
	result = modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, path,
			      "the serial of the supplement '%s' is %" PRIu64
			      ", the policy (line %u) wants at least %" PRIu64,
			      source->name, policy->serial, source->line,
			      source->minimum_serial);
	modseal_remedy(error, "install a newer supplement '%s'", source->name);
	return result;
}

/* What it revokes it revokes for itself as well. */
static int judge_revoked(const struct modseal_context *context,
			 const struct modseal_policy_part *source,
			 struct modseal_context_supplement *supplement,
			 struct modseal_error *error)
{
	const struct modseal_revoked *revoked = &supplement->authority.revoked;
	uint32_t left = 0;
	int result;

	for (size_t i = 0; i < source->signer_count; i++)
		if (supplement->part.found.met[i] &&
		    !modseal_digest_set_has(
			    &revoked->keys,
			    modseal_signer_key_digest(
				    context->base.signers[source->signers[i]])) &&
		    !modseal_digest_set_has(
			    &revoked->certificates,
			    modseal_signer_certificate_digest(
				    context->base.signers[source->signers[i]])))
			left++;
	if (left >= source->require)
		return 0;
	result = modseal_fail(error, MODSEAL_E_REVOKED, MODSEAL_STAGE_POLICY,
			      supplement->part.path,
			      "it revokes the key by which it is signed");
	modseal_remedy(error, "sign it with another key that the policy allows for it");
	return result;
}

static int open_authority(struct modseal_context *context, uint32_t index,
			  struct modseal_context_supplement *supplement,
			  struct modseal_error *error)
{
	const struct modseal_policy_part *source =
		&context->base.policy->supplements[index];
	const struct modseal_policy_source text = {
		.path = supplement->part.path,
		.text = supplement->part.bytes.view,
		.error = error,
	};
	struct modseal_authority *authority = &supplement->authority;
	int result =
		modseal_supplement_parse(text.text, text.path, &authority->policy, error);

	if (result == 0)
		result = check_head(context, source, supplement, error);
	if (result == 0)
		result = modseal_expiry_judge(context, &authority->policy->expiry,
					      text.path, error);
	if (result == 0)
		result = modseal_delegation_judge(context->base.policy, index,
						  authority->policy, &text);
	if (result == 0)
		result = modseal_real_paths_require(context, authority, error);
	if (result == 0)
		result = modseal_authority_take_revoked(context, authority, error);
	if (result == 0)
		result = judge_revoked(context, source, supplement, error);
	if (result == 0)
		result = modseal_authority_open(context, authority, error);
	if (result < 0)
		modseal_excerpt_fill(text.text, error);
	return result;
}

static int open_supplement(struct modseal_context *context, uint32_t index,
			   struct modseal_context_supplement *supplement,
			   struct modseal_error *error)
{
	const struct modseal_policy_part *source =
		&context->base.policy->supplements[index];
	int result = modseal_part_open(context, &context->base, source, &sort,
				       &supplement->part, error);

	if (result < 0)
		return result;
	supplement->authority.path = supplement->part.path;
	supplement->authority.supplement = source->name;
	result = open_authority(context, index, supplement, error);
	modseal_bytes_free(&supplement->part.bytes);
	if (result == 0)
		modseal_debug(context, "supplement %s: name %s, serial %" PRIu64,
			      supplement->part.path, source->name,
			      supplement->authority.policy->serial);
	return result;
}

int modseal_supplements_open(struct modseal_context *context, struct modseal_error *error)
{
	size_t count = context->base.policy->supplement_count;
	struct modseal_error cause;
	int result = 0;

	if (count == 0)
		return 0;
	context->supplements = calloc(count, sizeof(*context->supplements));
	if (!context->supplements)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < count; i++)
		context->supplements[i].part.bytes.descriptor = -1;
	for (uint32_t i = 0; result == 0 && i < count; i++) {
		struct modseal_context_supplement *supplement = &context->supplements[i];

		modseal_error_clear(&cause);
		result = open_supplement(context, i, supplement, &cause);
		result = modseal_part_settle(context, result, &cause, &supplement->fault,
					     error);
	}
	return result;
}

void modseal_supplements_close(struct modseal_context *context)
{
	size_t count = context->supplements ? context->base.policy->supplement_count : 0;

	for (size_t i = 0; i < count; i++) {
		modseal_authority_close(&context->supplements[i].authority);
		modseal_part_close(&context->supplements[i].part);
		free(context->supplements[i].fault);
	}
	free(context->supplements);
	context->supplements = NULL;
}
