/* SPDX-License-Identifier: Apache-2.0 */
/* Which system calls of the target are stopped, and which of those are asked about. */
#ifndef MODSEAL_RUN_FILTER_H
#define MODSEAL_RUN_FILTER_H

#include <linux/filter.h>
#include <stdbool.h>

struct run_filter {
	struct sock_filter *instructions;
	unsigned short count;
};

/*
 * Makes the filter. strict: what makes code without a file is refused, too; seal: opens
 * that may be those of libraries are asked about. Everything that is not listed passes
 * without a look at its arguments. 0, or an errno. The caller frees the instructions.
 */
int run_filter_make(bool strict, bool seal, struct run_filter *ret_filter);

#endif
