/* SPDX-License-Identifier: Apache-2.0 */
/* Proves after each load that what came into the process is what was approved (R55). */
#ifndef MODSEAL_LOADER_PROOF_H
#define MODSEAL_LOADER_PROOF_H

#include "verifier/loader/registry.h"
#include "verifier/loader/snapshot.h"

/*
 * Of each object that was registered and opened since the last proof: proves that its own
 * file is what the segments at its base are mapped from. And that beside them nothing is
 * executable, and nothing known to the dynamic linker, that is not approved. Then the
 * objects learn their segments. Once for all that a load opens: the kernel's list of
 * mappings grows with every object, and a wrong one has run its constructors before
 * anybody could look.
 *
 * If that is not so the process ends at once (abort), with a line on standard error: code
 * that nobody approved may have run, and nothing that this process does from now on can
 * be trusted, that line included.
 *
 * *ret_snapshot gets all that is mapped and listed, as it was read for that; empty where
 * there was nothing to prove, or on failure. The caller frees. NULL: no more is read than
 * the proof needs.
 *
 * Errors: SYSTEM, RESOURCE, where it could not be found out; the caller closes the
 * objects.
 */
MODSEAL_MUST_CHECK int modseal_proof_check(struct modseal_snapshot *ret_snapshot,
					   struct modseal_error *error);

#endif
