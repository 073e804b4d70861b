/* SPDX-License-Identifier: Apache-2.0 */
/* What signing files and signing policies share: the bytes read, and writing a .p7s. */
#ifndef MODSEAL_SIGN_SIGN_H
#define MODSEAL_SIGN_SIGN_H

#include "verifier/image/bytes.h"
#include "verifier/sign/key.h"
#include "verifier/sign/make.h"
#include "verifier/sign/target.h"
#include "verifier/signature/container.h"

/* A file read once; everything is decided by these bytes. */
struct modseal_signing_source {
	const char *path;
	struct modseal_located located;
	struct modseal_bytes bytes;
	struct modseal_container container; /* after modseal_signing_source_split */
	struct modseal_span content;	    /* all, or what comes before the container */
};

/* path lives as long as the source. Errors: those of modseal_path_open_any and
 * modseal_bytes_read. The caller ends with modseal_signing_source_close. */
MODSEAL_MUST_CHECK int
modseal_signing_source_open(const char *path, uint64_t max_size,
			    struct modseal_signing_source *ret_source,
			    struct modseal_error *error);
/* Errors: SIGNATURE_MALFORMED. */
MODSEAL_MUST_CHECK int modseal_signing_source_split(struct modseal_signing_source *source,
						    struct modseal_error *error);
void modseal_signing_source_close(struct modseal_signing_source *source);
/* Refuses TYPE_MISMATCH where the content is nothing that is signed as a file. */
MODSEAL_MUST_CHECK int
modseal_signing_check_type(const struct modseal_signing_source *source,
			   struct modseal_error *error);

/*
 * Signs the source's content into output (NULL: beside its real path, where every
 * verifier looks, with ".p7s"). Flags as for modseal_sign_file, and MODSEAL_SIGN_STALE.
 */
#define MODSEAL_SIGN_STALE                                                               \
	0x80000000u /* replace a signature of ours over other bytes                      \
		     */
MODSEAL_MUST_CHECK int modseal_sign_detached(const struct modseal_signing_key *key,
					     const struct modseal_signing_source *source,
					     uint32_t flags, const char *output,
					     struct modseal_error *error);

/*
 * Signs the whole of the source for IMA: into its attribute, into that of a copy
 * (output), or, with MODSEAL_SIGN_DETACHED, into a file beside it (output NULL: ".sig").
 * Flags as for modseal_sign_file.
 */
MODSEAL_MUST_CHECK int modseal_sign_ima(const struct modseal_signing_key *key,
					const struct modseal_signing_source *source,
					uint32_t flags, const char *output,
					struct modseal_error *error);

/* Opens the place of a signature beside the source: output, or the source's path with a
 * suffix. *ret_name is the caller's to free, after the target is closed. */
MODSEAL_MUST_CHECK int modseal_target_beside(const struct modseal_signing_key *key,
					     const struct modseal_signing_source *source,
					     const char *suffix, const char *output,
					     struct modseal_target *ret_target,
					     char **ret_name,
					     struct modseal_error *error);

/* What is replaced in place must be what was read: it is locked from here on, so nobody
 * of ours changes it, and others are noticed before the rename. Refuses CHANGED. */
MODSEAL_MUST_CHECK int
modseal_signing_in_place(const struct modseal_signing_source *source,
			 const struct modseal_target *target,
			 struct modseal_error *error);

/* Refuses ARGUMENT where the target is the file of the key or of its certificate. */
MODSEAL_MUST_CHECK int modseal_target_spare(const struct modseal_target *target,
					    const struct modseal_signing_key *key,
					    struct modseal_error *error);

#endif
