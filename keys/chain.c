/* SPDX-License-Identifier: Apache-2.0 */
/* Builds and judges certificate paths: OpenSSL's strict checks, then our own. */
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "internal/limits.h"
#include "keys/algorithms.h"
#include "keys/chain.h"
#include "keys/crls.h"
#include "keys/leaf.h"
#include "keys/validity.h"

/* The years 0 to 9999, which GeneralizedTime can express (RFC 5280 4.1.2.5.2). */
#define MIN_TIME (-62167219200)
#define MAX_TIME 253402300799

/* One question, and every certificate that its answer can be made of. */
struct search {
	const struct modseal_crypto *crypto;
	const struct modseal_signer *signer;
	const struct modseal_certificate *leaf;
	const struct modseal_revoked *revoked;
	const char *object;
	struct modseal_certificate extra[MODSEAL_MAX_CMS_CERTIFICATES];
	size_t extra_count;
	int64_t when; /* validity is judged at */
	bool below_floor;
	int64_t now; /* lists are judged at */
	bool now_is_floor;
	bool *unlisted;
	struct modseal_error dated; /* MODSEAL_OK, or the first date that was not good */
};

int modseal_revoked_refuse(const struct modseal_revoked *revoked,
			   const struct modseal_certificate *certificate,
			   const char *object, struct modseal_error *error)
{
	if (!revoked)
		return 0;
	if (modseal_digest_set_has(&revoked->keys, certificate->key_sha256))
		return modseal_certificate_refuse(certificate, MODSEAL_E_REVOKED, object,
						  "has a revoked key", error);
	if (modseal_digest_set_has(&revoked->certificates, certificate->sha256))
		return modseal_certificate_refuse(certificate, MODSEAL_E_REVOKED, object,
						  "is revoked", error);
	return 0;
}

/*
 * The other spelling of an ECDSA-signed certificate: with (r, s) also (r, n - s) is a
 * signature of the same issuer over the same content, and anybody can write it down. It
 * has another digest; without this a revoked certificate would come back in that dress.
 */
static int twin_digest(const struct search *search,
		       const struct modseal_certificate *certificate,
		       EVP_PKEY *issuer_key, uint8_t ret_digest[MODSEAL_SHA256_SIZE],
		       struct modseal_error *error)
{
	const ASN1_BIT_STRING *bits = NULL;
	const unsigned char *at;
	unsigned char *signature = NULL;
	unsigned char *der = NULL;
	X509 *twin = X509_dup(certificate->x509);
	ECDSA_SIG *pair = NULL;
	BIGNUM *order = NULL;
	BIGNUM *r = NULL;
	BIGNUM *s = NULL;
	int size;
	int result;

	if (!twin)
		goto failed;
	X509_get0_signature(&bits, NULL, twin);
	if (!bits)
		goto failed;
	at = ASN1_STRING_get0_data(bits);
	pair = d2i_ECDSA_SIG(NULL, &at, ASN1_STRING_length(bits));
	if (!pair ||
	    EVP_PKEY_get_bn_param(issuer_key, OSSL_PKEY_PARAM_EC_ORDER, &order) != 1)
		goto failed;
	r = BN_dup(ECDSA_SIG_get0_r(pair));
	s = BN_dup(ECDSA_SIG_get0_s(pair));
	if (!r || !s || BN_sub(s, order, s) != 1 || ECDSA_SIG_set0(pair, r, s) != 1)
		goto failed;
	r = s = NULL;
	size = i2d_ECDSA_SIG(pair, &signature);
	/* The bit string belongs to our own copy; there is no other way to set it. */
	if (size <= 0 ||
	    ASN1_STRING_set((ASN1_STRING *)(uintptr_t)bits, signature, size) != 1)
		goto failed;
	size = i2d_X509(twin, &der);
	if (size <= 0)
		goto failed;
	result = modseal_crypto_digest(search->crypto, MODSEAL_HASH_SHA256,
				       modseal_span_of(der, (size_t)size), ret_digest,
				       error);
	goto out;
failed:
	result = modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, search->object,
				     "the revocation of a certificate cannot be judged");
out:
	OPENSSL_free(der);
	OPENSSL_free(signature);
	ECDSA_SIG_free(pair);
	BN_free(order);
	BN_free(r);
	BN_free(s);
	X509_free(twin);
	return result;
}

