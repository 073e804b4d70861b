/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6: which forms of evidence the rule lists, which are there, and what they say. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/signature/evidence.h"
#include "verifier/step_evidence.h"

bool modseal_rule_wants_signature(const struct modseal_rule *rule)
{
	return rule->evidence[0] != MODSEAL_EVIDENCE_PROTECTED_PATH;
}

static int take_digest(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_digest_set *revoked = &s->context->revoked.files;
	uint64_t rest_size = s->bytes.file_size - s->container.content_size;
	uint8_t whole[MODSEAL_SHA256_SIZE];
	struct modseal_span rest;
	int result;

	if (!revoked->count || !rest_size) {
		result = modseal_crypto_digest(s->context->crypto, MODSEAL_HASH_SHA256,
					       s->content, s->digest, error);
	} else if (!modseal_span_part(s->bytes.tail, s->bytes.tail.size - rest_size,
				      rest_size, &rest)) {
		result = modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				      s->located.path,
				      "the container does not fit the tail");
	} else {
		result = modseal_crypto_digest_pair(s->context->crypto, s->content, rest,
						    s->digest, whole, error);
	}
	if (result < 0)
		return result;
	s->digest_known = true;
	if (modseal_digest_set_has(revoked, s->digest) ||
	    (revoked->count && rest_size && modseal_digest_set_has(revoked, whole)))
		return modseal_fail(error, MODSEAL_E_REVOKED, MODSEAL_STAGE_EVIDENCE,
				    s->located.path, "the policy revokes this file");
	return 0;
}

static int judge_signature(struct modseal_subject *s, enum modseal_evidence form,
			   struct modseal_span cms, bool deciding,
			   struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_evidence_result found;
	struct modseal_evidence_request request = {
		.form = form,
		.cms = cms,
		.content = s->content,
		.content_sha256 = s->digest,
		.signers = signers,
		.signer_count = s->rule->signer_count,
		.require = s->rule->require,
		.purpose = 1u << (unsigned)s->kind,
		.revoked = &s->context->revoked,
		.clock = modseal_context_clock(s->context),
		.object = s->located.path,
	};
	int result;

	for (size_t i = 0; i < s->rule->signer_count; i++)
		signers[i] = s->context->signers[s->rule->signers[i]];
	result = modseal_evidence_judge(s->context->crypto, &request, &found, error);
	if (result < 0 || !deciding)
		return result;
	s->verdict->evidence = form;
	for (size_t i = 0; i < s->rule->signer_count; i++) {
		char *name;

		if (!found.met[i])
			continue;
		name = strdup(modseal_signer_name(signers[i]));
		if (!name)
			return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
		s->verdict->signers[s->verdict->signer_count++] = name;
	}
	if (found.unknown)
		modseal_verdict_remark_add(s->verdict,
					   "%u signature(s) by unknown signers were"
					   " not counted",
					   found.unknown);
	if (found.revoked)
		modseal_verdict_remark_add(s->verdict,
					   "%u signature(s) by revoked signers were"
					   " not counted",
					   found.revoked);
	return 0;
}

/* FILE.p7s beside the file's real path, under the same owners. Absent: no error. */
static int read_sidecar(struct modseal_subject *s, struct modseal_bytes *ret_bytes,
			bool *ret_present, struct modseal_error *error)
{
	struct modseal_located located;
	char *path;
	int result;

	if (asprintf(&path, "%s.p7s", s->located.path) < 0)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	result = modseal_path_open(path, &located, error);
	free(path);
	if (result == MODSEAL_E_NOT_FOUND) {
		*ret_present = false;
		modseal_error_clear(error);
		return 0;
	}
	if (result < 0)
		return result;
	result = modseal_bytes_read(&located, MODSEAL_MAX_CMS_SIZE, ret_bytes, error);
	modseal_located_close(&located);
	if (result == 0)
		*ret_present = true;
	return result;
}

static int judge_form(struct modseal_subject *s, enum modseal_evidence form,
		      bool deciding, bool *ret_present, struct modseal_error *error)
{
	struct modseal_bytes sidecar = {.descriptor = -1};
	int result;

	if (form == MODSEAL_EVIDENCE_APPENDED) {
		*ret_present = s->container.present;
		return s->container.present ? judge_signature(s, form, s->container.cms,
							      deciding, error)
					    : 0;
	}
	if (form != MODSEAL_EVIDENCE_DETACHED)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    s->located.path, "unknown form of evidence");
	result = read_sidecar(s, &sidecar, ret_present, error);
	if (result == 0 && *ret_present)
		result = judge_signature(s, form, sidecar.view, deciding, error);
	modseal_bytes_free(&sidecar);
	return result;
}

int modseal_step_evidence(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_rule *rule = s->rule;
	bool decided = false;
	int result = take_digest(s, error);

	if (result < 0)
		return result;
	if (!modseal_rule_wants_signature(rule)) {
		/* The rule step has seen to it that only root can replace the file. */
		s->verdict->evidence = rule->evidence[0];
		return 0;
	}
	/* Every listed form that is there must verify; the first one there decides. */
	for (size_t i = 0; i < rule->evidence_count; i++) {
		bool present = false;

		result = judge_form(s, rule->evidence[i], !decided, &present, error);
		if (result < 0)
			return result;
		decided = decided || present;
	}
	if (decided)
		return 0;
	result = modseal_fail(
		error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_EVIDENCE,
		s->located.path, "no signature of the form the rule asks for%s",
		s->container.lost ? "; part of one is there: lost in copying or"
				    " stripping?"
				  : "");
	return result;
}
