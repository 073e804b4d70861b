/* SPDX-License-Identifier: Apache-2.0 */
/*
 * modseal's own OpenSSL library context: a provider chosen and loaded by us, no
 * configuration file, no environment, no system trust store.
 */
#ifndef MODSEAL_KEYS_CRYPTO_H
#define MODSEAL_KEYS_CRYPTO_H

#include "internal/error.h"
#include "internal/kinds.h"
#include "internal/span.h"

struct modseal_crypto;

/*
 * Errors: CRYPTO, RESOURCE. The result may be used by several threads at once.
 *
 * What the host sees of it: where its own OpenSSL (the same libcrypto) is not initialized
 * yet, openssl.cnf is no longer loaded by itself in this process (OPENSSL_init_crypto(3),
 * OPENSSL_INIT_NO_LOAD_CONFIG); a host that wants it calls OPENSSL_init_crypto before, or
 * OSSL_LIB_CTX_load_config after. A build with STATIC_DEPS=1 shares nothing with the
 * host.
 */
MODSEAL_MUST_CHECK int modseal_crypto_new(struct modseal_crypto **ret_crypto,
					  struct modseal_error *error);
void modseal_crypto_free(struct modseal_crypto **crypto);

/* The digest of bytes, modseal_hash_size(hash) bytes long. Errors: CRYPTO. */
MODSEAL_MUST_CHECK int modseal_crypto_digest(const struct modseal_crypto *crypto,
					     enum modseal_hash hash,
					     struct modseal_span bytes,
					     uint8_t *ret_digest,
					     struct modseal_error *error);

/* The digest of a content followed by rest (either may be empty). Errors: CRYPTO. */
MODSEAL_MUST_CHECK int
modseal_crypto_digest_whole(const struct modseal_crypto *crypto, enum modseal_hash hash,
			    struct modseal_span content, struct modseal_span rest,
			    uint8_t *ret_digest, struct modseal_error *error);

/*
 * SHA-256 of a content that comes in parts, and of the content followed by rest. What
 * goes wrong in add is told by end. ret_whole: NULL: not wanted. Errors: CRYPTO,
 * RESOURCE.
 */
struct modseal_running_digest;
MODSEAL_MUST_CHECK int
modseal_running_digest_new(const struct modseal_crypto *crypto,
			   struct modseal_running_digest **ret_running,
			   struct modseal_error *error);
void modseal_running_digest_add(struct modseal_running_digest *running,
				struct modseal_span part);
MODSEAL_MUST_CHECK int
modseal_running_digest_end(struct modseal_running_digest *running,
			   struct modseal_span rest,
			   uint8_t ret_content[MODSEAL_SHA256_SIZE], uint8_t *ret_whole,
			   struct modseal_error *error);
void modseal_running_digest_free(struct modseal_running_digest **running);

/* Records MODSEAL_E_CRYPTO with OpenSSL's newest reason, and empties its error queue. */
int modseal_fail_crypto(struct modseal_error *error, enum modseal_stage stage,
			const char *object, const char *what);
/* Empties OpenSSL's error queue of this thread. */
void modseal_crypto_forget(void);

#endif
