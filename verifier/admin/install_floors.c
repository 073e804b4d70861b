/* SPDX-License-Identifier: Apache-2.0 */
/* What a set in force means for the rollback state. */
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/install_floors.h"
#include "verifier/catalogs_open.h"
#include "verifier/supplements_open.h"

/* ---- who signs -------------------------------------------------------------------- */

static bool expects(const struct modseal_context *context, size_t anchor)
{
	const char *name = context->anchor_names[anchor];

	return !name || strcmp(name, context->base.policy->name) == 0;
}

static int keep(struct modseal_state *state, const char *policy,
		enum modseal_state_turn turn, struct modseal_signer *const *signers,
		size_t count, uint32_t require, struct modseal_error *error)
{
	struct modseal_state_signers kept = {.require = require};
	uint8_t *certificates[MODSEAL_MAX_POLICY_SIGNERS] = {NULL};
	int result = 0;

	if (count > MODSEAL_MAX_POLICY_SIGNERS)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_POLICY,
				    policy, "more signers than can be kept");
	for (size_t i = 0; result == 0 && i < count; i++) {
		size_t size = 0;

		result =
			modseal_anchor_encode(signers[i], &certificates[i], &size, error);
		kept.certificates[i] = modseal_span_of(certificates[i], size);
		kept.count++;
	}
	if (result == 0)
		result = modseal_state_keep_signers(state, policy, turn, &kept, error);
	for (size_t i = 0; i < count; i++)
		free(certificates[i]);
	return result;
}

static int keep_keys(struct modseal_state *state, const char *policy,
		     const struct modseal_signatories *signers,
		     struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < signers->count; i++)
		result = modseal_state_keep_key(
			state, policy, false,
			modseal_signer_key_digest(signers->signers[i]), error);
	return result;
}

/* A CMS holds fewer signatures than can be kept. */
static int keep_anchors(struct modseal_state *state,
			const struct modseal_context *context,
			struct modseal_error *error)
{
	struct modseal_signer *signed_by[MODSEAL_MAX_ANCHORS];
	const char *policy = context->base.policy->name;
	size_t count = 0;

	if (context->recovered)
		signed_by[count++] = context->recovery;
	for (size_t i = 0; !context->recovered && i < context->anchor_count; i++)
		if (context->anchor_signed[i])
			signed_by[count++] = context->anchors[i];
	return keep(state, policy, MODSEAL_STATE_PRESENT, signed_by, count, 1, error);
}

/* known: only to be revoked one day, whoever signs then. */
static int keep_anchor_keys(struct modseal_state *state,
			    const struct modseal_context *context, bool known,
			    struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < context->anchor_count; i++)
		if (expects(context, i))
			result = modseal_state_keep_key(
				state, context->base.policy->name, known,
				modseal_signer_key_digest(context->anchors[i]), error);
	return result;
}

/* Those who signed this text are kept with it: it may be opened again any time, when
 * others sign already. */
static int hand_over(struct modseal_state *state, const struct modseal_context *context,
		     struct modseal_error *error)
{
	const struct modseal_signatories *present = &context->present;
	const struct modseal_signatories *next = &context->next;
	const char *policy = context->base.policy->name;
	int result;

	result = keep_anchor_keys(state, context, next->count == 0, error);
	if (result < 0 || next->count == 0)
		return result; /* nobody but anchors, before and after */
	if (present->count)
		result = keep(state, policy, MODSEAL_STATE_PRESENT, present->signers,
			      present->count, present->require, error);
	else
		result = keep_anchors(state, context, error);
	if (result == 0)
		result = keep(state, policy, MODSEAL_STATE_NEXT, next->signers,
			      next->count, next->require, error);
	/* not that of recovery: those who sign could revoke it */
	if (result == 0)
		result = keep_keys(state, policy, present, error);
	if (result == 0)
		result = keep_keys(state, policy, next, error);
	return result;
}

/* ---- who does not any more -------------------------------------------------------- */

static bool has_digest(const struct modseal_signatories *signers, bool certificate,
		       const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; i < signers->count; i++)
		if (!memcmp(certificate ? modseal_signer_certificate_digest(
						  signers->signers[i])
					: modseal_signer_key_digest(signers->signers[i]),
			    digest, MODSEAL_SHA256_SIZE))
			return true;
	return false;
}

static bool is_anchors(const struct modseal_context *context, bool certificate,
		       const uint8_t digest[MODSEAL_SHA256_SIZE])
{
	for (size_t i = 0; i < context->anchor_count; i++) {
		const struct modseal_signatories one = {&context->anchors[i], 1, 1};

		/* one for another name is nothing to the signers of this one */
		if (expects(context, i) && has_digest(&one, certificate, digest))
			return true;
	}
	return false;
}

/* Of what the policy revokes most is no policy signer's, and of no use here. */
static int keep_revoked(struct modseal_state *state,
			const struct modseal_context *context, bool certificate,
			const struct modseal_policy_digests *revoked,
			struct modseal_error *error)
{
	const char *policy = context->base.policy->name;
	int result = 0;

	for (size_t i = 0; result == 0 && i < revoked->count; i++) {
		const uint8_t *digest = revoked->digests[i];

		if (is_anchors(context, certificate, digest) ||
		    has_digest(&context->present, certificate, digest) ||
		    has_digest(&context->next, certificate, digest) ||
		    (!certificate && modseal_state_has_key(state, policy, true, digest)))
			result = modseal_state_revoke(state, policy, certificate, digest,
						      error);
	}
	return result;
}

