/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making keys and signatures. Left out of the library by VERIFY_ONLY=1.
 *
 * Every file is written beside its target, synced, and renamed over it: a target holds
 * either its old bytes or the new ones. Results and errors: see modseal.h.
 */
#ifndef MODSEAL_SIGN_H
#define MODSEAL_SIGN_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Puts a passphrase of at most size bytes, without NUL, into buffer and returns its
 * length, or -1 for none. */
typedef int modseal_passphrase(void *argument, char *buffer, size_t size);

#define MODSEAL_SIGN_OPTIONS_VERSION 1u
struct modseal_sign_options {
	uint32_t version; /* MODSEAL_SIGN_OPTIONS_VERSION */
	uint32_t pss;	  /* 1: RSA with PSS; 0: PKCS#1 v1.5, which the kernel wants */
	/* A file, or a pipe (a named one that nobody opens for writing is given up after
	 * ten seconds): PKCS#8 (PEM or DER), traditional or PKCS#12, may be encrypted. Or
	 * a PKCS#11 URI (RFC 7512), "pkcs11:token=A;object=B": the key stays in the
	 * token. NULL: the key is elsewhere, and what it signs comes back by
	 * modseal_attachment_add */
	const char *key_path;
	/* PEM or DER, or a PKCS#11 URI, of the same key; NULL: the one that lies in the
	 * PKCS#12 file, or in the token, with the key */
	const char *certificate_path;
	/* "sha256", "sha384", "sha512"; NULL: the curve's own, SHA-256 for RSA. */
	const char *hash;
	/* Gives the passphrase, or the token's PIN; asked at most once. NULL: keys must
	 * not be encrypted, nor tokens want a PIN */
	modseal_passphrase *passphrase;
	void *passphrase_argument;
	/* Rotation: with MODSEAL_SIGN_APPEND the signatures by this certificate's key,
	 * which must be there, go when the new ones come. NULL: none go. */
	const char *replaced_certificate_path;
	/* 1: sign although the certificate has expired or is not valid yet */
	uint32_t allow_expired;
	uint32_t reserved_32;
	/* The PKCS#11 module of the token; NULL: p11-kit, which brings along all that
	 * are configured. A module-path in the URI comes first. */
	const char *pkcs11_module;
	uint64_t reserved[5];
};

/* A private key ready to sign; may be used by several threads. */
struct modseal_signing_key;

/*
 * A token keeps its session and its login until the key is freed. The PIN is tried once;
 * the code of the module runs in this process, so sign in one that verifies nothing.
 *
 * Errors: ARGUMENT, NOT_FOUND, SYSTEM (unreadable), KEY_INVALID, KEY_PASSPHRASE,
 * KEY_MISMATCH, CERTIFICATE_INVALID, CERTIFICATE_EXPIRED, UNSUPPORTED, TOKEN_NOT_FOUND
 * (module, token or object; the message lists what is there), TOKEN_PIN, TOKEN_FAILED,
 * TOKEN_REMOVED.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_signing_key_open(const struct modseal_sign_options *options,
			 struct modseal_signing_key **ret_key,
			 struct modseal_error *error);
MODSEAL_API void modseal_signing_key_free(struct modseal_signing_key **key);
/* What is no reason to refuse but ought to be told, from number 0; NULL: no more. Such as
 * that its certificate has no extended key usage. Lives as long as the key. */
MODSEAL_API const char *modseal_signing_key_remark(const struct modseal_signing_key *key,
						   size_t number);
/* SHA-256 of its certificate in DER, as 64 hexadecimal digits. */
MODSEAL_API void modseal_signing_key_certificate(const struct modseal_signing_key *key,
						 char ret_digest[65]);

/* Whose key it is, and how it signs. */
struct modseal_signing_identity {
	char algorithm[40];   /* "ecdsa-p256-sha256" */
	char certificate[72]; /* "sha256:" and 64 hexadecimal digits, of its DER */
	char key[72];	      /* the same of its public key (SubjectPublicKeyInfo) */
	char subject[320];    /* "CN=..., O=..." (RFC 2253) */
	uint64_t reserved[8];
};
MODSEAL_API void
modseal_signing_key_identity(const struct modseal_signing_key *key,
			     struct modseal_signing_identity *ret_identity);

/* Write FILE.p7s and leave FILE alone; of a link, beside the file that it leads to. */
#define MODSEAL_SIGN_DETACHED 0x1u
/* Add a signature to those there are, which stay byte for byte. */
#define MODSEAL_SIGN_APPEND 0x2u
/* Replace those there are; with APPEND only the one by this key. */
#define MODSEAL_SIGN_FORCE 0x4u
/* An IMA signature over the whole file, instead of CMS: into the attribute security.ima,
 * or with DETACHED into FILE.sig. One signature each, so not with APPEND. */
