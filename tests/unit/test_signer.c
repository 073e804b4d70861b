/* SPDX-License-Identifier: Apache-2.0 */
/* Signers and anchors: what they may be made of, and what they accept. */
#include <time.h>

#include "keyring.h"

static const enum modseal_trust_model both[] = {MODSEAL_TRUST_CHAIN,
						MODSEAL_TRUST_PINNED};

Test(signer, keeps_what_it_was_given)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_certificate leaf = keyring_certificate(crypto, "leaf.pem");
	struct modseal_signer *signer =
		keyring_signer(crypto, MODSEAL_TRUST_PINNED, "leaf.pem", NULL);

	cr_assert(eq(str, (char *)modseal_signer_name(signer), "leaf.pem"));
	cr_assert(memcmp(modseal_signer_key_digest(signer), leaf.key_sha256, 32) == 0);
	cr_assert(eq(u32, signer->algorithms, MODSEAL_ALGORITHMS_ALL));
	cr_assert(eq(u32, signer->purposes, (1u << MODSEAL_PURPOSE_COUNT) - 1));
	cr_assert(signer->store == NULL);
	modseal_signer_free(&signer);
	cr_assert(signer == NULL);
	modseal_signer_free(&signer);
	modseal_certificate_clear(&leaf);
	modseal_crypto_free(&crypto);
}

