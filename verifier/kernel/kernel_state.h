/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules the running kernel has, as /sys/module tells. */
#ifndef MODSEAL_KERNEL_STATE_H
#define MODSEAL_KERNEL_STATE_H

#include "internal/error.h"

enum modseal_kernel_state {
	MODSEAL_KERNEL_ABSENT, /* or nobody may tell: then it is verified and offered */
	MODSEAL_KERNEL_LOADED, /* or just being loaded */
	MODSEAL_KERNEL_BUILT_IN,
};

/*
 * name: of a module, spelled with '_'. Only a real sysfs at /sys is believed. Errors:
 * SYSTEM, RESOURCE: it is there and cannot be read.
 */
MODSEAL_MUST_CHECK int modseal_kernel_state(const char *name,
					    enum modseal_kernel_state *ret_state,
					    struct modseal_error *error);
/* The same below an open directory, whatever it is. */
MODSEAL_MUST_CHECK int modseal_kernel_state_at(int directory, const char *name,
					       enum modseal_kernel_state *ret_state,
					       struct modseal_error *error);

#endif
