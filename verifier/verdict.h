/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict: what was decided about one accepted file, and on what grounds. */
#ifndef MODSEAL_VERDICT_H
#define MODSEAL_VERDICT_H

#include <stdbool.h>

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/limits.h"
#include "verifier/elf/note.h"

struct modseal_verdict {
	char *path;
	enum modseal_kind kind;
	char digest[144];
	enum modseal_evidence evidence; /* MODSEAL_EVIDENCE_COUNT: none */
	char *signers[MODSEAL_MAX_RULE_SIGNERS];
	/* of the signers' certificates in the policy; borrowed: while it is judged */
	const uint8_t *signer_keys[MODSEAL_MAX_RULE_SIGNERS];
	/* Of the time stamps by which they were counted, or NULL: when, and whose word.
	 */
	char *timestamps[MODSEAL_MAX_RULE_SIGNERS];
	char *timestamp_signers[MODSEAL_MAX_RULE_SIGNERS];
	size_t signer_count;
	char *catalog; /* the name of the catalog that lists the file, or NULL */
	uint64_t catalog_serial;
	char *supplement; /* the name of the supplement that decided, or NULL */
	uint64_t supplement_serial;
	uint32_t rule_line;
	const char *hand_off;
	const char *held; /* what keeps the file as it is: see modseal_verdict_held */
	char *policy;
	uint64_t serial;
	const char *anchor_source;
	bool version_known; /* the security version, by the note or by a catalog */
	uint64_t version;
	struct modseal_note note; /* of the module, where it carries one */
	const char *state;
	char *remarks[16];
	size_t remark_count;
	struct modseal_verdict **dependencies;
	size_t dependency_count;
	bool dependencies_borrowed; /* they belong to the images of the closure */
	/* In audit mode: why it would have been refused first (code 0: it would not). */
	bool audited;
	int would_refuse;
	enum modseal_stage would_stage;
	char *would_message;
	char *would_remedy;
};

/* Appends a remark; a remark too many, or without memory, is dropped: it decides nothing.
 */
void modseal_verdict_remark_add(struct modseal_verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Writes "sha256:<hex>". */
void modseal_digest_text(const uint8_t digest[MODSEAL_SHA256_SIZE], char *buffer,
			 size_t size);

#endif
