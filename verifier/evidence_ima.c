/* SPDX-License-Identifier: Apache-2.0 */
/* IMA signatures of the whole file as evidence. */
#include "verifier/evidence_ima.h"

#include "verifier/evidence_signature.h"
#include "verifier/ima_values.h"
#include "verifier/step_evidence.h"
#include "verifier/use.h"

static int judge(struct modseal_subject *s, struct modseal_ima_values *values,
		 bool deciding, struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_evidence_result found;
	struct modseal_evidence_request request;
	int result = modseal_subject_rest(s, &values->source.rest, error);

	if (result == 0)
		result = modseal_subject_request(s, MODSEAL_EVIDENCE_IMA, signers,
						 &request, error);
	if (result < 0)
		return result;
	result = modseal_ima_judge(s->context->crypto, &request, &values->source, &found,
				   error);
	if (result < 0 || !deciding)
		return result;
	return modseal_subject_signed_by(s, MODSEAL_EVIDENCE_IMA, s->rule->signers,
					 s->rule->signer_count, &found, error);
}

int modseal_evidence_ima(struct modseal_subject *s, bool deciding, bool *ret_present,
			 struct modseal_error *error)
{
	struct modseal_ima_values values;
	int result = modseal_ima_values_read(modseal_subject_root(s), &s->located,
					     &values, error);

	if (result == 0)
		*ret_present = values.present;
	if (result == 0 && values.digest_only)
		modseal_verdict_remark_add(s->verdict, "security.ima holds a digest, "
						       "which is no signature");
	if (result == 0 && values.present)
		result = judge(s, &values, deciding, error);
	modseal_ima_values_clear(&values);
	return result;
}