/* A policy by the recovery key: what it revokes is compared with who signed until now,
 * and then nothing of that is left. */
static int recover(struct modseal_state *state, const struct modseal_context *context,
		   struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	int result = keep_revoked(state, context, false, &policy->revoked_keys, error);

	if (result == 0)
		result = keep_revoked(state, context, true, &policy->revoked_certificates,
				      error);
	if (result == 0)
		result = modseal_state_forget(state, policy->name, false, error);
	if (result == 0)
		result =
			modseal_state_recover(state, policy->name, policy->serial, error);
	return result;
}

/* ---- the whole -------------------------------------------------------------------- */

static int raise_catalogs(struct modseal_state *state,
			  const struct modseal_context *context,
			  const struct modseal_authority *authority,
			  struct modseal_error *error)
{
	const struct modseal_policy *policy = authority->policy;
	int result = 0;

	for (size_t i = 0; result == 0 && i < policy->catalog_count; i++) {
		const struct modseal_state_subject subject = {
			.policy = context->base.policy->name,
			.supplement = authority->supplement,
			.catalog = policy->catalogs[i].name,
		};

		result = modseal_state_raise(
			state, &subject, authority->catalogs[i].text.serial, NULL, error);
	}
	return result;
}

static int raise_supplements(struct modseal_state *state,
			     const struct modseal_context *context,
			     struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	int result = 0;

	for (size_t i = 0; result == 0 && i < policy->supplement_count; i++) {
		const struct modseal_context_supplement *supplement =
			&context->supplements[i];
		const struct modseal_state_subject subject = {
			.policy = policy->name,
			.supplement = policy->supplements[i].name,
		};

		result = modseal_state_raise(state, &subject,
					     supplement->authority.policy->serial,
					     supplement->part.digest, error);
		if (result == 0)
			result = raise_catalogs(state, context, &supplement->authority,
						error);
	}
	return result;
}

/* ---- revocation lists -------------------------------------------------------------- */

/* By the key that made them: the set in force may be lost, and with it what it held. The
 * newest of a signer counts; two lists by one key lie there while files change. */
static int judge_signer(const struct modseal_state *state,
			const struct modseal_signer *signer, int64_t latest,
			struct modseal_error *error)
{
	const uint8_t *key, *other;
	const char *name, *ignored;
	int64_t made, later;

	for (size_t i = 0; modseal_signer_list(signer, latest, i, &name, &key, &made);
	     i++) {
		int64_t newest = made;

		for (size_t at = 0;
		     modseal_signer_list(signer, latest, at, &ignored, &other, &later);
		     at++)
			if (!memcmp(key, other, MODSEAL_SHA256_SIZE) && later > newest)
				newest = later;
		if (newest >= modseal_state_listed(state, key))
			continue;
		modseal_fail(
			error, MODSEAL_E_ROLLBACK, MODSEAL_STAGE_POLICY, name,
			"a newer revocation list by the same CA was in force on this "
			"system once, for the signer '%s' or another",
			modseal_signer_name(signer));
		modseal_remedy(error, "put the newest list of this CA there");
		return MODSEAL_E_ROLLBACK;
	}
	return 0;
}

static int raise_lists(struct modseal_state *state, const struct modseal_authority *from,
		       int64_t latest, struct modseal_error *error)
{
	const uint8_t *key;
	const char *name;
	int64_t made;
	int result = 0;

	for (size_t i = 0; i < from->policy->signer_count; i++)
		for (size_t at = 0;
		     result == 0 && modseal_signer_list(from->signers[i], latest, at,
							&name, &key, &made);
		     at++)
			result = modseal_state_raise_list(state, key, made, error);
	return result;
}

int modseal_floors_judge_lists(const struct modseal_state *state,
			       const struct modseal_context *context,
			       const struct modseal_authority *authority,
			       struct modseal_error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < authority->policy->signer_count; i++)
		result = judge_signer(state, authority->signers[i],
				      modseal_context_latest(context), error);
	return result;
}

/* ---- all of it --------------------------------------------------------------------- */

int modseal_floors_raise(struct modseal_state *state,
			 const struct modseal_context *context,
			 struct modseal_error *error)
{
	const struct modseal_policy *policy = context->base.policy;
	const uint8_t *text = modseal_state_text(state, policy->name);
	bool known = text && !memcmp(text, context->policy_digest, MODSEAL_SHA256_SIZE);
	const struct modseal_state_subject subject = {.policy = policy->name};
	int result = 0;

	if (context->recovered)
		result = recover(state, context, error);
	if (result == 0)
		result = modseal_state_raise(state, &subject, policy->serial,
					     context->policy_digest, error);

	if (result == 0)
		result = raise_catalogs(state, context, &context->base, error);
	if (result == 0)
		result = raise_supplements(state, context, error);
	if (result == 0)
		result = raise_lists(state, &context->base,
				     modseal_context_latest(context), error);
	for (size_t i = 0; result == 0 && i < policy->supplement_count; i++)
		result = raise_lists(state, &context->supplements[i].authority,
				     modseal_context_latest(context), error);
	if (result == 0 && !known)
		result = hand_over(state, context, error);
	if (result == 0)
		result =
			keep_revoked(state, context, false, &policy->revoked_keys, error);
	if (result == 0)
		result = keep_revoked(state, context, true, &policy->revoked_certificates,
				      error);
	modseal_state_raise_time(state, context->time_floor);
	return result;
}
