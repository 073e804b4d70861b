/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the SignerInfos of one CMS, one by one, and says who signed the content. */
#include "verifier/signature/evidence.h"

#include "keys/signer.h"
#include "keys/validity.h"
#include "verifier/signature/container.h"
#include "verifier/signature/count.h"
#include "verifier/signature/profile.h"
#include "verifier/signature/reason.h"
#include "verifier/signature/signer_info.h"

#define NOT_ASKED 1 /* neither accepted (0) nor refused (a code) */

struct judge {
	const struct modseal_crypto *crypto;
	const struct modseal_evidence_request *request;
	struct modseal_cms cms;
	struct modseal_certificate
		embedded[MODSEAL_MAX_CMS_CERTIFICATES]; /* zero: unusable */
	/* Embedded certificate by signer, so that eight SignerInfos do not walk eight
	 * chains. */
	int accepted[MODSEAL_MAX_CMS_CERTIFICATES][MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_content_digests digests;
	struct modseal_tally tally;
	struct modseal_evidence_result result;
	bool refused; /* a signature was wrong: */
	/* Large, and mostly empty: from here on only the codes are cleared. */
	struct modseal_error wrong; /* what the first one was */
	struct modseal_reason reason;
};

/* What came out about one SignerInfo. */
struct outcome {
	struct modseal_signer_info subject;
	bool good;    /* it verifies with a key that speaks for a signer */
	bool wrong;   /* such a key was there, but did not make this signature */
	bool revoked; /* such a key was there, but it is revoked */
	bool known;   /* it names a signer, whatever came of it */
	/* Its time stamp, once it was looked at. */
	bool stamp_known;
	struct modseal_timestamp stamp;
	struct modseal_error stamp_error; /* code MODSEAL_OK: it is good */
};

/* True for "no" about a certificate; anything else is "could not decide". */
static bool is_refusal(int code)
{
	return code == MODSEAL_E_REVOKED || code == MODSEAL_E_CRL_UNUSABLE ||
	       code == MODSEAL_E_CERTIFICATE_EXPIRED ||
	       code == MODSEAL_E_CERTIFICATE_INVALID ||
	       code == MODSEAL_E_TIMESTAMP_MISSING ||
	       code == MODSEAL_E_TIMESTAMP_INVALID ||
	       code == MODSEAL_E_SIGNER_NOT_ALLOWED ||
	       code == MODSEAL_E_ALGORITHM_NOT_ALLOWED;
}

static void note(struct judge *judge, struct outcome *outcome,
		 const struct modseal_error *why)
{
	outcome->known = true;
	outcome->revoked = outcome->revoked || why->code == MODSEAL_E_REVOKED;
	modseal_reason_note(&judge->reason, why);
}

/* Yes, or no but for what a time stamp may mend. */
static bool speaks(const struct judge *judge, int code)
{
	return code == 0 || (code == MODSEAL_E_CERTIFICATE_EXPIRED &&
			     judge->request->timestamp != MODSEAL_TIMESTAMP_IGNORED);
}

/* Does the certificate speak for the signer? 1: yes, where *ret_code is not 0 with a time
 * stamp at most. 0: no, which is noted unless it is a stranger's. Negative: could not
 * decide. */
static int ask(struct judge *judge, struct outcome *outcome, size_t at,
	       const struct modseal_certificate *leaf, int *ret_code,
	       struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	struct modseal_error why;
	bool unlisted = false;
	int result = modseal_signer_accepts(
		judge->crypto, request->signers[at], leaf, judge->cms.certificates,
		request->revoked, &request->clock, request->object, &unlisted, &why);

	judge->result.unlisted[at] = judge->result.unlisted[at] || unlisted;
	*ret_code = result;
	if (speaks(judge, result))
		return 1;
	if (!is_refusal(result)) {
		if (error)
			*error = why;
		return result;
	}
	if (result != MODSEAL_E_SIGNER_NOT_ALLOWED)
		note(judge, outcome, &why);
	return 0;
}

static int ask_embedded(struct judge *judge, struct outcome *outcome, size_t at,
			size_t index, int *ret_code, struct modseal_error *error)
{
	int *memory = &judge->accepted[index][at];
	int result = 0;

	if (*memory == NOT_ASKED)
		result = ask(judge, outcome, at, &judge->embedded[index], memory, error);
	else if (*memory < 0 && *memory != MODSEAL_E_SIGNER_NOT_ALLOWED)
		outcome->known = true;
	outcome->revoked = outcome->revoked || *memory == MODSEAL_E_REVOKED;
	*ret_code = *memory;
	return result < 0 ? result : speaks(judge, *memory);
}

/* The token of a good signature, looked at once. 1: it is good. 0: not, or there is none,
 * as outcome->stamp_error says. */
static int look_at_stamp(struct judge *judge, struct outcome *outcome,
			 struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	const struct modseal_timestamp_request asked = {
		.token = modseal_profile_token(outcome->subject.layout),
		.signature = outcome->subject.layout->signature,
		.signers = request->timestamp_signers,
		.signer_count = request->timestamp_signer_count,
		.revoked = request->revoked,
		.clock = &request->clock,
		.object = request->object,
	};
	int result = 0;

	if (!outcome->stamp_known) {
		outcome->stamp_error.code = MODSEAL_OK;
		if (asked.token.size == 0)
			result = modseal_fail(&outcome->stamp_error,
					      MODSEAL_E_TIMESTAMP_MISSING,
					      MODSEAL_STAGE_EVIDENCE, request->object,
					      "the signature bears no time stamp");
		else
			result = modseal_timestamp_check(judge->crypto, &asked,
							 &outcome->stamp,
							 &outcome->stamp_error);
		outcome->stamp_known = result == 0 || is_refusal(result);
	}
	if (outcome->stamp_known)
		return outcome->stamp_error.code == MODSEAL_OK;
	if (error)
		*error = outcome->stamp_error;
	return result;
}

/* Refuses a certificate that was not valid at the time of the token. */
static int refuse_date(const struct outcome *outcome, const char *object,
		       struct modseal_error *why)
{
	char reason[sizeof(why->message)], when[MODSEAL_TIME_TEXT_SIZE];

