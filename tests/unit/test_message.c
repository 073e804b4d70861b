/* SPDX-License-Identifier: Apache-2.0 */
/* What is signed, and signatures put in that were made elsewhere. */
#include <openssl/core_names.h>
#include <openssl/rsa.h>

#include "tests/unit/signing.h"
#include "verifier/sign/make.h"
#include "verifier/sign/raw.h"

#define SIGN MODSEAL_STAGE_SIGN

TestSuite(message, .init = signing_begin, .fini = signing_end);

static const char content[] = "\177ELF and more";

static struct modseal_span all_of_it(void)
{
	return modseal_span_of((const uint8_t *)content, sizeof(content));
}

static struct modseal_signing_key *public_half(const char *name, uint32_t pss,
					       const char *hash)
{
	char path[512];
	struct modseal_sign_options options = {.version = MODSEAL_SIGN_OPTIONS_VERSION,
					       .certificate_path = path,
					       .pss = pss,
					       .hash = hash};
	struct modseal_signing_key *key = NULL;

	snprintf(path, sizeof(path), "%s/data/signature/%s.pem", BUILD_DIR, name);
	cr_assert(zero(int, modseal_signing_key_open(&options, &key, &error)), "%s: %s",
		  name, error.message);
	return key;
}

/* The identifier of an algorithm, as OpenSSL writes it. */
static struct der algorithm_of_openssl(const char *name, int bits)
{
	EVP_PKEY *key = load_key(name);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *parameters = NULL;
	struct der der = {.size = 0};
	char digest[16];
	OSSL_PARAM query[] = {OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID,
						      der.bytes, sizeof(der.bytes)),
			      OSSL_PARAM_END};

	snprintf(digest, sizeof(digest), "SHA%d", bits);
	cr_assert(EVP_DigestSignInit_ex(context, &parameters, digest, NULL, NULL, key,
					NULL) == 1);
	cr_assert(EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING) == 1);
	cr_assert(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, RSA_PSS_SALTLEN_DIGEST) ==
		  1);
	cr_assert(EVP_PKEY_CTX_get_params(parameters, query) == 1);
	der.size = query[0].return_size;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return der;
}

static int put_together(const struct modseal_signing_key *signer,
			const struct modseal_signing_key *certificate,
			enum modseal_evidence form, size_t flipped,
			struct modseal_writer *ret_cms)
{
	struct modseal_content_digests digests = {.content = all_of_it()};
	struct modseal_others none = {.signer_count = 0};
	struct modseal_message message;
	struct modseal_raw raw;
	int code;

	memset(&error, 0, sizeof(error));
	cr_assert(zero(int, modseal_message_make(certificate, form, &digests, &message,
						 &error)));
	cr_assert(zero(int, modseal_raw_sign(signer, &message, "file", &raw, &error)),
		  "%s", error.message);
	if (flipped)
		raw.bytes[flipped] ^= 1;
	code = modseal_cms_put(certificate, form,
			       &(struct modseal_content_digests){.content = all_of_it()},
			       &message, modseal_span_of(raw.bytes, raw.size), &none,
			       "file", ret_cms, &error);
	modseal_message_clear(&message);
	return code;
}

Test(message, a_certificate_says_what_its_key_has_to_sign)
{
	static const char *const names[] = {"rsa", "p256", "p384", "p521"};
	static const enum modseal_evidence forms[] = {MODSEAL_EVIDENCE_APPENDED,
						      MODSEAL_EVIDENCE_DETACHED};

	for (size_t i = 0; i < 2 * sizeof(names) / sizeof(names[0]); i++) {
		const char *name = names[i / 2];
		struct modseal_signing_key *key = signing_key(name);
		struct modseal_signing_key *public = public_half(name, 0, NULL);
		struct modseal_writer cms = {.size = 0};

		cr_assert(zero(int, put_together(key, public, forms[i % 2], 0, &cms)),
			  "%s: %s", name, error.message);
		modseal_writer_clear(&cms);
		refuses(MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE,
			put_together(key, public, forms[i % 2], 20, &cms));
		modseal_signing_key_free(&public);
		modseal_signing_key_free(&key);
	}
}

Test(message, a_signature_by_another_key_is_not_put_in)
{
	struct modseal_signing_key *key = signing_key("p256");
	struct modseal_signing_key *other = public_half("twin", 0, NULL);
	struct modseal_writer cms = {.size = 0};

	refuses(MODSEAL_E_SIGNATURE_INVALID, MODSEAL_STAGE_EVIDENCE,
		put_together(key, other, MODSEAL_EVIDENCE_APPENDED, 0, &cms));
	modseal_signing_key_free(&other);
	modseal_signing_key_free(&key);
}

Test(message, a_certificate_alone_does_not_sign)
{
	struct modseal_signing_key *public = public_half("p256", 0, NULL);

	refuses(MODSEAL_E_ARGUMENT, SIGN,
		modseal_sign_file(public, elf_file("file"), 0, NULL, &error));
	modseal_signing_key_free(&public);
}

Test(message, pss_is_named_as_openssl_names_it)
{
	static const char *const hashes[] = {"sha256", "sha384", "sha512"};
	static const int bits[] = {256, 384, 512};

	for (size_t i = 0; i < 3; i++) {
		struct modseal_sign_options options = {.pss = 1, .hash = hashes[i]};
		struct der wanted = algorithm_of_openssl("rsa", bits[i]);
		struct modseal_signing_key *key = NULL;
		struct modseal_writer cms = {.size = 0};

		cr_assert(zero(int, open_key(&options, "rsa", "rsa", &key)));
		cr_assert(zero(int, put_together(key, key, MODSEAL_EVIDENCE_DETACHED, 0,
						 &cms)),
			  "%s", error.message);
		cr_assert(memmem(cms.bytes, cms.size, wanted.bytes, wanted.size) != NULL,
			  "%s", hashes[i]);
		modseal_writer_clear(&cms);
		modseal_signing_key_free(&key);
	}
}
