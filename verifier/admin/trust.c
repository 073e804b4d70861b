/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures without a policy: is this file signed by this key, and nothing else. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "modseal-inspect.h"
#include "verifier/admin/trust.h"
#include "verifier/beside.h"
#include "verifier/context.h"
#include "verifier/ima_values.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/container.h"
#include "verifier/signature/evidence.h"
#include "verifier/verdict.h"

struct modseal_trust {
	struct modseal_crypto *crypto;
	struct modseal_signer *signer;
	struct modseal_spares spares;
	/* reached by pointer: checking does not change what a trust is */
	struct modseal_cms_memory *memory;
	uint64_t max_size;
	bool any;      /* foreign contents too */
	bool any_form; /* the first container found decides */
	enum modseal_evidence form;
};

/* ---- forms of evidence ---------------------------------------------------------------
 */

struct trusted_file {
	const char *object;
	const struct modseal_located
		*located; /* NULL: a stream, with nothing beside it */
	struct modseal_span content;
	bool foreign;		  /* it is nothing of modseal's */
	struct modseal_span rest; /* what is behind it */
	struct modseal_container container;
	uint8_t digest[MODSEAL_SHA256_SIZE];
};

/* What is asked of every form; the one signer is the caller's. */
static struct modseal_evidence_request request_for(const struct modseal_trust *trust,
						   const struct trusted_file *file,
						   enum modseal_evidence form,
						   struct modseal_signer *signers[1])
{
	signers[0] = trust->signer;
	return (struct modseal_evidence_request){
		.form = form,
		.content = file->content,
		.content_sha256 = file->digest,
		.signers = signers,
		.signer_count = 1,
		.require = 1,
		.foreign = trust->any,
		.clock = {.now = time(NULL)},
		.memory = trust->memory,
		.object = file->object,
	};
}

static int judge_cms(const struct modseal_trust *trust, const struct trusted_file *file,
		     enum modseal_evidence form, struct modseal_span cms,
		     struct modseal_error *error)
{
	struct modseal_signer *signers[1];
	struct modseal_evidence_result found;
	struct modseal_evidence_request request = request_for(trust, file, form, signers);

	request.cms = cms;
	return modseal_evidence_judge(trust->crypto, &request, &found, error);
}

static int judge_appended(const struct modseal_trust *trust,
			  const struct trusted_file *file, bool *ret_present,
			  struct modseal_error *error)
{
	*ret_present = file->container.present;
	if (!file->container.present)
		return 0;
	return judge_cms(trust, file, MODSEAL_EVIDENCE_APPENDED, file->container.cms,
			 error);
}

static int judge_detached(const struct modseal_trust *trust,
			  const struct trusted_file *file, bool *ret_present,
			  struct modseal_error *error)
{
	struct modseal_bytes sidecar = {.descriptor = -1};
	int result;

	*ret_present = false;
	if (!file->located)
		return 0;
	result = modseal_beside_read(NULL, file->object, ".p7s", MODSEAL_MAX_CMS_SIZE,
				     &sidecar, ret_present, error);
	if (result == 0 && *ret_present)
		result = judge_cms(trust, file, MODSEAL_EVIDENCE_DETACHED, sidecar.view,
				   error);
	modseal_bytes_free(&sidecar);
	return result;
}

static int judge_ima(const struct modseal_trust *trust, const struct trusted_file *file,
		     bool *ret_present, struct modseal_error *error)
{
	struct modseal_signer *signers[1];
	struct modseal_evidence_result found;
	struct modseal_evidence_request request =
		request_for(trust, file, MODSEAL_EVIDENCE_IMA, signers);
	struct modseal_ima_values values;
	int result;

	*ret_present = false;
	if (!file->located)
		return 0;
	result = modseal_ima_values_read(NULL, file->located, &values, error);
	*ret_present = values.present;
	values.source.rest = file->rest;
	if (result == 0 && values.present)
		result = modseal_ima_judge(trust->crypto, &request, &values.source,
					   &found, error);
	modseal_ima_values_clear(&values);
	return result;
}

/* In the order in which the first one that a file has decides. A judge answers 0 with
 * *ret_present false where it has none. */
static const struct {
	enum modseal_evidence form;
	int (*judge)(const struct modseal_trust *trust, const struct trusted_file *file,
		     bool *ret_present, struct modseal_error *error);
} forms[] = {
	{MODSEAL_EVIDENCE_APPENDED, judge_appended},
	{MODSEAL_EVIDENCE_DETACHED, judge_detached},
	{MODSEAL_EVIDENCE_IMA, judge_ima},
};
#define FORM_COUNT (sizeof(forms) / sizeof(forms[0]))