static const struct modseal_certificate *find(const struct search *search,
					      const X509 *x509)
{
	if (x509 == search->leaf->x509)
		return search->leaf;
	if (x509 == search->signer->certificate.x509)
		return &search->signer->certificate;
	for (size_t i = 0; i < search->extra_count; i++)
		if (x509 == search->extra[i].x509)
			return &search->extra[i];
	for (size_t i = 0; i < search->signer->intermediate_count; i++)
		if (x509 == search->signer->intermediates[i].x509)
			return &search->signer->intermediates[i];
	return NULL;
}

/* Certificates out of a file that cannot be part of a good path are left out: they may
 * belong to another signer, and must not cost time. */
static int take_extra(struct search *search, STACK_OF(X509) * extra,
		      struct modseal_error *error)
{
	struct modseal_error inner;

	if (!extra)
		return 0;
	if (sk_X509_num(extra) > MODSEAL_MAX_CMS_CERTIFICATES)
		return modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID,
				    MODSEAL_STAGE_EVIDENCE, search->object,
				    "it carries %d certificates, at most %d are allowed",
				    sk_X509_num(extra), MODSEAL_MAX_CMS_CERTIFICATES);
	for (int i = 0; i < sk_X509_num(extra); i++) {
		struct modseal_certificate *next = &search->extra[search->extra_count];
		int result;

		result = modseal_certificate_wrap(search->crypto, sk_X509_value(extra, i),
						  next, &inner);
		if (result == MODSEAL_E_CERTIFICATE_INVALID)
			continue;
		if (result) {
			if (error)
				*error = inner;
			return result;
		}
		search->extra_count++;
	}
	return 0;
}

static STACK_OF(X509) * untrusted_stack(const struct search *search)
{
	STACK_OF(X509) *stack = sk_X509_new_null();
	bool good = stack != NULL;

	/* The policy's own first: OpenSSL takes the first that fits and never goes back.
	 */
	for (size_t i = 0; good && i < search->signer->intermediate_count; i++)
		good = sk_X509_push(stack, search->signer->intermediates[i].x509) > 0;
	for (size_t i = 0; good && i < search->extra_count; i++)
		if (modseal_key_is_quick(search->extra[i].key))
			good = sk_X509_push(stack, search->extra[i].x509) > 0;
	if (good)
		return stack;
	sk_X509_free(stack);
	return NULL;
}

/* The first counts: from the top of the path down, as the others may follow from it. */
static void note_date(struct search *search, X509 *current, bool expired)
{
	const struct modseal_certificate *certificate =
		current ? find(search, current) : NULL;
	BIO *bio;
	char when[64] = "?";
	char what[96];

	if (search->dated.code != MODSEAL_OK)
		return;
	bio = BIO_new(BIO_s_mem());
	if (bio && current &&
	    ASN1_TIME_print_ex(bio,
			       expired ? X509_get0_notAfter(current)
				       : X509_get0_notBefore(current),
			       ASN1_DTFLGS_ISO8601) == 1) {
		int length = BIO_read(bio, when, (int)sizeof(when) - 1);

		when[length > 0 ? length : 0] = '\0';
	}
	BIO_free(bio);
	snprintf(what, sizeof(what), expired ? "expired at %s" : "is not valid before %s",
		 when);
	(void)modseal_certificate_refuse(certificate ? certificate : search->leaf,
					 MODSEAL_E_CERTIFICATE_EXPIRED, search->object,
					 what, &search->dated);
}

/*
 * A bad date ends nothing, it is only noted: OpenSSL meets that of the top before it
 * looks at the signatures below, and EXPIRED is to mean that all the rest is good. A
 * start in the future is not even noted with a clock that is known to be wrong: behind a
 * time that an anchor signed (R28).
 */
static int verify_callback(int ok, X509_STORE_CTX *context)
{
	struct search *search = X509_STORE_CTX_get_app_data(context);
	int reason = X509_STORE_CTX_get_error(context);

	if (ok)
		return ok;
	if (reason != X509_V_ERR_CERT_NOT_YET_VALID &&
	    reason != X509_V_ERR_CERT_HAS_EXPIRED)
		return 0;
	if (reason == X509_V_ERR_CERT_HAS_EXPIRED || !search->below_floor)
		note_date(search, X509_STORE_CTX_get_current_cert(context),
			  reason == X509_V_ERR_CERT_HAS_EXPIRED);
	/* or it would be taken for the reason of a later failure */
	X509_STORE_CTX_set_error(context, X509_V_OK);
	return 1;
}

