/* SPDX-License-Identifier: Apache-2.0 */
/* Rules for the files that were seen: as few as can be, none of which matches a file that
 * is there and was not seen, or that another rule is for. */
#ifndef MODSEAL_TOOL_LEARN_RULES_H
#define MODSEAL_TOOL_LEARN_RULES_H

#include "verifier/tool/learn_seen.h"

/* What modseal-policy(5) allows in one policy. */
#define LEARN_MAX_RULES 16384u

struct learn_rule {
	char *path; /* or a pattern */
	bool wide;  /* a pattern: it also matches files that come later */
	/* What it is for; all alike in what a rule asks. */
	struct learn_file **files;
	size_t count;
};

struct learn_rules {
	struct learn_rule *items;
	size_t count;
	size_t room;
};

/* seen must be sorted and lives as long. Errors: RESOURCE, TOO_LARGE. The caller frees
 * with learn_rules_clear in both cases. */
MODSEAL_MUST_CHECK int learn_rules_make(const struct learn_seen *seen,
					struct learn_rules *ret_rules,
					struct modseal_error *error);
void learn_rules_clear(struct learn_rules *rules);

#endif
