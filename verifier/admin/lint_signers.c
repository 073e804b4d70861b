/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: the certificates of signers, their times, keys and revocation. */
#include <string.h>

#include "keys/signer_facts.h"
#include "verifier/admin/lint.h"
#include "verifier/expiry.h"

/* NIST SP 800-57: 2048 bits until 2030, 3072 beyond. */
#define LASTING_RSA_BITS 3072

struct looking {
	struct modseal_lint *lint;
	const struct modseal_policy_signer *source;
	struct modseal_certificate_facts facts;
	struct modseal_place place;
	bool own; /* the signer's certificate, not an intermediate */
	bool judged_then;
};

static bool names(const uint32_t *signers, size_t count, size_t number)
{
	for (size_t i = 0; i < count; i++)
		if (signers[i] == number)
			return true;
	return false;
}

/* Only time stamps say when its certificates are judged: that they have expired since is
 * what these are for. */
static bool is_judged_then(const struct modseal_policy *policy, size_t number)
{
	bool stamped =
		policy->signers[number].purposes == 1u << MODSEAL_PURPOSE_TIMESTAMP;

	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];

		if (!names(rule->signers, rule->signer_count, number))
			continue;
		if (rule->timestamp == MODSEAL_TIMESTAMP_IGNORED)
			return false;
		stamped = true;
	}
	for (size_t i = 0; i < policy->catalog_count; i++)
		if (names(policy->catalogs[i].signers, policy->catalogs[i].signer_count,
			  number))
			return false;
	for (size_t i = 0; i < policy->supplement_count; i++)
		if (names(policy->supplements[i].signers,
			  policy->supplements[i].signer_count, number))
			return false;
	return stamped;
}

static void judge_times(struct looking *l)
{
	const struct modseal_certificate_facts *facts = &l->facts;
	struct modseal_lint *lint = l->lint;
	char text[MODSEAL_POLICY_TIME_SIZE];

	modseal_policy_time_text(facts->not_after, text);
	if (l->source->trust == MODSEAL_TRUST_PINNED) {
		if (facts->not_after < lint->now)
			modseal_lint_tell(lint, MODSEAL_FINDING_PINNED_EXPIRED, l->place,
					  "replace the key if it was meant to end then",
					  "the certificate of '%s' ended on %s; a pinned "
					  "signer's dates do not count",
					  l->source->name, text);
		return;
	}
	if (facts->not_after < lint->now && !l->judged_then)
		modseal_lint_tell(lint, MODSEAL_FINDING_CERTIFICATE_EXPIRED, l->place,
				  "name its successor",
				  "the certificate %s of '%s' has expired on %s",
				  facts->subject, l->source->name, text);
	else if (facts->not_after < lint->soon && facts->not_after >= lint->now)
		modseal_lint_tell(lint, MODSEAL_FINDING_CERTIFICATE_EXPIRES, l->place,
				  "name its successor beside it before that",
				  "the certificate %s of '%s' expires soon, on %s",
				  facts->subject, l->source->name, text);
	modseal_policy_time_text(facts->not_before, text);
	if (facts->not_before > lint->now)
		modseal_lint_tell(lint, MODSEAL_FINDING_CERTIFICATE_NOT_YET, l->place,
				  "wait until then, or set the clock",
				  "the certificate %s of '%s' is valid from %s on only",
				  facts->subject, l->source->name, text);
}

static void judge_key(struct looking *l)
{
	if (l->facts.rsa_bits == 0 || l->facts.rsa_bits >= LASTING_RSA_BITS)
		return;
	modseal_lint_tell(l->lint, MODSEAL_FINDING_SHORT_RSA_KEY, l->place,
			  "use 3072 bits or more, or ECDSA, for keys that last",
			  "the key of '%s' is RSA with %u bits", l->source->name,
			  l->facts.rsa_bits);
}

static bool lists(const struct modseal_policy_digests *set, const uint8_t *digest)
{
	for (size_t i = 0; i < set->count; i++)
		if (memcmp(set->digests[i], digest, MODSEAL_SHA256_SIZE) == 0)
			return true;
	return false;
}

static void judge_revoked(struct looking *l)
{
	const struct modseal_policy *policy = l->lint->policy;
	bool key = lists(&policy->revoked_keys, l->facts.key_sha256);

	if (!key && !lists(&policy->revoked_certificates, l->facts.sha256))
		return;
	modseal_lint_tell(l->lint, MODSEAL_FINDING_REVOKED_IN_USE, l->place,
			  "take the signer out, or the entry in `revoked`",
			  "`revoked` lists the %s of the signer '%s', so nothing it "
			  "signs is accepted",
			  key ? "key" : "certificate", l->source->name);
}

static void judge_lists(struct looking *l)
{
	if (!l->own || l->source->trust != MODSEAL_TRUST_CHAIN ||
	    l->source->crl != MODSEAL_CRL_NONE || !l->facts.is_authority)
		return;
	modseal_lint_tell(l->lint, MODSEAL_FINDING_NO_REVOCATION_LISTS, l->place,
			  "add `crl: if-present` or `required`, and `crl-files`",
			  "what the CA of '%s' revokes is not known here",
			  l->source->name);
}

static void look_at(struct modseal_lint *lint, size_t number)
{
	struct modseal_signer *signer = lint->context->base.signers[number];
	struct looking l = {.lint = lint,
			    .source = &lint->policy->signers[number],
			    .judged_then = is_judged_then(lint->policy, number)};
	size_t count = modseal_signer_certificate_count(signer);
	struct modseal_error cause;

	for (size_t i = 0; i < count && !lint->result; i++) {
		const char *key = i > 0			  ? "intermediates"
				  : l.source->certificate ? "certificate"
							  : "certificate-file";
		int result = modseal_signer_facts(lint->context->crypto, signer, i,
						  &l.facts, &cause);

		l.own = i == 0;
		l.place = modseal_places_at(lint->places, "signers/%s/%s", l.source->name,
					    key);
		if (result < 0) {
			modseal_lint_tell(lint, MODSEAL_FINDING_UNUSABLE, l.place,
					  cause.remedy, "signer '%s': %s", l.source->name,
					  cause.message);
			return;
		}
		judge_times(&l);
		judge_key(&l);
		judge_revoked(&l);
		judge_lists(&l);
		/* decoding may have been put off: now all are known */
		count = modseal_signer_certificate_count(signer);
	}
}

void modseal_lint_signers(struct modseal_lint *lint)
{
	for (size_t i = 0; i < lint->policy->signer_count && !lint->result; i++)
		look_at(lint, i);
}
