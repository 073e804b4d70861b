/* SPDX-License-Identifier: Apache-2.0 */
/* Several files that are replaced all or not at all. */
#ifndef MODSEAL_SIGN_TOGETHER_H
#define MODSEAL_SIGN_TOGETHER_H

#include "verifier/sign/target.h"

/*
 * Exchanges each new file, which is on disk already, with what it replaces; the caller
 * syncs the directories. Where one cannot be exchanged, or was changed meanwhile, those
 * before it are changed back. On a file system that cannot exchange files each is
 * renamed, and stays so: the error names one that did. Errors: CHANGED, NOT_WRITABLE,
 * RESOURCE. The targets are to be closed in either case.
 */
MODSEAL_MUST_CHECK int modseal_targets_exchange(struct modseal_target *const *targets,
						size_t count,
						struct modseal_error *error);

/*
 * Commits targets that were written, and synced where modseal_syncs_together does not
 * hold: syncs each other file system once, exchanges them, and syncs again. Errors:
 * SYSTEM and those above. The targets are to be closed in either case.
 */
MODSEAL_MUST_CHECK int modseal_targets_commit(struct modseal_target *const *targets,
					      size_t count, struct modseal_error *error);

#endif
