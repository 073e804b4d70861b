/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an installed package, as dpkg or rpm lists them. */
#ifndef MODSEAL_TOOL_INSTALLED_H
#define MODSEAL_TOOL_INSTALLED_H

#include <stdbool.h>

#include "modseal.h"

/* A file: listed is its real path. differs: its digest is not the one that the package
 * manager has of it. What is not 0 ends the walk and becomes its result. */
typedef int installed_visit(void *argument, const char *listed, bool differs,
			    struct modseal_error *error);

/*
 * Visits every regular file of a package of this machine; what is missing, and links, are
 * passed over. dpkg is asked first, then rpm.
 * Errors: NOT_FOUND (no such package), TOO_LARGE, SYSTEM, RESOURCE, and those of visit.
 */
MODSEAL_MUST_CHECK int installed_walk(const char *package, installed_visit *visit,
				      void *argument, struct modseal_error *error);

#endif
