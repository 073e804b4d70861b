/* SPDX-License-Identifier: Apache-2.0 */
/* Signers and anchors: made from certificates, compared, asked about a leaf. */
#include <stdlib.h>

#include "internal/limits.h"
#include "keys/algorithms.h"
#include "keys/chain.h"
#include "keys/crls.h"
#include "keys/spki.h"

#define PURPOSES_ALL ((1u << MODSEAL_PURPOSE_COUNT) - 1)

/* What is made of a signer's certificate. */
struct decoded {
	struct modseal_certificate certificate;
	X509_STORE *store;
};

static void forget(struct decoded *decoded)
{
	X509_STORE_free(decoded->store);
	modseal_certificate_clear(&decoded->certificate);
}

static int make_store(struct decoded *decoded, const char *name,
		      struct modseal_error *error)
{
	decoded->store = X509_STORE_new();
	if (decoded->store &&
	    X509_STORE_add_cert(decoded->store, decoded->certificate.x509) == 1)
		return 0;
	return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, name,
				   "the signer's certificate cannot be kept");
}

static int read_intermediates(const struct modseal_crypto *crypto,
			      struct modseal_signer *signer, struct modseal_span bytes,
			      struct modseal_error *error)
{
	int result;

	if (bytes.size == 0)
		return 0;
	if (signer->trust != MODSEAL_TRUST_CHAIN)
		return modseal_fail(
			error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_KEY,
			signer->name,
			"a pinned signer is one exact key and has no intermediates");
	result = modseal_certificate_read_several(crypto, bytes, signer->name,
						  &signer->intermediates,
						  &signer->intermediate_count, error);
	if (result)
		return result;
	for (size_t i = 0; i < signer->intermediate_count; i++) {
		result = modseal_key_judge(crypto, signer->intermediates[i].key,
					   signer->name, error);
		if (result)
			return result;
	}
	return 0;
}

/* Who is asked for lists must be able to answer: a certificate that issues nothing is the
 * leaf itself, and its issuer is not known. */
static int read_lists(const struct modseal_crypto *crypto,
		      const struct modseal_signer_config *config,
		      struct modseal_signer *signer, struct modseal_error *error)
{
	signer->crl_demand = config->crl_demand;
	signer->crl_maximum_age = config->crl_maximum_age;
	if (signer->crl_demand == MODSEAL_CRL_NONE)
		return 0;
	if (signer->trust != MODSEAL_TRUST_CHAIN ||
	    !modseal_certificate_is_authority(&signer->certificate)) {
		modseal_fail(error, MODSEAL_E_CERTIFICATE_INVALID, MODSEAL_STAGE_KEY,
			     signer->name,
			     "revocation lists are asked for, but the certificate is no "
			     "CA's, so nobody issues them");
		modseal_remedy(error, "name the CA's certificate, or list what is not "
				      "good any more in `revoked`");
		return MODSEAL_E_CERTIFICATE_INVALID;
	}
	return modseal_crls_open(crypto, signer, config->crls, config->crl_count, error);
}

static int take_settings(const struct modseal_signer_config *config,
			 struct modseal_signer *signer, struct modseal_error *error)
{
	signer->trust = config->trust;
	signer->algorithms =
		config->algorithms ? config->algorithms : MODSEAL_ALGORITHMS_ALL;
	signer->purposes = config->purposes ? config->purposes : PURPOSES_ALL;
	signer->name = strdup(config->name);
	if (!signer->name)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	return 0;
}

/* The caller keeps it, or forgets it. */
static int decode(const struct modseal_crypto *crypto, struct modseal_span bytes,
		  const struct modseal_signer *signer, struct decoded *decoded,
		  struct modseal_error *error)
{
	int result = modseal_certificate_read(crypto, bytes, signer->name,
					      &decoded->certificate, error);

	if (result)
		return result;
	decoded->store = NULL;
	result = modseal_key_judge(crypto, decoded->certificate.key, signer->name, error);
	if (result == 0 && signer->trust == MODSEAL_TRUST_CHAIN)
		result = make_store(decoded, signer->name, error);
	if (result)
		forget(decoded);
	return result;
}

static int fill(const struct modseal_crypto *crypto,
		const struct modseal_signer_config *config, struct modseal_signer *signer,
		struct modseal_error *error)
{
	struct decoded decoded;
	int result = decode(crypto, config->certificate, signer, &decoded, error);

