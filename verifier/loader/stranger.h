/* SPDX-License-Identifier: Apache-2.0 */
/* Judges a mapped file that is no approved object: replaced on disk, or a stranger. */
#ifndef MODSEAL_LOADER_STRANGER_H
#define MODSEAL_LOADER_STRANGER_H

#include "verifier/loader/startup.h"

/*
 * The verified object that has taken the place of the mapped file: it lies at the same
 * path; or the kernel says that the mapped file is gone, and it was opened under the same
 * needed name in the same directory. NULL: none.
 */
struct modseal_object *modseal_stranger_successor(const struct modseal_inquiry *inquiry,
						  const struct modseal_mapping *mapping);

/* PROCESS_UNVERIFIED, naming the file and the way it came in. */
int modseal_stranger_refuse(const struct modseal_inquiry *inquiry,
			    const struct modseal_mapping *mapping,
			    struct modseal_error *error);

/* PROCESS_UNVERIFIED for a verified object that the program needs but that is not mapped.
 */
int modseal_stranger_missing(const struct modseal_object *object,
			     struct modseal_error *error);

#endif