static int refuse_path(const struct search *search, X509_STORE_CTX *context,
		       struct modseal_error *error)
{
	int reason = X509_STORE_CTX_get_error(context);
	X509 *current = X509_STORE_CTX_get_current_cert(context);
	const struct modseal_certificate *certificate =
		current ? find(search, current) : NULL;
	char what[192];

	switch (reason) {
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		snprintf(what, sizeof(what), "was not issued under the signer '%s'",
			 search->signer->name);
		return modseal_certificate_refuse(search->leaf,
						  MODSEAL_E_SIGNER_NOT_ALLOWED,
						  search->object, what, error);
	case X509_V_ERR_OUT_OF_MEM:
		modseal_crypto_forget();
		return modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
	case X509_V_OK:
	case X509_V_ERR_UNSPECIFIED:
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, search->object,
					   "the certificate path cannot be judged");
	default:
		snprintf(what, sizeof(what), "breaks a rule of certificate paths: %s",
			 X509_verify_cert_error_string(reason));
		return modseal_certificate_refuse(
			certificate ? certificate : search->leaf,
			MODSEAL_E_CERTIFICATE_INVALID, search->object, what, error);
	}
}

/* The signature on a certificate, and what vouches for it. */
static int judge_link(const struct search *search,
		      const struct modseal_certificate *certificate,
		      const struct modseal_certificate *issuer,
		      struct modseal_error *error)
{
	const X509_ALGOR *signature_algorithm = NULL;
	enum modseal_algorithm algorithm;
	uint8_t twin[MODSEAL_SHA256_SIZE];
	int result;

	X509_get0_signature(NULL, &signature_algorithm, certificate->x509);
	if (!signature_algorithm)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, search->object,
					   "a certificate without a signature");
	result = modseal_algorithm_identify(issuer->key, NULL, signature_algorithm,
					    &algorithm, search->object, error);
	if (result)
		return result;
	if (!search->revoked || search->revoked->certificates.count == 0 ||
	    !EVP_PKEY_is_a(issuer->key, "EC"))
		return 0;
	result = twin_digest(search, certificate, issuer->key, twin, error);
	if (result)
		return result;
	if (modseal_digest_set_has(&search->revoked->certificates, twin))
		return modseal_certificate_refuse(certificate, MODSEAL_E_REVOKED,
						  search->object, "is revoked", error);
	return 0;
}

/* As in verify_callback: a bad date is noted, and says nothing about the rest. */
static int judge_dates(struct search *search,
		       const struct modseal_certificate *certificate,
		       struct modseal_error *error)
{
	struct modseal_error why;
	int result = modseal_validity_judge(certificate->x509, search->when,
					    search->below_floor, MODSEAL_STAGE_EVIDENCE,
					    search->object, &why);

	if (result == MODSEAL_E_CERTIFICATE_EXPIRED) {
		if (search->dated.code == MODSEAL_OK)
			search->dated = why;
		return 0;
	}
	if (result && error)
		*error = why;
	return result;
}

/* All but the dates, which are noted. */
static int judge_path(struct search *search, STACK_OF(X509) * path,
		      struct modseal_error *error)
{
	const struct modseal_certificate *certificates[MODSEAL_MAX_PATH_CERTIFICATES];
	bool stamps = modseal_signer_stamps(search->signer);
	int count = sk_X509_num(path);
	int result;

	if (count < 1 || count > MODSEAL_MAX_PATH_CERTIFICATES)
		return modseal_fail(
			error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_EVIDENCE,
			search->object,
			"the certificate path has %d certificates, at most %d are "
			"allowed",
			count, MODSEAL_MAX_PATH_CERTIFICATES);
	for (int i = 0; i < count; i++) {
		certificates[i] = find(search, sk_X509_value(path, i));
		if (!certificates[i])
			return modseal_fail(error, MODSEAL_E_INTERNAL,
					    MODSEAL_STAGE_EVIDENCE, search->object,
					    "a path with a strange certificate");
	}
	if (memcmp(certificates[count - 1]->sha256, search->signer->certificate.sha256,
		   MODSEAL_SHA256_SIZE) != 0)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    search->object,
				    "a path that does not end at the signer");
	for (int i = 0; i < count; i++) {
		result = judge_dates(search, certificates[i], error);
		if (result)
			return result;
		result = modseal_revoked_refuse(search->revoked, certificates[i],
						search->object, error);
		if (result)
			return result;
		if (modseal_digest_set_has(&search->signer->anchor_keys,
					   certificates[i]->key_sha256))
			return modseal_certificate_refuse(
				certificates[i], MODSEAL_E_SIGNER_NOT_ALLOWED,
				search->object,
				"has the key of a policy's anchor, which signs nothing "
				"else",
				error);
		result = modseal_extensions_judge(certificates[i], search->object, error);
		if (result)
			return result;
		result = i > 0	  ? modseal_issuer_judge(certificates[i], stamps,
							 search->object, error)
			 : stamps ? modseal_stamper_judge(certificates[i], search->object,
							  error)
				  : modseal_leaf_judge(certificates[i], search->object,
						       error);
		if (result)
			return result;
		result = modseal_key_judge(search->crypto, certificates[i]->key,
					   search->object, error);
		if (result) {
			if (error)
				error->stage = MODSEAL_STAGE_EVIDENCE;
			return result;
		}
	}
	for (int i = 0; i + 1 < count; i++) {
		result = judge_link(search, certificates[i], certificates[i + 1], error);
		if (result)
			return result;
	}
	/* Last: whoever is asked for a list is known to be an issuer of the path. */
	return modseal_crls_judge(search->crypto, search->signer, certificates,
				  (size_t)count, search->now, search->now_is_floor,
				  search->object, search->unlisted, error);
}

