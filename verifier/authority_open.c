/* SPDX-License-Identifier: Apache-2.0 */
/* From a parsed policy or supplement to an authority: revoked digests, signers, catalogs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/excerpt.h"
#include "verifier/authority_open.h"
#include "verifier/catalogs_open.h"
#include "verifier/lists_open.h"
#include "verifier/own_file.h"
#include "verifier/verdict.h"

#define SECONDS_PER_DAY 86400

/* ---- what is revoked ----------------------------------------------------------------
 */

static int take(const struct modseal_policy_digests *own,
		const struct modseal_digest_set *base, void **ret_memory,
		struct modseal_digest_set *ret_set, struct modseal_error *error)
{
	size_t inherited = base ? base->count : 0;

	*ret_set = (struct modseal_digest_set){own->digests, own->count};
	if (inherited) {
		uint8_t(*all)[MODSEAL_SHA256_SIZE] =
			reallocarray(NULL, own->count + inherited, sizeof(*all));

		if (!all)
			return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
		if (own->count)
			memcpy(all, own->digests, own->count * sizeof(*all));
		memcpy(all + own->count, base->digests, inherited * sizeof(*all));
		*ret_set = (struct modseal_digest_set){all, own->count + inherited};
		free(*ret_memory); /* of a call before */
		*ret_memory = all;
	}
	modseal_digest_set_sort(ret_set);
	return 0;
}

/* The keys or certificates that the state remembers; the caller frees. */
static int take_kept(const struct modseal_context *context, bool certificate,
		     struct modseal_digest_set *ret_set, struct modseal_error *error)
{
	const char *name = context->base.policy->name;
	size_t count = 0;

	*ret_set = (struct modseal_digest_set){.count = 0};
	while (context->state &&
	       modseal_state_revoked(context->state, name, certificate, count))
		count++;
	if (!count)
		return 0;
	ret_set->digests = calloc(count, sizeof(ret_set->digests[0]));
	if (!ret_set->digests)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (; ret_set->count < count; ret_set->count++)
		memcpy(ret_set->digests[ret_set->count],
		       modseal_state_revoked(context->state, name, certificate,
					     ret_set->count),
		       MODSEAL_SHA256_SIZE);
	return 0;
}

static int take_base(const struct modseal_context *context,
		     struct modseal_authority *base, struct modseal_error *error)
{
	struct modseal_digest_set keys = {.count = 0}, certificates = {.count = 0};
	const struct modseal_policy *policy = base->policy;
	int result = take_kept(context, false, &keys, error);

	if (result == 0)
		result = take_kept(context, true, &certificates, error);
	if (result == 0)
		result = take(&policy->revoked_keys, &keys, &base->merged[0],
			      &base->revoked.keys, error);
	if (result == 0)
		result = take(&policy->revoked_certificates, &certificates,
			      &base->merged[1], &base->revoked.certificates, error);
	if (result == 0)
		result = take(&policy->revoked_files, NULL, &base->merged[2],
			      &base->revoked.files, error);
	free(keys.digests);
	free(certificates.digests);
	return result;
}

int modseal_authority_take_revoked(const struct modseal_context *context,
				   struct modseal_authority *authority,
				   struct modseal_error *error)
{
	const struct modseal_policy *policy = authority->policy;
	const struct modseal_revoked *base = &context->base.revoked;
	struct modseal_revoked *revoked = &authority->revoked;
	int result;

	if (authority == &context->base)
		return take_base(context, authority, error);
	result = take(&policy->revoked_keys, &base->keys, &authority->merged[0],
		      &revoked->keys, error);
	if (result == 0)
		result = take(&policy->revoked_certificates, &base->certificates,
			      &authority->merged[1], &revoked->certificates, error);
	if (result == 0)
		result = take(&policy->revoked_files, &base->files, &authority->merged[2],
			      &revoked->files, error);
	return result;
}

/* ---- signers ------------------------------------------------------------------------
 */