/* ---- the certificate -----------------------------------------------------------------
 */

static int read_certificate(struct modseal_trust *trust,
			    const struct modseal_trust_options *options,
			    struct modseal_error *error)
{
	struct modseal_located located;
	struct modseal_bytes bytes;
	struct modseal_signer_config config = {
		.name = options->certificate_path,
		.trust = options->chain ? MODSEAL_TRUST_CHAIN : MODSEAL_TRUST_PINNED,
	};
	int result = modseal_path_open_any(options->certificate_path, &located, error);

	if (result < 0)
		return result;
	result =
		modseal_bytes_read(&located, MODSEAL_MAX_CERTIFICATE_SIZE, &bytes, error);
	modseal_located_close(&located);
	if (result < 0)
		return result;
	config.certificate = bytes.view;
	result = modseal_signer_new(trust->crypto, &config, &trust->signer, error);
	modseal_bytes_free(&bytes);
	return result;
}

static int read_options(struct modseal_trust *trust,
			const struct modseal_trust_options *options,
			struct modseal_error *error)
{
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]);
	     i++)
		if (options->reserved[i])
			return modseal_fail(error, MODSEAL_E_ARGUMENT,
					    MODSEAL_STAGE_CONTEXT, NULL,
					    "a reserved member is not zero");
	if (!options->certificate_path || options->chain > 1 || options->any > 1 ||
	    options->reserved_32)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "no certificate, or an unknown kind of trust");
	trust->max_size =
		options->max_size ? options->max_size : MODSEAL_DEFAULT_MAX_SIZE;
	trust->any = options->any;
	trust->any_form = !options->evidence;
	if (!options->evidence)
		return 0;
	for (size_t i = 0; i < FORM_COUNT; i++) {
		trust->form = forms[i].form;
		if (strcmp(options->evidence, modseal_evidence_name(trust->form)) == 0)
			return 0;
	}
	return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
			    options->evidence,
			    "unknown form of evidence; there are 'appended', 'detached' "
			    "and 'ima'");
}

int modseal_trust_open(const struct modseal_trust_options *options,
		       struct modseal_trust **ret_trust, struct modseal_error *error)
{
	struct modseal_trust *trust;
	int result;

	modseal_error_clear(error);
	if (!options || options->version != MODSEAL_TRUST_OPTIONS_VERSION)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_CONTEXT,
				    NULL, "options of an unknown version");
	trust = calloc(1, sizeof(*trust));
	if (!trust)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	trust->memory = calloc(1, sizeof(*trust->memory));
	result = trust->memory ? read_options(trust, options, error)
			       : modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	if (result == 0)
		result = modseal_crypto_new(&trust->crypto, error);
	if (result == 0)
		result = read_certificate(trust, options, error);
	if (result < 0) {
		modseal_trust_free(&trust);
		return result;
	}
	*ret_trust = trust;
	return 0;
}

void modseal_trust_free(struct modseal_trust **trust)
{
	if (!trust || !*trust)
		return;
	if ((*trust)->memory)
		modseal_cms_memory_clear((*trust)->memory);
	free((*trust)->memory);
	modseal_signer_free(&(*trust)->signer);
	modseal_crypto_free(&(*trust)->crypto);
	modseal_spares_clear(&(*trust)->spares);
	free(*trust);
	*trust = NULL;
}

/* ---- one file ------------------------------------------------------------------------
 */

static int choose_and_judge(const struct modseal_trust *trust,
			    const struct trusted_file *file,
			    enum modseal_evidence *ret_form, struct modseal_error *error)
{
	int result;

	for (size_t i = 0; i < FORM_COUNT; i++) {
		bool present = false;

		if (!trust->any_form && trust->form != forms[i].form)
			continue;
		/* by any other form the key would have signed these very bytes */
		if (file->foreign && forms[i].form != MODSEAL_EVIDENCE_DETACHED)
			continue;
		*ret_form = forms[i].form;
		result = forms[i].judge(trust, file, &present, error);
		if (result == MODSEAL_E_SIGNER_NOT_ALLOWED) /* there is no rule to mend */
			modseal_remedy(error, "name the certificate of the key that "
					      "signed it, or sign it with the other");
		if (result < 0 || present)
			return result;
	}
	result = modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_EVIDENCE,
			      file->object, "no signature%s",
			      modseal_container_loss(&file->container));
	if (file->container.lost)
		modseal_remedy(error, MODSEAL_CONTAINER_LOSS_REMEDY);
	return result;
}

