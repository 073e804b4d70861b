/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's answer to finit_module(2) means. */
#ifndef MODSEAL_KERNEL_INSERT_H
#define MODSEAL_KERNEL_INSERT_H

#include "internal/error.h"

/* Records the refusal of the module at path: KERNEL_REFUSED, UNSUPPORTED (no
 * loadable modules) or RESOURCE. Returns that code. */
int modseal_kernel_refused(const char *path, int errnum, struct modseal_error *error);

#endif
