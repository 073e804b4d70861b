/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a policy was signed by those who may sign it, and is none of the past. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "verifier/authority_open.h"
#include "verifier/policy_signature.h"
#include "verifier/policy_signers.h"
#include "verifier/provider.h"
#include "verifier/state_open.h"

/* ---- one signature ---------------------------------------------------------------- */

/* revoked NULL: nothing is. */
static int judge(const struct modseal_context *context,
		 const struct modseal_signatories *signers,
		 const struct modseal_revoked *revoked,
		 struct modseal_policy_claim *claim, struct modseal_error *error)
{
	const struct modseal_evidence_request request = {
		.form = MODSEAL_EVIDENCE_DETACHED,
		.cms = claim->cms,
		.content = claim->text,
		.content_sha256 = context->policy_digest,
		.signers = signers->signers,
		.signer_count = signers->count,
		.require = signers->require,
		.revoked = revoked,
		.clock = modseal_context_clock(context),
		.object = context->policy_path,
	};
	char reason[sizeof(error->message)] = "";
	struct modseal_error cause;
	int result;

	modseal_error_clear(&cause);
	result = modseal_evidence_judge(context->crypto, &request, &claim->signed_by,
					&cause);
	if (result == 0)
		return 0;
	if (modseal_code_exit(result) == 3) {
		if (error)
			*error = cause;
		return result;
	}
	snprintf(reason, sizeof(reason), "%s", cause.message);
	if (result != MODSEAL_E_REVOKED && result != MODSEAL_E_SIGNER_NOT_ALLOWED)
		result = MODSEAL_E_POLICY_SIGNATURE;
	return modseal_fail(error, result, MODSEAL_STAGE_POLICY, context->policy_path,
			    "%s", reason);
}

/* SIGNER_NOT_ALLOWED is what judge gives for a signature of strangers, so that others can
 * be asked; in the end nobody knew it. */
static int settle(int result, struct modseal_error *error)
{
	char reason[sizeof(error->message)] = "", object[sizeof(error->object)] = "";

	if (result != MODSEAL_E_SIGNER_NOT_ALLOWED)
		return result;
	if (error) {
		snprintf(reason, sizeof(reason), "%s", error->message);
		snprintf(object, sizeof(object), "%s", error->object);
	}
	return modseal_fail(error, MODSEAL_E_POLICY_SIGNATURE, MODSEAL_STAGE_POLICY,
			    object, "%s", reason);
}

#define SIGN_WITH_NEXT                                                                   \
	"sign it, with `modseal policy sign --append` where several must, with the "     \
	"keys that `modseal policy show` names as `next-signer`"

/* ---- before parsing --------------------------------------------------------------- */

static bool expects(const struct modseal_context *context, size_t anchor,
		    const char *name)
{
	return !context->anchor_names[anchor] ||
	       strcmp(context->anchor_names[anchor], name) == 0;
}

static bool is_expected(const struct modseal_context *context, const char *name)
{
	bool expected = false;

	for (size_t i = 0; i < context->anchor_count; i++)
		expected = expected || expects(context, i, name);
	return expected;
}

static bool is_revoked_for(const struct modseal_context *context, const char *policy,
			   const struct modseal_signer *signer)
{
	const uint8_t *digest;

	for (size_t i = 0;
	     (digest = modseal_state_revoked(context->state, policy, false, i)); i++)
		if (!memcmp(digest, modseal_signer_key_digest(signer),
			    MODSEAL_SHA256_SIZE))
			return true;
	for (size_t i = 0;
	     (digest = modseal_state_revoked(context->state, policy, true, i)); i++)
		if (!memcmp(digest, modseal_signer_certificate_digest(signer),
			    MODSEAL_SHA256_SIZE))
			return true;
	return false;
}

static bool is_handed_over(const struct modseal_context *context, const char *policy)
{
	struct modseal_state_signers signers;

	return context->state && modseal_state_signers(context->state, policy,
						       MODSEAL_STATE_NEXT, &signers);
}

/* An anchor for one name, which others may sign now, or for which it was revoked. Of one
 * for any name nobody knows before the text is parsed. */
static bool is_past(const struct modseal_context *context, size_t anchor)
{
	const char *name = context->anchor_names[anchor];

	return context->state && name &&
	       (is_handed_over(context, name) ||
		is_revoked_for(context, name, context->anchors[anchor]));
}