Test(signer, R22_weak_keys_are_refused)
{
	static const char *const names[] = {
		"rsa1024.pem",
		"rsa3.pem",
		"p192.pem",
		"k256.pem",
		"dsa.pem",
		"rsapss.pem",
		"brainpool.pem",
#if !PURE_HERE
		"ed25519.pem",
#endif
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		for (size_t j = 0; j < 2; j++) {
			struct modseal_signer *signer = NULL;
			struct modseal_error error = {0};

			cr_assert(eq(int,
				     keyring_try_signer(crypto, both[j], names[i], NULL,
							&signer, &error),
				     MODSEAL_E_ALGORITHM_NOT_ALLOWED),
				  "R22 row %s", names[i]);
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
			cr_assert(eq(str, error.object, (char *)names[i]));
			cr_assert(signer == NULL);
		}
	modseal_crypto_free(&crypto);
}

Test(signer, wrong_settings_are_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_signer *signer = NULL;
	struct modseal_error error = {0};
	struct modseal_signer_config config = {.name = "x",
					       .trust = MODSEAL_TRUST_PINNED,
					       .certificate = keyring_bytes("leaf.pem")};
	struct modseal_signer_config changed;

	cr_assert(eq(int,
		     keyring_try_signer(crypto, MODSEAL_TRUST_PINNED, "leaf.pem",
					"inter.pem", &signer, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(strstr(error.message, "pinned") != NULL);
	cr_assert(eq(int,
		     keyring_try_signer(crypto, MODSEAL_TRUST_CHAIN, "root.pem",
					"five.pem", &signer, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	cr_assert(eq(int,
		     keyring_try_signer(crypto, MODSEAL_TRUST_CHAIN, "root.pem",
					"weakca.pem", &signer, &error),
		     MODSEAL_E_ALGORITHM_NOT_ALLOWED));
	cr_assert(eq(int,
		     keyring_try_signer(crypto, MODSEAL_TRUST_CHAIN, "two.pem", NULL,
					&signer, &error),
		     MODSEAL_E_CERTIFICATE_INVALID));
	changed = config;
	changed.trust = 2;
	cr_assert(eq(int, modseal_signer_new(crypto, &changed, &signer, &error),
		     MODSEAL_E_INTERNAL));
	changed = config;
	changed.algorithms = MODSEAL_ALGORITHMS_ALL + 1;
	cr_assert(eq(int, modseal_signer_new(crypto, &changed, &signer, &error),
		     MODSEAL_E_INTERNAL));
	changed = config;
	changed.purposes = 1u << MODSEAL_PURPOSE_COUNT;
	cr_assert(eq(int, modseal_signer_new(crypto, &changed, &signer, &error),
		     MODSEAL_E_INTERNAL));
	changed = config;
	changed.name = NULL;
	cr_assert(eq(int, modseal_signer_new(crypto, &changed, &signer, &error),
		     MODSEAL_E_INTERNAL));
	cr_assert(signer == NULL);
	keyring_drop(config.certificate);
	modseal_crypto_free(&crypto);
}

Test(signer, R20_R21_R35_pinned_is_the_exact_key)
{
	static const struct {
		const char *signer, *leaf;
		int wanted;
	} rows[] = {
		{"leaf.pem", "leaf.pem", 0},
		/* the key, whatever the certificate around it says */
		{"leaf.pem", "alias.pem", 0},
		{"email.pem", "email.pem", 0},
		{"expired.pem", "expired.pem", 0},
		{"future.pem", "future.pem", 0},
		{"bare.pem", "bare.pem", 0},
		{"strange.pem", "strange.pem", 0},
		{"root.pem", "root.pem", 0},
		/* R20: issuer and serial number; R35: the subject; neither is the key */
		{"leaf.pem", "fakeleaf.pem", MODSEAL_E_SIGNER_NOT_ALLOWED},
		{"leaf.pem", "namesake.pem", MODSEAL_E_SIGNER_NOT_ALLOWED},
		{"root.pem", "fakeroot.pem", MODSEAL_E_SIGNER_NOT_ALLOWED},
		/* pinned is no path */
		{"root.pem", "leaf.pem", MODSEAL_E_SIGNER_NOT_ALLOWED},
		{"leaf.pem", "root.pem", MODSEAL_E_SIGNER_NOT_ALLOWED},
	};
	struct modseal_crypto *crypto = keyring_crypto();
	const struct modseal_clock clock = {.now = time(NULL), .floor = INT64_MAX};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_signer *signer = keyring_signer(
			crypto, MODSEAL_TRUST_PINNED, rows[i].signer, NULL);
		struct modseal_certificate leaf =
			keyring_certificate(crypto, rows[i].leaf);
		struct modseal_error error = {0};

		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &leaf, NULL, NULL,
						    &clock, "file", NULL, &error),
			     rows[i].wanted),
			  "row %s by %s", rows[i].leaf, rows[i].signer);
		if (rows[i].wanted)
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
		modseal_certificate_clear(&leaf);
		modseal_signer_free(&signer);
	}
	modseal_crypto_free(&crypto);
}

Test(signer, R29_a_pinned_signer_is_revoked_by_key_and_by_both_certificates)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_signer *signer =
		keyring_signer(crypto, MODSEAL_TRUST_PINNED, "leaf.pem", NULL);
	struct modseal_certificate leaf = keyring_certificate(crypto, "alias.pem");
	struct modseal_clock clock = {0};
	uint8_t digest[1][MODSEAL_SHA256_SIZE];
	struct modseal_revoked keys = {.keys = {digest, 1}};
	struct modseal_revoked certificates = {.certificates = {digest, 1}};
	struct modseal_error error = {0};

	memcpy(digest, leaf.key_sha256, 32);
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, NULL, &keys, &clock,
					    "file", NULL, &error),
		     MODSEAL_E_REVOKED),
		  "R29");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	memcpy(digest, leaf.sha256, 32);
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, NULL, &certificates,
					    &clock, "file", NULL, &error),
		     MODSEAL_E_REVOKED),
		  "R29 the certificate that signed");
	memcpy(digest, signer->certificate.sha256, 32);
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, NULL, &certificates,
					    &clock, "file", NULL, &error),
		     MODSEAL_E_REVOKED),
		  "R29 the signer's own certificate");
	digest[0][0] ^= 1;
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, NULL, &certificates,
					    &clock, "file", NULL, &error),
		     0));
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&signer);
	modseal_crypto_free(&crypto);
}

Test(signer, R30_an_anchor_is_one_key_and_no_CA)
{
	static const struct {
		const char *name;
		int wanted;
		const char *says;
	} rows[] = {
		{"leaf.pem", 0, NULL},
		{"selfleaf.pem", 0, NULL},
		{"email.pem", 0, NULL},
		{"expired.pem", 0, NULL},
		{"root.pem", MODSEAL_E_ANCHOR_INVALID, "CA's"},
		{"inter.pem", MODSEAL_E_ANCHOR_INVALID, "CA's"},
		{"caleaf.pem", MODSEAL_E_ANCHOR_INVALID, "CA's"},
		{"canosign.pem", MODSEAL_E_ANCHOR_INVALID, "CA's"},
		{"rsa1024.pem", MODSEAL_E_ANCHOR_INVALID, "1024 bits"},
		{"k256.pem", MODSEAL_E_ANCHOR_INVALID, "secp256k1"},
		{"ed25519.pem", PURE_HERE ? 0 : MODSEAL_E_ANCHOR_INVALID,
		 "ED25519, which needs OpenSSL 3.5"},
		{"two.pem", MODSEAL_E_ANCHOR_INVALID, "more than one"},
		{"leaf.key", MODSEAL_E_ANCHOR_INVALID, "PRIVATE KEY"},
		{"empty.pem", MODSEAL_E_ANCHOR_INVALID, "empty"},
	};
	struct modseal_crypto *crypto = keyring_crypto();

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_span bytes = keyring_bytes(rows[i].name);
		struct modseal_signer *anchor = NULL;
		struct modseal_error error = {0};

		cr_assert(eq(int,
			     modseal_anchor_new(crypto, rows[i].name, bytes, &anchor,
						&error),
			     rows[i].wanted),
			  "R30 row %s", rows[i].name);
		cr_assert(eq(int, anchor != NULL, rows[i].wanted == 0));
		if (rows[i].wanted) {
			cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
			cr_assert(eq(str, error.object, (char *)rows[i].name));
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "row %s: %s", rows[i].name, error.message);
		} else {
			cr_assert(eq(int, anchor->trust, MODSEAL_TRUST_PINNED));
		}
		modseal_signer_free(&anchor);
		keyring_drop(bytes);
	}
	modseal_crypto_free(&crypto);
}

