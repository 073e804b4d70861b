/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes CMS signatures, alone or beside those there are. Byte for byte what the kernel's
 * sign-file makes with a self-signed RSA certificate; sign-file itself is
 * scripts/sign-file.c of the kernel's sources.
 */
#ifndef MODSEAL_SIGN_MAKE_H
#define MODSEAL_SIGN_MAKE_H

#include "verifier/sign/message.h"
#include "verifier/sign/others.h"

/*
 * Signs a content in the profile of a form (APPENDED or DETACHED). digests: of the
 * content, taken here where they are not known yet, and each only once. others: the
 * signatures to keep, from modseal_others_read, or zero for none; they live as long as
 * the call. The certificate goes along where an authority issued it, because a chain
 * signer knows the authority only. The result is judged (modseal_evidence_judge) before
 * it is given out.
 *
 * Errors: ARGUMENT (the key is a certificate only), ALREADY_SIGNED (no room for more),
 * SIGNATURE_MALFORMED (too large with it), CRYPTO, RESOURCE.
 */
MODSEAL_MUST_CHECK int
modseal_cms_make(const struct modseal_signing_key *key, enum modseal_evidence form,
		 struct modseal_content_digests *digests,
		 const struct modseal_others *others, const char *object,
		 struct modseal_writer *ret_cms, struct modseal_error *error);

/* The same around a raw signature made elsewhere, over the message that
 * modseal_message_make gives for this key, form and content. Errors: SIGNATURE_INVALID
 * where it is not, and those above. */
MODSEAL_MUST_CHECK int
modseal_cms_put(const struct modseal_signing_key *key, enum modseal_evidence form,
		const struct modseal_content_digests *digests,
		const struct modseal_message *message, struct modseal_span signature,
		const struct modseal_others *others, const char *object,
		struct modseal_writer *ret_cms, struct modseal_error *error);

/* Only the signatures that stay, which are at least one. Errors: RESOURCE. */
MODSEAL_MUST_CHECK int modseal_cms_keep(const struct modseal_others *others,
					struct modseal_writer *ret_cms,
					struct modseal_error *error);

/* The same as modseal_cms_prove with digests of the content that were taken already. */
MODSEAL_MUST_CHECK int
modseal_cms_prove_known(const struct modseal_signing_key *key, enum modseal_evidence form,
			struct modseal_span cms,
			const struct modseal_content_digests *digests, const char *object,
			struct modseal_error *error);

/* Judges a signature by this key, as a verifier that trusts only it would. */
MODSEAL_MUST_CHECK int modseal_cms_prove(const struct modseal_signing_key *key,
					 enum modseal_evidence form,
					 struct modseal_span cms,
					 struct modseal_span content, const char *object,
					 struct modseal_error *error);

#endif