static int fail_handed_over(const struct modseal_context *context, const char *name,
			    struct modseal_error *error)
{
	modseal_fail(error, MODSEAL_E_POLICY_SIGNATURE, MODSEAL_STAGE_POLICY,
		     context->policy_path,
		     "it is signed with an anchor's key, but on this system policies of "
		     "the name '%s' were handed over to others (`policy-signers`)",
		     name);
	modseal_remedy(error, "%s", SIGN_WITH_NEXT);
	return MODSEAL_E_POLICY_SIGNATURE;
}

/* Only where it began with an anchor of this context: nobody else's word counts here,
 * whatever the state of the system says. */
static int require_related(const struct modseal_context *context, const char *name,
			   struct modseal_error *error)
{
	for (size_t i = 0; i < context->anchor_count; i++)
		if (expects(context, i, name) &&
		    modseal_state_has_key(context->state, name, false,
					  modseal_signer_key_digest(context->anchors[i])))
			return 0;
	modseal_fail(error, MODSEAL_E_POLICY_SIGNATURE, MODSEAL_STAGE_POLICY,
		     context->policy_path,
		     "policies of the name '%s' were handed over to other signers on "
		     "this system, and not by the anchor that is here now",
		     name);
	modseal_remedy(error,
		       "put the anchor back; or, to begin anew with this one, `modseal "
		       "policy reset %s`",
		       name);
	return MODSEAL_E_POLICY_SIGNATURE;
}

/* It is refused; but who signed it, once, may want to know why. 0: nobody has. */
static int refuse_past(const struct modseal_context *context,
		       struct modseal_policy_claim *claim, struct modseal_error *error)
{
	const struct modseal_signatories all = {context->anchors, context->anchor_count,
						1};
	struct modseal_error ignored;

	if (judge(context, &all, NULL, claim, &ignored) < 0)
		return 0;
	for (size_t i = 0; i < context->anchor_count; i++) {
		const char *name = context->anchor_names[i];

		if (!claim->signed_by.met[i] || !name)
			continue;
		if (!is_revoked_for(context, name, context->anchors[i])) {
			int result = require_related(context, name, error);

			return result < 0 ? result
					  : fail_handed_over(context, name, error);
		}
		modseal_fail(error, MODSEAL_E_REVOKED, MODSEAL_STAGE_POLICY,
			     context->policy_path,
			     "it is signed with an anchor's key that was revoked for "
			     "policies of the name '%s'",
			     name);
		modseal_remedy(error, "%s", SIGN_WITH_NEXT);
		return MODSEAL_E_REVOKED;
	}
	return 0;
}

static int ask_anchors(const struct modseal_context *context,
		       struct modseal_policy_claim *claim, bool *ret_past,
		       struct modseal_error *error)
{
	struct modseal_signer *signers[MODSEAL_MAX_ANCHORS];
	size_t places[MODSEAL_MAX_ANCHORS], count = 0;
	struct modseal_signatories asked = {signers, 0, 1};
	bool met[MODSEAL_MAX_ANCHORS] = {false};
	int result;

	for (size_t i = 0; i < context->anchor_count; i++)
		if (!is_past(context, i)) {
			places[count] = i;
			signers[count++] = context->anchors[i];
		}
	*ret_past = count < context->anchor_count;
	asked.count = count;
	result = judge(context, &asked, NULL, claim, error);
	if (result < 0)
		return result;
	for (size_t i = 0; i < count; i++)
		met[places[i]] = claim->signed_by.met[i];
	memcpy(claim->signed_by.met, met, sizeof(met));
	claim->by_anchor = true;
	return 0;
}

static void leave_out_revoked(const struct modseal_context *context, const char *policy,
			      struct modseal_signatories *signers)
{
	size_t kept = 0;

	for (size_t i = 0; i < signers->count; i++)
		if (is_revoked_for(context, policy, signers->signers[i]))
			modseal_signer_free(&signers->signers[i]);
		else
			signers->signers[kept++] = signers->signers[i];
	signers->count = kept;
}

/* By those to whom the policies of one name were handed over. */
static int ask_signatories(const struct modseal_context *context, const char *policy,
			   enum modseal_state_turn turn,
			   struct modseal_policy_claim *claim,
			   struct modseal_error *error)
{
	struct modseal_signatories signers;
	int result = modseal_signatories_open(context, policy, turn, &signers, error);

