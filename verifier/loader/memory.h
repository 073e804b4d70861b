/* SPDX-License-Identifier: Apache-2.0 */
/* Executable memory that is refused whatever file it may be of. */
#ifndef MODSEAL_LOADER_MEMORY_H
#define MODSEAL_LOADER_MEMORY_H

#include "verifier/loader/startup.h"

/*
 * Judges the executable mappings of an inquiry by their kind alone; the files behind them
 * are judged elsewhere. What is let through (audit mode) is told once in a check, and
 * known to the proof of later loads. Errors: PROCESS_UNVERIFIED: memory of no file, where
 * the policy does not allow it; memory of a file that is writable, too.
 */
MODSEAL_MUST_CHECK int modseal_memory_judge(struct modseal_inquiry *inquiry,
					    struct modseal_error *error);

#endif
