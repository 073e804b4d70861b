/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What could vouch for a file, and what each form says: the functions that decide are
 * asked one by one, also about forms that the rule does not ask for.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/explain.h"
#include "verifier/authority_open.h"
#include "verifier/beside.h"
#include "verifier/catalogs_open.h"
#include "verifier/evidence_catalog.h"
#include "verifier/evidence_ima.h"
#include "verifier/evidence_signature.h"
#include "verifier/signature/evidence.h"
#include "verifier/step_bytes.h"
#include "verifier/step_evidence.h"

struct looking {
	struct modseal_explaining *e;
	struct modseal_subject *s;
	const struct modseal_rule *rule; /* NULL: none decides */
	struct modseal_error *error;
};

static bool lists(const struct modseal_rule *rule, enum modseal_evidence form)
{
	for (size_t i = 0; rule && i < rule->evidence_count; i++)
		if (rule->evidence[i] == form)
			return true;
	return false;
}

static struct modseal_evidence_seen *
see(const struct looking *l, enum modseal_evidence form, const char *place, bool present)
{
	struct modseal_evidence_seen *seen =
		modseal_kept_append(&l->e->kept, &l->e->evidence,
				    &l->e->answer.evidence_count, sizeof(*seen));

	if (!seen)
		return NULL;
	seen->form = modseal_evidence_name(form);
	seen->place = modseal_kept_text(&l->e->kept, "%s", place);
	seen->present = present;
	seen->listed = lists(l->rule, form);
	return seen;
}

static void add_text(const struct looking *l, const char *const **list, uint32_t *count,
		     const char *text)
{
	size_t used = *count;
	const char **item =
		modseal_kept_append(&l->e->kept, (void *)list, &used, sizeof(*item));

	*count = (uint32_t)used;
	if (item)
		*item = modseal_kept_text(&l->e->kept, "%s", text);
}

/* ---- by whom ------------------------------------------------------------------------
 */

struct claims {
	const struct looking *l;
	struct modseal_evidence_seen *seen;
};

static int add_claim(void *argument, const char *key, const char *value)
{
	static const char *const keys[] = {"signer.issuer", "signer.serial",
					   "signer.key-identifier", "signer.algorithm",
					   "certificate.subject"};
	struct claims *claims = argument;
	char text[1024];

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(key, keys[i]) == 0) {
			snprintf(text, sizeof(text), "%s: %s", key, value);
			add_text(claims->l, &claims->seen->claims,
				 &claims->seen->claim_count, text);
		}
	return 0;
}

/* Of so many signers at once as a rule may list, from one on. */
static void name_some(const struct looking *l, struct modseal_evidence_seen *seen,
		      enum modseal_evidence form, struct modseal_span cms, size_t from)
{
	const struct modseal_authority *authority = l->s->authority;
	const struct modseal_rule *rule = l->s->rule;
	struct modseal_signer *signers[MODSEAL_MAX_RULE_SIGNERS];
	struct modseal_signer *stampers[MODSEAL_MAX_RULE_SIGNERS];
	uint32_t numbers[MODSEAL_MAX_RULE_SIGNERS];
	size_t count = authority->policy->signer_count - from;
	struct modseal_evidence_result found;
	struct modseal_evidence_request request = {
		.form = form,
		.cms = cms,
		.content = l->s->content,
		.content_sha256 = l->s->digest,
		.signers = signers,
		.require = 1,
		.revoked = &authority->revoked,
		.clock = modseal_context_clock(l->s->context),
		/* who has signed is told also where only the time stamp is missing */
		.timestamp = rule->timestamp == MODSEAL_TIMESTAMP_IGNORED
				     ? MODSEAL_TIMESTAMP_IGNORED
				     : MODSEAL_TIMESTAMP_IF_EXPIRED,
		.timestamp_signers = stampers,
		.timestamp_signer_count = rule->timestamp_signer_count,
		.object = l->s->located.path,
	};
	struct modseal_error ignored;

	if (count > MODSEAL_MAX_RULE_SIGNERS)
		count = MODSEAL_MAX_RULE_SIGNERS;
	request.signer_count = count;
	for (size_t i = 0; i < count; i++)
		numbers[i] = (uint32_t)(from + i);
	if (modseal_authority_signers(l->s->context, authority, numbers, count, signers,
				      &ignored) < 0 ||
	    modseal_authority_signers(l->s->context, authority, rule->timestamp_signers,
				      rule->timestamp_signer_count, stampers,
				      &ignored) < 0 ||
	    modseal_evidence_judge(l->s->context->crypto, &request, &found, &ignored) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (found.met[i])
			add_text(l, &seen->signers, &seen->signer_count,
				 modseal_signer_name(signers[i]));
}

/* Every signer of the policy is asked, whoever the rule lists: somebody else's good
 * signature is what a wrong `signers` looks like. */
static void name_signers(const struct looking *l, struct modseal_evidence_seen *seen,
			 enum modseal_evidence form, struct modseal_span cms)
{
	size_t count = l->s->authority->policy->signer_count;
	struct claims claims = {l, seen};
	struct modseal_error ignored;

