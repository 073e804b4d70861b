/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the mappings of loaded objects final, by mseal(2) (Linux 6.10, 64 bits): nothing
 * in the process can unmap, replace, move or make them writable or executable any more.
 */
#ifndef MODSEAL_LOADER_MSEAL_H
#define MODSEAL_LOADER_MSEAL_H

#include "verifier/loader/registry.h"

/* UNSUPPORTED unless the kernel has mseal(2) and lets this process call it; changes
 * nothing. path: for messages. */
MODSEAL_MUST_CHECK int modseal_mseal_require(const char *path,
					     struct modseal_error *error);

/*
 * Seals every segment of the objects that modseal loaded; what the program brought is
 * left as it is. The caller holds the loader lock, and has opened each so that it is
 * never unmapped: a seal cannot be taken off. Errors: SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int modseal_mseal_module(const struct modseal_module *module,
					    struct modseal_error *error);

#endif
