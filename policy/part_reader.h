/* SPDX-License-Identifier: Apache-2.0 */
/* The `catalogs` and `supplements` of a policy: the signed files it leaves decisions to.
 */
#ifndef MODSEAL_POLICY_PART_READER_H
#define MODSEAL_POLICY_PART_READER_H

#include "policy/schema.h"

/*
 * Read the list `catalogs` or `supplements` (NULL: none) into reader->policy, whose
 * signers are there already. Besides the types of the keys: no name twice, and enough
 * signers with the purpose `catalog` or `supplement`. Errors: POLICY_INVALID, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_policy_read_catalogs(struct modseal_policy_reader *reader,
						    const struct modseal_yaml_node *node);
MODSEAL_MUST_CHECK int
modseal_policy_read_supplements(struct modseal_policy_reader *reader,
				const struct modseal_yaml_node *node);

/* The index of a catalog or supplement by its name. */
bool modseal_policy_find_part(const struct modseal_policy_part *parts, size_t count,
			      struct modseal_span name, uint32_t *ret_index);

#endif
