/* SPDX-License-Identifier: Apache-2.0 */
/* The signatures that are there already, kept byte for byte beside a new one. */
#ifndef MODSEAL_SIGN_OTHERS_H
#define MODSEAL_SIGN_OTHERS_H

#include "verifier/sign/key.h"
#include "verifier/signature/cms.h"

/* The parts of a SignedData; spans into cms and into what was joined. Zero to begin. */
struct modseal_others {
	struct modseal_cms cms; /* internal */
	struct modseal_span digests[MODSEAL_MAX_SIGNER_INFOS];
	size_t digest_count;
	struct modseal_span certificates[MODSEAL_MAX_CMS_CERTIFICATES];
	size_t certificate_count;
	struct modseal_span signers[MODSEAL_MAX_SIGNER_INFOS];
	size_t signer_count;
	bool version_3;
};

/*
 * Takes an existing CMS apart. existing must live as long as the result; empty: there is
 * none. replace: signatures by this key, and wrong ones in its certificate's name, are
 * left out instead of refused.
 *
 * A signature by others that is over other content is refused, as far as that shows: by
 * its message digest where there are signed attributes, by its certificate where that is
 * inside. The kernel's profile without certificates shows nothing without the key.
 *
 * Signatures by key->replaced are left out, and one must be there where there are any.
 *
 * Errors: ALREADY_SIGNED where the key has signed this content already, SIGNATURE_INVALID
 * where a wrong signature names the key's certificate or one by others does not fit the
 * content, SIGNATURE_MALFORMED where no verifier would look at the result, CRYPTO,
 * SIGNATURE_MISSING (none by key->replaced), RESOURCE. The caller ends with
 * modseal_others_clear.
 */
MODSEAL_MUST_CHECK int
modseal_others_read(const struct modseal_signing_key *key, enum modseal_evidence form,
		    struct modseal_span content, struct modseal_span existing,
		    bool replace, const char *object, struct modseal_others *ret_others,
		    struct modseal_error *error);

/* Adds a SignerInfo, its digest algorithm, and its certificate (or nothing).
 * Errors: ALREADY_SIGNED where the limits leave no room. */
MODSEAL_MUST_CHECK int
modseal_others_join(struct modseal_others *others, struct modseal_span signer,
		    struct modseal_span digest, struct modseal_span certificate,
		    const char *object, struct modseal_error *error);

/* The last look at what was made: every SignerInfo and certificate of the others is in
 * it, byte for byte, and one SignerInfo more. Errors: INTERNAL where that is not so, and
 * those of modseal_cms_read. */
MODSEAL_MUST_CHECK int modseal_others_kept(const struct modseal_others *others,
					   const struct modseal_crypto *crypto,
					   struct modseal_span cms, const char *object,
					   struct modseal_error *error);
/* The same where nothing was added. */
MODSEAL_MUST_CHECK int modseal_others_alone(const struct modseal_others *others,
					    const struct modseal_crypto *crypto,
					    struct modseal_span cms, const char *object,
					    struct modseal_error *error);
void modseal_others_clear(struct modseal_others *others);

#endif
