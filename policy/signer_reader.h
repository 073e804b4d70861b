/* SPDX-License-Identifier: Apache-2.0 */
/* The `signers` of a policy: names, certificates, and what each may sign. */
#ifndef MODSEAL_POLICY_SIGNER_READER_H
#define MODSEAL_POLICY_SIGNER_READER_H

#include "policy/schema.h"

/*
 * Reads the mapping `signers` (node NULL: there is none) into reader->policy and sorts
 * reader->signers_by_name. Besides the types of the keys: a certificate as text or as a
 * file with its digest, not both; `intermediates` only for `chain`; algorithms of which
 * this version can accept at least one. Errors: POLICY_INVALID, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_policy_read_signers(struct modseal_policy_reader *reader,
						   const struct modseal_yaml_node *node);

/* The index of a signer, or false. */
bool modseal_policy_find_signer(const struct modseal_policy_reader *reader,
				struct modseal_span name, uint32_t *ret_index);

/* Appends a signer, by its name, to the signers of a rule or catalog: known, not there
 * yet, at most MODSEAL_MAX_RULE_SIGNERS. Errors: POLICY_INVALID, RESOURCE. */
MODSEAL_MUST_CHECK int
modseal_policy_add_signer(const struct modseal_policy_reader *reader,
			  const struct modseal_schema_value *value, uint32_t **signers,
			  size_t *count);

/* Where the two keys stand that say who must sign. */
struct modseal_signer_places {
	struct modseal_place signers;
	struct modseal_place require;
};

/* Refuses signers of a rule or catalog of whom no `require` could have the purpose that
 * is asked of them. Errors: POLICY_INVALID. */
MODSEAL_MUST_CHECK int
modseal_policy_check_signers(const struct modseal_policy_reader *reader,
			     const uint32_t *signers, size_t count, uint32_t require,
			     enum modseal_purpose purpose,
			     struct modseal_signer_places places);

/*
 * Refuses a signer that does not have its certificate either as text or as a file with
 * its digest. digest: the value of `certificate-sha256`, or NULL. Errors: POLICY_INVALID.
 */
MODSEAL_MUST_CHECK int
modseal_policy_check_certificate(const struct modseal_policy_reader *reader,
				 const struct modseal_policy_signer *signer,
				 struct modseal_place place,
				 const struct modseal_yaml_node *digest);

#endif
