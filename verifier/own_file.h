/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy's own files: the policy, its signature and what it names. All are read under
 * the same rules about who may own and write them (R79), and all beside the policy.
 */
#ifndef MODSEAL_OWN_FILE_H
#define MODSEAL_OWN_FILE_H

#include "verifier/context.h"
#include "verifier/image/bytes.h"

/*
 * Reads one file by its absolute path. ret_real (may be NULL) gets its real path, to be
 * freed by the caller. The caller ends *ret_bytes with modseal_bytes_free.
 * Errors: NOT_FOUND, PATH_UNSAFE, NOT_REGULAR, TOO_LARGE, CHANGED, SYSTEM, RESOURCE; all
 * in stage POLICY but those of opening.
 */
MODSEAL_MUST_CHECK int modseal_own_file_read(const struct modseal_context *context,
					     const char *path, uint64_t max_size,
					     struct modseal_bytes *ret_bytes,
					     char **ret_real,
					     struct modseal_error *error);

/* The same below another root than the policy's. */
MODSEAL_MUST_CHECK int modseal_own_file_read_in(const struct modseal_context *context,
						int root, const char *path,
						uint64_t max_size,
						struct modseal_bytes *ret_bytes,
						char **ret_real,
						struct modseal_error *error);

/*
 * The same by a name that stands in the policy, or in a supplement (authority). Relative
 * names start at the real directory of the policy as it was opened: the link through
 * which an installed policy is reached may be switched to another set meanwhile, and what
 * is read after that must still be of the same set.
 */
MODSEAL_MUST_CHECK int
modseal_own_file_read_named(const struct modseal_context *context,
			    const struct modseal_authority *authority, const char *name,
			    uint64_t max_size, struct modseal_bytes *ret_bytes,
			    char **ret_real, struct modseal_error *error);

/*
 * Reads the signature beside a file, REAL.p7s for its real path. Where it is missing the
 * file is none that may be believed: the error is missing_code, about object.
 */
MODSEAL_MUST_CHECK int modseal_own_signature_read(const struct modseal_context *context,
						  const char *real, const char *object,
						  int missing_code,
						  struct modseal_bytes *ret_bytes,
						  struct modseal_error *error);

#endif
