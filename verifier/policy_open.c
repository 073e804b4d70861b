/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and authenticates a policy with all it names; text is parsed only after its
 * signature was checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/builtin.h"
#include "policy/excerpt.h"
#include "verifier/authority_open.h"
#include "verifier/expiry.h"
#include "verifier/own_file.h"
#include "verifier/policy_open.h"
#include "verifier/provider.h"
#include "verifier/real_paths.h"
#include "verifier/signature/container.h"
#include "verifier/signature/evidence.h"
#include "verifier/state_open.h"
#include "verifier/supplements_open.h"
#include "verifier/verdict.h"

static bool name_is_expected(const struct modseal_context *context,
			     const struct modseal_evidence_result *signature,
			     const char *expected, const char *name)
{
	if (expected && strcmp(expected, name) != 0)
		return false;
	/* One key counts for one anchor only, but may lie there under several names. */
	for (size_t i = 0; i < context->anchor_count; i++)
		for (size_t at = 0; at < context->anchor_count; at++)
			if (signature->met[i] &&
			    !memcmp(modseal_signer_key_digest(context->anchors[i]),
				    modseal_signer_key_digest(context->anchors[at]),
				    MODSEAL_SHA256_SIZE) &&
			    (!context->anchor_names[at] ||
			     strcmp(context->anchor_names[at], name) == 0))
				return true;
	return false;
}

static int check_signature(struct modseal_context *context, const char *path,
			   struct modseal_span text, struct modseal_span cms,
			   struct modseal_evidence_result *ret_result,
			   struct modseal_error *error)
{
	struct modseal_evidence_request request = {
		.form = MODSEAL_EVIDENCE_DETACHED,
		.cms = cms,
		.content = text,
		.content_sha256 = context->policy_digest,
		.signers = context->anchors,
		.signer_count = context->anchor_count,
		.require = 1,
		.revoked = &context->base.revoked, /* empty until the text was read */
		.clock = modseal_context_clock(context),
		.object = path,
	};
	char reason[sizeof(error->message)] = "";
	struct modseal_error cause;
	int result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256, text,
					   context->policy_digest, error);

	if (result < 0)
		return result;
	modseal_error_clear(&cause);
	result = modseal_evidence_judge(context->crypto, &request, ret_result, &cause);
	if (result == 0)
		return 0;
	if (modseal_code_exit(result) == 3) {
		if (error)
			*error = cause;
		return result;
	}
	snprintf(reason, sizeof(reason), "%s", cause.message);
	if (result != MODSEAL_E_REVOKED)
		result = MODSEAL_E_POLICY_SIGNATURE;
	return modseal_fail(error, result, MODSEAL_STAGE_POLICY, path, "%s", reason);
}

/* What a policy revokes it revokes for itself as well: it may take an anchor's key out of
 * use if another anchor has signed it too, and cannot lean on the one it disowns. */
static int judge_revoked(struct modseal_context *context, struct modseal_span text,
			 struct modseal_span cms,
			 struct modseal_evidence_result *ret_result,
			 struct modseal_error *error)
{
	int result;

	result = modseal_authority_take_revoked(context, &context->base, error);
	if (result < 0)
		return result;
	if (!context->base.revoked.keys.count &&
	    !context->base.revoked.certificates.count)
		return 0;
	result = check_signature(context, context->policy_path, text, cms, ret_result,
				 error);
	if (result == MODSEAL_E_REVOKED)
		modseal_remedy(error, "sign it with another anchor's key too, or take "
				      "that key out of its `revoked`");
	return result;
}

/* The floor is the policy's name's, so the name comes first (R33). */
static int judge_serial(const struct modseal_context *context,
			struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	int result =
		modseal_state_judge(modseal_context_floor(context, NULL), policy->serial,
				    "policy", context->policy_path, error);

	if (result == 0 && context->state)
		result = modseal_state_judge_text(context->state, policy->name,
						  policy->serial, context->policy_digest,
						  context->policy_path, error);
	return result;
}

static int parse_signed(struct modseal_context *context,
			const struct modseal_options *options, struct modseal_span text,
			struct modseal_span cms, struct modseal_error *error)
{
	const char *expected = options->policy_name;
	struct modseal_evidence_result signature;
	int result;

