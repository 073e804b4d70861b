/* SPDX-License-Identifier: Apache-2.0 */
/* Lint: what the policy says of itself and of the process, and what nobody uses. */
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/lint.h"
#include "verifier/expiry.h"

static void lint_times(struct modseal_lint *lint)
{
	const struct modseal_policy *policy = lint->policy;
	struct modseal_place place = modseal_places_at(lint->places, "expires");
	char text[MODSEAL_POLICY_TIME_SIZE];

	if (policy->issued > lint->now) {
		modseal_policy_time_text(policy->issued, text);
		modseal_lint_tell(lint, MODSEAL_FINDING_ISSUED_IN_FUTURE,
				  modseal_places_at(lint->places, "issued"),
				  "write the time of now, or set the clock",
				  "it is issued in the future, at %s: no certificate is "
				  "judged at an earlier time",
				  text);
	}
	modseal_policy_time_text(policy->expiry.time, text);
	if (!policy->expiry.given)
		modseal_lint_tell(lint, MODSEAL_FINDING_NEVER_EXPIRES,
				  modseal_places_at(lint->places, "issued"),
				  "add `expires`, if a device that gets no new policy is "
				  "not to go on for ever with this one",
				  "it never expires");
	else if (policy->expiry.time <= lint->now)
		modseal_lint_tell(lint, MODSEAL_FINDING_POLICY_EXPIRED, place,
				  "write a later `expires`", "it has expired at %s",
				  text);
	else if (policy->expiry.time < lint->soon)
		modseal_lint_tell(lint, MODSEAL_FINDING_POLICY_EXPIRES, place,
				  "write a later `expires`, or roll out the next one "
				  "before that",
				  "it expires soon, at %s", text);
}

static void lint_process(struct modseal_lint *lint)
{
	const struct modseal_policy *policy = lint->policy;

	if (policy->audits)
		modseal_lint_tell(lint, MODSEAL_FINDING_AUDIT_MODE,
				  modseal_places_at(lint->places, "mode"),
				  "write `enforce` once nothing right would be refused",
				  "the policy is in audit mode: what it would refuse is "
				  "loaded and told");
	if (policy->anonymous_executable == MODSEAL_TOLERANCE_ALLOW)
		modseal_lint_tell(
			lint, MODSEAL_FINDING_ANONYMOUS_EXECUTABLE,
			modseal_places_at(lint->places, "process/anonymous-executable"),
			"write `log`, or `refuse` where nothing compiles at run "
			"time",
			"executable memory that belongs to no file is allowed, "
			"and nothing tells of it");
	if (policy->deleted != MODSEAL_TOLERANCE_REFUSE)
		modseal_lint_tell(lint, MODSEAL_FINDING_DELETED_ALLOWED,
				  modseal_places_at(lint->places, "process/deleted"),
				  "write `refuse`, and restart programs after upgrades",
				  "a start-up library that was replaced since goes on "
				  "being used");
}

/* Examples have zeros for the digests of files that only their reader has. */
static void lint_placeholder(struct modseal_lint *lint,
			     const struct modseal_policy_signer *signer,
			     struct modseal_place place)
{
	static const uint8_t zeros[MODSEAL_SHA256_SIZE];

	if (!signer->certificate_file ||
	    memcmp(signer->certificate_sha256, zeros, sizeof(zeros)) != 0)
		return;
	lint->placeholder_found = true;
	modseal_lint_tell(lint, MODSEAL_FINDING_PLACEHOLDER, place,
			  "write what `sha256sum` says of that file; until then "
			  "certificates and files cannot be looked at",
			  "the digest of %s is a placeholder that fits no file",
			  signer->certificate_file);
}

