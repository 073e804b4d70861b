/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stamps (RFC 3161) on signatures, by file. Left out of the library by
 * VERIFY_ONLY=1, which still judges what a policy says about them (modseal-policy(5)).
 *
 * A time-stamping authority says over a signature that it existed at a time. Its word is
 * a token, which lies in the signature as the unsigned attribute id-aa-timeStampToken
 * (1.2.840.113549.1.9.16.2.14, RFC 3161 appendix A).
 */
#ifndef MODSEAL_TIMESTAMP_H
#define MODSEAL_TIMESTAMP_H

#include "modseal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define MODSEAL_STAMPING_OPTIONS_VERSION 1u
struct modseal_stamping_options {
	uint32_t version; /* MODSEAL_STAMPING_OPTIONS_VERSION */
	/* 1: the authority's certificate was issued by that of authority_path; 0: it is
	 * that one. */
	uint32_t chain;
	/* PEM or DER. NULL: a token is checked by the certificate it brings along, so
	 * that nothing is known of who made it; not for modseal_timestamp_verify. */
	const char *authority_path;
	/* Only the signatures by this certificate; NULL: all. */
	const char *certificate_path;
	/* Digest of the signature in requests: "sha256", "sha384", "sha512"; NULL:
	 * "sha256". */
	const char *hash;
	uint64_t reserved[8];
};

/* May be used by several threads. */
struct modseal_stamping;

/* Errors: ARGUMENT, NOT_FOUND, SYSTEM, CERTIFICATE_INVALID, RESOURCE, CRYPTO. */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_stamping_open(const struct modseal_stamping_options *options,
		      struct modseal_stamping **ret_stamping,
		      struct modseal_error *error);
MODSEAL_API void modseal_stamping_free(struct modseal_stamping **stamping);

/* The signatures of FILE.p7s; without it those appended to FILE, where there are any. */
#define MODSEAL_STAMP_DETACHED 0x1u
/* Signatures that have a time stamp already are not passed over. */
#define MODSEAL_STAMP_FORCE 0x2u

/* One signature, and what became of it. */
struct modseal_stamp_fact {
	uint32_t number;       /* of the signature, from 1 */
	uint32_t reserved;     /* 0 */
	const char *signer;    /* how it names its certificate, escaped */
	const char *file;      /* request or token, as written or read; or NULL */
	const char *time;      /* of the token, "2026-11-26T10:00:00Z", the latest that it
				  can have been; or NULL */
	const char *authority; /* subject of the certificate given, or that of the token;
				  or NULL */
};
/* The fact lives as long as the call. Not 0 ends the listing. */
typedef int modseal_stamp_visit(void *argument, const struct modseal_stamp_fact *fact);

/*
 * Writes a TimeStampReq for each signature without a time stamp: output, or FILE.tsq,
 * FILE.2.tsq for the second signature and so on. It asks for the authority's certificate,
 * and has no nonce: the digest of a signature occurs once, and the same file gives the
 * same request.
 *
 * Errors: ARGUMENT (several signatures for one output), NOT_FOUND, SIGNATURE_MISSING,
 * SIGNATURE_MALFORMED, SIGNER_NOT_ALLOWED (none by that certificate), ALREADY_SIGNED (all
 * have one), NOT_REGULAR, NOT_WRITABLE, TOO_LARGE, CHANGED, SYSTEM, RESOURCE, CRYPTO, and
 * what the visitor returned.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_timestamp_request(const struct modseal_stamping *stamping, const char *path,
			  uint32_t flags, const char *output, modseal_stamp_visit *visit,
			  void *argument, struct modseal_error *error);

/*
 * Reads a TimeStampResp, or a token alone, from token, or from FILE.tsr, FILE.2.tsr and
 * so on; checks it as a verifier would against the signature that it is for, and puts it
 * there. All else of the file stays byte for byte; the result is read back and checked
 * before it takes the file's place.
 *
 * Errors: TIMESTAMP_INVALID, TIMESTAMP_MISSING (the authority refused, with its words),
 * and those above.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_timestamp_attach(const struct modseal_stamping *stamping, const char *path,
			 uint32_t flags, const char *token, modseal_stamp_visit *visit,
			 void *argument, struct modseal_error *error);

/*
 * Checks the time stamps of a file's signatures. Says nothing about the signatures.
 * Errors: TIMESTAMP_MISSING (a signature without), TIMESTAMP_INVALID, and those above.
 */
MODSEAL_API MODSEAL_MUST_CHECK int
modseal_timestamp_verify(const struct modseal_stamping *stamping, const char *path,
			 uint32_t flags, modseal_stamp_visit *visit, void *argument,
			 struct modseal_error *error);

#ifdef __cplusplus
}
#endif
#endif
