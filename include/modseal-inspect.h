/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tools and pipelines: signatures and catalogs without a policy, and what files and
 * the policy in force say. Nothing of this is in a library made with VERIFY_ONLY=1. Rules
 * of errors, threads and lifetimes as in modseal.h.
 */
#ifndef MODSEAL_INSPECT_H
#define MODSEAL_INSPECT_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#define modseal modseal_handle
#endif

/* ---- signatures without a policy -------------------------------------------------- */

/*
 * For pipelines: is the file signed by this key? No path, identity, closure or hygiene
 * rule, any architecture.
 */
struct modseal_trust;

#define MODSEAL_TRUST_OPTIONS_VERSION 1u
struct modseal_trust_options {
	uint32_t version; /* MODSEAL_TRUST_OPTIONS_VERSION */
	uint32_t
		chain; /* 0: exactly the certificate's key; 1: a leaf that chains to it */
	const char *certificate_path; /* PEM or DER, one certificate */
	/* "appended", "detached" or "ima"; NULL: the first of them that is there. */
	const char *evidence;
	uint64_t max_size; /* bytes; 0: 256 MiB */
	/* 1: files that are not ELF are judged too, by a signature in .p7s only, unless
	 * they begin with "modseal-". Nothing that is loaded may be judged so. */
	uint32_t any;
	uint32_t reserved_32;
	uint64_t reserved[7];
};

MODSEAL_API MODSEAL_MUST_CHECK int
modseal_trust_open(const struct modseal_trust_options *options,
		   struct modseal_trust **ret_trust, struct modseal_error *error);
MODSEAL_API void modseal_trust_free(struct modseal_trust **trust);

/* Checks a file by its path; the signature may lie beside its real path, in .p7s or .sig,
 * or in the attribute security.ima. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_trust_check(struct modseal_trust *trust, const char *path,
		    struct modseal_verdict **ret_verdict, struct modseal_error *error);
/* Checks all that a descriptor (a pipe, too) gives; only "appended". label: for messages.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_trust_check_fd(struct modseal_trust *trust, int fd, const char *label,
		       struct modseal_verdict **ret_verdict, struct modseal_error *error);

/* ---- catalogs --------------------------------------------------------------------- */

/* A signed list of files, modseal-catalog(5). May be used by several threads. */
struct modseal_catalog;

/* A file that a catalog lists. The texts live until the callback returns. */
struct modseal_catalog_file {
	const char *path; /* absolute; may hold any bytes but control bytes */
	uint64_t size;	  /* bytes of the content */
	uint64_t version; /* security version, where version_known is 1; else 0 */
	uint32_t version_known;
	uint32_t reserved_32;
	const char *digests; /* as in the catalog: "sha256:<hex> sha512:<hex>" */
};

/* Called for each file in the order of the catalog. A non-zero return ends the listing
 * and becomes the result of the call. */
typedef int modseal_catalog_visit(void *argument,
				  const struct modseal_catalog_file *file);

/*
 * Reads a catalog. trust: its signature path.p7s must be by that certificate, which is
 * checked first; NULL: it is not looked at, and what is read vouches for nothing.
 *
 * Errors: NOT_FOUND, NOT_REGULAR, TOO_LARGE, TYPE_MISMATCH, CATALOG_INVALID (the line is
 * named), SIGNATURE_MISSING and the other codes of modseal_trust_check, RESOURCE, SYSTEM,
 * CRYPTO. The caller frees *ret_catalog with modseal_catalog_free.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_open(const char *path, struct modseal_trust *trust,
		     struct modseal_catalog **ret_catalog, struct modseal_error *error);
MODSEAL_API void modseal_catalog_free(struct modseal_catalog **catalog);

MODSEAL_API const char *modseal_catalog_name(const struct modseal_catalog *catalog);
MODSEAL_API uint64_t modseal_catalog_serial(const struct modseal_catalog *catalog);
/* "2026-11-23T00:00:00Z" */
MODSEAL_API const char *modseal_catalog_issued(const struct modseal_catalog *catalog);
/* How many files it lists. */
MODSEAL_API size_t modseal_catalog_count(const struct modseal_catalog *catalog);

MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_each(const struct modseal_catalog *catalog, modseal_catalog_visit *visit,
		     void *argument, struct modseal_error *error);

/*
 * Is the file that lies at path the one that the catalog lists as listed? path may be
 * any name of it, also inside of an image.
 *
 * Errors: SIGNATURE_MISSING (not listed), CATALOG_MISMATCH, UNSUPPORTED (only digests
 * that this version does not know), SIGNATURE_MALFORMED, NOT_FOUND, NOT_REGULAR,
 * TOO_LARGE (above 2047 MiB), CHANGED, RESOURCE, SYSTEM, CRYPTO.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_check(const struct modseal_catalog *catalog, const char *listed,
		      const char *path, struct modseal_error *error);

/* ---- looking without deciding ------------------------------------------------------ */

/* One fact: a key such as "soname" and its value. A key may come several times. A
 * non-zero return ends the listing and becomes the result of the call. */
typedef int modseal_fact(void *argument, const char *key, const char *value);

/*
 * Tells what a file carries: size, containers, signers, digests, ELF identity,
 * dependencies. Decides nothing, maps nothing executable, runs nothing; but parses bytes
 * that nobody vouched for, so it belongs in a process that decides nothing either.
 *
 * "dlopen-note" is the text of a note that lists what the file opens itself while it runs
 * (UAPI.12, "dlopen() Metadata for ELF Files"). It should be a JSON array, and is not
 * parsed: the caller's reader of JSON has to expect anything but a zero byte. At most 256
 * of them, and 128 KiB of all together.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_inspect(const char *path, modseal_fact *fact,
						   void *argument,
						   struct modseal_error *error);

/* What weakens the process that loads a file. All texts are constants. */
struct modseal_hygiene_finding {
	const char *name;   /* stable, of its kind: "lazy-binding"; modseal(1) has them */
	const char *level;  /* the lowest that refuses it: "standard" or "hardened" */
	const char *what;   /* "binds symbols lazily" */
	const char *remedy; /* "link with -Wl,-z,now" */
	uint64_t reserved[4];
};

/* Called for each finding. A non-zero return ends the listing and becomes the result of
 * the call. */
typedef int modseal_hygiene_visit(void *argument,
				  const struct modseal_hygiene_finding *finding);

/*
 * Lists what `elf: standard` and `elf: hardened` would find in a library or program of
 * any machine. Decides nothing; of the bytes it parses the same holds as for
 * modseal_inspect.
 *
 * Errors: ARGUMENT, NOT_FOUND, NOT_REGULAR, TOO_LARGE, SIGNATURE_MALFORMED (the end of
 * the file), ELF_MALFORMED, UNSUPPORTED (a kernel module), CHANGED, RESOURCE, SYSTEM.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_hygiene(const char *path,
						   modseal_hygiene_visit *visit,
						   void *argument,
						   struct modseal_error *error);

/* The policy in force, key by key, in the order of modseal-policy(5). */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_describe(struct modseal *context,
						    modseal_fact *fact, void *argument,
						    struct modseal_error *error);

/* Judges the text of a policy that is not signed yet, with all it names; path says where
 * relative file names start and stands in messages. root_directory: the root of the image
 * that the policy is for, or NULL for this system. Errors: as modseal_open. */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_policy_judge(const char *path,
							const char *root_directory,
							struct modseal_buffer text,
							struct modseal_error *error);

#ifdef __cplusplus
#undef modseal
}
#endif
#endif
