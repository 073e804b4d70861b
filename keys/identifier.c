/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the four bytes by which IMA signatures name a key. */
#include "keys/identifier.h"

#include <openssl/x509v3.h>

#define SHA1_SIZE	20
#define IDENTIFIER_SIZE 4

/* SHA-1 names the key here and nothing is trusted for it, so it is no digest of ours. */
static bool digest_key(const struct modseal_crypto *crypto, const ASN1_BIT_STRING *key,
		       uint8_t ret_digest[SHA1_SIZE])
{
	EVP_MD *sha1 = EVP_MD_fetch(modseal_crypto_library(crypto), "SHA1", NULL);
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned length = 0;
	bool taken =
		key && sha1 &&
		EVP_Digest(ASN1_STRING_get0_data(key), (size_t)ASN1_STRING_length(key),
			   digest, &length, sha1, NULL) == 1 &&
		length == SHA1_SIZE;

	EVP_MD_free(sha1);
	if (taken)
		memcpy(ret_digest, digest, SHA1_SIZE);
	return taken;
}

int modseal_key_identifiers(const struct modseal_crypto *crypto,
			    const struct modseal_certificate *certificate,
			    uint32_t ret_identifiers[MODSEAL_KEY_IDENTIFIERS],
			    struct modseal_error *error)
{
	const ASN1_OCTET_STRING *named;
	uint8_t digest[SHA1_SIZE];
	int length;

	modseal_crypto_forget();
	if (!digest_key(crypto, X509_get0_pubkey_bitstr(certificate->x509), digest))
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, NULL,
					   "the key's identifier cannot be found");
	ret_identifiers[0] = modseal_read_be32(digest + SHA1_SIZE - IDENTIFIER_SIZE);
	ret_identifiers[1] = ret_identifiers[0];
	named = X509_get0_subject_key_id(certificate->x509);
	length = named ? ASN1_STRING_length(named) : 0;
	if (length >= IDENTIFIER_SIZE)
		ret_identifiers[1] = modseal_read_be32(ASN1_STRING_get0_data(named) +
						       length - IDENTIFIER_SIZE);
	return 0;
}