static int find_path(struct search *search, STACK_OF(X509) * untrusted,
		     struct modseal_error *error)
{
	X509_STORE_CTX *context;
	X509_VERIFY_PARAM *parameters;
	int result;

	context = X509_STORE_CTX_new_ex(modseal_crypto_library(search->crypto), NULL);
	if (!context || X509_STORE_CTX_init(context, search->signer->store,
					    search->leaf->x509, untrusted) != 1)
		goto failed;
	if (X509_STORE_CTX_set_app_data(context, search) != 1)
		goto failed;
	X509_STORE_CTX_set_verify_cb(context, verify_callback);
	parameters = X509_STORE_CTX_get0_param(context);
	/* The signer's certificate ends the path whether or not it is a root. */
	if (!parameters ||
	    X509_VERIFY_PARAM_set_flags(
		    parameters, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN) != 1)
		goto failed;
	X509_VERIFY_PARAM_set_depth(parameters, MODSEAL_MAX_PATH_CERTIFICATES);
	X509_VERIFY_PARAM_set_time(parameters, (time_t)search->when);
	if (X509_verify_cert(context) != 1)
		result = refuse_path(search, context, error);
	else
		result = judge_path(search, X509_STORE_CTX_get0_chain(context), error);
	if (result == 0 && search->dated.code != MODSEAL_OK) {
		result = MODSEAL_E_CERTIFICATE_EXPIRED;
		if (error)
			*error = search->dated;
	}
	goto out;
failed:
	result = modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, search->object,
				     "the certificate path cannot be built");
out:
	X509_STORE_CTX_free(context);
	return result;
}

int modseal_chain_judge(const struct modseal_crypto *crypto,
			const struct modseal_signer *signer,
			const struct modseal_certificate *leaf, STACK_OF(X509) * extra,
			const struct modseal_revoked *revoked,
			const struct modseal_clock *clock, const char *object,
			bool *ret_unlisted, struct modseal_error *error)
{
	struct search search = {
		.crypto = crypto,
		.signer = signer,
		.leaf = leaf,
		.revoked = revoked,
		.object = object,
		.now_is_floor = clock->now < clock->floor,
		.unlisted = ret_unlisted,
	};
	int64_t when;
	STACK_OF(X509) *untrusted = NULL;
	int result;

	search.now = search.now_is_floor ? clock->floor : clock->now;
	when = clock->stamped ? clock->stamp : search.now;
	search.below_floor = search.now_is_floor && !clock->stamped;
	if (when < MIN_TIME || when > MAX_TIME || (int64_t)(time_t)when != when) {
		modseal_fail(&search.dated, MODSEAL_E_CERTIFICATE_EXPIRED,
			     MODSEAL_STAGE_EVIDENCE, object,
			     "the clock shows a time that certificates cannot express");
		when = 0; /* any will do: the rest is judged, the refusal stands */
	}
	search.when = when;
	modseal_crypto_forget();
	result = take_extra(&search, extra, error);
	if (result)
		goto out;
	untrusted = untrusted_stack(&search);
	if (!untrusted) {
		result = modseal_fail_memory(error, MODSEAL_STAGE_EVIDENCE);
		goto out;
	}
	result = find_path(&search, untrusted, error);
out:
	sk_X509_free(untrusted);
	for (size_t i = 0; i < search.extra_count; i++)
		modseal_certificate_clear(&search.extra[i]);
	modseal_crypto_forget();
	return result;
}