#define MODSEAL_SIGN_IMA 0x8u
/* With DETACHED: files that are not ELF may be signed too, except modseal's own formats
 * (whatever begins with "modseal-"). */
#define MODSEAL_SIGN_ANY 0x10u
/* In place: a file that has other names (hard links) gets a new file under this one; the
 * others go on leading to the old bytes. Without it such a file is NOT_WRITABLE. */
#define MODSEAL_SIGN_BREAK_LINKS 0x20u

/*
 * Signs a file in place (output NULL) or into output. The result is verified before it
 * takes the target's place. In place the file keeps its owner, mode, times, extended
 * attributes and ACLs, less security.ima and security.evm, which are about the old bytes.
 * With MODSEAL_SIGN_IMA in place only the attribute is written, which needs CAP_SYS_ADMIN
 * (NOT_WRITABLE); keys are RSA or ECDSA, without PSS (ARGUMENT).
 *
 * Errors: ARGUMENT, NOT_FOUND, NOT_REGULAR, NOT_WRITABLE, TYPE_MISMATCH (not an ELF file,
 * or one of modseal's own formats), ALREADY_SIGNED, SIGNATURE_MALFORMED (what is there
 * already), SIGNATURE_INVALID (APPEND: a signature that is there does not fit the file,
 * as far as that shows without its key), CHANGED, TOO_LARGE, SYSTEM, RESOURCE, CRYPTO,
 * TOKEN_REMOVED and TOKEN_PIN (then no other file can be signed with this key either),
 * TOKEN_FAILED, UNSUPPORTED (the token does not sign so).
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_sign_file(struct modseal_signing_key *key,
						     const char *path, uint32_t flags,
						     const char *output,
						     struct modseal_error *error);

/* ---- many files ------------------------------------------------------------------- */

/*
 * Files that are signed together: each is written beside its place, and when the batch is
 * committed all are synced at once, renamed, and synced again. One thread at a time; a
 * thread of its own for each batch, all with the same key, is how to use several cores.
 */
struct modseal_batch;

#define MODSEAL_BATCH_OPTIONS_VERSION 1u
struct modseal_batch_options {
	uint32_t version;   /* MODSEAL_BATCH_OPTIONS_VERSION */
	uint32_t flags;	    /* MODSEAL_SIGN_*, for every file */
	uint32_t digests;   /* 1: outcomes tell digests */
	uint32_t max_files; /* of a full batch; 0: 256. Each has three descriptors open */
	uint64_t max_bytes; /* written for a full batch; 0: 64 MiB */
	uint64_t reserved[8];
};

/* What came of one file; all pointers live until the callback returns. */
struct modseal_outcome {
	int32_t code; /* MODSEAL_OK: it is in place, and on disk */
	/* 1: the key had signed this content already, by the same algorithm; nothing was
	 * written. */
	uint32_t already;
	const struct modseal_error *error; /* NULL where code is MODSEAL_OK */
	void *tag;			   /* as it was given to modseal_batch_add */
	/* Where the signature or the output was written; NULL: into the file itself. */
	const char *written;
	/* Of the whole file; afterwards: of the output where there is one. */
	uint64_t size_before;
	uint64_t size_after;
	/* "sha256:" and 64 hexadecimal digits; "" where digests were not asked for. The
	 * content is what the signature is over; signature is that of a file beside. */
	char content[72];
	char before[72];
	char after[72];
	char signature[72];
	uint64_t reserved[8];
};
typedef void modseal_batch_done(void *argument, const struct modseal_outcome *outcome);

/* Errors: ARGUMENT, RESOURCE. The key must live as long. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_batch_new(struct modseal_signing_key *key,
		  const struct modseal_batch_options *options,
		  struct modseal_batch **ret_batch, struct modseal_error *error);
/* What was not committed is as it was, and its new files are removed. */
MODSEAL_API void modseal_batch_free(struct modseal_batch **batch);

/*
 * Signs a file as modseal_sign_file does, all but putting it in place. links: all other
 * names of that very file that shall lead to the new one afterwards (NULL and 0: none),
 * which makes BREAK_LINKS needless. A file that the key has signed already is no error.
 * Several files, and the names of one, must not be added twice.
 * Errors: those of modseal_sign_file; the batch is as it was then.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_batch_add(struct modseal_batch *batch, const char *path, const char *const *links,
		  size_t link_count, const char *output, void *tag,
		  struct modseal_error *error);
/* The file that is added next must be this one (st_dev and st_ino of stat(2)): one that
 * was found below a directory must not be another by then, reached by a link that
 * somebody has put there since. Otherwise modseal_batch_add answers CHANGED. */
