/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and authenticates a policy with all it names; text is parsed only after its
 * signature was checked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/builtin.h"
#include "policy/excerpt.h"
#include "policy/text.h"
#include "verifier/authority_open.h"
#include "verifier/expiry.h"
#include "verifier/own_file.h"
#include "verifier/policy_open.h"
#include "verifier/policy_signature.h"
#include "verifier/policy_signers.h"
#include "verifier/real_paths.h"
#include "verifier/signature/container.h"
#include "verifier/supplements_open.h"
#include "verifier/verdict.h"

/* Says in the reader's words what is wrong with a text that does not begin as any of
 * ours. Only its bytes are looked at: nobody has vouched for it. */
static int fail_first_line(const struct modseal_context *context,
			   struct modseal_span text, struct modseal_error *error)
{
	const struct modseal_policy_source source = {
		.path = context->policy_path, .text = text, .error = error};
	int result = modseal_text_check(&source, MODSEAL_POLICY_FIRST_LINE);

	return result < 0 ? result
			  : modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_POLICY,
					 context->policy_path, NULL);
}

static int parse_signed(struct modseal_context *context,
			const struct modseal_options *options, struct modseal_span text,
			struct modseal_span cms, struct modseal_error *error)
{
	struct modseal_policy_claim claim = {.text = text, .cms = cms};
	int result;

	/* A signature over anything else, by whomever, never makes a policy (R13): the
	 * type is fixed before the signature is looked at. */
	if (modseal_content_type(text) == MODSEAL_CONTENT_OTHER)
		return fail_first_line(context, text, error);
	result = modseal_content_want(text, MODSEAL_CONTENT_POLICY, context->policy_path,
				      error);
	if (result < 0)
		return result;
	result = modseal_policy_authenticate(context, &claim, error);
	if (result == 0)
		result = modseal_policy_parse(text, context->policy_path,
					      &context->base.policy, error);
	if (result == 0)
		result = modseal_policy_authorize(context, options->policy_name, &claim,
						  error);
	return result;
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
	if (result == 0)
		result = modseal_signatories_resolve(context, error);
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
