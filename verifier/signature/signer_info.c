/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the signature of one SignerInfo with one key (RFC 5652 5.4 and 5.6). */
#include "verifier/signature/signer_info.h"

#include "keys/algorithms.h"

int modseal_content_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
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

/* Signed attributes are signed as a SET OF, not with the tag [0] they have in place. The
 * re-encoding has shown that they are in the order of DER. The caller frees. */
static int attributes_copy(struct modseal_span element, uint8_t **ret_bytes,
			   struct modseal_error *error)
{
	uint8_t *bytes = OPENSSL_memdup(element.data, element.size);

	if (!bytes)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	bytes[0] = MODSEAL_TLV_SET;
	*ret_bytes = bytes;
	return 0;
}

/* What the key signed: the content's digest, or the attributes that hold it, or their
 * digest. */
static int check_raw(const struct modseal_crypto *crypto,
		     const struct modseal_layout_signer *layout, EVP_PKEY *key,
		     enum modseal_algorithm algorithm, const uint8_t *content_digest,
		     const char *object, struct modseal_error *error)
{
	enum modseal_hash hash = modseal_algorithm_hash(algorithm);
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	struct modseal_span message;
	uint8_t *bytes = NULL;
	int result;

	if (layout->attributes.size == 0)
		return modseal_signature_check(crypto, key, algorithm, content_digest,
					       layout->signature, object, error);
	result = attributes_copy(layout->attributes, &bytes, error);
	if (result < 0)
		return result;
	message = modseal_span_of(bytes, layout->attributes.size);
	if (modseal_algorithm_is_pure(algorithm)) {
		result =
			modseal_signature_check_message(crypto, key, algorithm, message,
							layout->signature, object, error);
	} else {
		result = modseal_crypto_digest(crypto, hash, message, digest, error);
		if (result == 0)
			result =
				modseal_signature_check(crypto, key, algorithm, digest,
							layout->signature, object, error);
	}
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
	result = modseal_content_digest(crypto, hash, digests, error);
	if (result < 0)
		return result;
	content = modseal_span_of(digests->values[hash], modseal_hash_size(hash));
	if (signer->layout->attributes.size > 0 &&
	    !modseal_span_equal(signer->message_digest, content))
		return wrong(error, object, who,
			     "the content's digest is not the one that was signed");
	result = check_raw(crypto, signer->layout, key, algorithm, content.data, object,
			   error);
	if (result == MODSEAL_E_SIGNATURE_INVALID)
		return wrong(error, object, who,
			     "it does not fit the content and the key");
	return result;
}
