/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6: which forms of evidence the rule lists, which are there, and what they say. */
#include <string.h>

#include "verifier/evidence_signature.h"
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

/* What judges a form; see evidence_signature.h for what it answers. */
typedef int form_judge(struct modseal_subject *subject, bool deciding, bool *ret_present,
		       struct modseal_error *error);

static form_judge *const forms[MODSEAL_EVIDENCE_COUNT] = {
	[MODSEAL_EVIDENCE_APPENDED] = modseal_evidence_appended,
	[MODSEAL_EVIDENCE_DETACHED] = modseal_evidence_detached,
};

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
		form_judge *judge = forms[rule->evidence[i]];
		bool present = false;

		if (!judge)
			return modseal_fail(error, MODSEAL_E_INTERNAL,
					    MODSEAL_STAGE_EVIDENCE, s->located.path,
					    "unknown form of evidence");
		result = judge(s, !decided, &present, error);
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
