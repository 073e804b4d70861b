/* SPDX-License-Identifier: Apache-2.0 */
/* modseal's own OpenSSL library context, digests in it, and OpenSSL's error queue. */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <stdlib.h>

#include "keys/crypto_private.h"

static const char *const md_names[MODSEAL_HASH_COUNT] = {
	[MODSEAL_HASH_SHA256] = "SHA256",
	[MODSEAL_HASH_SHA384] = "SHA384",
	[MODSEAL_HASH_SHA512] = "SHA512",
};

int modseal_crypto_begin(struct modseal_crypto **ret_crypto, struct modseal_error *error)
{
	struct modseal_crypto *crypto;

	modseal_crypto_forget();
	/*
	 * An own library context is not enough to keep configuration files out: the table
	 * of object identifiers is global, and decoding X.509 or CMS asks it, which loads
	 * the file that OPENSSL_CONF names into the host's default context, providers and
	 * engines included. OpenSSL loads it once per process or, after this call, not by
	 * itself at all. Where the host initialized its OpenSSL before, this changes
	 * nothing.
	 */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return modseal_fail_crypto(error, MODSEAL_STAGE_CONTEXT, NULL,
					   "OpenSSL cannot be initialized");
	crypto = calloc(1, sizeof(*crypto));
	if (!crypto)
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	crypto->prepared = calloc(MODSEAL_PREPARED_SLOTS, sizeof(*crypto->prepared));
	if (!crypto->prepared) {
		modseal_crypto_free(&crypto);
		return modseal_fail_memory(error, MODSEAL_STAGE_CONTEXT);
	}
	crypto->library = OSSL_LIB_CTX_new();
	if (!crypto->library) {
		int result = modseal_fail_crypto(error, MODSEAL_STAGE_CONTEXT, NULL,
						 "no library context can be made");

		modseal_crypto_free(&crypto);
		return result;
	}
	*ret_crypto = crypto;
	return 0;
}

int modseal_crypto_finish(struct modseal_crypto *crypto, struct modseal_error *error)
{
	for (size_t i = 0; i < MODSEAL_HASH_COUNT; i++) {
		crypto->md[i] = EVP_MD_fetch(crypto->library, md_names[i], NULL);
		if (!crypto->md[i])
			return modseal_fail_crypto(error, MODSEAL_STAGE_CONTEXT, NULL,
						   md_names[i]);
	}
	return 0;
}

int modseal_crypto_new(struct modseal_crypto **ret_crypto, struct modseal_error *error)
{
	struct modseal_crypto *crypto = NULL;
	int result = modseal_crypto_begin(&crypto, error);

	if (result < 0)
		return result;
	/* "default" is built into libcrypto: OPENSSL_MODULES is not asked. Loading it by
	 * hand switches OpenSSL's fallback off, so no other provider can slip in. */
	crypto->provider = OSSL_PROVIDER_load(crypto->library, "default");
	result = crypto->provider
			 ? modseal_crypto_finish(crypto, error)
			 : modseal_fail_crypto(error, MODSEAL_STAGE_CONTEXT, NULL,
					       "the default provider cannot be loaded");
	if (result < 0) {
		modseal_crypto_free(&crypto);
		return result;
	}
	*ret_crypto = crypto;
	return 0;
}

void modseal_crypto_free(struct modseal_crypto **crypto)
{
	struct modseal_crypto *old;

	if (!crypto || !*crypto)
		return;
	old = *crypto;
	*crypto = NULL;
	for (size_t i = 0; old->prepared && i < MODSEAL_PREPARED_SLOTS; i++)
		modseal_prepared_free(atomic_load(&old->prepared[i]));
	free(old->prepared);
	for (size_t i = 0; i < MODSEAL_HASH_COUNT; i++)
		EVP_MD_free(old->md[i]);
	if (old->provider)
		OSSL_PROVIDER_unload(old->provider);
	if (old->base)
		OSSL_PROVIDER_unload(old->base);
	OSSL_LIB_CTX_free(old->library);
	free(old);
	modseal_crypto_forget();
}

OSSL_LIB_CTX *modseal_crypto_library(const struct modseal_crypto *crypto)
{
	return crypto->library;
}

const EVP_MD *modseal_crypto_md(const struct modseal_crypto *crypto,
				enum modseal_hash hash)
{
	return (unsigned)hash < MODSEAL_HASH_COUNT ? crypto->md[hash] : NULL;
}

int modseal_crypto_digest(const struct modseal_crypto *crypto, enum modseal_hash hash,
			  struct modseal_span bytes, uint8_t *ret_digest,
			  struct modseal_error *error)
{
	const EVP_MD *md = modseal_crypto_md(crypto, hash);
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	unsigned length = 0;

