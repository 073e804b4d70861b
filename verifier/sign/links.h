/* SPDX-License-Identifier: Apache-2.0 */
/* Files with several names (hard links), which all must lead to the new file. */
#ifndef MODSEAL_SIGN_LINKS_H
#define MODSEAL_SIGN_LINKS_H

#include "verifier/sign/target.h"

/*
 * Refuses NOT_WRITABLE where the file that is replaced has names beside its own and the
 * `known` others: those would go on leading to the old bytes.
 */
MODSEAL_MUST_CHECK int modseal_links_check(const struct modseal_target *target,
					   size_t known, struct modseal_error *error);

/*
 * Gives a file that was renamed into its place the other names of what it has replaced,
 * each in one step, and syncs their directories. A name that leads to another file by now
 * is left alone: CHANGED. Errors: CHANGED, NOT_FOUND, NOT_WRITABLE, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_links_move(const struct modseal_target *target,
					  const char *const *names, size_t count,
					  struct modseal_error *error);

#endif
