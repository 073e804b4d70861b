/* SPDX-License-Identifier: Apache-2.0 */
/* Digests of whole files before and after, without reading a content twice. */
#include <openssl/evp.h>

#include "verifier/sign/sign.h"

static int crypto_failed(const char *object, struct modseal_error *error)
{
	return modseal_fail_crypto(error, MODSEAL_STAGE_SIGN, object,
				   "the digest cannot be taken");
}

/* Goes on from the content, which stays as it is for the next tail. */
static int finish(const EVP_MD_CTX *content, struct modseal_span tail,
		  uint8_t ret_digest[MODSEAL_SHA256_SIZE], const char *object,
		  struct modseal_error *error)
{
	EVP_MD_CTX *state = EVP_MD_CTX_new();
	bool done = state && EVP_MD_CTX_copy_ex(state, content) == 1 &&
		    EVP_DigestUpdate(state, tail.data, tail.size) == 1 &&
		    EVP_DigestFinal_ex(state, ret_digest, NULL) == 1;

	EVP_MD_CTX_free(state);
	return done ? 0 : crypto_failed(object, error);
}

int modseal_signing_digest_before(const struct modseal_signing_key *key,
				  struct modseal_signing_source *source,
				  struct modseal_prepared *prepared,
				  struct modseal_error *error)
{
	struct modseal_signing_digests *digests = &prepared->digests;
	struct modseal_span rest = {.size = 0};
	int result;

	prepared->size_before = prepared->size_after = source->bytes.view.size;
	if (!digests->wanted)
		return 0;
	if (!modseal_span_part(source->bytes.view, source->content.size,
			       source->bytes.view.size - source->content.size, &rest))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_SIGN,
				    source->path, NULL);
	digests->state = EVP_MD_CTX_new();
	if (!digests->state ||
	    EVP_DigestInit_ex(digests->state,
			      modseal_crypto_md(key->crypto, MODSEAL_HASH_SHA256),
			      NULL) != 1 ||
	    EVP_DigestUpdate(digests->state, source->content.data,
			     source->content.size) != 1)
		return crypto_failed(source->path, error);
	result = finish(digests->state, (struct modseal_span){.size = 0},
			digests->content, source->path, error);
	if (result == 0)
		result = finish(digests->state, rest, digests->before, source->path,
				error);
	memcpy(source->digests.values[MODSEAL_HASH_SHA256], digests->content,
	       MODSEAL_SHA256_SIZE);
	source->digests.known[MODSEAL_HASH_SHA256] = result == 0;
	/* until something else is known */
	memcpy(digests->after, digests->before, sizeof(digests->after));
	return result;
}

int modseal_signing_digest_after(const struct modseal_signing_key *key,
				 const struct modseal_signing_source *source,
				 struct modseal_span tail,
				 struct modseal_prepared *prepared,
				 struct modseal_error *error)
{
	struct modseal_signing_digests *digests = &prepared->digests;

	prepared->size_after = source->content.size + tail.size;
	if (!digests->wanted)
		return 0;
	return finish(digests->state, tail, digests->after, source->path, error);
}

int modseal_signing_digest_signature(const struct modseal_signing_key *key,
				     struct modseal_span signature,
				     struct modseal_prepared *prepared,
				     struct modseal_error *error)
{
	if (!prepared->digests.wanted)
		return 0;
	return modseal_crypto_digest(key->crypto, MODSEAL_HASH_SHA256, signature,
				     prepared->digests.signature, error);
}

void modseal_signing_digests_end(struct modseal_prepared *prepared)
{
	EVP_MD_CTX_free(prepared->digests.state);
	prepared->digests.state = NULL;
}
