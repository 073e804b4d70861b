/* SPDX-License-Identifier: Apache-2.0 */
/* An explanation in the making. */
#ifndef MODSEAL_ADMIN_EXPLAIN_H
#define MODSEAL_ADMIN_EXPLAIN_H

#include "modseal-ask.h"
#include "verifier/admin/kept.h"
#include "verifier/verify.h"

/* What modseal_explain gives away is its first member. */
struct modseal_explaining {
	struct modseal_explanation answer;
	struct modseal_kept kept;
	struct modseal_searched *searched;
	struct modseal_met *met;
	struct modseal_rule_tried *rules;
	struct modseal_evidence_seen *evidence;
	struct modseal_verdict *verdict;
	struct modseal_error refusal;
};

/* The rules that are tried for the real path, in order, each with why it decides or not;
 * *ret_rule: the one that does, or NULL. supplement: whose they are, or NULL. Errors:
 * RESOURCE. */
MODSEAL_MUST_CHECK int
modseal_explain_rules(struct modseal_explaining *e, const struct modseal_policy *policy,
		      const char *supplement, const char *path, enum modseal_kind kind,
		      const struct modseal_rule **ret_rule, struct modseal_error *error);

/* Every form of evidence the file has, and what each says. What cannot be looked at is
 * told, and no failure. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_explain_evidence(struct modseal_explaining *e,
						struct modseal_context *context,
						const struct modseal_authority *authority,
						const struct modseal_rule *rule,
						const char *path, enum modseal_kind kind,
						struct modseal_error *error);

#endif
