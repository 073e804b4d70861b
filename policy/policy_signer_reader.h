/* SPDX-License-Identifier: Apache-2.0 */
/* `policy-signers`: who may sign the policies after this one. */
#ifndef MODSEAL_POLICY_POLICY_SIGNER_READER_H
#define MODSEAL_POLICY_POLICY_SIGNER_READER_H

#include "policy/schema.h"

/*
 * Reads the mapping `policy-signers` (node NULL: there is none) into reader->policy: 1 to
 * MODSEAL_MAX_POLICY_SIGNERS certificates, each as text or as a file with its digest, and
 * how many of them must sign. Errors: POLICY_INVALID, RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_policy_read_policy_signers(struct modseal_policy_reader *reader,
				   const struct modseal_yaml_node *node);

#endif