	if (result == 0)
		leave_out_revoked(context, policy, &signers);
	if (result == 0)
		result = judge(context, &signers, NULL, claim, error);
	modseal_signatories_close(&signers);
	return result;
}

int modseal_policy_authenticate(struct modseal_context *context,
				struct modseal_policy_claim *claim,
				struct modseal_error *error)
{
	const char *known = NULL, *name;
	struct modseal_error other;
	bool past = false;
	int result = modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256,
					   claim->text, context->policy_digest, error);

	if (result < 0)
		return result;
	if (context->state)
		known = modseal_state_policy_of(context->state, context->policy_digest);
	if (known && is_handed_over(context, known))
		return settle(ask_signatories(context, known, MODSEAL_STATE_PRESENT,
					      claim, error),
			      error);
	result = ask_anchors(context, claim, &past, error);
	for (size_t i = 0; result == MODSEAL_E_SIGNER_NOT_ALLOWED && context->state &&
			   (name = modseal_state_handed_over(context->state, i));
	     i++) {
		modseal_error_clear(&other);
		result =
			ask_signatories(context, name, MODSEAL_STATE_NEXT, claim, &other);
		if (result < 0 && result != MODSEAL_E_SIGNER_NOT_ALLOWED) {
			modseal_remedy(&other, "%s", SIGN_WITH_NEXT);
			if (error)
				*error = other;
		}
	}
	if (result == MODSEAL_E_SIGNER_NOT_ALLOWED && context->recovery &&
	    context->state) {
		const struct modseal_signatories recovery = {&context->recovery, 1, 1};

		modseal_error_clear(&other);
		if (judge(context, &recovery, NULL, claim, &other) == 0) {
			claim->by_recovery = true;
			return 0;
		}
	}
	if (result == MODSEAL_E_SIGNER_NOT_ALLOWED && past) {
		int why = refuse_past(context, claim, error);

		result = why < 0 ? why : result;
	}
	return settle(result, error);
}

/* ---- after parsing ---------------------------------------------------------------- */

static bool name_is_expected(const struct modseal_context *context,
			     const struct modseal_evidence_result *signature,
			     const char *name)
{
	/* One key counts for one anchor only, but may lie there under several names. */
	for (size_t i = 0; i < context->anchor_count; i++)
		for (size_t at = 0; at < context->anchor_count; at++)
			if (signature->met[i] &&
			    !memcmp(modseal_signer_key_digest(context->anchors[i]),
				    modseal_signer_key_digest(context->anchors[at]),
				    MODSEAL_SHA256_SIZE) &&
			    expects(context, at, name))
				return true;
	return false;
}

static int refuse_name(const struct modseal_context *context, const char *expected,
		       struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_POLICY_NAME, MODSEAL_STAGE_POLICY,
			    context->policy_path, "its name is '%s', expected is '%s'",
			    context->base.policy->name, expected ? expected : "");
}

/* What a policy revokes it revokes for itself as well: it may take a key out of use if
 * another has signed it too, and cannot lean on the one it disowns. */
static int judge_again(const struct modseal_context *context,
		       const struct modseal_signatories *signers,
		       struct modseal_policy_claim *claim, struct modseal_error *error)
{
	int result = judge(context, signers, &context->base.revoked, claim, error);

	if (result == MODSEAL_E_REVOKED)
		modseal_remedy(error,
			       "sign it with another key that may sign it, too; a key "
			       "that hands over by `policy-signers` is revoked by the "
			       "policy after that");
	return result;
}

static int authorize_by_anchors(struct modseal_context *context,
				struct modseal_policy_claim *claim,
				struct modseal_error *error)
{
	const struct modseal_signatories all = {context->anchors, context->anchor_count,
						1};
	const struct modseal_revoked *revoked = &context->base.revoked;
	const struct modseal_policy *policy = context->base.policy;
	const char *expected = NULL;
	int result = 0;

