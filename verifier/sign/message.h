/* SPDX-License-Identifier: Apache-2.0 */
/* What a signature is made over: a content, or the signed attributes that hold its
 * digest. Needs no private key. */
#ifndef MODSEAL_SIGN_MESSAGE_H
#define MODSEAL_SIGN_MESSAGE_H

#include "verifier/sign/key.h"
#include "verifier/sign/writer.h"
#include "verifier/signature/signer_info.h"

#define MODSEAL_MESSAGE_ID_SIZE (2 * MODSEAL_MAX_DIGEST_SIZE + 1)

/* Zero to begin. */
struct modseal_message {
	/* The signed attributes as the SET OF that is signed (RFC 5652 5.4); empty: the
	 * content itself is signed. */
	struct modseal_writer attributes;
	/* Of what is signed, modseal_hash_size(key->hash) bytes. Nothing for Ed25519 and
	 * ML-DSA, which sign the attributes and no digest of them. */
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	size_t digest_size;
};

/*
 * The message for a content in the profile of a form. digests: of the content, taken here
 * where they are not known yet. Errors: CRYPTO, RESOURCE. The caller ends with
 * modseal_message_clear.
 */
MODSEAL_MUST_CHECK int modseal_message_make(const struct modseal_signing_key *key,
					    enum modseal_evidence form,
					    struct modseal_content_digests *digests,
					    struct modseal_message *ret_message,
					    struct modseal_error *error);
void modseal_message_clear(struct modseal_message *message);

/* The name that goes with it on its way: the digest in hexadecimal digits, or that of the
 * content where no digest is signed. */
void modseal_message_id(const struct modseal_signing_key *key,
			const struct modseal_message *message,
			const struct modseal_content_digests *digests,
			char ret_id[MODSEAL_MESSAGE_ID_SIZE]);

#endif
