/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6 of the way of a file: evidence. */
#ifndef MODSEAL_STEP_EVIDENCE_H
#define MODSEAL_STEP_EVIDENCE_H

#include "verifier/verify.h"

/* A rule lists signed forms, or protected-path alone (the policy reader sees to it). */
bool modseal_rule_wants_signature(const struct modseal_rule *rule);

/*
 * What the file has behind its content: the container, or nothing. Where the content is
 * in sealed memory, which ends with it, this is the private copy that the container was
 * read from, so that content and rest are the whole file as it is judged. Errors:
 * INTERNAL.
 */
MODSEAL_MUST_CHECK int modseal_subject_rest(const struct modseal_subject *subject,
					    struct modseal_span *ret_rest,
					    struct modseal_error *error);

/*
 * Digest, revocation of the file, then the rule's forms: every listed form that is
 * present must verify, the first one present decides, none is SIGNATURE_MISSING. Fills
 * subject->digest and the verdict's evidence, signers and remarks.
 */
MODSEAL_MUST_CHECK int modseal_step_evidence(struct modseal_subject *subject,
					     struct modseal_error *error);

#endif
