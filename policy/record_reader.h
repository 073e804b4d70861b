/* SPDX-License-Identifier: Apache-2.0 */
/* The `records` of a policy: where records of verdicts go, which, and how many. */
#ifndef MODSEAL_POLICY_RECORD_READER_H
#define MODSEAL_POLICY_RECORD_READER_H

#include "policy/schema.h"

/* node NULL: none are written. Errors: POLICY_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_policy_read_records(struct modseal_policy_reader *reader,
						   const struct modseal_yaml_node *node);

#endif