	if (!md)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_NONE, NULL,
				    "unknown hash %d", (int)hash);
	modseal_crypto_forget();
	if (EVP_Digest(bytes.size ? bytes.data : (const uint8_t *)"", bytes.size, digest,
		       &length, md, NULL) != 1 ||
	    length != modseal_hash_size(hash))
		return modseal_fail_crypto(error, MODSEAL_STAGE_NONE, NULL,
					   "the digest cannot be taken");
	memcpy(ret_digest, digest, length);
	return 0;
}

int modseal_crypto_digest_whole(const struct modseal_crypto *crypto,
				enum modseal_hash hash, struct modseal_span content,
				struct modseal_span rest, uint8_t *ret_digest,
				struct modseal_error *error)
{
	const EVP_MD *md = modseal_crypto_md(crypto, hash);
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];
	EVP_MD_CTX *running;
	unsigned length = 0;
	bool taken;

	if (!md)
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_NONE, NULL,
				    "unknown hash %d", (int)hash);
	modseal_crypto_forget();
	running = EVP_MD_CTX_new();
	taken = running && EVP_DigestInit_ex2(running, md, NULL) == 1 &&
		(!content.size ||
		 EVP_DigestUpdate(running, content.data, content.size) == 1) &&
		(!rest.size || EVP_DigestUpdate(running, rest.data, rest.size) == 1) &&
		EVP_DigestFinal_ex(running, digest, &length) == 1 &&
		length == modseal_hash_size(hash);
	EVP_MD_CTX_free(running);
	if (!taken)
		return modseal_fail_crypto(error, MODSEAL_STAGE_NONE, NULL,
					   "the digest cannot be taken");
	memcpy(ret_digest, digest, length);
	return 0;
}

struct modseal_running_digest {
	EVP_MD_CTX *context;
	bool failed;
};

int modseal_running_digest_new(const struct modseal_crypto *crypto,
			       struct modseal_running_digest **ret_running,
			       struct modseal_error *error)
{
	struct modseal_running_digest *running = calloc(1, sizeof(*running));

	modseal_crypto_forget();
	if (!running)
		return modseal_fail_memory(error, MODSEAL_STAGE_NONE);
	running->context = EVP_MD_CTX_new();
	if (!running->context ||
	    EVP_DigestInit_ex2(running->context, crypto->md[MODSEAL_HASH_SHA256], NULL) !=
		    1) {
		modseal_running_digest_free(&running);
		return modseal_fail_crypto(error, MODSEAL_STAGE_NONE, NULL,
					   "the digest cannot be taken");
	}
	*ret_running = running;
	return 0;
}

void modseal_running_digest_add(struct modseal_running_digest *running,
				struct modseal_span part)
{
	if (part.size && EVP_DigestUpdate(running->context, part.data, part.size) != 1)
		running->failed = true;
}

static bool end_whole(EVP_MD_CTX *context, struct modseal_span rest, uint8_t *ret_whole)
{
	return (!rest.size || EVP_DigestUpdate(context, rest.data, rest.size) == 1) &&
	       EVP_DigestFinal_ex(context, ret_whole, NULL) == 1;
}

int modseal_running_digest_end(struct modseal_running_digest *running,
			       struct modseal_span rest,
			       uint8_t ret_content[MODSEAL_SHA256_SIZE],
			       uint8_t *ret_whole, struct modseal_error *error)
{
	uint8_t content[MODSEAL_SHA256_SIZE], whole[MODSEAL_SHA256_SIZE];
	EVP_MD_CTX *fork = NULL;
	bool taken = !running->failed;

	if (taken && ret_whole) {
		fork = EVP_MD_CTX_new();
		taken = fork && EVP_MD_CTX_copy_ex(fork, running->context) == 1 &&
			end_whole(fork, rest, whole);
	}
	taken = taken && EVP_DigestFinal_ex(running->context, content, NULL) == 1;
	EVP_MD_CTX_free(fork);
	if (!taken)
		return modseal_fail_crypto(error, MODSEAL_STAGE_NONE, NULL,
					   "the digest cannot be taken");
	memcpy(ret_content, content, sizeof(content));
	if (ret_whole)
		memcpy(ret_whole, whole, sizeof(whole));
	return 0;
}

void modseal_running_digest_free(struct modseal_running_digest **running)
{
	if (!*running)
		return;
	EVP_MD_CTX_free((*running)->context);
	free(*running);
	*running = NULL;
}

int modseal_fail_crypto(struct modseal_error *error, enum modseal_stage stage,
			const char *object, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *reason = ERR_reason_error_string(code);
	int result = MODSEAL_E_CRYPTO;

	if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
		result = MODSEAL_E_RESOURCE;
	if (reason)
		modseal_fail(error, result, stage, object, "%s: %s", what, reason);
	else
		modseal_fail(error, result, stage, object, "%s", what);
	modseal_crypto_forget();
	return result;
}

void modseal_crypto_forget(void)
{
	/* mostly there is nothing, and to clear that takes a while */
	if (ERR_peek_error())
		ERR_clear_error();
}
