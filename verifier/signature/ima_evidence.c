/* SPDX-License-Identifier: Apache-2.0 */
/* Judges IMA signatures: which signer a key identifier hints at, and whether it signed.
 */
#include "verifier/signature/ima_evidence.h"

#include <stdio.h>

#include "keys/algorithms.h"
#include "keys/identifier.h"
#include "keys/signer.h"
#include "verifier/signature/container.h"
#include "verifier/signature/count.h"
#include "verifier/signature/reason.h"

struct judge {
	const struct modseal_crypto *crypto;
	const struct modseal_evidence_request *request;
	const struct modseal_ima_source *source;
	uint8_t digests[MODSEAL_HASH_COUNT][MODSEAL_MAX_DIGEST_SIZE];
	bool known[MODSEAL_HASH_COUNT];
	struct modseal_tally tally;
	bool unlisted[MODSEAL_MAX_RULE_SIGNERS];
};

/* What came out about one value. */
struct outcome {
	enum modseal_ima_place place;
	struct modseal_ima ima;
	bool good;  /* a signer's key made it */
	bool wrong; /* a signer has the key it names, but that key did not make it */
	struct modseal_error wrongness;
	struct modseal_reason reason;
};

static bool is_refusal(int code)
{
	return code == MODSEAL_E_REVOKED || code == MODSEAL_E_CRL_UNUSABLE ||
	       code == MODSEAL_E_CERTIFICATE_EXPIRED ||
	       code == MODSEAL_E_CERTIFICATE_INVALID ||
	       code == MODSEAL_E_SIGNER_NOT_ALLOWED ||
	       code == MODSEAL_E_ALGORITHM_NOT_ALLOWED;
}

static int file_digest(struct judge *judge, enum modseal_hash hash,
		       struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	int result = 0;

	if (judge->known[hash])
		return 0;
	if (hash == MODSEAL_HASH_SHA256 && judge->source->rest.size == 0 &&
	    request->content_sha256)
		memcpy(judge->digests[hash], request->content_sha256,
		       MODSEAL_SHA256_SIZE);
	else
		result = modseal_crypto_digest_whole(
			judge->crypto, hash, request->content, judge->source->rest,
			judge->digests[hash], error);
	judge->known[hash] = result == 0;
	return result;
}

/* May this key of the signer sign this, and did it? Refusals go to why. */
static int check_signature(struct judge *judge, struct outcome *outcome,
			   const struct modseal_signer *signer, EVP_PKEY *key,
			   struct modseal_error *why)
{
	const struct modseal_evidence_request *request = judge->request;
	const struct modseal_ima *ima = &outcome->ima;
	enum modseal_algorithm algorithm;
	int result;

	if (request->purpose && !(signer->purposes & request->purpose))
		return modseal_fail(why, MODSEAL_E_SIGNER_NOT_ALLOWED,
				    MODSEAL_STAGE_EVIDENCE, request->object,
				    "'%s' signed it, but files of this kind are not "
				    "among that signer's purposes",
				    signer->name);
	result = modseal_algorithm_of_key(key, ima->hash, &algorithm, request->object,
					  why);
	if (result < 0)
		return result;
	if (signer->algorithms && !(signer->algorithms & (1u << algorithm)))
		return modseal_fail(
			why, MODSEAL_E_ALGORITHM_NOT_ALLOWED, MODSEAL_STAGE_EVIDENCE,
			request->object,
			"'%s' signed with %s, which is not among its algorithms",
			signer->name, modseal_algorithm_name(algorithm));
	result = file_digest(judge, ima->hash, why);
	if (result < 0)
		return result;
	result = modseal_signature_check(judge->crypto, key, algorithm,
					 judge->digests[ima->hash], ima->signature,
					 request->object, why);
	if (result != MODSEAL_E_SIGNATURE_INVALID)
		return result;
	return modseal_fail(why, result, MODSEAL_STAGE_EVIDENCE, request->object,
			    "%s, the signature by '%s', is wrong: it does not fit the "
			    "whole file and the key",
			    modseal_ima_place_name(outcome->place), signer->name);
}

/* One certificate that may speak for a signer, where the key identifier hints at it. */
static int try_certificate(struct judge *judge, struct outcome *outcome, size_t at,
			   const struct modseal_certificate *leaf,
			   struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	const struct modseal_signer *signer = request->signers[at];
	uint32_t identifiers[MODSEAL_KEY_IDENTIFIERS];
	struct modseal_error why;
	bool unlisted = false;
	int result = modseal_key_identifiers(judge->crypto, leaf, identifiers, error);

	if (result < 0)
		return result;
	if (outcome->ima.key_identifier != identifiers[0] &&
	    outcome->ima.key_identifier != identifiers[1])
		return 0;
	result = modseal_signer_accepts(judge->crypto, signer, leaf, NULL,
					request->revoked, &request->clock,
					request->object, &unlisted, &why);
	judge->unlisted[at] = judge->unlisted[at] || unlisted;
	if (result == 0)
		result = check_signature(judge, outcome, signer, leaf->key, &why);
	if (result == 0) {
		outcome->good = true;
		modseal_tally_note(&judge->tally, at, leaf->key_sha256);
	} else if (result == MODSEAL_E_SIGNATURE_INVALID) {
		outcome->wrong = true;
		outcome->wrongness = why;
	} else if (is_refusal(result)) {
		modseal_reason_note(&outcome->reason, &why);
	} else {
		if (error)
			*error = why;
		return result;
	}
	return 0;
}

