/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds the rules that may match a path without trying all of them: only those whose
 * bytes before the first `*` are how the path begins. So a decision takes time by the
 * length of the path, not by the number of rules, as long as these do not all begin
 * alike.
 */
#ifndef MODSEAL_POLICY_RULE_INDEX_H
#define MODSEAL_POLICY_RULE_INDEX_H

#include "policy/policy.h"

struct modseal_rule_index;

/* NULL where memory is short. */
struct modseal_rule_index *modseal_rule_index_new(const struct modseal_rule *rules,
						  size_t count);
void modseal_rule_index_free(struct modseal_rule_index **index);

/*
 * The smallest number of a rule for which matches says yes, or count. Each rule that
 * begins as the path does is offered at least once, others may be; none above one that
 * matched.
 */
size_t modseal_rule_index_first(const struct modseal_rule_index *index, const char *path,
				size_t count,
				bool (*matches)(const void *argument, size_t rule),
				const void *argument);

#endif
