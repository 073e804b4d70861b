/* SPDX-License-Identifier: Apache-2.0 */
/* The `rules` of a policy, and what makes a rule a contradiction in itself. */
#ifndef MODSEAL_POLICY_RULE_READER_H
#define MODSEAL_POLICY_RULE_READER_H

#include "policy/schema.h"

/*
 * Reads the list `rules` into reader->policy, whose signers and catalogs are there
 * already. Besides the types of the keys: `protected-path` stands alone, belongs to root
 * and names no signers; the evidence `catalog` names a catalog, and alone no signers;
 * other signed evidence names signers, enough of them, each once, and enough of them
 * with the purpose that the kind asks for. Errors: POLICY_INVALID, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_policy_read_rules(struct modseal_policy_reader *reader,
						 const struct modseal_yaml_node *node);

#endif
