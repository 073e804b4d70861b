/* SPDX-License-Identifier: Apache-2.0 */
/* The `catalogs` of a policy: which signed lists of files rules may name. */
#ifndef MODSEAL_POLICY_CATALOG_READER_H
#define MODSEAL_POLICY_CATALOG_READER_H

#include "policy/schema.h"

/*
 * Reads the list `catalogs` (NULL: none) into reader->policy, whose signers are there
 * already. Besides the types of the keys: no name twice, and enough signers with the
 * purpose `catalog`. Errors: POLICY_INVALID, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_policy_read_catalogs(struct modseal_policy_reader *reader,
						    const struct modseal_yaml_node *node);

/* The index of a catalog of reader->policy by its name. */
bool modseal_policy_find_catalog(const struct modseal_policy_reader *reader,
				 struct modseal_span name, uint32_t *ret_index);

#endif