Test(signer, R18_two_signers_of_one_key_are_refused)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_signer *signers[4] = {
		keyring_signer(crypto, MODSEAL_TRUST_PINNED, "leaf.pem", NULL),
		keyring_signer(crypto, MODSEAL_TRUST_CHAIN, "root.pem", NULL),
		keyring_signer(crypto, MODSEAL_TRUST_PINNED, "namesake.pem", NULL),
		keyring_signer(crypto, MODSEAL_TRUST_CHAIN, "alias.pem", NULL),
	};
	struct modseal_error error = {0};

	cr_assert(eq(int, modseal_signers_distinct(signers, 0, NULL, 0, &error), 0));
	cr_assert(eq(int, modseal_signers_distinct(signers, 1, NULL, 0, &error), 0));
	cr_assert(eq(int, modseal_signers_distinct(signers, 3, NULL, 0, &error), 0));
	cr_assert(eq(int, modseal_signers_distinct(signers, 4, NULL, 0, &error),
		     MODSEAL_E_POLICY_INVALID),
		  "R18");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
	cr_assert(strstr(error.message, "leaf.pem") && strstr(error.message, "alias.pem"),
		  "%s", error.message);
	for (size_t i = 0; i < 4; i++)
		modseal_signer_free(&signers[i]);
	modseal_crypto_free(&crypto);
}

Test(signer, R30_no_signer_has_an_anchors_key)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_span bytes = keyring_bytes("leaf.pem");
	struct modseal_signer *anchor = NULL;
	struct modseal_signer *same =
		keyring_signer(crypto, MODSEAL_TRUST_PINNED, "alias.pem", NULL);
	struct modseal_signer *through =
		keyring_signer(crypto, MODSEAL_TRUST_CHAIN, "root.pem", "leaf3.pem");
	struct modseal_signer *other =
		keyring_signer(crypto, MODSEAL_TRUST_CHAIN, "root.pem", "inters.pem");
	struct modseal_certificate leaf = keyring_certificate(crypto, "leaf.pem");
	struct modseal_clock clock = {.now = time(NULL)};
	struct modseal_error error = {0};

	cr_assert(eq(int, modseal_anchor_new(crypto, "anchor", bytes, &anchor, NULL), 0));
	/* its CA certified the anchor's key for signing code: refused all the same */
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, other, &leaf, NULL, NULL, &clock,
					    "file", NULL, &error),
		     0));
	cr_assert(eq(int, modseal_signers_distinct(&other, 1, &anchor, 1, &error), 0));
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, other, &leaf, NULL, NULL, &clock,
					    "file", NULL, &error),
		     MODSEAL_E_SIGNER_NOT_ALLOWED),
		  "R30");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_EVIDENCE));
	cr_assert(strstr(error.message, "anchor") != NULL);
	cr_assert(eq(int, modseal_signers_distinct(&same, 1, &anchor, 1, &error),
		     MODSEAL_E_POLICY_INVALID),
		  "R30");
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
	cr_assert(strstr(error.message, "alias.pem") && strstr(error.message, "anchor"));
	cr_assert(eq(int, modseal_signers_distinct(&through, 1, &anchor, 1, &error),
		     MODSEAL_E_POLICY_INVALID),
		  "R30 as an intermediate");
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&same);
	modseal_signer_free(&through);
	modseal_signer_free(&other);
	modseal_signer_free(&anchor);
	keyring_drop(bytes);
	modseal_crypto_free(&crypto);
}
