/* SPDX-License-Identifier: Apache-2.0 */
/* The `versions` of a policy: floors of security versions by the names of libraries. */
#ifndef MODSEAL_POLICY_VERSION_READER_H
#define MODSEAL_POLICY_VERSION_READER_H

#include "policy/schema.h"

/* node NULL: none are given. Errors: POLICY_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_policy_read_versions(struct modseal_policy_reader *reader,
						    const struct modseal_yaml_node *node);

#endif
