/* SPDX-License-Identifier: Apache-2.0 */
/* The binding audit, for the load that asks for it and for everybody else. */
#ifndef MODSEAL_PROCESS_BINDINGS_H
#define MODSEAL_PROCESS_BINDINGS_H

#include "modseal-process.h"

/* modseal_check_bindings of a module that need not be in the list of modules yet, or
 * (NULL) of all approved images. The caller holds the loader lock. */
MODSEAL_MUST_CHECK int modseal_bindings_judge(const struct modseal_module *module,
					      modseal_binding_visit *visit,
					      void *argument,
					      struct modseal_bindings *ret_count,
					      struct modseal_error *error);

/* For modseal_load: nothing is told but the error. */
MODSEAL_MUST_CHECK int modseal_bindings_require(const struct modseal_module *module,
						struct modseal_error *error);

#endif
