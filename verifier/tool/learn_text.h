/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a proposed policy, with comments that say what each line was seen for. */
#ifndef MODSEAL_TOOL_LEARN_TEXT_H
#define MODSEAL_TOOL_LEARN_TEXT_H

#include "verifier/tool/learn_log.h"
#include "verifier/tool/learn_needed.h"
#include "verifier/tool/learn_rules.h"
#include "verifier/tool/learn_signers.h"

struct learn_proposal {
	const char *name;
	const char *issued;
	const struct learn_seen *seen;
	const struct learn_rules *rules;
	const struct learn_search *search;
	const struct learn_signers *signers;
	/* with a catalog: its name and file as the policy gives them, and who signs it */
	const char *catalog;
	const char *catalog_file;
	const struct learn_signer *catalog_signer;
	bool audit;		     /* `mode: audit` */
	const struct learn_log *log; /* NULL: from none */
	/* how many files are in the rules and how many were left out */
	size_t proposed;
	size_t left_out;
};

/* The caller frees *ret_text. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int learn_text_make(const struct learn_proposal *proposal,
				       char **ret_text, size_t *ret_size,
				       struct modseal_error *error);

#endif