/* For messages. */
static const char *path_of(const struct modseal_context *context,
			   const struct modseal_authority *authority)
{
	return authority->path ? authority->path : context->policy_path;
}

int modseal_authority_read_certificate(const struct modseal_context *context,
				       const struct modseal_authority *authority,
				       const struct modseal_policy_signer *signer,
				       struct modseal_bytes *ret_bytes,
				       struct modseal_error *error)
{
	uint8_t digest[MODSEAL_SHA256_SIZE];
	char found[144], wanted[144];
	char *path = NULL;
	int result = modseal_own_file_read_named(
		context, authority, signer->certificate_file,
		MODSEAL_MAX_CERTIFICATE_SIZE, ret_bytes, &path, error);

	if (result == MODSEAL_E_NOT_FOUND && error) {
		char remedy[sizeof(error->remedy)], object[sizeof(error->object)];

		memcpy(remedy, error->remedy, sizeof(remedy));
		memcpy(object, error->object, sizeof(object));
		modseal_fail(error, result, MODSEAL_STAGE_POLICY, object,
			     "signer '%s' (line %u): its certificate does not exist",
			     signer->name, signer->line);
		modseal_remedy(error, "%s", remedy);
	}
	if (result == 0)
		result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256,
					       ret_bytes->view, digest, error);
	if (result == 0 &&
	    memcmp(digest, signer->certificate_sha256, MODSEAL_SHA256_SIZE) != 0) {
		modseal_digest_text(digest, found, sizeof(found));
		modseal_digest_text(signer->certificate_sha256, wanted, sizeof(wanted));
		/* a supplement may name any file, its maker learns nothing about it */
		result = modseal_fail(error, MODSEAL_E_POLICY_INVALID,
				      MODSEAL_STAGE_POLICY, path,
				      "signer '%s' (line %u): the file is %s, the policy"
				      " says %s",
				      signer->name, signer->line,
				      authority->path ? "another" : found, wanted);
		modseal_excerpt_want(signer->line, error);
		modseal_remedy(error,
			       "restore the certificate, or sign a policy that names"
			       " the new one");
	}
	free(path);
	return result;
}

/* What is wrong with a signer's certificate is wrong with the policy. */
static int judge_signer(const struct modseal_context *context,
			const struct modseal_authority *authority,
			const struct modseal_policy_signer *source, int result,
			struct modseal_error *error)
{
	if (result < 0 && error && modseal_code_exit(result) == 1) {
		char reason[sizeof(error->message)];

		snprintf(reason, sizeof(reason), "%s", error->message);
		result = modseal_fail(error, MODSEAL_E_POLICY_INVALID,
				      MODSEAL_STAGE_POLICY, path_of(context, authority),
				      "line %u: signer '%s': %s", source->line,
				      source->name, reason);
		modseal_excerpt_want(source->line, error);
	}
	return result;
}

static int open_signer(const struct modseal_context *context,
		       const struct modseal_authority *authority,
		       const struct modseal_policy_signer *source,
		       struct modseal_signer **ret_signer, struct modseal_error *error)
{
	struct modseal_lists lists = {.count = 0};
	struct modseal_signer_config config = {
		.name = source->name,
		.trust = source->trust,
		.algorithms = source->algorithms,
		.purposes = source->purposes,
		.crl_demand = source->crl,
		.crls = lists.sources,
		.crl_count = source->crl_files.count,
		.crl_maximum_age = (int64_t)source->crl_maximum_age * SECONDS_PER_DAY,
	};
	struct modseal_bytes file = {.descriptor = -1};
	int result = modseal_lists_read(context, authority, source, &lists, error);

