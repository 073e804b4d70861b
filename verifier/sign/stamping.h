/* SPDX-License-Identifier: Apache-2.0 */
/* What the calls about time stamps share: whose word counts, and a file's signatures. */
#ifndef MODSEAL_SIGN_STAMPING_H
#define MODSEAL_SIGN_STAMPING_H

#include "modseal-timestamp.h"
#include "verifier/sign/sign.h"
#include "verifier/signature/timestamp.h"

struct modseal_stamping {
	struct modseal_crypto *crypto;
	struct modseal_signer *authority;	/* NULL: whoever a token brings along */
	struct modseal_certificate certificate; /* of the signatures meant; or zero */
	enum modseal_hash hash;
};

/* A file and its signatures, read once. */
struct modseal_stamped_file {
	struct modseal_signing_source source;
	struct modseal_bytes sidecar; /* of detached signatures */
	char *place;		      /* their file, or NULL */
	struct modseal_cms cms;
	enum modseal_evidence form;
	bool chosen[MODSEAL_MAX_SIGNER_INFOS]; /* the signatures meant */
};

/*
 * Reads the signatures that the flags and the stamping mean, of which at least one is
 * chosen. path lives as long as the file. Errors: ARGUMENT, SIGNATURE_MISSING,
 * SIGNATURE_MALFORMED, SIGNER_NOT_ALLOWED, and those of reading. The caller ends with
 * modseal_stamped_close.
 */
MODSEAL_MUST_CHECK int modseal_stamped_open(const struct modseal_stamping *stamping,
					    const char *path, uint32_t flags,
					    struct modseal_stamped_file *ret_file,
					    struct modseal_error *error);
void modseal_stamped_close(struct modseal_stamped_file *file);

/* FILE.tsq, FILE.2.tsq, ...: the name beside the file for a signature by its index. The
 * caller frees. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_stamped_name(const struct modseal_stamped_file *file,
					    size_t index, const char *suffix,
					    char **ret_name, struct modseal_error *error);

/* Does the token date the signature, by the word of the stamping's authority? authority
 * gets the subject of its certificate. Errors: TIMESTAMP_INVALID, RESOURCE, CRYPTO. */
MODSEAL_MUST_CHECK int modseal_stamping_check(const struct modseal_stamping *stamping,
					      struct modseal_span token,
					      struct modseal_span signature,
					      const char *object, int64_t *ret_time,
					      char authority[256],
					      struct modseal_error *error);

/* Tells the visitor (NULL: nobody) of one signature; time 0: none. Errors: what it
 * returned. */
MODSEAL_MUST_CHECK int modseal_stamped_tell(const struct modseal_stamped_file *file,
					    size_t index, const char *name, int64_t time,
					    const char *authority,
					    modseal_stamp_visit *visit, void *argument);

#endif
