/* SPDX-License-Identifier: Apache-2.0 */
/* Where what a file needs is looked for: by its rule, or else by the policy. */
#ifndef MODSEAL_SEARCH_H
#define MODSEAL_SEARCH_H

#include "verifier/context.h"

struct modseal_search {
	char **directories; /* the first `made` of them are its own */
	size_t count;
	size_t made;
};

/* True where a file of this rule may find something else than other files do. */
static inline bool modseal_rule_searches(const struct modseal_rule *rule)
{
	return rule->origin.count || rule->search.count;
}

/*
 * The directories in which what the file at path (its real path) needs is looked for:
 * those of the rule's `origin`, seen from the directory of that path, then the rule's
 * `search`, or the policy's. rule NULL: the policy's alone. Ends with
 * modseal_search_close. Errors: PATH_NOT_ALLOWED (an origin above `/`), RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_search_open(const struct modseal_context *context,
					   const struct modseal_rule *rule,
					   const char *path,
					   struct modseal_search *ret_search,
					   struct modseal_error *error);
void modseal_search_close(struct modseal_search *search);

#endif
