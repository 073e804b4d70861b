/* SPDX-License-Identifier: Apache-2.0 */
/* The `timestamp` of a rule: whether signatures need a time stamp, and by whom. */
#ifndef MODSEAL_POLICY_TIMESTAMP_READER_H
#define MODSEAL_POLICY_TIMESTAMP_READER_H

#include "policy/schema.h"

/* Reads the mapping (node NULL: there is none) into the rule. Its signers all have the
 * purpose `timestamp`. Errors: POLICY_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_policy_read_timestamp(struct modseal_policy_reader *reader,
						     const struct modseal_yaml_node *node,
						     struct modseal_rule *rule);

/* Refuses a rule that lists evidence which no token can be put into: where it decided,
 * the demand would be forgotten. place: of `timestamp`. Errors: POLICY_INVALID. */
MODSEAL_MUST_CHECK int
modseal_policy_check_timestamp(const struct modseal_policy_reader *reader,
			       const struct modseal_rule *rule,
			       struct modseal_place place);

#endif