	snprintf(reason, sizeof(reason), "%s", why->message);
	modseal_time_text(outcome->stamp.time, when);
	modseal_fail(why, MODSEAL_E_CERTIFICATE_EXPIRED, MODSEAL_STAGE_EVIDENCE, object,
		     "%.400s, and the time stamp is of %s", reason, when);
	modseal_remedy(why, "sign again with a certificate that is valid, and get a time "
			    "stamp while it is");
	return MODSEAL_E_CERTIFICATE_EXPIRED;
}

/* Is a good signature dated as the rule wants? code: what the certificate is worth now.
 * 1: yes. 0: no, which is noted. Negative: could not decide. */
static int judge_date(struct judge *judge, struct outcome *outcome, size_t at,
		      const struct modseal_certificate *leaf, int code,
		      struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	struct modseal_clock clock = request->clock;
	struct modseal_error why;
	bool unlisted = false;
	int result;

	if (code == 0 && request->timestamp != MODSEAL_TIMESTAMP_ALWAYS)
		return 1;
	result = look_at_stamp(judge, outcome, error);
	if (result < 0)
		return result;
	if (result == 0) {
		note(judge, outcome, &outcome->stamp_error);
		return 0;
	}
	clock.stamped = true;
	clock.stamp = outcome->stamp.time;
	result = modseal_signer_accepts(judge->crypto, request->signers[at], leaf,
					judge->cms.certificates, request->revoked, &clock,
					request->object, &unlisted, &why);
	judge->result.unlisted[at] = judge->result.unlisted[at] || unlisted;
	if (result == MODSEAL_E_CERTIFICATE_EXPIRED)
		result = refuse_date(outcome, request->object, &why);
	if (is_refusal(result)) {
		note(judge, outcome, &why);
		return 0;
	}
	if (result < 0) {
		if (error)
			*error = why;
		return result;
	}
	judge->result.stamped[at] = true;
	judge->result.stamps[at] = outcome->stamp;
	return 1;
}

/* A key that speaks for the signer (code: apart from its dates): may it sign this, and
 * did it? */
static int try_key(struct judge *judge, struct outcome *outcome, size_t at,
		   const struct modseal_certificate *leaf, int code,
		   struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	const struct modseal_signer *signer = request->signers[at];
	struct modseal_error why;
	int result;

	outcome->known = true;
	if (request->purpose && !(signer->purposes & request->purpose)) {
		modseal_fail(&why, MODSEAL_E_SIGNER_NOT_ALLOWED, MODSEAL_STAGE_EVIDENCE,
			     request->object,
			     "'%s' signed it, but files of this kind are not "
			     "among that signer's purposes",
			     signer->name);
		note(judge, outcome, &why);
		return 0;
	}
	result = modseal_signer_info_check(judge->crypto, &outcome->subject, leaf->key,
					   signer->algorithms, &judge->digests,
					   signer->name, request->object, &why);
	if (result == 0) {
		outcome->good = true;
		result = judge_date(judge, outcome, at, leaf, code, error);
		/* no room for more keys: this one is not counted */
		if (result == 1)
			modseal_tally_note(&judge->tally, at, leaf->key_sha256);
		return result < 0 ? result : 0;
	}
	if (result == MODSEAL_E_ALGORITHM_NOT_ALLOWED) {
		note(judge, outcome, &why);
		return 0;
	}
	if (result == MODSEAL_E_SIGNATURE_INVALID) {
		outcome->wrong = true;
		if (!judge->refused)
			judge->wrong = why;
		return 0;
	}
	if (error)
		*error = why;
	return result;
}

/* An exact key: named by the signer's own certificate, or by an embedded one of that very
 * key. */
static int try_pinned(struct judge *judge, struct outcome *outcome, size_t at,
		      struct modseal_error *error)
{
	const struct modseal_certificate *own = &judge->request->signers[at]->certificate;
	int code = 0, result = 0;

