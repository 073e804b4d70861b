/* SPDX-License-Identifier: Apache-2.0 */
/* The files of an installed package, as dpkg or rpm lists them. */
#ifndef MODSEAL_TOOL_INSTALLED_H
#define MODSEAL_TOOL_INSTALLED_H

#include "modseal.h"

enum installed_state {
	INSTALLED_AS_SHIPPED,
	INSTALLED_CHANGED,  /* its digest is not the one that the package manager has */
	INSTALLED_DIVERTED, /* dpkg compares no file that lies elsewhere than shipped */
};

/* A file: listed is its real path. What is not 0 ends the walk and becomes its result. */
typedef int installed_visit(void *argument, const char *listed,
			    enum installed_state state, struct modseal_error *error);

/*
 * Visits every regular file of a package of this machine; what is missing, and links, are
 * passed over. dpkg is asked first, then rpm.
 * Errors: NOT_FOUND (no such package), TOO_LARGE, SYSTEM, RESOURCE, and those of visit.
 */
MODSEAL_MUST_CHECK int installed_walk(const char *package, installed_visit *visit,
				      void *argument, struct modseal_error *error);

#endif
