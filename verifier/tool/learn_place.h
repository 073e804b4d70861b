/* SPDX-License-Identifier: Apache-2.0 */
/* Who may write where a file lies. A verifier judges that again, on the descriptors that
 * it opens; here it only decides what is worth proposing. */
#ifndef MODSEAL_TOOL_LEARN_PLACE_H
#define MODSEAL_TOOL_LEARN_PLACE_H

#include "verifier/tool/learn_seen.h"

struct learn_place {
	bool caller;	/* the file or a directory above it belongs to the caller */
	bool shared;	/* a directory above it is sticky and written by others */
	char flaw[512]; /* why nobody should trust it, or "" */
};

/* root: of an image, whose own owner and mode count, or NULL; path: the real one there.
 * Errors: SYSTEM, NOT_FOUND, RESOURCE. */
MODSEAL_MUST_CHECK int learn_place_judge(const char *root, const char *path,
					 struct learn_place *ret_place,
					 struct modseal_error *error);

#endif
