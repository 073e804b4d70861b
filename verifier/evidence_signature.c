/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of the whole content as evidence: appended, or detached beside the file. */
#include <stdlib.h>
#include <string.h>

#include "verifier/authority_open.h"
#include "verifier/beside.h"
#include "verifier/evidence_signature.h"
#include "verifier/expiry.h"
#include "verifier/use.h"

/* Who said when the signature by the last signer of the verdict was made. */
static int add_timestamp(struct modseal_subject *s, const struct modseal_timestamp *stamp,
			 struct modseal_error *error)
{
	size_t at = s->verdict->signer_count - 1;
	const char *name = modseal_signer_name(
		s->authority->signers[s->rule->timestamp_signers[stamp->signer]]);
	char when[MODSEAL_POLICY_TIME_SIZE];

	modseal_policy_time_text(stamp->time, when);
	s->verdict->timestamps[at] = strdup(when);
	s->verdict->timestamp_signers[at] = strdup(name);
	if (!s->verdict->timestamps[at] || !s->verdict->timestamp_signers[at])
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	if (stamp->unlisted)
		modseal_verdict_remark_add(s->verdict,
					   "no revocation list was there for a "
					   "certificate of '%s'",
					   name);
	return 0;
}

int modseal_subject_signed_by(struct modseal_subject *s, enum modseal_evidence form,
			      const uint32_t *signers, size_t signer_count,
			      const struct modseal_evidence_result *found,
			      struct modseal_error *error)
{
	s->verdict->evidence = form;
	for (size_t i = 0; i < signer_count; i++) {
		struct modseal_signer *signer = s->authority->signers[signers[i]];
		char *name;

		if (!found->met[i])
			continue;
		name = strdup(modseal_signer_name(signer));
		if (!name)
			return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
		s->verdict->signer_keys[s->verdict->signer_count] =
			modseal_signer_key_digest(signer);
		s->verdict->signers[s->verdict->signer_count++] = name;
		if (found->stamped[i]) {
			int result = add_timestamp(s, &found->stamps[i], error);

			if (result < 0)
				return result;
		}
		if (found->unlisted[i])
			modseal_verdict_remark_add(
				s->verdict,
				"no revocation list was there for a certificate of '%s'",
				name);
	}
	if (found->unknown)
		modseal_verdict_remark_add(s->verdict,
					   "%u signature(s) by unknown signers were"
					   " not counted",
					   found->unknown);
	if (found->revoked)
		modseal_verdict_remark_add(s->verdict,
					   "%u signature(s) by revoked signers were"
					   " not counted",
					   found->revoked);
	return 0;
}

int modseal_subject_request(const struct modseal_subject *s, enum modseal_evidence form,
			    struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS],
			    struct modseal_evidence_request *ret_request,
			    struct modseal_error *error)
{
	*ret_request = (struct modseal_evidence_request){
		.form = form,
		.content = s->content,
		.content_sha256 = s->digest,
		.signers = signers,
		.signer_count = s->rule->signer_count,
		.require = s->rule->require,
		.purpose = 1u << (unsigned)s->kind,
		.revoked = &s->authority->revoked,
		.clock = modseal_context_clock(s->context),
		.memory = &s->context->memory,
		.object = s->located.path,
		.foreign = s->script && form == MODSEAL_EVIDENCE_DETACHED,
	};
	return modseal_authority_signers(s->context, s->authority, s->rule->signers,
					 s->rule->signer_count, signers, error);
}

static int judge(struct modseal_subject *s, enum modseal_evidence form,
		 struct modseal_span cms, bool deciding, struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_signer *stampers[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_evidence_result found;
	struct modseal_evidence_request request;
	int result;

	result = modseal_subject_request(s, form, signers, &request, error);
	if (result == 0)
		result = modseal_authority_signers(
			s->context, s->authority, s->rule->timestamp_signers,
			s->rule->timestamp_signer_count, stampers, error);
	if (result < 0)
		return result;
	request.cms = cms;
	request.timestamp = s->rule->timestamp;
	request.timestamp_signers = stampers;
	request.timestamp_signer_count = s->rule->timestamp_signer_count;
	result = modseal_evidence_judge(s->context->crypto, &request, &found, error);
	if (result < 0 || !deciding)
		return result;
	return modseal_subject_signed_by(s, form, s->rule->signers, s->rule->signer_count,
					 &found, error);
}

int modseal_subject_read_beside(struct modseal_subject *s, const char *suffix,
				uint64_t max_size, struct modseal_bytes *ret_bytes,
				bool *ret_present, struct modseal_error *error)
{
	return modseal_beside_read(modseal_subject_root(s), s->located.path, suffix,
				   max_size, ret_bytes, ret_present, error);
}

int modseal_evidence_appended(struct modseal_subject *s, bool deciding, bool *ret_present,
			      struct modseal_error *error)
{
	*ret_present = s->container.present;
	if (!s->container.present)
		return 0;
	return judge(s, MODSEAL_EVIDENCE_APPENDED, s->container.cms, deciding, error);
}

int modseal_evidence_detached(struct modseal_subject *s, bool deciding, bool *ret_present,
			      struct modseal_error *error)
{
	struct modseal_bytes sidecar = {.descriptor = -1};
	int result = modseal_subject_read_beside(s, ".p7s", MODSEAL_MAX_CMS_SIZE,
						 &sidecar, ret_present, error);

	if (result == 0 && *ret_present)
		result = judge(s, MODSEAL_EVIDENCE_DETACHED, sidecar.view, deciding,
			       error);
	modseal_bytes_free(&sidecar);
	return result;
}
