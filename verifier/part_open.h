/* SPDX-License-Identifier: Apache-2.0 */
/* A signed file of its own that a policy names: read under the path rules, its type
 * looked at, its signature checked, and nothing parsed. */
#ifndef MODSEAL_PART_OPEN_H
#define MODSEAL_PART_OPEN_H

#include "verifier/context.h"
#include "verifier/image/bytes.h"
#include "verifier/signature/container.h"
#include "verifier/signature/evidence.h"

/* What sort of file is expected. */
struct modseal_part_sort {
	enum modseal_content_type type;
	enum modseal_purpose purpose; /* its signers have it */
	const char *first_line;	      /* without its line feed */
	uint64_t max_size;
	const char *too_large; /* what to do about a larger one */
	int refused;	       /* the code where the signature or the type is not good */
};

struct modseal_part {
	char *path;		    /* its real path */
	struct modseal_bytes bytes; /* private memory: a mapping could change later */
	uint8_t digest[MODSEAL_SHA256_SIZE];  /* of them */
	struct modseal_evidence_result found; /* met[i]: the part's signer i */
};

/*
 * Errors, at the stage POLICY: sort->refused, TYPE_MISMATCH, those of
 * modseal_own_file_read, CRYPTO, RESOURCE. The caller ends *part with modseal_part_close,
 * also after a failure.
 */
MODSEAL_MUST_CHECK int modseal_part_open(const struct modseal_context *context,
					 const struct modseal_authority *authority,
					 const struct modseal_policy_part *source,
					 const struct modseal_part_sort *sort,
					 struct modseal_part *part,
					 struct modseal_error *error);
void modseal_part_close(struct modseal_part *part);

/*
 * What came of opening one: kept in *fault and no failure where the context is not strict
 * and the answer was a plain no. Who asks for the part later is refused for that reason,
 * and the rest of the policy decides as ever.
 */
MODSEAL_MUST_CHECK int modseal_part_settle(const struct modseal_context *context,
					   int result, struct modseal_error *cause,
					   struct modseal_error **fault,
					   struct modseal_error *error);

#endif