	if (result < 0)
		goto out;
	if (source->certificate_file) {
		result = modseal_authority_read_certificate(context, authority, source,
							    &file, error);
		if (result < 0)
			goto out;
		config.certificate = file.view;
	} else {
		config.certificate =
			modseal_span_of(source->certificate, strlen(source->certificate));
	}
	if (source->intermediates)
		config.intermediates = modseal_span_of(source->intermediates,
						       strlen(source->intermediates));
	result = context->strict
			 ? modseal_signer_new(context->crypto, &config, ret_signer, error)
			 : modseal_signer_prepare(context->crypto, &config, ret_signer,
						  error);
	result = judge_signer(context, authority, source, result, error);
out:
	modseal_lists_clear(&lists);
	modseal_bytes_free(&file);
	return result;
}

/* Whose keys no signer of this authority may have, nor a CA of his certify: who signs
 * policies, and who signs supplements, says what is allowed, and makes none of it (R30).
 */
static int list_reserved(const struct modseal_context *context,
			 const struct modseal_authority *authority,
			 struct modseal_signer ***ret_signers, size_t *ret_count,
			 struct modseal_error *error)
{
	const struct modseal_policy *base = context->base.policy;
	struct modseal_signer **signers;
	size_t count = 0;

	signers = calloc(context->anchor_count + context->present.count +
				 context->next.count + base->signer_count + 2,
			 sizeof(struct modseal_signer *));
	if (!signers)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < context->anchor_count; i++)
		signers[count++] = context->anchors[i];
	if (context->recovery)
		signers[count++] = context->recovery;
	for (size_t i = 0; i < context->present.count; i++)
		signers[count++] = context->present.signers[i];
	for (size_t i = 0; i < context->next.count; i++)
		signers[count++] = context->next.signers[i];
	for (size_t i = 0; authority != &context->base && i < base->signer_count; i++)
		if (base->signers[i].purposes & 1u << MODSEAL_PURPOSE_SUPPLEMENT)
			signers[count++] = context->base.signers[i];
	*ret_signers = signers;
	*ret_count = count;
	return 0;
}

static int open_signers(struct modseal_context *context,
			struct modseal_authority *authority, struct modseal_error *error)
{
	const struct modseal_policy *policy = authority->policy;
	size_t count = policy->signer_count, reserved_count = 0;
	struct modseal_signer **reserved = NULL;
	int result;

	authority->signers = calloc(count ? count : 1, sizeof(struct modseal_signer *));
	if (!authority->signers)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < count; i++) {
		result = open_signer(context, authority, &policy->signers[i],
				     &authority->signers[i], error);
		if (result < 0)
			return result;
	}
	if (authority == &context->base)
		modseal_lists_raise_floor(context);
	result = list_reserved(context, authority, &reserved, &reserved_count, error);
	if (result == 0)
		result = modseal_signers_distinct(authority->signers, count, reserved,
						  reserved_count, error);
	free(reserved);
	if (result < 0 && error)
		modseal_escape(error->object, sizeof(error->object),
			       path_of(context, authority));
	return result;
}

int modseal_authority_signers(const struct modseal_context *context,
			      const struct modseal_authority *authority,
			      const uint32_t *numbers, size_t count,
			      struct modseal_signer **ret_signers,
			      struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < count; i++) {
		ret_signers[i] = authority->signers[numbers[i]];
		result = modseal_signer_ready(context->crypto, ret_signers[i], error);
		result = judge_signer(context, authority,
				      &authority->policy->signers[numbers[i]], result,
				      error);
	}
	return result;
}

int modseal_authority_open(struct modseal_context *context,
			   struct modseal_authority *authority,
			   struct modseal_error *error)
{
	int result = open_signers(context, authority, error);

	return result < 0 ? result : modseal_catalogs_open(context, authority, error);
}

void modseal_authority_close(struct modseal_authority *authority)
{
	for (size_t i = 0; authority->signers && i < authority->policy->signer_count; i++)
		modseal_signer_free(&authority->signers[i]);
	free(authority->signers);
	modseal_catalogs_close(authority);
	for (size_t i = 0; i < sizeof(authority->merged) / sizeof(void *); i++)
		free(authority->merged[i]);
	modseal_policy_free(&authority->policy);
}
