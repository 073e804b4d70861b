/* SPDX-License-Identifier: Apache-2.0 */
/* What another needs and is in the process already need not be read anew. */
#ifndef MODSEAL_STEP_LOADED_H
#define MODSEAL_STEP_LOADED_H

#include "verifier/verify.h"

/*
 * After the rule step: true if what is needed is satisfied by what this context approved
 * under the same SONAME and path, and modseal has loaded, since the file there is the one
 * it came from. The dynamic linker would bind to that in any case. The subject then has
 * the approved image, and is through with all steps. What is asked for itself is always
 * read (R105), and so is a file that was replaced or changed since.
 */
bool modseal_step_loaded(struct modseal_subject *subject);

#endif