	if (result)
		return result;
	signer->certificate = decoded.certificate;
	signer->store = decoded.store;
	result = read_intermediates(crypto, signer, config->intermediates, error);
	if (result == 0)
		result = read_lists(crypto, config, signer, error);
	if (result == 0)
		atomic_store(&signer->ready, true);
	return result;
}

/* What can wait, waits: the text is kept, and the key's digest found in it. */
static int postpone(const struct modseal_crypto *crypto,
		    const struct modseal_signer_config *config,
		    struct modseal_signer *signer, bool *ret_postponed,
		    struct modseal_error *error)
{
	int result;

	*ret_postponed = false;
	if (config->intermediates.size || config->crl_demand != MODSEAL_CRL_NONE)
		return 0;
	result = modseal_spki_digest(crypto, config->certificate, ret_postponed,
				     signer->certificate.key_sha256, error);
	if (result || !*ret_postponed)
		return result;
	signer->text = malloc(config->certificate.size);
	if (!signer->text)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	memcpy(signer->text, config->certificate.data, config->certificate.size);
	signer->text_size = config->certificate.size;
	return 0;
}

/* All were compared with the key found in the text: another is refused, each time. What
 * is forked off meanwhile does it again: that key is as it was then, and of what is there
 * in part nothing is freed. */
static int decode_text(const struct modseal_crypto *crypto, struct modseal_signer *signer,
		       struct modseal_error *error)
{
	struct decoded decoded;
	int result = decode(crypto, modseal_span_of(signer->text, signer->text_size),
			    signer, &decoded, error);

	if (result)
		return result;
	if (memcmp(decoded.certificate.key_sha256, signer->certificate.key_sha256,
		   MODSEAL_SHA256_SIZE) != 0) {
		forget(&decoded);
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_KEY,
				    signer->name,
				    "its certificate has two different keys");
	}
	signer->certificate = decoded.certificate;
	signer->store = decoded.store;
	return 0;
}

int modseal_signer_ready(const struct modseal_crypto *crypto,
			 struct modseal_signer *signer, struct modseal_error *error)
{
	int result = 0;

	if (atomic_load_explicit(&signer->ready, memory_order_acquire))
		return 0;
	modseal_lock_take(&signer->decoding);
	if (!atomic_load_explicit(&signer->ready, memory_order_relaxed)) {
		result = decode_text(crypto, signer, error);
		if (result == 0)
			atomic_store_explicit(&signer->ready, true, memory_order_release);
	}
	modseal_lock_give(&signer->decoding);
	return result;
}

static int make(const struct modseal_crypto *crypto,
		const struct modseal_signer_config *config, bool may_wait,
		struct modseal_signer **ret_signer, struct modseal_error *error)
{
	struct modseal_signer *signer;
	bool postponed = false;
	int result;

	if (!config->name ||
	    (config->trust != MODSEAL_TRUST_CHAIN &&
	     config->trust != MODSEAL_TRUST_PINNED) ||
	    (config->algorithms & ~MODSEAL_ALGORITHMS_ALL) != 0 ||
	    (config->purposes & ~PURPOSES_ALL) != 0 ||
	    (unsigned)config->crl_demand > MODSEAL_CRL_REQUIRED ||
	    config->crl_maximum_age < 0)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_KEY,
				    config->name, "a signer with unknown settings");
	signer = calloc(1, sizeof(*signer));
	if (!signer)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	modseal_lock_init(&signer->decoding);
	result = take_settings(config, signer, error);
	if (result == 0 && may_wait)
		result = postpone(crypto, config, signer, &postponed, error);
	if (result == 0 && !postponed)
		result = fill(crypto, config, signer, error);
	if (result) {
		modseal_signer_free(&signer);
		return result;
	}
	*ret_signer = signer;
	return 0;
}

int modseal_signer_new(const struct modseal_crypto *crypto,
		       const struct modseal_signer_config *config,
		       struct modseal_signer **ret_signer, struct modseal_error *error)
{
	return make(crypto, config, false, ret_signer, error);
}

int modseal_signer_prepare(const struct modseal_crypto *crypto,
			   const struct modseal_signer_config *config,
			   struct modseal_signer **ret_signer,
			   struct modseal_error *error)
{
	return make(crypto, config, true, ret_signer, error);
}

