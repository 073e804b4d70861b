/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whose key signs, and how. */
#include <stdio.h>

#include "modseal-sign.h"
#include "verifier/sign/key.h"

static void put_digest(const uint8_t *digest, char *ret_text)
{
	snprintf(ret_text, 8, "sha256:");
	for (size_t i = 0; i < MODSEAL_SHA256_SIZE; i++)
		snprintf(ret_text + 7 + 2 * i, 3, "%02x", digest[i]);
}

void modseal_signing_key_identity(const struct modseal_signing_key *key,
				  struct modseal_signing_identity *ret_identity)
{
	const struct modseal_certificate *certificate = &key->signer->certificate;
	struct modseal_signing_identity identity = {.algorithm = ""};

	snprintf(identity.algorithm, sizeof(identity.algorithm), "%s",
		 modseal_algorithm_name(key->algorithm));
	put_digest(certificate->sha256, identity.certificate);
	put_digest(certificate->key_sha256, identity.key);
	modseal_certificate_subject(certificate, identity.subject,
				    sizeof(identity.subject));
	*ret_identity = identity;
}