MODSEAL_API void modseal_batch_expect(struct modseal_batch *batch, uint64_t device,
				      uint64_t inode);
/* Files added and not committed yet; *ret_full is 1 where it is time to commit. */
MODSEAL_API size_t modseal_batch_count(const struct modseal_batch *batch, int *ret_full);
/* Puts all files in place and calls done for each, in the order they were added. A file
 * that fails is as it was, and stops no other. The batch is empty afterwards. */
MODSEAL_API void modseal_batch_commit(struct modseal_batch *batch,
				      modseal_batch_done *done, void *argument);

/*
 * Removes new files that a killed process has left in a directory: regular files of the
 * caller (root: of anybody) with one name, ".modseal-" and 16 hexadecimal digits, that no
 * process holds locked as modseal does with those it works on. *ret_removed (may be NULL)
 * counts them. Where the file system knows no locks nothing is removed.
 * Errors: NOT_FOUND, NOT_WRITABLE, SYSTEM, RESOURCE.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_sign_clean_directory(const char *path, size_t *ret_removed,
			     struct modseal_error *error);

/* Takes the appended container off: what is left is exactly what was signed.
 * Errors: SIGNATURE_MISSING, SIGNATURE_MALFORMED, and those of modseal_sign_file. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_strip_file(const char *path, const char *output, struct modseal_error *error);

/*
 * Takes only the signatures by one certificate's key off, whatever its dates and usages
 * say, and such as are wrong and go by its name; others stay byte for byte. What is left
 * without any is as modseal_strip_file leaves it. Flags: 0, or MODSEAL_SIGN_DETACHED for
 * FILE.p7s, which is removed with its last signature (not with output).
 * Errors: SIGNATURE_MISSING (none by that key), SIGNATURE_INVALID (another one that is
 * there does not fit the file), those of modseal_sign_file, and of
 * modseal_signing_key_open about the certificate.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_strip_signer(const char *path, const char *certificate_path, uint32_t flags,
		     const char *output, struct modseal_error *error);

/* Judges a policy as modseal_policy_judge does and writes PATH.p7s over the same bytes.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_sign_policy(struct modseal_signing_key *key,
						       const char *path,
						       const char *root_directory,
						       uint32_t flags,
						       struct modseal_error *error);

/* ---- keys elsewhere --------------------------------------------------------------- */

/*
 * What the key of a certificate has to sign for a file. The key (opened without key_path)
 * may be in a company's PKI or an HSM that nobody here can reach: only this goes there,
 * and only a raw signature comes back.
 */
struct modseal_tbs;

/*
 * Flags: 0, or MODSEAL_SIGN_DETACHED for a signature beside the file, with it
 * MODSEAL_SIGN_ANY. Whether it is signed already does not matter here.
 * Errors: ARGUMENT, NOT_FOUND, NOT_REGULAR, TYPE_MISMATCH, SIGNATURE_MALFORMED (what is
 * there already), CHANGED, TOO_LARGE, SYSTEM, RESOURCE, CRYPTO.
 */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_tbs_new(struct modseal_signing_key *key,
						   const char *path, uint32_t flags,
						   struct modseal_tbs **ret_tbs,
						   struct modseal_error *error);
MODSEAL_API void modseal_tbs_free(struct modseal_tbs **tbs);

/* The results below live as long as the object. */

/* "ecdsa-p256-sha256": how it is to be signed. */
MODSEAL_API const char *modseal_tbs_algorithm(const struct modseal_tbs *tbs);
/* Names what is signed, 64 to 128 hexadecimal digits: the digest below; for Ed25519 and
 * ML-DSA, which sign no digest, that of the content. */
MODSEAL_API const char *modseal_tbs_id(const struct modseal_tbs *tbs);
/* Its digest, which RSA and ECDSA sign; NULL for Ed25519 and ML-DSA. */
MODSEAL_API const uint8_t *modseal_tbs_digest(const struct modseal_tbs *tbs,
					      size_t *ret_size);
/* The bytes to be signed, for a signer that takes the digest itself, and for Ed25519 and
 * ML-DSA; NULL where they are the content of the file (modseal_tbs_content_size). */
MODSEAL_API const uint8_t *modseal_tbs_message(const struct modseal_tbs *tbs,
					       size_t *ret_size);