	if (claim->by_anchor && (revoked->keys.count || revoked->certificates.count ||
				 policy->provider != MODSEAL_PROVIDER_DEFAULT))
		result = settle(judge_again(context, &all, claim, error), error);
	if (result < 0)
		return result;
	if (claim->by_anchor &&
	    name_is_expected(context, &claim->signed_by, policy->name)) {
		memcpy(context->anchor_signed, claim->signed_by.met,
		       sizeof(context->anchor_signed));
		return 0;
	}
	for (size_t i = 0; !expected && i < context->anchor_count; i++)
		if (!claim->by_anchor || claim->signed_by.met[i])
			expected = context->anchor_names[i];
	return refuse_name(context, expected, error);
}

static int authorize_by_state(struct modseal_context *context,
			      struct modseal_policy_claim *claim,
			      struct modseal_error *error)
{
	const char *name = context->base.policy->name;
	enum modseal_state_turn turn = MODSEAL_STATE_NEXT;
	int result;

	if (!is_expected(context, name))
		return refuse_name(context, context->anchor_names[0], error);
	result = require_related(context, name, error);
	if (result < 0)
		return result;
	if (!memcmp(modseal_state_text(context->state, name), context->policy_digest,
		    MODSEAL_SHA256_SIZE))
		turn = MODSEAL_STATE_PRESENT;
	result = modseal_signatories_open(context, name, turn, &context->present, error);
	if (result < 0)
		return result;
	result = judge_again(context, &context->present, claim, error);
	/* by an anchor for any name, of which only now it is known that it is past */
	if (result == MODSEAL_E_SIGNER_NOT_ALLOWED && claim->by_anchor)
		return fail_handed_over(context, name, error);
	return settle(result, error);
}

/* Whatever the floors say, and whoever may sign by them: they may be a thief's work. So
 * it must say who signs from then on, and is itself counted by a floor that no other key
 * raises. */
static int authorize_by_recovery(struct modseal_context *context,
				 struct modseal_policy_claim *claim,
				 struct modseal_error *error)
{
	const struct modseal_signatories recovery = {&context->recovery, 1, 1};
	const struct modseal_policy *policy = context->base.policy;
	uint64_t last = modseal_state_recovered(context->state, policy->name);
	int result;

	if (!is_expected(context, policy->name))
		return refuse_name(context, context->anchor_names[0], error);
	if (!policy->policy_signer_count) {
		modseal_fail(error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY,
			     context->policy_path,
			     "it is signed with the recovery key, and does not say who "
			     "signs from then on");
		modseal_remedy(error, "add `policy-signers`, and sign it again");
		return MODSEAL_E_POLICY_INVALID;
	}
	if (policy->serial <= last) {
		modseal_fail(error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY,
			     context->policy_path,
			     "its serial is %" PRIu64 ", and the last policy by the "
			     "recovery key that was installed here had %" PRIu64,
			     policy->serial, last);
		modseal_remedy(error,
			       "sign a policy with serial %" PRIu64 " or higher with the "
			       "recovery key",
			       last + 1);
		return MODSEAL_E_ROLLBACK;
	}
	/* by the provider that it names, and not by a key that it revokes */
	result = settle(judge_again(context, &recovery, claim, error), error);
	if (result < 0)
		return result;
	context->recovered = true;
	context->time_floor = 0; /* a thief's `issued`, too, may be of any year */
	return 0;
}

/* The floor is the policy's name's, so the name comes first (R33). */
static int judge_serial(const struct modseal_context *context,
			struct modseal_error *error)
{
	return modseal_context_judge_serial(context, NULL, context->base.policy->serial,
					    context->policy_digest, context->policy_path,
					    error);
}

int modseal_policy_authorize(struct modseal_context *context, const char *expected_name,
			     struct modseal_policy_claim *claim,
			     struct modseal_error *error)
{
	const char *name = context->base.policy->name;
	int result = modseal_authority_take_revoked(context, &context->base, error);

	/* The signed text names the provider by which its own signature counts. */
	if (result == 0)
		result = modseal_provider_choose(context, error);
	if (result < 0)
		return result;
	if (claim->by_recovery)
		result = authorize_by_recovery(context, claim, error);
	else if (is_handed_over(context, name))
		result = authorize_by_state(context, claim, error);
	else
		result = authorize_by_anchors(context, claim, error);
	if (result == 0 && expected_name && strcmp(expected_name, name) != 0)
		result = refuse_name(context, expected_name, error);
	return result < 0 ? result : judge_serial(context, error);
}
