/* SPDX-License-Identifier: Apache-2.0 */
/* The regular files of a Debian or RPM package, by the paths that they will have. */
#ifndef MODSEAL_TOOL_PACKAGE_H
#define MODSEAL_TOOL_PACKAGE_H

#include <stdbool.h>

#include "modseal-sign.h"

enum package_format {
	PACKAGE_DEB, /* deb(5), deb-version 2 */
	PACKAGE_RPM, /* version 3 or 4, with a cpio payload */
};

/* A file: listed is its path where the package is installed; read with source gives its
 * content. What is not 0 ends the walk and becomes its result. */
typedef int package_visit(void *argument, const char *listed, modseal_read *read,
			  void *source, struct modseal_error *error);

/*
 * Visits every regular file of a package; each name of a file with several. Links,
 * directories and devices are passed over. merged: what lies in /bin, /sbin, /lib and
 * their like is visited as below /usr, where it lies on a system with merged /usr.
 *
 * Errors: ARGUMENT (a member whose name is not a plain relative path, or that is a hard
 * link to none), NOT_FOUND, NOT_REGULAR, TYPE_MISMATCH (no such package, or a damaged
 * one), UNSUPPORTED (a compression that is not read), TOO_LARGE, SYSTEM, RESOURCE, and
 * those of visit. The package may be damaged although files of it were visited.
 */
MODSEAL_MUST_CHECK int package_walk(const char *path, enum package_format format,
				    bool merged, package_visit *visit, void *argument,
				    struct modseal_error *error);

#endif
