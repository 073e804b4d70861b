/* SPDX-License-Identifier: Apache-2.0 */
/* Checks raw signatures; what a key costs to set up is paid once, not once per file. */
#include <openssl/err.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "keys/algorithms.h"
#include "keys/crypto_private.h"

static bool is_pss(enum modseal_algorithm algorithm)
{
	return algorithm == MODSEAL_ALGORITHM_RSA_PSS_SHA256 ||
	       algorithm == MODSEAL_ALGORITHM_RSA_PSS_SHA384 ||
	       algorithm == MODSEAL_ALGORITHM_RSA_PSS_SHA512;
}

struct modseal_prepared {
	EVP_PKEY *key; /* referenced by the context: its address stays its own */
	EVP_PKEY_CTX *context;
	enum modseal_algorithm algorithm;
};

void modseal_prepared_free(struct modseal_prepared *prepared)
{
	if (!prepared)
		return;
	EVP_PKEY_CTX_free(prepared->context);
	free(prepared);
}

static bool set_up(EVP_PKEY_CTX *context, EVP_PKEY *key, enum modseal_algorithm algorithm,
		   const EVP_MD *md)
{
	bool pss = is_pss(algorithm);

	if (EVP_PKEY_verify_init(context) != 1)
		return false;
	if (EVP_PKEY_is_a(key, "RSA") &&
	    EVP_PKEY_CTX_set_rsa_padding(context, pss ? RSA_PKCS1_PSS_PADDING
						      : RSA_PKCS1_PADDING) != 1)
		return false;
	if (EVP_PKEY_CTX_set_signature_md(context, md) != 1)
		return false;
	return !pss ||
	       (EVP_PKEY_CTX_set_rsa_mgf1_md(context, md) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static struct modseal_prepared *prepare(const struct modseal_crypto *crypto,
					EVP_PKEY *key, enum modseal_algorithm algorithm)
{
	const EVP_MD *md = modseal_crypto_md(crypto, modseal_algorithm_hash(algorithm));
	struct modseal_prepared *prepared = calloc(1, sizeof(*prepared));

	if (!prepared)
		return NULL;
	prepared->key = key;
	prepared->algorithm = algorithm;
	prepared->context =
		EVP_PKEY_CTX_new_from_pkey(modseal_crypto_library(crypto), key, NULL);
	if (!prepared->context || !set_up(prepared->context, key, algorithm, md)) {
		modseal_prepared_free(prepared);
		return NULL;
	}
	return prepared;
}

static struct modseal_prepared *borrow(const struct modseal_crypto *crypto, EVP_PKEY *key,
				       enum modseal_algorithm algorithm)
{
	for (size_t i = 0; i < MODSEAL_PREPARED_SLOTS; i++) {
		_Atomic(struct modseal_prepared *) *slot = &crypto->prepared[i];
		struct modseal_prepared *prepared = atomic_exchange(slot, NULL);
		struct modseal_prepared *empty = NULL;

		if (!prepared)
			continue;
		if (prepared->key == key && prepared->algorithm == algorithm)
			return prepared;
		if (!atomic_compare_exchange_strong(slot, &empty, prepared))
			modseal_prepared_free(prepared);
	}
	return prepare(crypto, key, algorithm);
}

static void give_back(const struct modseal_crypto *crypto,
		      struct modseal_prepared *prepared)
{
	for (size_t i = 0; i < MODSEAL_PREPARED_SLOTS; i++) {
		struct modseal_prepared *empty = NULL;

		if (atomic_compare_exchange_strong(&crypto->prepared[i], &empty,
						   prepared))
			return;
	}
	/* All taken by other keys: the newest gets a place, or many keys would starve it.
	 */
	modseal_prepared_free(atomic_exchange(&crypto->prepared[0], prepared));
}

/* Only 1 is yes: a malformed signature gives 0 or a negative value. */
static int conclude(int verified, const char *object, struct modseal_error *error)
{
	if (verified != 1 &&
	    ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
					   "the signature cannot be checked");
	modseal_crypto_forget();
	if (verified == 1)
		return 0;
	return modseal_fail(error, MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE,
			    object, NULL);
}

int modseal_signature_check(const struct modseal_crypto *crypto, EVP_PKEY *key,
			    enum modseal_algorithm algorithm, const uint8_t *digest,
			    struct modseal_span signature, const char *object,
			    struct modseal_error *error)
{
	struct modseal_prepared *prepared;
	int verified = 0;

	if ((unsigned)algorithm >= MODSEAL_ALGORITHM_COUNT ||
	    modseal_algorithm_is_pure(algorithm))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    object, "algorithm %d takes no digest",
				    (int)algorithm);
	modseal_crypto_forget();
	prepared = borrow(crypto, key, algorithm);
	if (!prepared)
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
					   "the signature check cannot be set up");
	verified =
		EVP_PKEY_verify(prepared->context, signature.data, signature.size, digest,
				modseal_hash_size(modseal_algorithm_hash(algorithm)));
	/* What has failed is not used again. */
	if (verified == 1)
		give_back(crypto, prepared);
	else
		modseal_prepared_free(prepared);
	return conclude(verified, object, error);
}

int modseal_signature_check_message(const struct modseal_crypto *crypto, EVP_PKEY *key,
				    enum modseal_algorithm algorithm,
				    struct modseal_span message,
				    struct modseal_span signature, const char *object,
				    struct modseal_error *error)
{
	EVP_MD_CTX *context;
	int verified;

	if (!modseal_algorithm_is_pure(algorithm))
		return modseal_fail(error, MODSEAL_E_INTERNAL, MODSEAL_STAGE_EVIDENCE,
				    object, "algorithm %d takes no message",
				    (int)algorithm);
	modseal_crypto_forget();
	context = EVP_MD_CTX_new();
	/* No digest: the algorithm has its own way with the message. */
	if (!context ||
	    EVP_DigestVerifyInit_ex(context, NULL, NULL, modseal_crypto_library(crypto),
				    NULL, key, NULL) != 1) {
		EVP_MD_CTX_free(context);
		return modseal_fail_crypto(error, MODSEAL_STAGE_EVIDENCE, object,
					   "the signature check cannot be set up");
	}
	verified = EVP_DigestVerify(context, signature.data, signature.size, message.data,
				    message.size);
	EVP_MD_CTX_free(context);
	return conclude(verified, object, error);
}
