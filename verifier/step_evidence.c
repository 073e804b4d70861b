/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6: which forms of evidence the rule lists, which are there, and what they say. */
#include <string.h>

#include "verifier/audit.h"
#include "verifier/catalogs_open.h"
#include "verifier/evidence_catalog.h"
#include "verifier/evidence_ima.h"
#include "verifier/evidence_signature.h"
#include "verifier/step_bytes.h"
#include "verifier/step_evidence.h"

bool modseal_rule_wants_signature(const struct modseal_rule *rule)
{
	return rule->evidence[0] != MODSEAL_EVIDENCE_PROTECTED_PATH;
}

int modseal_subject_rest(const struct modseal_subject *s, struct modseal_span *ret_rest,
			 struct modseal_error *error)
{
	uint64_t size = s->bytes.file_size - s->container.content_size;

	if (size <= s->bytes.tail.size &&
	    modseal_span_part(s->bytes.tail, s->bytes.tail.size - size, size, ret_rest))
		return 0;
	return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
			    s->located.path, "the container does not fit the tail");
}

/* Errors: REVOKED. whole: the digest with what follows the content; may be NULL. */
static int check_revoked(struct modseal_subject *s, const uint8_t *whole,
			 struct modseal_error *error)
{
	const struct modseal_digest_set *revoked = &s->authority->revoked.files;

	s->digest_known = true;
	if (modseal_digest_set_has(revoked, s->digest) ||
	    (whole && modseal_digest_set_has(revoked, whole)))
		return modseal_fail(error, MODSEAL_E_REVOKED, MODSEAL_STAGE_EVIDENCE,
				    s->located.path, "the policy revokes this file");
	return 0;
}

/* What was not hashed while it was read. */
static int hash_rest(struct modseal_subject *s, struct modseal_error *error)
{
	struct modseal_span part;
	int result = modseal_subject_hashing(s, error);

	if (result < 0)
		return result;
	if (s->hashed > s->content.size ||
	    !modseal_span_part(s->content, s->hashed, s->content.size - s->hashed, &part))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    s->located.path, "more was hashed than its content");
	modseal_running_digest_add(s->hashing, part);
	s->hashed = s->content.size;
	return 0;
}

static int take_digest(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_digest_set *revoked = &s->authority->revoked.files;
	uint8_t whole[MODSEAL_SHA256_SIZE];
	struct modseal_span rest;
	bool pair;
	int result = modseal_subject_rest(s, &rest, error);

	if (result == 0)
		result = hash_rest(s, error);
	if (result < 0)
		return result;
	pair = revoked->count && rest.size;
	result = modseal_running_digest_end(s->hashing, rest, s->digest,
					    pair ? whole : NULL, error);
	modseal_running_digest_free(&s->hashing);
	if (result < 0)
		return result;
	return check_revoked(s, pair ? whole : NULL, error);
}

/* The digest of the content; or where the catalog and fs-verity know the bytes, that of
 * fs-verity, which the kernel vouches for. One is never the other: fs-verity's is the
 * SHA-256 of a descriptor that is no ELF file. */
static int know_content(struct modseal_subject *s, struct modseal_error *error)
{
	int result;

	s->spared = modseal_catalog_spares_reading(s);
	if (s->spared) {
		modseal_verdict_remark_add(s->verdict,
					   "known by its fs-verity digest: its content "
					   "was not read");
		memcpy(s->digest, s->verity.digest, sizeof(s->digest));
		s->digest_known = true;
		return 0;
	}
	result = modseal_subject_need_all(s, error);
	return result < 0 ? result : take_digest(s, error);
}

/* What judges a form; see evidence_signature.h for what it answers. */
typedef int form_judge(struct modseal_subject *subject, bool deciding, bool *ret_present,
		       struct modseal_error *error);

static form_judge *const forms[MODSEAL_EVIDENCE_COUNT] = {
	[MODSEAL_EVIDENCE_APPENDED] = modseal_evidence_appended,
	[MODSEAL_EVIDENCE_DETACHED] = modseal_evidence_detached,
	[MODSEAL_EVIDENCE_IMA] = modseal_evidence_ima,
	[MODSEAL_EVIDENCE_CATALOG] = modseal_evidence_catalog,
};

static int nothing_vouches(const struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_rule *rule = s->rule;
	const char *lost = modseal_container_loss(&s->container);
	int result;

	if (!rule->has_catalog) {
		result = modseal_fail(error, MODSEAL_E_SIGNATURE_MISSING,
				      MODSEAL_STAGE_EVIDENCE, s->located.path,
				      "no signature of the form the rule asks for%s",
				      lost);
		if (s->container.lost)
			modseal_remedy(error, MODSEAL_CONTAINER_LOSS_REMEDY);
		return result;
	}
	result = modseal_fail(
		error, MODSEAL_E_SIGNATURE_MISSING, MODSEAL_STAGE_EVIDENCE,
		s->located.path, "the catalog '%s' does not list %s%s%s",
		s->authority->policy->catalogs[rule->catalog].name, s->located.path,
		rule->evidence_count > 1 ? ", and it has no signature of the other forms "
					   "the rule asks for"
					 : "",
		rule->evidence_count > 1 ? lost : "");
	modseal_remedy(error,
		       "install a catalog that lists this path, or the package that has "
		       "the files of this one%s",
		       rule->evidence_count > 1 ? ", or sign the file" : "");
	return result;
}

/* A catalog that cannot be used is a bad policy, not a bad file. */
static bool is_policys_fault(const struct modseal_subject *s, enum modseal_evidence form)
{
	return form == MODSEAL_EVIDENCE_CATALOG &&
	       s->authority->catalogs[s->rule->catalog].fault;
}

int modseal_step_evidence(struct modseal_subject *s, struct modseal_error *error)
{
	const struct modseal_rule *rule = s->rule;
	bool decided = false, wrong = false;
	int result = know_content(s, error);

	if (result < 0)
		return result;
	if (!modseal_rule_wants_signature(rule)) {
		/* The rule step has seen to it that only root can replace the file; or in
		 * audit mode, that it would be refused. */
		if (s->unprotected)
			return 0;
		s->verdict->evidence = rule->evidence[0];
		s->path_bound = true;
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
		if (result < 0 && !is_policys_fault(s, rule->evidence[i])) {
			/* the other forms are judged: one may be refused whatever the
			 * mode */
			result = modseal_audit(s, result, error);
			present = false;
			wrong = true;
		}
		if (result < 0)
			return result;
		decided = decided || present;
	}
	/* without anybody who could sign there is no rule, and with a wrong form that is
	 * the reason */
	if (decided || wrong || (!rule->signer_count && !rule->has_catalog))
		return 0;
	return modseal_audit(s, nothing_vouches(s, error), error);
}
