/* SPDX-License-Identifier: Apache-2.0 */
/* The library context: digests, and what the environment cannot bring in. */
#include <fcntl.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <unistd.h>

#include "keyring.h"
#include "keys/algorithms.h"
#include "keys/private.h"

#define MARKER BUILD_DIR "/data/keys-marker"

static const uint8_t abc_sha256[] = {
	0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
	0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
	0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
};

Test(crypto, digest_is_sha2)
{
	struct modseal_crypto *crypto = keyring_crypto();
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE];

	cr_assert(eq(int,
		     modseal_crypto_digest(crypto, MODSEAL_HASH_SHA256,
					   modseal_span_of("abc", 3), digest, NULL),
		     0));
	cr_assert(memcmp(digest, abc_sha256, sizeof(abc_sha256)) == 0);
	for (int hash = 0; hash < MODSEAL_HASH_COUNT; hash++) {
		uint8_t wanted[EVP_MAX_MD_SIZE];
		unsigned size = 0;

		EVP_Digest("", 0, wanted, &size,
			   EVP_get_digestbyname(modseal_hash_name(hash)), NULL);
		cr_assert(eq(int,
			     modseal_crypto_digest(crypto, hash, modseal_span_of(NULL, 0),
						   digest, NULL),
			     0));
		cr_assert(eq(sz, size, modseal_hash_size(hash)));
		cr_assert(memcmp(digest, wanted, size) == 0, "%s",
			  modseal_hash_name(hash));
	}
	modseal_crypto_free(&crypto);
}

Test(crypto, digest_of_unknown_hash_fails_and_writes_nothing)
{
	struct modseal_crypto *crypto = keyring_crypto();
	uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {7};
	struct modseal_error error;

	cr_assert(eq(int,
		     modseal_crypto_digest(crypto, MODSEAL_HASH_COUNT,
					   modseal_span_of("abc", 3), digest, &error),
		     MODSEAL_E_INTERNAL));
	cr_assert(eq(int, digest[0], 7));
	modseal_crypto_free(&crypto);
}

Test(crypto, a_running_digest_is_of_the_content_and_of_all)
{
	static const struct {
		const char *content, *rest, *all;
	} rows[] = {{"abc", "def", "abcdef"},
		    {"abc", "def", "abcdef"},
		    {"abc", "", "abc"},
		    {"abc", "", "abc"},
		    {"", "abc", "abc"},
		    {"", "abc", "abc"},
		    {"", "", ""},
		    {"", "", ""}};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t size = strlen(rows[i].content), half = size / 2;
		uint8_t content[32], whole[32], wanted[32];
		struct modseal_running_digest *running = NULL;

		cr_assert(zero(int, modseal_running_digest_new(crypto, &running, NULL)));
		modseal_running_digest_add(running,
					   modseal_span_of(rows[i].content, half));
		modseal_running_digest_add(
			running, modseal_span_of(rows[i].content + half, size - half));
		cr_assert(zero(
			int, modseal_running_digest_end(
				     running,
				     modseal_span_of(rows[i].rest, strlen(rows[i].rest)),
				     content, i % 2 ? whole : NULL, NULL)));
		modseal_running_digest_free(&running);
		cr_assert(running == NULL);
		EVP_Digest(rows[i].content, strlen(rows[i].content), wanted, NULL,
			   EVP_sha256(), NULL);
		cr_assert(memcmp(content, wanted, 32) == 0, "row %zu", i);
		EVP_Digest(rows[i].all, strlen(rows[i].all), wanted, NULL, EVP_sha256(),
			   NULL);
		if (i % 2)
			cr_assert(memcmp(whole, wanted, 32) == 0, "row %zu", i);
	}
	modseal_crypto_free(&crypto);
}

Test(crypto, digest_whole_is_of_both_parts_in_every_hash)
{
	static const char *const rows[][3] = {
		{"abc", "def", "abcdef"}, {"abc", "", "abc"}, {"", "abc", "abc"}};
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_error error;

	for (size_t i = 0; i < 9; i++) {
		enum modseal_hash hash = (enum modseal_hash)(i % 3);
		const char *const *row = rows[i / 3];
		uint8_t got[MODSEAL_MAX_DIGEST_SIZE], wanted[MODSEAL_MAX_DIGEST_SIZE];

		cr_assert(zero(int, modseal_crypto_digest_whole(
					    crypto, hash,
					    modseal_span_of(row[0], strlen(row[0])),
					    modseal_span_of(row[1], strlen(row[1])), got,
					    NULL)));
		EVP_Digest(row[2], strlen(row[2]), wanted, NULL,
			   EVP_get_digestbyname(modseal_hash_name(hash)), NULL);
		cr_assert(memcmp(got, wanted, modseal_hash_size(hash)) == 0, "row %zu",
			  i);
	}
	cr_assert(eq(int,
		     modseal_crypto_digest_whole(crypto, MODSEAL_HASH_COUNT,
						 modseal_span_of("", 0),
						 modseal_span_of("", 0), NULL, &error),
		     MODSEAL_E_INTERNAL));
	modseal_crypto_free(&crypto);
}

