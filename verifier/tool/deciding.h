/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that decide share: the context, and the names of files. */
#ifndef MODSEAL_TOOL_DECIDING_H
#define MODSEAL_TOOL_DECIDING_H

#include "modseal.h"
#include "verifier/tool/options.h"

/* Opens the context the options ask for; flags: MODSEAL_OPEN_*. With
 * --anchor the policy's own files may belong to the caller, but never in secure
 * execution. Errors: as modseal_open. */
MODSEAL_MUST_CHECK int deciding_open(const struct options *options, uint32_t flags,
				     struct modseal **ret_context,
				     struct modseal_error *error);

/* A file or directory that an option names, made absolute; relative names start at the
 * current directory. The caller frees *ret_path. Errors: SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int deciding_file(const char *name, char **ret_path,
				     struct modseal_error *error);

/*
 * The name to give to modseal_check: absolute paths as they are; relative ones with a
 * '/', and bare names that exist here, below the current directory; other bare names as
 * they are, for the policy's search list. With --root all names are those of the image.
 * The caller frees *ret_name. Errors: ARGUMENT, SYSTEM, RESOURCE.
 */
MODSEAL_MUST_CHECK int deciding_name(const struct options *options, const char *operand,
				     char **ret_name, struct modseal_error *error);

#endif