	if (modseal_cms_signer_is(outcome->subject.info, own->x509))
		result = ask(judge, outcome, at, own, &code, error);
	for (size_t i = 0; i < MODSEAL_MAX_CMS_CERTIFICATES && result == 0; i++)
		if (modseal_cms_signer_is(outcome->subject.info, judge->embedded[i].x509))
			result = ask_embedded(judge, outcome, at, i, &code, error);
	return result == 1 ? try_key(judge, outcome, at, own, code, error) : result;
}

/* A leaf under the signer's certificate: that itself, one of the signer's intermediates,
 * or one the CMS brings along. */
static int try_chain(struct judge *judge, struct outcome *outcome, size_t at,
		     struct modseal_error *error)
{
	const struct modseal_signer *signer = judge->request->signers[at];
	int code, result = 0;

	for (size_t i = 0; i <= signer->intermediate_count; i++) {
		const struct modseal_certificate *leaf =
			i ? &signer->intermediates[i - 1] : &signer->certificate;

		if (!modseal_cms_signer_is(outcome->subject.info, leaf->x509))
			continue;
		result = ask(judge, outcome, at, leaf, &code, error);
		if (result == 1)
			result = try_key(judge, outcome, at, leaf, code, error);
		if (result < 0)
			return result;
	}
	for (size_t i = 0; i < MODSEAL_MAX_CMS_CERTIFICATES; i++) {
		if (!modseal_cms_signer_is(outcome->subject.info,
					   judge->embedded[i].x509))
			continue;
		result = ask_embedded(judge, outcome, at, i, &code, error);
		if (result == 1)
			result = try_key(judge, outcome, at, &judge->embedded[i], code,
					 error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int judge_signer_info(struct judge *judge, size_t index,
			     struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	const struct modseal_layout_signer *layout = &judge->cms.layout.signers[index];
	struct outcome outcome = {
		.subject = {.info = sk_CMS_SignerInfo_value(judge->cms.signers,
							    (int)index),
			    .layout = layout},
	};
	int result = modseal_profile_check(layout, request->form, request->object,
					   &outcome.subject.message_digest, error);

	if (result < 0)
		return result;
	for (size_t at = 0; at < request->signer_count; at++) {
		const struct modseal_signer *signer = request->signers[at];

		result = signer->trust == MODSEAL_TRUST_PINNED
				 ? try_pinned(judge, &outcome, at, error)
				 : try_chain(judge, &outcome, at, error);
		if (result < 0)
			return result;
	}
	/* Signers of one name and serial number are told apart by whose key it is (R35),
	 * so a wrong signature refuses only where no key of that name made it. */
	if (outcome.wrong && !outcome.good) {
		judge->refused = true;
		return 0;
	}
	if (!outcome.known)
		judge->result.unknown++;
	else if (outcome.revoked && !outcome.good)
		judge->result.revoked++;
	return 0;
}

/* Trust never comes from these (R19): they only carry keys and paths for the signers. One
 * that cannot be used is passed over, so it cannot help anybody. */
static int wrap_embedded(struct judge *judge, struct modseal_error *error)
{
	for (int i = 0; i < sk_X509_num(judge->cms.certificates); i++) {
		struct modseal_error why;
		int result = modseal_certificate_wrap(
			judge->crypto, sk_X509_value(judge->cms.certificates, i),
			&judge->embedded[i], &why);

		if (result == 0 || is_refusal(result))
			continue;
		if (error)
			*error = why;
		return result;
	}
	return 0;
}

static int judge_all(struct judge *judge, struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	struct modseal_evidence_result *found = &judge->result;
	int result = wrap_embedded(judge, error);

	for (size_t i = 0; result == 0 && i < judge->cms.layout.signer_count; i++)
		result = judge_signer_info(judge, i, error);
	if (result < 0)
		return result;
	found->met_count =
		modseal_tally_count(&judge->tally, request->signer_count, found->met);
	/* A wrong one hides neither what is malformed nor, where nobody good has signed,
	 * what is revoked: audit mode tolerates it, and not these. */
	if (judge->refused &&
	    !(found->met_count == 0 && judge->reason.error.code == MODSEAL_E_REVOKED)) {
		if (error)
			*error = judge->wrong;
		return MODSEAL_E_SIGNATURE_INVALID;
	}
	if (found->met_count >= request->require)
		return 0;
	return modseal_reason_refuse(&judge->reason, request, &judge->cms,
				     judge->embedded, found, error);
}

static int check_request(const struct modseal_evidence_request *request,
			 struct modseal_error *error)
{
	if (request->require == 0 || request->signer_count > MODSEAL_MAX_RULE_SIGNERS ||
	    (request->form != MODSEAL_EVIDENCE_APPENDED &&
	     request->form != MODSEAL_EVIDENCE_DETACHED))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    request->object, "a request that cannot be judged");
	if (request->content.size == 0)
		return modseal_fail(error, MODSEAL_E_SIGNATURE_MALFORMED,
				    MODSEAL_STAGE_EVIDENCE, request->object,
				    "the signed content is empty");
	/* Callers want one type; none at all is never right (R13): a signature without
	 * attributes over a SET would be one with attributes over something else. */
	if (modseal_content_type(request->content) == MODSEAL_CONTENT_OTHER &&
	    !(request->foreign && request->form == MODSEAL_EVIDENCE_DETACHED &&
	      modseal_content_is_foreign(request->content)))
		return modseal_fail(error, MODSEAL_E_TYPE_MISMATCH,
				    MODSEAL_STAGE_EVIDENCE, request->object,
				    "the content is of no type that modseal knows");
	return 0;
}

/* A sidecar cannot be stripped off. */
static int explain(const struct modseal_evidence_request *request, int result,
		   struct modseal_error *error)
{
	if (result == MODSEAL_E_SIGNATURE_MALFORMED &&
	    request->form == MODSEAL_EVIDENCE_DETACHED)
		modseal_remedy(error,
			       "sign again and replace the signature file (--force)");
	return result;
}

int modseal_evidence_judge(const struct modseal_crypto *crypto,
			   const struct modseal_evidence_request *request,
			   struct modseal_evidence_result *ret_result,
			   struct modseal_error *error)
{
	struct judge judge;
	int result = check_request(request, error);

	memset(&judge, 0, offsetof(struct judge, wrong));
	judge.wrong.code = judge.reason.error.code = MODSEAL_OK;
	judge.crypto = crypto;
	judge.request = request;

	if (result < 0)
		return result;
	result = modseal_cms_read_again(crypto, request->memory, request->cms,
					request->form == MODSEAL_EVIDENCE_DETACHED,
					request->object, &judge.cms, error);
	if (result < 0)
		return explain(request, result, error);
	for (size_t i = 0; i < MODSEAL_MAX_CMS_CERTIFICATES; i++)
		for (size_t at = 0; at < MODSEAL_MAX_RULE_SIGNERS; at++)
			judge.accepted[i][at] = NOT_ASKED;
	if (request->digests)
		judge.digests = *request->digests;
	judge.digests.content = request->content;
	if (request->content_sha256) {
		memcpy(judge.digests.values[MODSEAL_HASH_SHA256], request->content_sha256,
		       MODSEAL_SHA256_SIZE);
		judge.digests.known[MODSEAL_HASH_SHA256] = true;
	}
	result = judge_all(&judge, error);
	if (result == 0)
		*ret_result = judge.result;
	for (size_t i = 0; i < MODSEAL_MAX_CMS_CERTIFICATES; i++)
		modseal_certificate_clear(&judge.embedded[i]);
	modseal_cms_clear(&judge.cms);
	modseal_crypto_forget();
	return explain(request, result, error);
}