	for (size_t from = 0; from < count; from += MODSEAL_MAX_RULE_SIGNERS)
		name_some(l, seen, form, cms, from);
	if (modseal_evidence_describe(l->s->context->crypto, cms, add_claim, &claims,
				      &ignored) < 0)
		return; /* malformed: the code says it */
}

/* ---- what it says -------------------------------------------------------------------
 */

typedef int form_judge(struct modseal_subject *subject, bool deciding, bool *ret_present,
		       struct modseal_error *error);

static struct modseal_evidence_seen *ask(const struct looking *l,
					 enum modseal_evidence form, form_judge *judge,
					 const char *place)
{
	struct modseal_evidence_seen *seen;
	struct modseal_error cause;
	bool present = false;
	int result;

	modseal_error_clear(&cause);
	result = judge(l->s, false, &present, &cause);
	/* what cannot even be read is there */
	seen = see(l, form, place, present || result < 0);
	if (!seen || result == 0)
		return seen;
	/* Without a rule nobody may have signed it: who did is told beside. */
	if (!l->rule && result == MODSEAL_E_SIGNER_NOT_ALLOWED)
		return seen;
	seen->code = result;
	seen->reason = modseal_kept_text(&l->e->kept, "%s", cause.message);
	return seen;
}

static void ask_signatures(const struct looking *l)
{
	struct modseal_subject *s = l->s;
	struct modseal_bytes sidecar = {.descriptor = -1};
	struct modseal_evidence_seen *seen = ask(
		l, MODSEAL_EVIDENCE_APPENDED, modseal_evidence_appended, s->located.path);
	struct modseal_error ignored;
	bool present = false;
	char place[4096 + 8];

	if (seen && seen->present)
		name_signers(l, seen, MODSEAL_EVIDENCE_APPENDED, s->container.cms);
	if (seen && !seen->present && s->container.lost)
		seen->reason = "a part of a signature is there (changed, or cut in "
			       "copying or stripping?)";
	snprintf(place, sizeof(place), "%s.p7s", s->located.path);
	seen = ask(l, MODSEAL_EVIDENCE_DETACHED, modseal_evidence_detached, place);
	if (seen && seen->present &&
	    modseal_subject_read_beside(s, ".p7s", MODSEAL_MAX_CMS_SIZE, &sidecar,
					&present, &ignored) == 0 &&
	    present)
		name_signers(l, seen, MODSEAL_EVIDENCE_DETACHED, sidecar.view);
	modseal_bytes_free(&sidecar);
	ask(l, MODSEAL_EVIDENCE_IMA, modseal_evidence_ima, s->located.path);
}

/* All catalogs, since one that the rule does not name may list the file. */
static void ask_catalogs(const struct looking *l)
{
	const struct modseal_policy *policy = l->s->authority->policy;
	const struct modseal_rule *before = l->s->rule;
	struct modseal_rule asking = *before;

	l->s->rule = &asking;
	asking.has_catalog = true;
	for (size_t i = 0; i < policy->catalog_count; i++) {
		const struct modseal_policy_part *catalog = &policy->catalogs[i];
		struct modseal_evidence_seen *seen;

		asking.catalog = (uint32_t)i;
		seen = ask(l, MODSEAL_EVIDENCE_CATALOG, modseal_evidence_catalog,
			   catalog->name);
		if (!seen)
			break;
		seen->listed = seen->listed && l->rule->catalog == i;
		for (size_t at = 0; seen->present && at < catalog->signer_count; at++)
			if (l->s->authority->catalogs[i].part.found.met[at])
				add_text(l, &seen->signers, &seen->signer_count,
					 policy->signers[catalog->signers[at]].name);
		free(l->s->verdict->catalog);
		l->s->verdict->catalog = NULL;
	}
	l->s->rule = before;
}

static void ask_place(const struct looking *l)
{
	const struct modseal_located *located = &l->s->located;
	bool safe = located->safety == MODSEAL_PATH_PROTECTED;
	struct modseal_evidence_seen *seen =
		see(l, MODSEAL_EVIDENCE_PROTECTED_PATH, located->path, safe);

	if (seen && !safe)
		seen->reason = modseal_kept_text(&l->e->kept, "%s", located->reason);
}

/* ---- the bytes ----------------------------------------------------------------------
 */

static int take_bytes(struct modseal_subject *s, struct modseal_error *error)
{
	int result = modseal_step_bytes(s, error);

	if (result == 0)
		result = modseal_step_container(s, error);
	if (result == 0)
		result = modseal_subject_need_all(s, error);
	if (result == 0)
		result = modseal_crypto_digest(s->context->crypto, MODSEAL_HASH_SHA256,
					       s->content, s->digest, error);
	return result;
}

static int look_at_all(struct looking *l)
{
	struct modseal_error problem;
	int result = modseal_path_open_in(l->s->context->root, l->s->asked,
					  &l->s->located, &problem);

	if (result == 0) {
		ask_place(l);
		result = take_bytes(l->s, &problem);
	}
	if (result == MODSEAL_E_RESOURCE)
		return modseal_fail_memory(l->error, MODSEAL_STAGE_EVIDENCE);
	if (result < 0) {
		l->e->answer.evidence_problem =
			modseal_kept_text(&l->e->kept, "%s", problem.message);
		return 0;
	}
	ask_signatures(l);
	ask_catalogs(l);
	return 0;
}

int modseal_explain_evidence(struct modseal_explaining *e,
			     struct modseal_context *context,
			     const struct modseal_authority *authority,
			     const struct modseal_rule *rule, const char *path,
			     enum modseal_kind kind, struct modseal_error *error)
{
	struct modseal_rule none = {.require = 1};
	/* As for an object of the process: nothing is handed off, so nothing is sealed.
	 */
	struct modseal_subject s = {
		.context = context,
		.asked = path,
		.kind = kind,
		.in_place = true,
		.authority = authority,
		.rule = rule ? rule : &none,
		.located = {.descriptor = -1},
		.bytes = {.descriptor = -1},
	};
	struct looking looking = {.e = e, .s = &s, .rule = rule, .error = error};
	int result;

	s.verdict = calloc(1, sizeof(*s.verdict));
	if (!s.verdict)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	result = look_at_all(&looking);
	modseal_subject_clear(&s);
	return result;
}
