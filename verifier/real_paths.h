/* SPDX-License-Identifier: Apache-2.0 */
/* The paths a policy names are spelled as they really are (R79). */
#ifndef MODSEAL_REAL_PATHS_H
#define MODSEAL_REAL_PATHS_H

#include "verifier/context.h"

/*
 * Refuses a path of `search` or of a rule whose fixed part passes through a link: rules
 * match real paths, so it would never match, or match another file than its author meant.
 * Of several the first in the text is named. Errors: POLICY_INVALID, and those of
 * modseal_path_real.
 */
MODSEAL_MUST_CHECK int
modseal_real_paths_require(const struct modseal_context *context,
			   const struct modseal_authority *authority,
			   struct modseal_error *error);

#endif
