/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a revocation list: what it is over, and whose it is. */
#include <stdlib.h>

#include "keys/algorithms.h"
#include "keys/crl_signature.h"
#include "keys/pure.h"

/* ---- the signature ------------------------------------------------------------------
 */

/* Takes the first element off bytes that are strict DER. */
static struct modseal_span take(struct modseal_span *rest)
{
	const unsigned char *at = rest->data;
	long length = 0;
	int tag, class;
	struct modseal_span whole = {.data = NULL};

	if (rest->size > 0 &&
	    !(ASN1_get_object(&at, &length, &tag, &class, (long)rest->size) & 0x80)) {
		size_t size = (size_t)(at - rest->data) + (size_t)length;

		if (modseal_span_part(*rest, 0, size, &whole) &&
		    modseal_span_part(*rest, size, rest->size - size, rest))
			return whole;
	}
	modseal_crypto_forget();
	return (struct modseal_span){.data = NULL};
}

static struct modseal_span inside(struct modseal_span whole)
{
	const unsigned char *at = whole.data;
	struct modseal_span value = {.data = NULL};
	long length = 0;
	int tag, class;

	if (whole.size > 0 &&
	    !(ASN1_get_object(&at, &length, &tag, &class, (long)whole.size) & 0x80) &&
	    modseal_span_part(whole, (uint64_t)(at - whole.data), (uint64_t)length,
			      &value))
		return value;
	return (struct modseal_span){.data = NULL};
}

/*
 * CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue }; the
 * list inside begins with a version, optional, and the same algorithm once more (RFC 5280
 * 5.1.1.2), which is the one that is signed.
 */
int modseal_crl_take_signature(const struct modseal_crypto *crypto, const X509_CRL *list,
			       struct modseal_span der, struct modseal_crl *crl,
			       const char **ret_problem, struct modseal_error *error)
{
	struct modseal_span rest = inside(der);
	struct modseal_span tbs = take(&rest);
	struct modseal_span outer = take(&rest);
	struct modseal_span fields = inside(tbs);
	struct modseal_span inner = take(&fields);
	const ASN1_BIT_STRING *bits = NULL;
	const X509_ALGOR *algorithm = NULL;
	const ASN1_OBJECT *identifier = NULL;
	int result = 0;

	if (inner.size > 0 && inner.data[0] == V_ASN1_INTEGER)
		inner = take(&fields);
	if (inner.size == 0 || !modseal_span_equal(inner, outer)) {
		*ret_problem = "names two different algorithms";
		return 0;
	}
	X509_CRL_get0_signature(list, &bits, &algorithm);
	if (!bits || !algorithm || (bits->flags & 7) != 0) {
		*ret_problem = "has no signature of whole bytes";
		return 0;
	}
	crl->signature_size = (size_t)ASN1_STRING_length(bits);
	crl->signature = malloc(crl->signature_size ? crl->signature_size : 1);
	crl->algorithm = X509_ALGOR_dup(algorithm);
	if (!crl->signature || !crl->algorithm)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	if (crl->signature_size)
		memcpy(crl->signature, ASN1_STRING_get0_data(bits), crl->signature_size);
	X509_ALGOR_get0(&identifier, NULL, NULL, algorithm);
	if (modseal_pure_of_object(identifier)) {
		crl->message = malloc(tbs.size);
		if (!crl->message)
			return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
		memcpy(crl->message, tbs.data, tbs.size);
		crl->message_size = tbs.size;
	}
	for (unsigned hash = 0; result == 0 && hash < MODSEAL_HASH_COUNT; hash++)
		result = modseal_crypto_digest(crypto, (enum modseal_hash)hash, tbs,
					       crl->digests[hash], error);
	return result;
}

static int check(const struct modseal_crypto *crypto, const struct modseal_crl *crl,
		 EVP_PKEY *key, const char *object, struct modseal_error *error)
{
	const struct modseal_span signature =
		modseal_span_of(crl->signature, crl->signature_size);
	enum modseal_algorithm algorithm;
	int result = modseal_algorithm_identify(key, NULL, crl->algorithm, &algorithm,
						object, error);

	if (result)
		return result;
	if (modseal_algorithm_is_pure(algorithm))
		return modseal_signature_check_message(
			crypto, key, algorithm,
			modseal_span_of(crl->message, crl->message_size), signature,
			object, error);
	return modseal_signature_check(crypto, key, algorithm,
				       crl->digests[modseal_algorithm_hash(algorithm)],
				       signature, object, error);
}

int modseal_crl_verify(const struct modseal_crypto *crypto, const struct modseal_crl *crl,
		       const struct modseal_certificate *issuer, const char *object,
		       bool *ret_other, struct modseal_error *error)
{
	const struct modseal_crl_maker *known = atomic_load(crl->signed_by);
	struct modseal_crl_maker *maker, *expected = NULL;
	int result;

	*ret_other = false;
	if (known) {
		*ret_other = memcmp(known->key_sha256, issuer->key_sha256,
				    MODSEAL_SHA256_SIZE) != 0;
		return 0;
	}
	result = check(crypto, crl, issuer->key, object, error);
	if (result)
		return result;
	maker = malloc(sizeof(*maker));
	if (!maker)
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	if (!X509_up_ref(issuer->x509)) {
		free(maker);
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	}
	maker->certificate = issuer->x509;
	memcpy(maker->key_sha256, issuer->key_sha256, MODSEAL_SHA256_SIZE);
	/* Another thread may have found the same: a signature has one key. */
	if (!atomic_compare_exchange_strong(crl->signed_by, &expected, maker)) {
		X509_free(maker->certificate);
		free(maker);
	}
	return 0;
}
