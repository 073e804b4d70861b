/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation anywhere in a path (R29). */
#include <openssl/ec.h>

#include "chain_rows.h"

static struct modseal_certificate one(const char *name,
				      struct modseal_crypto **ret_crypto)
{
	*ret_crypto = keyring_crypto();
	return keyring_certificate(*ret_crypto, name);
}

Test(chain_revoked, R29_revoked_anywhere_in_the_path)
{
	static const struct row path = {"leaf4.pem", "root.pem", {"inter2.pem"},
					"inter.pem", 0,		 NULL};
	static const char *const names[] = {"leaf4.pem", "inter2.pem", "inter.pem",
					    "root.pem"};

	/* what is revoked stays so once it has expired */
	const struct modseal_clock late = {.now = Y9999};

	for (size_t i = 0; i < 4; i++) {
		struct modseal_crypto *crypto;
		struct modseal_certificate certificate = one(names[i], &crypto);
		uint8_t digest[1][MODSEAL_SHA256_SIZE];
		struct modseal_revoked by_key = {.keys = {digest, 1}};
		struct modseal_revoked by_certificate = {.certificates = {digest, 1}};
		struct modseal_revoked other = {.files = {digest, 1}};
		struct modseal_error error;

		memcpy(digest, certificate.key_sha256, sizeof(digest));
		cr_assert(eq(int, ask(&path, NULL, &by_key, NULL, &error),
			     MODSEAL_E_REVOKED),
			  "R29 key of %s", names[i]);
		memcpy(digest, certificate.sha256, sizeof(digest));
		cr_assert(eq(int, ask(&path, NULL, &by_certificate, NULL, &error),
			     MODSEAL_E_REVOKED),
			  "R29 certificate %s", names[i]);
		cr_assert(eq(int, ask(&path, &late, &by_certificate, NULL, &error),
			     MODSEAL_E_REVOKED),
			  "R29 certificate %s, late", names[i]);
		memcpy(digest, certificate.key_sha256, sizeof(digest));
		cr_assert(eq(int, ask(&path, &late, &by_key, NULL, &error),
			     MODSEAL_E_REVOKED),
			  "R29 key of %s, late", names[i]);
		cr_assert(eq(int, ask(&path, NULL, &other, NULL, &error), 0));
		modseal_certificate_clear(&certificate);
		modseal_crypto_free(&crypto);
	}
}

/* (r, s) and (r, n - s) sign the same: the certificate with the other one is revoked too.
 * Tried from both sides: each of the two is some other one's twin. */
Test(chain_revoked, R29_revocation_survives_the_twin_of_an_ECDSA_signature)
{
	static const char *const leaves[] = {"leaf.pem", "leaf3.pem", "underanyca.pem"};
	static const char *const signers[] = {"root.pem", "inter.pem", "anyca.pem"};

	for (size_t i = 0; i < 3; i++) {
		struct modseal_crypto *crypto;
		struct modseal_certificate leaf = one(leaves[i], &crypto), twin = {0};
		struct modseal_certificate issuer =
			keyring_certificate(crypto, signers[i]);
		struct modseal_signer *signer =
			keyring_signer(crypto, MODSEAL_TRUST_CHAIN, signers[i], NULL);
		struct modseal_clock clock = {.now = time(NULL)};
		X509 *copy = X509_dup(leaf.x509);
		const ASN1_BIT_STRING *bits = NULL;
		BIGNUM *order = NULL, *r, *s;
		unsigned char *signature = NULL;
		const unsigned char *at;
		ECDSA_SIG *pair;
		int size;
		uint8_t digest[1][MODSEAL_SHA256_SIZE];
		struct modseal_revoked revoked = {.certificates = {digest, 1}};
		struct modseal_error error = {0};

		X509_get0_signature(&bits, NULL, copy);
		at = ASN1_STRING_get0_data(bits);
		pair = d2i_ECDSA_SIG(NULL, &at, ASN1_STRING_length(bits));
		cr_assert(EVP_PKEY_get_bn_param(issuer.key, "order", &order) == 1);
		r = BN_dup(ECDSA_SIG_get0_r(pair));
		s = BN_dup(ECDSA_SIG_get0_s(pair));
		BN_sub(s, order, s);
		ECDSA_SIG_set0(pair, r, s);
		size = i2d_ECDSA_SIG(pair, &signature);
		ASN1_STRING_set((ASN1_STRING *)(uintptr_t)bits, signature, size);
		cr_assert(eq(int, modseal_certificate_wrap(crypto, copy, &twin, &error),
			     0));
		cr_assert(memcmp(twin.sha256, leaf.sha256, 32) != 0);
		/* both verify while nothing is revoked */
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &twin, NULL, NULL,
						    &clock, "file", NULL, &error),
			     0),
			  "%s", error.message);
		memcpy(digest, leaf.sha256, sizeof(digest));
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &twin, NULL, &revoked,
						    &clock, "file", NULL, &error),
			     MODSEAL_E_REVOKED),
			  "R29 the twin of %s passes", leaves[i]);
		memcpy(digest, twin.sha256, sizeof(digest));
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &leaf, NULL, &revoked,
						    &clock, "file", NULL, &error),
			     MODSEAL_E_REVOKED),
			  "R29 %s passes where its twin is revoked", leaves[i]);
		digest[0][0] ^= 1;
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &leaf, NULL, &revoked,
						    &clock, "file", NULL, &error),
			     0));
		ECDSA_SIG_free(pair);
		BN_free(order);
		OPENSSL_free(signature);
		X509_free(copy);
		modseal_certificate_clear(&twin);
		modseal_certificate_clear(&leaf);
		modseal_certificate_clear(&issuer);
		modseal_signer_free(&signer);
		modseal_crypto_free(&crypto);
	}
}
