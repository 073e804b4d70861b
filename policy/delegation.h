/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a policy leaves to a supplement, and what it does not: a supplement speaks of
 * paths below the directories that the policy's rules delegate to it, and accepts no
 * evidence that is weaker than they allow. Everything else is the policy's.
 */
#ifndef MODSEAL_POLICY_DELEGATION_H
#define MODSEAL_POLICY_DELEGATION_H

#include "policy/policy.h"
#include "policy/refuse.h"

/*
 * How strong a form of evidence is; more is stronger. By what an attacker must get hold
 * of: protected-path (nothing is signed), ima (a bare signature of a digest, beside the
 * file), catalog (a signed list, by who need not have built the file), detached (the
 * file's own signer, but it can be lost or exchanged), appended (the same, inside).
 */
unsigned modseal_evidence_strength(enum modseal_evidence evidence);

/*
 * Refuses a supplement that says more than it may. policy names it as number index of its
 * supplements; source is the supplement's text. Errors: POLICY_INVALID, with the line of
 * its rule; RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_delegation_judge(const struct modseal_policy *policy, uint32_t index,
			 const struct modseal_policy *supplement,
			 const struct modseal_policy_source *source);

/*
 * Of the forms that a supplement's rule accepts, the first that is weaker than the
 * delegation wants; or MODSEAL_EVIDENCE_COUNT. A rule can reach over several delegations,
 * so this is asked at each decision.
 */
enum modseal_evidence modseal_delegation_too_weak(const struct modseal_rule *delegation,
						  const struct modseal_rule *rule);

#endif
