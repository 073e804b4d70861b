/* SPDX-License-Identifier: Apache-2.0 */
/* Several files that are replaced all or not at all. */
#ifndef MODSEAL_SIGN_TOGETHER_H
#define MODSEAL_SIGN_TOGETHER_H

#include "verifier/sign/target.h"

/*
 * Commits targets that were written, and synced where modseal_syncs_together does not
 * hold: syncs each other file system once, exchanges each new file
 * with what it replaces, and syncs again. Where one cannot be exchanged, or was changed
 * meanwhile, those before it are changed back. On a file system that cannot exchange
 * files each is renamed, and stays so. Errors: CHANGED, NOT_WRITABLE, SYSTEM, RESOURCE.
 * The targets are to be closed in either case.
 */
MODSEAL_MUST_CHECK int modseal_targets_commit(struct modseal_target *const *targets,
					      size_t count, struct modseal_error *error);

#endif