static void lint_placeholders(struct modseal_lint *lint)
{
	const struct modseal_policy *policy = lint->policy;

	for (size_t i = 0; i < policy->signer_count; i++)
		lint_placeholder(lint, &policy->signers[i],
				 modseal_places_at(lint->places,
						   "signers/%s/certificate-sha256",
						   policy->signers[i].name));
	for (size_t i = 0; i < policy->policy_signer_count; i++)
		lint_placeholder(
			lint, &policy->policy_signers[i],
			modseal_places_at(
				lint->places,
				"policy-signers/certificates/%zu/certificate-sha256", i));
}

/* ---- what nobody uses ---------------------------------------------------------------
 */

static void mark(bool *used, const uint32_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		used[numbers[i]] = true;
}

static void lint_unused_signers(struct modseal_lint *lint)
{
	const struct modseal_policy *policy = lint->policy;
	bool *used = calloc(policy->signer_count + 1, sizeof(*used));

	if (!used) {
		lint->result = modseal_fail_memory(lint->error, MODSEAL_STAGE_POLICY);
		return;
	}
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];

		mark(used, rule->signers, rule->signer_count);
		mark(used, rule->timestamp_signers, rule->timestamp_signer_count);
	}
	for (size_t i = 0; i < policy->catalog_count; i++)
		mark(used, policy->catalogs[i].signers, policy->catalogs[i].signer_count);
	for (size_t i = 0; i < policy->supplement_count; i++)
		mark(used, policy->supplements[i].signers,
		     policy->supplements[i].signer_count);
	for (size_t i = 0; i < policy->signer_count; i++)
		if (!used[i])
			modseal_lint_tell(lint, MODSEAL_FINDING_UNUSED_SIGNER,
					  modseal_places_at(lint->places, "signers/%s",
							    policy->signers[i].name),
					  "take it out, or name it where it may sign",
					  "no rule, catalog or supplement names the "
					  "signer '%s'",
					  policy->signers[i].name);
	free(used);
}

static void lint_unused_parts(struct modseal_lint *lint)
{
	const struct modseal_policy *policy = lint->policy;
	bool catalogs[MODSEAL_MAX_CATALOGS] = {false};
	bool *supplements = calloc(policy->supplement_count + 1, sizeof(*supplements));

	if (!supplements) {
		lint->result = modseal_fail_memory(lint->error, MODSEAL_STAGE_POLICY);
		return;
	}
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];

		if (rule->delegates)
			supplements[rule->supplement] = true;
		else if (rule->has_catalog)
			catalogs[rule->catalog] = true;
	}
	for (size_t i = 0; i < policy->catalog_count; i++)
		if (!catalogs[i])
			modseal_lint_tell(
				lint, MODSEAL_FINDING_UNUSED_CATALOG,
				modseal_places_at(lint->places, "catalogs/%zu/name", i),
				"take it out: it is read each time the policy is opened",
				"no rule names the catalog '%s'",
				policy->catalogs[i].name);
	for (size_t i = 0; i < policy->supplement_count; i++)
		if (!supplements[i])
			modseal_lint_tell(
				lint, MODSEAL_FINDING_UNUSED_SUPPLEMENT,
				modseal_places_at(lint->places, "supplements/%zu/name",
						  i),
				"take it out, or delegate a directory to it",
				"no rule delegates anything to the supplement '%s'",
				policy->supplements[i].name);
	free(supplements);
}

void modseal_lint_root(struct modseal_lint *lint)
{
	if (lint->policy->serial == 0)
		modseal_lint_tell(lint, MODSEAL_FINDING_SERIAL_ZERO,
				  modseal_places_at(lint->places, "serial"),
				  "write 1, and a higher number with each change",
				  "its serial is 0, as that of a policy that nobody "
				  "numbered");
	lint_times(lint);
	lint_placeholders(lint);
	if (!lint->policy->is_supplement)
		lint_process(lint);
	lint_unused_signers(lint);
	lint_unused_parts(lint);
	if (lint->policy->rule_count == 0)
		modseal_lint_tell(lint, MODSEAL_FINDING_NO_RULES,
				  modseal_places_at(lint->places, "rules"),
				  "add a rule for each directory that may be loaded from",
				  "there is no rule, so nothing is allowed");
}