	/* A signature over anything else, by whomever, never makes a policy (R13): the
	 * type is fixed before the signature is looked at. */
	if (modseal_content_type(text) == MODSEAL_CONTENT_OTHER) {
		result = modseal_fail(error, MODSEAL_E_POLICY_INVALID,
				      MODSEAL_STAGE_POLICY, context->policy_path,
				      "line 1, column 1: the first line must be"
				      " `modseal-policy: 1`");
		modseal_excerpt_take(text, (struct modseal_place){1, 1}, error);
		return result;
	}
	result = modseal_content_want(text, MODSEAL_CONTENT_POLICY, context->policy_path,
				      error);
	if (result < 0)
		return result;
	result = check_signature(context, context->policy_path, text, cms, &signature,
				 error);
	if (result < 0)
		return result;
	result = modseal_policy_parse(text, context->policy_path, &context->base.policy,
				      error);
	if (result == 0)
		result = judge_revoked(context, text, cms, &signature, error);
	if (result < 0)
		return result;
	/* The signed text names the provider by which its own signature counts. */
	if (context->base.policy->provider != MODSEAL_PROVIDER_DEFAULT) {
		result = modseal_provider_choose(context, error);
		if (result == 0)
			result = check_signature(context, context->policy_path, text, cms,
						 &signature, error);
		if (result < 0)
			return result;
	}
	if (name_is_expected(context, &signature, expected, context->base.policy->name))
		return judge_serial(context, error);
	if (expected && strcmp(expected, context->base.policy->name) == 0)
		expected =
			NULL; /* the asked name fits: it is the anchor's that does not */
	for (size_t i = 0; !expected && i < context->anchor_count; i++)
		if (signature.met[i])
			expected = context->anchor_names[i];
	return modseal_fail(error, MODSEAL_E_POLICY_NAME, MODSEAL_STAGE_POLICY,
			    context->policy_path, "its name is '%s', expected is '%s'",
			    context->base.policy->name, expected ? expected : "");
}

int modseal_policy_open(struct modseal_context *context,
			const struct modseal_options *options,
			struct modseal_error *error)
{
	struct modseal_bytes text = {.descriptor = -1}, cms = {.descriptor = -1};
	int result = modseal_own_file_read(context, context->policy_path,
					   MODSEAL_MAX_POLICY_SIZE, &text,
					   &context->policy_real, error);

	if (result < 0)
		return result;
	result = modseal_own_signature_read(context, context->policy_real,
					    context->policy_path,
					    MODSEAL_E_POLICY_SIGNATURE, &cms, error);
	if (result == 0)
		result = parse_signed(context, options, text.view, cms.view, error);
	if (result == 0 && context->gather)
		result =
			context->gather->take_policy(context, text.view, cms.view, error);
	modseal_bytes_free(&cms);
	if (result == 0)
		result = modseal_policy_resolve(context, text.view, error);
	if (result == 0)
		result = modseal_expiry_judge(context, &context->base.policy->expiry,
					      context->policy_path, error);
	modseal_bytes_free(&text);
	return result;
}

static int resolve(struct modseal_context *context, struct modseal_error *error)
{
	static const char *const default_search[] = {MODSEAL_DEFAULT_SEARCH};
	struct modseal_policy *policy = context->base.policy;
	int result;

	result = modseal_authority_take_revoked(context, &context->base, error);
	if (result < 0)
		return result;
	if (policy->search.count) {
		context->search = policy->search.items;
		context->search_count = policy->search.count;
	} else {
		context->search = (char *const *)default_search;
		context->search_count =
			sizeof(default_search) / sizeof(default_search[0]);
	}
	modseal_context_raise_floor(context, policy->issued);
	result = modseal_real_paths_require(context, &context->base, error);
	if (result < 0)
		return result;
	result = modseal_authority_open(context, &context->base, error);
	if (result < 0)
		return result;
	return modseal_supplements_open(context, error);
}

int modseal_policy_resolve(struct modseal_context *context, struct modseal_span text,
			   struct modseal_error *error)
{
	int result = resolve(context, error);

	if (result < 0)
		modseal_excerpt_fill(text, error);
	return result;
}
