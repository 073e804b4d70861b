/* SPDX-License-Identifier: Apache-2.0 */
/* A signed file of its own that a policy names, up to its authenticated bytes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/authority_open.h"
#include "verifier/own_file.h"
#include "verifier/part_open.h"

static int check_signature(const struct modseal_context *context,
			   const struct modseal_authority *authority,
			   const struct modseal_policy_part *source,
			   const struct modseal_part_sort *sort, struct modseal_span cms,
			   struct modseal_part *part, struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_evidence_request request = {
		.form = MODSEAL_EVIDENCE_DETACHED,
		.cms = cms,
		.content = part->bytes.view,
		.content_sha256 = part->digest,
		.signers = signers,
		.signer_count = source->signer_count,
		.require = source->require,
		.purpose = 1u << sort->purpose,
		.revoked = &authority->revoked,
		.clock = modseal_context_clock(context),
		.object = part->path,
	};
	char reason[sizeof(error->message)];
	struct modseal_error cause;
	int result;

	result = modseal_authority_signers(context, authority, source->signers,
					   source->signer_count, signers, error);
	if (result < 0)
		return result;
	result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256,
				       request.content, part->digest, error);
	if (result < 0)
		return result;
	modseal_error_clear(&cause);
	result = modseal_evidence_judge(context->crypto, &request, &part->found, &cause);
	if (result == 0)
		return 0;
	if (modseal_code_exit(result) == 3) {
		if (error)
			*error = cause;
		return result;
	}
	snprintf(reason, sizeof(reason), "%s", cause.message);
	return modseal_fail(error, sort->refused, MODSEAL_STAGE_POLICY, part->path,
			    "its signature is not accepted: %s: %s",
			    modseal_code_name(result), reason);
}

/* The type by its first bytes, then the signature (R13, R80). */
static int authenticate(const struct modseal_context *context,
			const struct modseal_authority *authority,
			const struct modseal_policy_part *source,
			const struct modseal_part_sort *sort, struct modseal_part *part,
			struct modseal_error *error)
{
	struct modseal_bytes cms = {.descriptor = -1};
	int result;

	if (modseal_content_type(part->bytes.view) == MODSEAL_CONTENT_OTHER)
		return modseal_fail(error, sort->refused, MODSEAL_STAGE_POLICY,
				    part->path, "line 1: the first line must be `%s`",
				    sort->first_line);
	result = modseal_content_want(part->bytes.view, sort->type, part->path, error);
	if (result < 0)
		return result;
	result = modseal_own_signature_read(context, part->path, part->path,
					    sort->refused, &cms, error);
	if (result == 0)
		result = check_signature(context, authority, source, sort, cms.view, part,
					 error);
	modseal_bytes_free(&cms);
	return result;
}

int modseal_part_open(const struct modseal_context *context,
		      const struct modseal_authority *authority,
		      const struct modseal_policy_part *source,
		      const struct modseal_part_sort *sort, struct modseal_part *part,
		      struct modseal_error *error)
{
	int result;

	*part = (struct modseal_part){.bytes = {.descriptor = -1}};
	result = modseal_own_file_read_named(context, authority, source->file,
					     sort->max_size, &part->bytes, &part->path,
					     error);
	if (result == MODSEAL_E_TOO_LARGE)
		modseal_remedy(error, "%s", sort->too_large);
	if (result == 0)
		result = authenticate(context, authority, source, sort, part, error);
	if (result < 0 && error)
		error->stage = MODSEAL_STAGE_POLICY;
	return result;
}

void modseal_part_close(struct modseal_part *part)
{
	modseal_bytes_free(&part->bytes);
	free(part->path);
	part->path = NULL;
}

int modseal_part_settle(const struct modseal_context *context, int result,
			struct modseal_error *cause, struct modseal_error **fault,
			struct modseal_error *error)
{
	if (result == 0)
		return 0;
	if (context->strict ||
	    (modseal_code_exit(result) != 1 && result != MODSEAL_E_NOT_FOUND)) {
		if (error)
			*error = *cause;
		return result;
	}
	*fault = malloc(sizeof(**fault));
	if (!*fault)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	**fault = *cause;
	modseal_debug(context, "%s: %s, what it decides is refused", cause->object,
		      modseal_code_name(result));
	return 0;
}