/* The digest as DigestInfo (RFC 8017 9.2 note 1), for tokens that pad and do no more
 * (CKM_RSA_PKCS); NULL unless the algorithm is rsa-pkcs1. */
MODSEAL_API const uint8_t *modseal_tbs_digest_info(const struct modseal_tbs *tbs,
						   size_t *ret_size);
/* Bytes of the file that are signed: all but a container at its end. */
MODSEAL_API uint64_t modseal_tbs_content_size(const struct modseal_tbs *tbs);

/* Signatures made elsewhere, to be put on their files: all or none. One thread at a time.
 */
struct modseal_attachment;

/* Flags for all of them: MODSEAL_SIGN_DETACHED, APPEND, FORCE, ANY, BREAK_LINKS.
 * The key, which may be a certificate only, must live as long. Errors: ARGUMENT,
 * RESOURCE. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_attachment_new(struct modseal_signing_key *key, uint32_t flags,
		       struct modseal_attachment **ret_attachment,
		       struct modseal_error *error);
/* What was not committed is as it was. */
MODSEAL_API void modseal_attachment_free(struct modseal_attachment **attachment);

/*
 * Checks a signature against the file as it lies there now; nothing is written yet. id:
 * that of the file's modseal_tbs when it was asked for (NULL: not known), to tell a file
 * that has changed since from a wrong signature. ECDSA signatures may be in DER or the
 * two numbers one after the other (PKCS #11). *ret_added is 0 where the file has a good
 * signature by this key already, and is left alone; else 1.
 *
 * Errors: SIGNATURE_INVALID, CHANGED (since it was asked for), ALREADY_SIGNED, and those
 * of modseal_sign_file. After an error the attachment is as it was before.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_attachment_add(struct modseal_attachment *attachment, const char *path,
		       const char *id, const void *signature, size_t size, int *ret_added,
		       struct modseal_error *error);

/*
 * Writes all files that were added beside their places, syncs them, and exchanges them
 * with the old ones; where one cannot be, those already exchanged are changed back. (A
 * file system that cannot exchange files, such as NFS, gets each by a plain rename, and
 * what was renamed before the failure stays.) Three descriptors a file are open
 * meanwhile. Errors: those of modseal_sign_file.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_attachment_commit(struct modseal_attachment *attachment,
			  struct modseal_error *error);

/* ---- catalogs --------------------------------------------------------------------- */

/* A catalog in the making (modseal-catalog(5)). One thread at a time. */
struct modseal_catalog_draft;

#define MODSEAL_CATALOG_OPTIONS_VERSION 1u
struct modseal_catalog_options {
	uint32_t version; /* MODSEAL_CATALOG_OPTIONS_VERSION */
	/* 0: only what can be loaded is listed: shared libraries, programs, and kernel
	 * modules named *.ko. 1: every file that is added. */
	uint32_t all;
	const char *name;   /* 1 to 64 of A-Z a-z 0-9 . _ - */
	uint64_t serial;    /* 0 to 2^53-1 */
	const char *issued; /* in UTC, "2026-11-23T00:00:00Z" */
	/* "sha256", "sha384", "sha512", "fsverity-sha256"; none: "sha256" */
	const char *const *digests;
	size_t digest_count;
	uint64_t max_size; /* of one file, bytes; 0: 256 MiB */
	uint64_t reserved[8];
};

/* Errors: ARGUMENT (unknown version, digest, or spelling of a value), RESOURCE, CRYPTO.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_draft_new(const struct modseal_catalog_options *options,
			  struct modseal_catalog_draft **ret_draft,
			  struct modseal_error *error);
MODSEAL_API void modseal_catalog_draft_free(struct modseal_catalog_draft **draft);

/*
 * Adds the file that lies at path, to be listed as `listed`: its real absolute path where
 * it will be used. *ret_added is 1, or 0 where the options leave such files out. After an
 * error the draft is as it was before.
 *
 * Errors: ARGUMENT (listed is no plain absolute path, or has control bytes),
 * SIGNATURE_MALFORMED (it ends in a broken signature container, so nobody could use it),
 * NOT_FOUND, NOT_REGULAR, CHANGED, TOO_LARGE (the file, or the catalog), SYSTEM,
 * RESOURCE, CRYPTO.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_draft_add_file(struct modseal_catalog_draft *draft, const char *listed,
			       const char *path, int *ret_added,
			       struct modseal_error *error);

/* Puts up to size bytes into buffer and returns how many: 0 at the end, -1 (errno set)
 * for a failure. */
typedef ssize_t modseal_read(void *argument, void *buffer, size_t size);