static int refuse_value(const struct judge *judge, const struct outcome *outcome,
			struct modseal_error *error)
{
	static const struct modseal_evidence_result nobody;
	char by[96];

	/* Two keys may have one identifier: wrong is what none of them made. */
	if (outcome->wrong) {
		if (error)
			*error = outcome->wrongness;
		return MODSEAL_E_SIGNATURE_INVALID;
	}
	snprintf(by, sizeof(by), "the key with the identifier %08x (in %s)",
		 outcome->ima.key_identifier, modseal_ima_place_name(outcome->place));
	return modseal_reason_refuse_by(&outcome->reason, judge->request, by, &nobody,
					error);
}

static int judge_value(struct judge *judge, enum modseal_ima_place place,
		       struct modseal_error *error)
{
	const struct modseal_evidence_request *request = judge->request;
	struct outcome outcome = {.place = place};
	int result = modseal_ima_read(judge->source->values[place], place,
				      request->object, &outcome.ima, error);

	for (size_t at = 0; result == 0 && at < request->signer_count; at++) {
		const struct modseal_signer *signer = request->signers[at];

		result =
			try_certificate(judge, &outcome, at, &signer->certificate, error);
		/* pinned signers have none */
		for (size_t i = 0; result == 0 && i < signer->intermediate_count; i++)
			result = try_certificate(judge, &outcome, at,
						 &signer->intermediates[i], error);
	}
	if (result < 0 || outcome.good)
		return result;
	return refuse_value(judge, &outcome, error);
}

static bool is_grave(int code)
{
	return code == MODSEAL_E_SIGNATURE_MALFORMED || code == MODSEAL_E_REVOKED;
}

/* All that are there must verify. A wrong one hides nothing of the other that is worse:
 * audit mode tolerates it, and neither what is malformed nor what is revoked. */
static int judge_values(struct judge *judge, struct modseal_error *error)
{
	int result = 0;

	for (int place = 0; place < MODSEAL_IMA_PLACE_COUNT; place++) {
		struct modseal_error why;
		int code = 0;

		if (judge->source->present[place])
			code = judge_value(judge, (enum modseal_ima_place)place, &why);
		if (code == 0 ||
		    (result < 0 && !is_grave(code) && modseal_code_exit(code) == 1))
			continue;
		result = code;
		if (error)
			*error = why;
		if (modseal_code_exit(code) != 1)
			break;
	}
	return result;
}

static int check_request(const struct modseal_evidence_request *request,
			 const struct modseal_ima_source *source,
			 struct modseal_error *error)
{
	bool any = false;

	for (int place = 0; place < MODSEAL_IMA_PLACE_COUNT; place++)
		any = any || source->present[place];
	if (!any || request->require == 0 ||
	    request->signer_count > MODSEAL_MAX_RULE_SIGNERS)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    request->object, "a request that cannot be judged");
	/* A raw signature says nothing about what it is over (R13): one of a CMS with
	 * attributes is over a SET. */
	if (modseal_content_type(request->content) == MODSEAL_CONTENT_OTHER)
		return modseal_fail(error, MODSEAL_E_TYPE_MISMATCH,
				    MODSEAL_STAGE_EVIDENCE, request->object,
				    "the content is of no type that modseal knows");
	return 0;
}

int modseal_ima_judge(const struct modseal_crypto *crypto,
		      const struct modseal_evidence_request *request,
		      const struct modseal_ima_source *source,
		      struct modseal_evidence_result *ret_result,
		      struct modseal_error *error)
{
	struct judge judge = {.crypto = crypto, .request = request, .source = source};
	static const struct modseal_reason no_reason;
	struct modseal_evidence_result found = {.met_count = 0};
	int result = check_request(request, source, error);

	if (result == 0)
		result = judge_values(&judge, error);
	modseal_crypto_forget();
	if (result < 0)
		return result;
	memcpy(found.unlisted, judge.unlisted, sizeof(found.unlisted));
	found.met_count =
		modseal_tally_count(&judge.tally, request->signer_count, found.met);
	if (found.met_count < request->require) {
		result = modseal_reason_refuse_by(&no_reason, request, NULL, &found,
						  error);
		modseal_remedy(error, "security.ima and FILE.sig hold one signature "
				      "each: let different signers make them");
		return result;
	}
	*ret_result = found;
	return 0;
}