static int make_verdict(const struct modseal_trust *trust,
			const struct trusted_file *file, enum modseal_evidence form,
			struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	struct modseal_verdict *verdict = calloc(1, sizeof(*verdict));

	if (!verdict)
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	verdict->path = strdup(file->object);
	verdict->signers[0] = strdup(modseal_signer_name(trust->signer));
	verdict->signer_count = 1;
	if (!verdict->path || !verdict->signers[0]) {
		modseal_verdict_free(&verdict);
		return modseal_fail_memory(error, MODSEAL_STAGE_APPROVE);
	}
	verdict->kind = MODSEAL_KIND_BY_RULE;
	verdict->evidence = form;
	modseal_digest_text(file->digest, verdict->digest, sizeof(verdict->digest));
	*ret_verdict = verdict;
	return 0;
}

static int check_bytes(const struct modseal_trust *trust,
		       const struct modseal_bytes *bytes, struct trusted_file *file,
		       struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	enum modseal_evidence form = MODSEAL_EVIDENCE_APPENDED;
	int result = modseal_container_split(bytes->tail, bytes->file_size, file->object,
					     &file->container, error);

	if (result < 0)
		return result;
	if (!modseal_span_part(bytes->view, 0, file->container.content_size,
			       &file->content) ||
	    !modseal_span_part(bytes->view, file->container.content_size,
			       bytes->view.size - file->content.size, &file->rest))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_CONTAINER,
				    file->object, NULL);
	if (file->container.present && modseal_container_nested(file->content))
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_CONTAINER, file->object,
				    "two signature containers, one behind the other");
	file->foreign = trust->any && !file->container.present &&
			modseal_content_is_foreign(file->content);
	if (!file->foreign)
		result = modseal_content_want(file->content, MODSEAL_CONTENT_ELF,
					      file->object, error);
	if (result < 0)
		return result;
	result = modseal_crypto_digest(trust->crypto, MODSEAL_HASH_SHA256, file->content,
				       file->digest, error);
	if (result == 0)
		result = choose_and_judge(trust, file, &form, error);
	if (result < 0) {
		if (error)
			modseal_digest_text(file->digest, error->digest,
					    sizeof(error->digest));
		return result;
	}
	return make_verdict(trust, file, form, ret_verdict, error);
}

int modseal_trust_check(struct modseal_trust *trust, const char *path,
			struct modseal_verdict **ret_verdict, struct modseal_error *error)
{
	struct modseal_located located;
	struct trusted_file file = {.object = path, .located = &located};
	struct modseal_reading reading = {.crew = NULL};
	struct modseal_bytes bytes;
	int result;

	modseal_error_clear(error);
	if (!trust || !path)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, path,
				    NULL);
	result = modseal_path_open_any(path, &located, error);
	if (result < 0)
		return result;
	reading.spares = &trust->spares;
	result = modseal_bytes_read_with(&located, trust->max_size, &reading, &bytes,
					 error);
	if (result == 0) {
		result = check_bytes(trust, &bytes, &file, ret_verdict, error);
		modseal_bytes_free(&bytes);
	}
	modseal_located_close(&located);
	return result;
}

int modseal_trust_check_beside(const struct modseal_trust *trust, const char *path,
			       struct modseal_span content, struct modseal_error *error)
{
	const struct modseal_located somewhere = {.descriptor = -1};
	struct trusted_file file = {
		.object = path, .located = &somewhere, .content = content};
	bool present = false;
	int result;

	if (!trust->any_form && trust->form != MODSEAL_EVIDENCE_DETACHED)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_EVIDENCE,
				    path, "its signature can only be detached");
	result = modseal_crypto_digest(trust->crypto, MODSEAL_HASH_SHA256, content,
				       file.digest, error);
	if (result == 0)
		result = judge_detached(trust, &file, &present, error);
	if (result < 0 || present)
		return result;
	return modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_EVIDENCE,
			    path, "there is no signature %s.p7s beside it", path);
}

int modseal_trust_check_fd(struct modseal_trust *trust, int fd, const char *label,
			   struct modseal_verdict **ret_verdict,
			   struct modseal_error *error)
{
	struct trusted_file file = {.object = label};
	struct modseal_bytes bytes;
	int result;

	modseal_error_clear(error);
	if (!trust || !label)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND, label,
				    NULL);
	result = modseal_bytes_read_stream(fd, label, trust->max_size, &bytes, error);
	if (result < 0)
		return result;
	result = check_bytes(trust, &bytes, &file, ret_verdict, error);
	modseal_bytes_free(&bytes);
	return result;
}