void modseal_signer_free(struct modseal_signer **signer)
{
	struct modseal_signer *old;

	if (!signer || !*signer)
		return;
	old = *signer;
	*signer = NULL;
	X509_STORE_free(old->store);
	for (size_t i = 0; i < old->intermediate_count; i++)
		modseal_certificate_clear(&old->intermediates[i]);
	free(old->intermediates);
	free(old->anchor_keys.digests);
	modseal_crls_close(old);
	modseal_certificate_clear(&old->certificate);
	modseal_lock_destroy(&old->decoding);
	free(old->text);
	free(old->name);
	free(old);
}

const char *modseal_signer_name(const struct modseal_signer *signer)
{
	return signer->name;
}

const uint8_t *modseal_signer_key_digest(const struct modseal_signer *signer)
{
	return signer->certificate.key_sha256;
}

const uint8_t *modseal_signer_certificate_digest(const struct modseal_signer *signer)
{
	return signer->certificate.sha256;
}

int modseal_anchor_new(const struct modseal_crypto *crypto, const char *name,
		       struct modseal_span certificate,
		       struct modseal_signer **ret_anchor, struct modseal_error *error)
{
	const struct modseal_signer_config config = {
		.name = name,
		.trust = MODSEAL_TRUST_PINNED,
		.certificate = certificate,
	};
	struct modseal_signer *anchor = NULL;
	struct modseal_error inner;
	int result;

	memset(&inner, 0, sizeof(inner));
	result = modseal_signer_new(crypto, &config, &anchor, &inner);
	if (result == MODSEAL_E_CERTIFICATE_INVALID ||
	    result == MODSEAL_E_ALGORITHM_NOT_ALLOWED)
		return modseal_fail(error, MODSEAL_E_ANCHOR_INVALID, MODSEAL_STAGE_KEY,
				    name, "%s", inner.message);
	if (result) {
		if (error)
			*error = inner;
		return result;
	}
	/* A CA could have any number of policy signers made after the anchor was chosen.
	 */
	if (modseal_certificate_is_authority(&anchor->certificate)) {
		modseal_signer_free(&anchor);
		return modseal_fail(error, MODSEAL_E_ANCHOR_INVALID, MODSEAL_STAGE_KEY,
				    name, "the certificate is a CA's");
	}
	*ret_anchor = anchor;
	return 0;
}

int modseal_anchor_encode(const struct modseal_signer *anchor, uint8_t **ret_der,
			  size_t *ret_size, struct modseal_error *error)
{
	unsigned char *der = NULL;
	int size = i2d_X509(anchor->certificate.x509, &der);

	if (size <= 0)
		return modseal_fail_crypto(error, MODSEAL_STAGE_KEY, anchor->name,
					   "the certificate cannot be encoded");
	*ret_der = malloc((size_t)size);
	if (*ret_der)
		memcpy(*ret_der, der, (size_t)size);
	OPENSSL_free(der);
	if (!*ret_der)
		return modseal_fail_memory(error, MODSEAL_STAGE_KEY);
	*ret_size = (size_t)size;
	return 0;
}

int modseal_anchor_move(const struct modseal_crypto *crypto,
			const struct modseal_signer *anchor,
			struct modseal_signer **ret_anchor, struct modseal_error *error)
{
	uint8_t *der = NULL;
	size_t size = 0;
	int result = modseal_anchor_encode(anchor, &der, &size, error);

	if (result < 0)
		return result;
	result = modseal_anchor_new(crypto, anchor->name, modseal_span_of(der, size),
				    ret_anchor, error);
	free(der);
	return result;
}

/* A key and who has it. */
struct holder {
	const uint8_t *key_sha256;
	const struct modseal_signer *signer;
};

static int compare_holders(const void *a, const void *b)
{
	const struct holder *first = a;
	const struct holder *second = b;

	return memcmp(first->key_sha256, second->key_sha256, MODSEAL_SHA256_SIZE);
}

static int refuse_anchor_key(const struct modseal_signer *signer,
			     const struct modseal_certificate *certificate,
			     struct modseal_signer *const *anchors, size_t anchor_count,
			     struct modseal_error *error)
{
	for (size_t i = 0; i < anchor_count; i++) {
		if (memcmp(certificate->key_sha256, anchors[i]->certificate.key_sha256,
			   MODSEAL_SHA256_SIZE) != 0)
			continue;
		modseal_fail(error, MODSEAL_E_POLICY_INVALID, MODSEAL_STAGE_POLICY,
			     signer->name,
			     "the signer '%s' has the key of '%s', which signs "
			     "policies",
			     signer->name, anchors[i]->name);
		modseal_remedy(error,
			       "use one key for policies and another one for what they "
			       "allow");
		return MODSEAL_E_POLICY_INVALID;
	}
	return 0;
}