Test(crypto, fail_crypto_tells_the_reason_and_empties_the_queue)
{
	struct modseal_error error;

	ERR_raise(ERR_LIB_EVP, EVP_R_BAD_DECRYPT);
	cr_assert(eq(int,
		     modseal_fail_crypto(&error, MODSEAL_STAGE_KEY, "thing", "it broke"),
		     MODSEAL_E_CRYPTO));
	cr_assert(eq(int, error.code, MODSEAL_E_CRYPTO));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
	cr_assert(eq(str, error.message, "it broke: bad decrypt"));
	cr_assert(eq(ulong, ERR_peek_error(), 0));
	cr_assert(eq(int,
		     modseal_fail_crypto(&error, MODSEAL_STAGE_KEY, NULL, "it broke"),
		     MODSEAL_E_CRYPTO));
	cr_assert(eq(str, error.message, "it broke"));
	ERR_raise(ERR_LIB_EVP, ERR_R_MALLOC_FAILURE);
	cr_assert(eq(int, modseal_fail_crypto(NULL, MODSEAL_STAGE_KEY, NULL, "it broke"),
		     MODSEAL_E_RESOURCE));
}

/* ---- R27 ------------------------------------------------------------------------------
 */

static void point_environment_at_the_trap(void)
{
	setenv("OPENSSL_CONF", KEYS_DIR "hostile.cnf", 1);
	setenv("OPENSSL_MODULES", KEYS_DIR "modules", 1);
	setenv("OPENSSL_ENGINES", KEYS_DIR "engines", 1);
	setenv("MODSEAL_TEST_MARKER", MARKER, 1);
	unlink(MARKER);
}

/* Everything in keys/, and the decoder that verifier/signature uses. */
static void use_everything(void)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_signer *signer =
		keyring_signer(crypto, MODSEAL_TRUST_CHAIN, "root.pem", NULL);
	struct modseal_certificate leaf = keyring_certificate(crypto, "leaf.pem");
	struct modseal_certificate strange;
	struct modseal_span odd = keyring_bytes("strangesoft.pem");
	struct modseal_clock clock = {.now = time(NULL)};
	const uint8_t digest[MODSEAL_MAX_DIGEST_SIZE] = {0};
	struct modseal_keygen_options options = {
		.version = MODSEAL_KEYGEN_OPTIONS_VERSION,
		.name = "unwritable",
		.directory = KEYS_DIR "nowhere",
	};
	CMS_ContentInfo *cms =
		CMS_ContentInfo_new_ex(modseal_crypto_library(crypto), NULL);
	EVP_PKEY *key = NULL;

	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, NULL, NULL, &clock,
					    NULL, NULL, NULL),
		     0));
	/* An identifier OpenSSL does not know: this is what asks for the configuration.
	 */
	cr_assert(
		eq(int, modseal_certificate_read(crypto, odd, NULL, &strange, NULL), 0));
	cr_assert(OBJ_create("1.2.3.4.5.6.7", "modsealtest", "modseal test") !=
		  NID_undef);
	cr_assert(eq(int,
		     modseal_signature_check(crypto, leaf.key,
					     MODSEAL_ALGORITHM_ECDSA_P256_SHA256, digest,
					     modseal_span_of("x", 1), NULL, NULL),
		     MODSEAL_E_SIGNATURE_INVALID));
	cr_assert(eq(int,
		     modseal_private_key_read(crypto, KEYS_DIR "leaf.key", NULL, NULL,
					      &key, NULL),
		     0));
	cr_assert(modseal_keygen(&options, NULL) != 0);
	cr_assert(cms != NULL);
	CMS_ContentInfo_free(cms);
	EVP_PKEY_free(key);
	modseal_certificate_clear(&strange);
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&signer);
	modseal_crypto_free(&crypto);
	keyring_drop(odd);
}

Test(crypto, R27_the_trap_works)
{
	EVP_MD *md;

	point_environment_at_the_trap();
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_free(md);
	cr_assert(eq(int, access(MARKER, F_OK), 0), "the trap of R27 catches nothing");
	unlink(MARKER);
}

Test(crypto, R27_nothing_of_the_environment_is_loaded)
{
	point_environment_at_the_trap();
	use_everything();
	cr_assert(access(MARKER, F_OK) != 0, "a module of the environment ran");
}

/* Not by us, and not by the host's first own use of OpenSSL in this process either. */
Test(crypto, R27_the_default_context_stays_clean)
{
	EVP_MD *md;

	point_environment_at_the_trap();
	use_everything();
	md = EVP_MD_fetch(NULL, "SHA256", NULL);
	cr_assert(md != NULL);
	EVP_MD_free(md);
	cr_assert(access(MARKER, F_OK) != 0, "a module of the environment ran");
}

/* A module directory that offers its own "default". */
Test(crypto, R27_the_default_provider_is_the_one_in_libcrypto)
{
	struct modseal_crypto *crypto;

	point_environment_at_the_trap();
	unsetenv("OPENSSL_CONF");
	crypto = keyring_crypto();
	modseal_crypto_free(&crypto);
	cr_assert(access(MARKER, F_OK) != 0, "a module of the environment ran");
}

/* ---- R26 ------------------------------------------------------------------------------
 */

Test(crypto, R26_trust_stores_of_the_environment_change_nothing)
{
	struct modseal_crypto *crypto;
	struct modseal_signer *signer;
	struct modseal_certificate leaf;
	struct modseal_clock clock = {.now = time(NULL)};
	struct modseal_error error;

	setenv("SSL_CERT_FILE", KEYS_DIR "fakeroot.pem", 1);
	setenv("SSL_CERT_DIR", KEYS_DIR, 1);
	crypto = keyring_crypto();
	signer = keyring_signer(crypto, MODSEAL_TRUST_CHAIN, "inter.pem", NULL);
	leaf = keyring_certificate(crypto, "fakeleaf.pem");
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, NULL, NULL, &clock,
					    "file", NULL, &error),
		     MODSEAL_E_SIGNER_NOT_ALLOWED),
		  "R26 %s", error.message);
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&signer);
	modseal_crypto_free(&crypto);
}
