/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the signature of one SignerInfo with one key (RFC 5652 5.4 and 5.6). */
#include "verifier/signature/signer_info.h"

#include "keys/algorithms.h"

static int content_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
			  struct modseal_content_digests *digests,
			  struct modseal_error *error)
{
	int result;

	if (digests->known[hash])
		return 0;
	result = modseal_crypto_digest(crypto, hash, digests->content,
				       digests->values[hash], error);
	digests->known[hash] = result == 0;
	return result;
}

/* Signed attributes are digested as a SET OF, not with the tag [0] they have in place.
 * The re-encoding has shown that they are in the order of DER. */
static int attributes_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
			     struct modseal_span element, uint8_t *ret_digest,
			     struct modseal_error *error)
{
	uint8_t *bytes = OPENSSL_memdup(element.data, element.size);
	int result;

	if (!bytes)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	bytes[0] = MODSEAL_TLV_SET;
	result = modseal_crypto_digest(crypto, hash, modseal_span_of(bytes, element.size),
				       ret_digest, error);
	OPENSSL_free(bytes);
	return result;
}

static int wrong(struct modseal_error *error, const char *object, const char *who,
		 const char *why)
{
	return modseal_fail(error, MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE,
			    object, "the signature by '%s' is wrong: %s", who, why);
}

int modseal_signer_info_check(const struct modseal_crypto *crypto,
			      const struct modseal_signer_info *signer, EVP_PKEY *key,
			      uint32_t algorithms,
			      struct modseal_content_digests *digests, const char *who,
			      const char *object, struct modseal_error *error)
{
	X509_ALGOR *digest_algorithm = NULL, *signature_algorithm = NULL;
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	enum modseal_algorithm algorithm;
	struct modseal_span content;
	enum modseal_hash hash;
	int result;

	CMS_SignerInfo_get0_algs(signer->info, NULL, NULL, &digest_algorithm,
				 &signature_algorithm);
	result = modseal_algorithm_identify(key, digest_algorithm, signature_algorithm,
					    &algorithm, object, error);
	if (result < 0)
		return result;
	if (algorithms && !(algorithms & (1u << algorithm)))
		return modseal_fail(
			error, MODSEAL_E_ALGORITHM_NOT_ALLOWED, MODSEAL_STAGE_EVIDENCE,
			object, "'%s' signed with %s, which is not among its algorithms",
			who, modseal_algorithm_name(algorithm));
	hash = modseal_algorithm_hash(algorithm);
	result = content_digest(crypto, hash, digests, error);
	if (result < 0)
		return result;
	content = modseal_span_of(digests->values[hash], modseal_hash_size(hash));
	memcpy(digest, content.data, content.size);
	if (signer->layout->attributes.size > 0) {
		if (!modseal_span_equal(signer->message_digest, content))
			return wrong(
				error, object, who,
				"the content's digest is not the one that was signed");
		result = attributes_digest(crypto, hash, signer->layout->attributes,
					   digest, error);
		if (result < 0)
			return result;
	}
	result = modseal_signature_check(crypto, key, algorithm, digest,
					 signer->layout->signature, object, error);
	if (result == MODSEAL_E_SIGNATURE_INVALID)
		return wrong(error, object, who,
			     "it does not fit the content and the key");
	return result;
}

/* 2.16.840.1.101.3.4.2.1 to .3 but for the last byte, SHA-256 to SHA-512 (RFC 5754 2) */
static const uint8_t sha2[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02};

static bool hash_of(struct modseal_span object, enum modseal_hash *ret_hash)
{
	if (object.size != sizeof(sha2) + 1 ||
	    memcmp(object.data, sha2, sizeof(sha2)) != 0 ||
	    object.data[sizeof(sha2)] < 1 ||
	    object.data[sizeof(sha2)] > MODSEAL_HASH_COUNT)
		return false;
	*ret_hash = (enum modseal_hash)(object.data[sizeof(sha2)] - 1);
	return true;
}

int modseal_signer_info_compare(const struct modseal_crypto *crypto,
				const struct modseal_signer_info *signer,
				struct modseal_content_digests *digests,
				bool *ret_differs, struct modseal_error *error)
{
	enum modseal_hash hash;
	int result;

	*ret_differs = false;
	if (signer->message_digest.size == 0 ||
	    !hash_of(signer->layout->digest_object, &hash))
		return 0;
	result = content_digest(crypto, hash, digests, error);
	if (result < 0)
		return result;
	*ret_differs = !modseal_span_equal(
		signer->message_digest,
		modseal_span_of(digests->values[hash], modseal_hash_size(hash)));
	return 0;
}
