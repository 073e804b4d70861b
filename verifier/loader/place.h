/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where code of approved files may be. That a file is approved says something about its
 * code where the dynamic linker has put it, and nothing about its data, or about a second
 * mapping of it, that somebody has made executable.
 */
#ifndef MODSEAL_LOADER_PLACE_H
#define MODSEAL_LOADER_PLACE_H

#include "verifier/loader/startup.h"

/*
 * *ret_mapping: the first executable mapping of an approved file that is no code segment
 * of an object of the dynamic linker, or NULL. Errors: SYSTEM.
 */
MODSEAL_MUST_CHECK int
modseal_place_find_wrong(const struct modseal_inquiry *inquiry,
			 const struct modseal_mapping **ret_mapping,
			 struct modseal_error *error);

/* PROCESS_UNVERIFIED for it. */
int modseal_place_refuse(const struct modseal_inquiry *inquiry,
			 const struct modseal_mapping *mapping,
			 struct modseal_error *error);

#endif
