/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and authenticates a policy with all it names; text is parsed only after its
 * signature was checked. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal/builtin.h"
#include "policy/excerpt.h"
#include "policy/rules.h"
#include "verifier/authority_open.h"
#include "verifier/own_file.h"
#include "verifier/policy_open.h"
#include "verifier/provider.h"
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
	modseal_bytes_free(&text);
	return result;
}

/* ---- the paths of a policy -----------------------------------------------------------
 */

/* Rules match real paths: one spelled through a link would never match, or match another
 * file than its author meant (R79). */
static int require_real(const struct modseal_context *context,
			const struct modseal_authority *authority, const char *path,
			size_t length, uint32_t line, struct modseal_error *error)
{
	char *spelled = strndup(path, length);
	struct modseal_error cause;
	char *real = NULL;
	int result;

	if (!spelled)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	while (length > 1 && spelled[length - 1] == '/')
		spelled[--length] = '\0';
	result = modseal_path_real(context->root, spelled, &real, &cause);
	/* Where this process may not go nothing can be opened that the rule could allow.
	 */
	if (result < 0 && cause.system_errno == EACCES) {
		free(spelled);
		return 0;
	}
	if (result < 0 && error)
		*error = cause;
	if (result == 0 && strcmp(spelled, real) != 0) {
		char where[32] = "search";

		if (line)
			snprintf(where, sizeof(where), "line %u", line);
		result = modseal_fail(
			error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY,
			authority->path ? authority->path : context->policy_path,
			"%s: %s goes through a link; its real path is %s", where, spelled,
			real);
		modseal_remedy(error, "write %s", real);
		modseal_excerpt_want(line, error);
	}
	free(real);
	free(spelled);
	return result;
}

int modseal_policy_require_real(const struct modseal_context *context,
				const struct modseal_authority *authority,
				struct modseal_error *error)
{
	const struct modseal_policy *policy = authority->policy;
	const char *previous = NULL;
	size_t previous_length = 0;

	for (size_t i = 0; i < policy->search.count; i++) {
		const char *directory = policy->search.items[i];
		int result = require_real(context, authority, directory,
					  strlen(directory), 0, error);

		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < policy->rule_count; i++) {
		const char *path = policy->rules[i].path;
		size_t length = modseal_pattern_fixed(path);
		int result;

		if (previous && length == previous_length &&
		    !memcmp(previous, path, length))
			continue;
		result = require_real(context, authority, path, length,
				      policy->rules[i].line, error);
		if (result < 0)
			return result;
		previous = path;
		previous_length = length;
	}
	return 0;
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
	result = modseal_policy_require_real(context, &context->base, error);
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