/* The same for a file that is no file yet, such as a member of a package; read is called
 * until its end, or until its start tells that it is not one to list. Its size need not
 * be known. Errors: as above. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_draft_add_stream(struct modseal_catalog_draft *draft, const char *listed,
				 modseal_read *read, void *argument, int *ret_added,
				 struct modseal_error *error);

/* How many files the draft lists. */
MODSEAL_API size_t modseal_catalog_draft_count(const struct modseal_catalog_draft *draft);

/*
 * Sorts, proves and writes the catalog; the same files give the same bytes. A file listed
 * twice stands once if it was the same file both times. An old catalog is replaced,
 * anything else is not. With a key it is signed as modseal_sign_catalog does with
 * MODSEAL_SIGN_FORCE, but before it is put into its place: a failure leaves what was
 * there, with its signature. NULL: it is not signed.
 *
 * Errors: ARGUMENT (a path listed for two different files, no output), EXISTS (output is
 * something else than a catalog), TOO_LARGE, and those of modseal_sign_catalog.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_catalog_draft_write(struct modseal_catalog_draft *draft, const char *output,
			    struct modseal_signing_key *key, struct modseal_error *error);

/* Judges the text of a catalog and writes PATH.p7s over the same bytes. Flags:
 * MODSEAL_SIGN_APPEND, MODSEAL_SIGN_FORCE. Errors: CATALOG_INVALID, and those of
 * modseal_sign_file. */
MODSEAL_API MODSEAL_MUST_CHECK int modseal_sign_catalog(struct modseal_signing_key *key,
							const char *path, uint32_t flags,
							struct modseal_error *error);

/* ---- keys ------------------------------------------------------------------------- */

#define MODSEAL_KEYGEN_OPTIONS_VERSION 1u
struct modseal_keygen_options {
	uint32_t version;	/* MODSEAL_KEYGEN_OPTIONS_VERSION */
	uint32_t authority;	/* 1: a CA certificate instead of a code-signing one */
	const char *name;	/* common name, and NAME.key, NAME.pem */
	const char *directory;	/* NULL: "." */
	const char *algorithm;	/* NULL: "ecdsa-p256"; "rsa3072", "rsa4096", "ecdsa-p384";
				   with OpenSSL 3.5 "ed25519", "ml-dsa-44", "ml-dsa-65",
				   "ml-dsa-87" */
	const char *issuer_key; /* NULL: self-signed */
	const char *issuer_certificate;
	uint32_t days; /* of validity; 0: 3650 */
	uint32_t reserved_32;
	modseal_passphrase *passphrase; /* of the issuer's key */
	void *passphrase_argument;
	/* Seconds since 1970 from which on the certificate is valid, and from which its
	 * serial number is made, beside the key; 0: now, and a random number. */
	uint64_t not_before;
	uint64_t reserved[7];
};

/* Writes NAME.key (PKCS#8 PEM, mode 0600) and NAME.pem (certificate).
 * Errors: ARGUMENT, EXISTS, UNSUPPORTED (algorithm), KEY_*, CERTIFICATE_INVALID (the
 * issuer is no CA), NOT_WRITABLE, SYSTEM, RESOURCE, CRYPTO. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_keygen(const struct modseal_keygen_options *options, struct modseal_error *error);

#define MODSEAL_REQUEST_OPTIONS_VERSION 1u
struct modseal_request_options {
	uint32_t version; /* MODSEAL_REQUEST_OPTIONS_VERSION */
	uint32_t reserved_32;
	const char *name;      /* common name, and NAME.csr */
	const char *directory; /* NULL: "." */
	/* Of a fresh key, as in modseal_keygen_options; NULL with key_path */
	const char *algorithm;
	/* A key that exists, a file or PKCS#11 URI as in modseal_sign_options; NULL: a
	 * fresh one, written to NAME.key */
	const char *key_path;
	const char *pkcs11_module; /* as in modseal_sign_options */
	modseal_passphrase *passphrase;
	void *passphrase_argument;
	uint64_t reserved[8];
};

/*
 * Writes a request for a code-signing certificate (PKCS#10), NAME.csr in PEM, signed by
 * the key itself; and NAME.key (PKCS#8 PEM, mode 0600) where the key is fresh.
 *
 * Errors: ARGUMENT, EXISTS, UNSUPPORTED (algorithm, or a token that does not tell the
 * public key), NOT_FOUND, KEY_*, TOKEN_*, ALGORITHM_NOT_ALLOWED, NOT_WRITABLE, SYSTEM,
 * RESOURCE, CRYPTO.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_request(const struct modseal_request_options *options,
		struct modseal_error *error);

#ifdef __cplusplus
}
#endif
#endif
