/* SPDX-License-Identifier: Apache-2.0 */
/* Proves after each dlopen that what came into the process is what was approved (R55). */
#ifndef MODSEAL_LOADER_PROOF_H
#define MODSEAL_LOADER_PROOF_H

#include "verifier/loader/registry.h"

/*
 * The object was registered and opened, and the dynamic linker says that it has this
 * base. Proves that its own file is what the segments there are mapped from, and that
 * beside it nothing is executable, and nothing known to the dynamic linker, that is not
 * approved. Then the object learns its segments.
 *
 * If that is not so the process ends at once (abort), with a line on standard error: code
 * that nobody approved may have run, and nothing that this process does from now on can
 * be trusted, that line included.
 *
 * Errors: SYSTEM, RESOURCE, where it could not be found out; the caller closes the
 * object.
 */
MODSEAL_MUST_CHECK int modseal_proof_check(struct modseal_object *object, uintptr_t base,
					   struct modseal_error *error);

#endif
