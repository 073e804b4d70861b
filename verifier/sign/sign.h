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
	/* of the content; such as are known already */
	struct modseal_content_digests digests;
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
/* Refuses TYPE_MISMATCH where the content is nothing that is signed as a file; flags: as
 * of modseal_sign_file, MODSEAL_SIGN_ANY counts. */
MODSEAL_MUST_CHECK int
modseal_signing_check_type(const struct modseal_signing_source *source, uint32_t flags,
			   struct modseal_error *error);

/* More flags of the calls below, beside those of modseal_sign_file. */
/* Replace a signature of ours over other bytes. */
#define MODSEAL_SIGN_STALE 0x80000000u
/* A file that the key has signed already, as it would now, is no error. */
#define MODSEAL_SIGN_SKIP 0x40000000u

/* SHA-256 of whole files, for those who ask. */
struct modseal_signing_digests {
	bool wanted;
	struct evp_md_ctx_st *state; /* internal: of the content */
	uint8_t content[MODSEAL_SHA256_SIZE];
	uint8_t before[MODSEAL_SHA256_SIZE];
	uint8_t after[MODSEAL_SHA256_SIZE];	/* of the file, or of the output */
	uint8_t signature[MODSEAL_SHA256_SIZE]; /* of a file beside it */
};

/* A file that is signed, but not in its place yet. Begins zero but for what is asked. */
struct modseal_prepared {
	/* asked: */
	size_t link_count; /* other names of the file, which move along */
	bool expected;	   /* only this very file is meant, whatever lies there by now */
	dev_t device;
	ino_t inode;
	struct modseal_signing_digests digests;
	/* found: */
	bool already; /* the key had signed it; there is no target */
	bool open;    /* there is a target */
	struct modseal_target target;
	char *name; /* of a file beside; the target's object */
	uint64_t size_before;
	uint64_t size_after;
};

/* Writes the signed file beside its place, and proves it. The caller commits the target,
 * and ends with modseal_prepared_clear in every case. Errors: those of modseal_sign_file.
 */
MODSEAL_MUST_CHECK int modseal_prepare_file(const struct modseal_signing_key *key,
					    const char *path, uint32_t flags,
					    const char *output,
					    struct modseal_prepared *prepared,
					    struct modseal_error *error);
void modseal_prepared_clear(struct modseal_prepared *prepared);

/* Refuses ARGUMENT unless the flags of modseal_sign_file are known and fit together. */
MODSEAL_MUST_CHECK int modseal_signing_flags_check(uint32_t flags, const char *path,
						   struct modseal_error *error);

/* Where digests are wanted: those of the source (its content is read once); that of the
 * content with another tail; that of a file beside. Errors: CRYPTO, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_signing_digest_before(
	const struct modseal_signing_key *key, struct modseal_signing_source *source,
	struct modseal_prepared *prepared, struct modseal_error *error);
MODSEAL_MUST_CHECK int
modseal_signing_digest_after(const struct modseal_signing_key *key,
			     const struct modseal_signing_source *source,
			     struct modseal_span tail, struct modseal_prepared *prepared,
			     struct modseal_error *error);
MODSEAL_MUST_CHECK int modseal_signing_digest_signature(
	const struct modseal_signing_key *key, struct modseal_span signature,
	struct modseal_prepared *prepared, struct modseal_error *error);
void modseal_signing_digests_end(struct modseal_prepared *prepared);

/* The source's content, signed into output (NULL: beside its real path, where every
 * verifier looks, with ".p7s"). */
MODSEAL_MUST_CHECK int
modseal_prepare_detached(const struct modseal_signing_key *key,
			 const struct modseal_signing_source *source, uint32_t flags,
			 const char *output, struct modseal_prepared *prepared,
			 struct modseal_error *error);
/*
 * The signature of a file that is written, and proved to hold content, but not in its
 * place yet: what lies there by then may be another's. It belongs beside that place, and
 * replaces one that is there. Errors: those of modseal_prepare_detached.
 */
MODSEAL_MUST_CHECK int modseal_prepare_with(const struct modseal_signing_key *key,
					    const struct modseal_target *signed_target,
					    struct modseal_span content,
					    struct modseal_prepared *prepared,
					    struct modseal_error *error);
/* The same as modseal_prepare_detached, and committed. */
MODSEAL_MUST_CHECK int modseal_sign_detached(const struct modseal_signing_key *key,
					     const struct modseal_signing_source *source,
					     uint32_t flags, const char *output,
					     struct modseal_error *error);

/*
 * The whole of the source, signed for IMA: into its attribute (which is in its place then
 * already), into that of a copy (output), or, with MODSEAL_SIGN_DETACHED, into a file
 * beside it (output NULL: ".sig").
 */
MODSEAL_MUST_CHECK int modseal_prepare_ima(const struct modseal_signing_key *key,
					   const struct modseal_signing_source *source,
					   uint32_t flags, const char *output,
					   struct modseal_prepared *prepared,
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

/*
 * Opens the place of the result: output, or (NULL) that of the source itself, which must
 * be what was read, keeps its times, and, without MODSEAL_SIGN_BREAK_LINKS in flags, has
 * no names but its own and so many others that move along. Errors: those of
 * modseal_target_open and modseal_links_check, CHANGED. The target is closed after an
 * error.
 */
MODSEAL_MUST_CHECK int modseal_signing_open_target(
	const struct modseal_signing_source *source, const char *output, uint32_t flags,
	size_t links, struct modseal_target *ret_target, struct modseal_error *error);

/* Refuses ARGUMENT where the target is the file of the key or of its certificate. */
MODSEAL_MUST_CHECK int modseal_target_spare(const struct modseal_target *target,
					    const struct modseal_signing_key *key,
					    struct modseal_error *error);

#endif
