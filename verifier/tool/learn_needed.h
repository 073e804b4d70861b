/* SPDX-License-Identifier: Apache-2.0 */
/* What the files need: libraries that must be accepted with them, and where they lie. */
#ifndef MODSEAL_TOOL_LEARN_NEEDED_H
#define MODSEAL_TOOL_LEARN_NEEDED_H

#include "verifier/tool/learn_file.h"

/* Directories for the policy's `search`, in its order. */
struct learn_search {
	char **directories;
	size_t count;
	bool plain; /* the default list does, so the policy needs none */
};

/* Called before each file, for whoever shows progress. */
typedef void learn_progress(void *argument, size_t done, size_t total);

/*
 * Examines all files, and adds what they need and what that needs, as the default search
 * list and then the directories of the files themselves lead to it. What is not found is
 * noted in seen->missing. The caller frees with learn_search_clear in both cases.
 * Errors: those of learn_file_examine, TOO_LARGE (too many files).
 */
MODSEAL_MUST_CHECK int learn_needed_follow(const struct learn_examiner *examiner,
					   struct learn_seen *seen,
					   learn_progress *progress, void *argument,
					   struct learn_search *ret_search,
					   struct modseal_error *error);
void learn_search_clear(struct learn_search *search);

#endif