static int refuse_same_keys(struct modseal_signer *const *signers, size_t count,
			    struct modseal_error *error)
{
	struct holder *holders;
	int result = 0;

	if (count < 2)
		return 0;
	holders = calloc(count, sizeof(*holders));
	if (!holders)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < count; i++)
		holders[i] =
			(struct holder){signers[i]->certificate.key_sha256, signers[i]};
	qsort(holders, count, sizeof(*holders), compare_holders);
	for (size_t i = 1; result == 0 && i < count; i++) {
		if (compare_holders(&holders[i - 1], &holders[i]) != 0)
			continue;
		result = modseal_fail(error, MODSEAL_E_POLICY_INVALID,
				      MODSEAL_STAGE_POLICY, holders[i].signer->name,
				      "the signers '%s' and '%s' have the same key",
				      holders[i - 1].signer->name,
				      holders[i].signer->name);
		modseal_remedy(error,
			       "leave one of them, and name it in the rules of both");
	}
	free(holders);
	return result;
}

static int tell_anchor_keys(struct modseal_signer *signer,
			    struct modseal_signer *const *anchors, size_t anchor_count,
			    struct modseal_error *error)
{
	struct modseal_digest_set set = {.count = anchor_count};

	if (signer->trust != MODSEAL_TRUST_CHAIN || anchor_count == 0)
		return 0;
	set.digests = calloc(anchor_count, sizeof(set.digests[0]));
	if (!set.digests)
		return modseal_fail_memory(error, MODSEAL_STAGE_POLICY);
	for (size_t i = 0; i < anchor_count; i++)
		memcpy(set.digests[i], anchors[i]->certificate.key_sha256,
		       MODSEAL_SHA256_SIZE);
	modseal_digest_set_sort(&set);
	free(signer->anchor_keys.digests);
	signer->anchor_keys = set;
	return 0;
}

int modseal_signers_distinct(struct modseal_signer *const *signers, size_t count,
			     struct modseal_signer *const *anchors, size_t anchor_count,
			     struct modseal_error *error)
{
	int result;

	for (size_t i = 0; i < count; i++) {
		result = refuse_anchor_key(signers[i], &signers[i]->certificate, anchors,
					   anchor_count, error);
		for (size_t j = 0; result == 0 && j < signers[i]->intermediate_count; j++)
			result = refuse_anchor_key(signers[i],
						   &signers[i]->intermediates[j], anchors,
						   anchor_count, error);
		if (result == 0)
			result = tell_anchor_keys(signers[i], anchors, anchor_count,
						  error);
		if (result)
			return result;
	}
	return refuse_same_keys(signers, count, error);
}

bool modseal_signer_stamps(const struct modseal_signer *signer)
{
	return signer->purposes == 1u << MODSEAL_PURPOSE_TIMESTAMP;
}

int modseal_signer_accepts(const struct modseal_crypto *crypto,
			   const struct modseal_signer *signer,
			   const struct modseal_certificate *leaf, STACK_OF(X509) * extra,
			   const struct modseal_revoked *revoked,
			   const struct modseal_clock *clock, const char *object,
			   bool *ret_unlisted, struct modseal_error *error)
{
	bool unlisted = false;
	int result;

	if (ret_unlisted)
		*ret_unlisted = false;
	if (signer->trust == MODSEAL_TRUST_CHAIN) {
		result = modseal_chain_judge(crypto, signer, leaf, extra, revoked, clock,
					     object, &unlisted, error);
		if (result == 0 && ret_unlisted)
			*ret_unlisted = unlisted;
		return result;
	}
	if (memcmp(leaf->key_sha256, signer->certificate.key_sha256,
		   MODSEAL_SHA256_SIZE) != 0)
		return modseal_fail(error, MODSEAL_E_SIGNER_NOT_ALLOWED,
				    MODSEAL_STAGE_EVIDENCE, object,
				    "not signed with the key of '%s'", signer->name);
	/* The leaf may be another certificate of the same key: both are asked. */
	result = modseal_revoked_refuse(revoked, &signer->certificate, object, error);
	if (result)
		return result;
	return modseal_revoked_refuse(revoked, leaf, object, error);
}
