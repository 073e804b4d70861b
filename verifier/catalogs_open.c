/* SPDX-License-Identifier: Apache-2.0 */
/* Reads and authenticates the catalogs that a policy names. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/catalogs_open.h"
#include "verifier/own_file.h"
#include "verifier/signature/container.h"
#include "verifier/state_open.h"

static int check_signature(const struct modseal_context *context,
			   const struct modseal_policy_catalog *source,
			   struct modseal_span cms,
			   struct modseal_context_catalog *catalog,
			   struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS];
	uint8_t digest[MODSEAL_SHA256_SIZE];
	struct modseal_evidence_request request = {
		.form = MODSEAL_EVIDENCE_DETACHED,
		.cms = cms,
		.content = catalog->bytes.view,
		.content_sha256 = digest,
		.signers = signers,
		.signer_count = source->signer_count,
		.require = source->require,
		.purpose = 1u << MODSEAL_PURPOSE_CATALOG,
		.revoked = &context->base.revoked,
		.clock = modseal_context_clock(context),
		.object = catalog->path,
	};
	char reason[sizeof(error->message)];
	struct modseal_error cause;
	int result;

	for (size_t i = 0; i < source->signer_count; i++)
		signers[i] = context->base.signers[source->signers[i]];
	result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256,
				       request.content, digest, error);
	if (result < 0)
		return result;
	modseal_error_clear(&cause);
	result = modseal_evidence_judge(context->crypto, &request, &catalog->found,
					&cause);
	if (result == 0)
		return 0;
	if (modseal_code_exit(result) == 3) {
		if (error)
			*error = cause;
		return result;
	}
	snprintf(reason, sizeof(reason), "%s", cause.message);
	return modseal_fail(error, MODSEAL_E_CATALOG_INVALID, MODSEAL_STAGE_POLICY,
			    catalog->path, "its signature is not accepted: %s: %s",
			    modseal_code_name(result), reason);
}

/* R33: the catalog that is meant, and not an old one. */
static int check_head(const struct modseal_context *context,
		      const struct modseal_policy_catalog *source,
		      const struct modseal_context_catalog *catalog,
		      struct modseal_error *error)
{
	const struct modseal_catalog_text *text = &catalog->text;
	int result;

	if (!modseal_span_equal(text->name,
				modseal_span_of(source->name, strlen(source->name)))) {
		result = modseal_fail(error, MODSEAL_E_CATALOG_INVALID,
				      MODSEAL_STAGE_POLICY, catalog->path,
				      "its name is '%.*s', the policy (line %u) expects "
				      "'%s'",
				      (int)text->name.size, (const char *)text->name.data,
				      source->line, source->name);
		modseal_remedy(error, "install the catalog '%s' there", source->name);
		return result;
	}
	if (text->serial >= source->minimum_serial)
		return modseal_state_judge(modseal_context_floor(context, source->name),
					   text->serial, "catalog", catalog->path, error);
	result = modseal_fail(
		error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, catalog->path,
		"the serial of the catalog '%s' is %" PRIu64
		", the policy (line %u) wants at least %" PRIu64,
		source->name, text->serial, source->line, source->minimum_serial);
	modseal_remedy(error, "install a newer catalog '%s'", source->name);
	return result;
}

/* The type by its first bytes, then the signature, and only then a parser (R13, R80). */
static int authenticate(const struct modseal_context *context,
			const struct modseal_policy_catalog *source,
			struct modseal_context_catalog *catalog,
			struct modseal_error *error)
{
	struct modseal_span text = catalog->bytes.view;
	struct modseal_bytes cms = {.descriptor = -1};
	int result;

	if (modseal_content_type(text) == MODSEAL_CONTENT_OTHER)
		return modseal_fail(error, MODSEAL_E_CATALOG_INVALID,
				    MODSEAL_STAGE_POLICY, catalog->path,
				    "line 1: the first line must be"
				    " `modseal-catalog: 1`");
	result =
		modseal_content_want(text, MODSEAL_CONTENT_CATALOG, catalog->path, error);
	if (result < 0)
		return result;
	result = modseal_own_signature_read(context, catalog->path, catalog->path,
					    MODSEAL_E_CATALOG_INVALID, &cms, error);
	if (result == 0)
		result = check_signature(context, source, cms.view, catalog, error);
	modseal_bytes_free(&cms);
	if (result == 0)
		result =
			modseal_catalog_parse(text, catalog->path, &catalog->text, error);
	if (result == 0)
		result = check_head(context, source, catalog, error);
	return result;
}

static int open_catalog(struct modseal_context *context,
			const struct modseal_policy_catalog *source,
			struct modseal_context_catalog *catalog,
			struct modseal_error *error)
{
	int result = modseal_own_file_read_named(context, source->file,
						 MODSEAL_MAX_CATALOG_SIZE,
						 &catalog->bytes, &catalog->path, error);
	if (result == MODSEAL_E_TOO_LARGE)
		modseal_remedy(error, "split it into several catalogs of 64 MiB");
	if (result == 0)
		result = authenticate(context, source, catalog, error);
	if (result < 0) {
		if (error)
			error->stage = MODSEAL_STAGE_POLICY;
		return result;
	}
	if (catalog->text.issued <= modseal_context_latest(context))
		modseal_context_raise_floor(context, catalog->text.issued);
	modseal_debug(context, "catalog %s: name %s, serial %" PRIu64 ", %zu files",
		      catalog->path, source->name, catalog->text.serial,
		      catalog->text.count);
	return 0;
}

int modseal_catalogs_open(struct modseal_context *context, struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	int result = 0;

	if (policy->catalog_count == 0)
		return 0;
	context->base.catalogs =
		calloc(policy->catalog_count, sizeof(*context->base.catalogs));
	if (!context->base.catalogs)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < policy->catalog_count; i++)
		context->base.catalogs[i].bytes.descriptor = -1;
	for (size_t i = 0; result == 0 && i < policy->catalog_count; i++)
		result = open_catalog(context, &policy->catalogs[i],
				      &context->base.catalogs[i], error);
	return result;
}

void modseal_catalogs_close(struct modseal_context *context)
{
	for (size_t i = 0;
	     context->base.catalogs && i < context->base.policy->catalog_count; i++) {
		modseal_bytes_free(&context->base.catalogs[i].bytes);
		free(context->base.catalogs[i].path);
	}
	free(context->base.catalogs);
	context->base.catalogs = NULL;
}
