/* SPDX-License-Identifier: Apache-2.0 */
/* Paths from a leaf to a chain signer: usage, length, time, names, weakness, speed. */
#include <time.h>

#include "internal/limits.h"
#include "keyring.h"

#define MAX_EXTRA 5

struct row {
	const char *leaf;
	const char *signer;
	const char *extra[MAX_EXTRA]; /* certificates out of the CMS */
	const char *intermediates;    /* the policy's */
	int wanted;
	const char *says;
};

static STACK_OF(X509) * take_extra(struct modseal_crypto *crypto,
				   const char *const *names,
				   struct modseal_certificate *certificates)
{
	STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 0; i < MAX_EXTRA && names[i]; i++) {
		certificates[i] = keyring_certificate(crypto, names[i]);
		sk_X509_push(stack, certificates[i].x509);
	}
	return stack;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Asks about one row; *ret_seconds is what the answer alone took. */
static int ask(const struct row *row, const struct modseal_clock *clock,
	       const struct modseal_revoked *revoked, double *ret_seconds,
	       struct modseal_error *error)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_signer *signer = keyring_signer(crypto, MODSEAL_TRUST_CHAIN,
						       row->signer, row->intermediates);
	struct modseal_certificate leaf = keyring_certificate(crypto, row->leaf);
	struct modseal_certificate certificates[MAX_EXTRA] = {0};
	STACK_OF(X509) *extra = take_extra(crypto, row->extra, certificates);
	struct modseal_clock today = {.now = time(NULL)};
	double start = seconds();
	int result;

	memset(error, 0, sizeof(*error));
	result = modseal_signer_accepts(crypto, signer, &leaf, extra, revoked,
					clock ? clock : &today, "file", error);
	if (ret_seconds)
		*ret_seconds = seconds() - start;
	cr_assert(eq(int, error->code, result), "row %s", row->leaf);
	if (result) {
		cr_assert(eq(int, error->stage, MODSEAL_STAGE_EVIDENCE), "row %s",
			  row->leaf);
		cr_assert(eq(str, error->object, "file"), "row %s", row->leaf);
	}
	sk_X509_free(extra);
	for (size_t i = 0; i < MAX_EXTRA; i++)
		modseal_certificate_clear(&certificates[i]);
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&signer);
	modseal_crypto_free(&crypto);
	return result;
}

static void try_rows(const char *number, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct modseal_error error;
		int result = ask(&rows[i], NULL, NULL, NULL, &error);

		cr_assert(eq(int, result, rows[i].wanted), "%s row %s under %s: %s",
			  number, rows[i].leaf, rows[i].signer, error.message);
		if (rows[i].says)
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "%s row %s: %s", number, rows[i].leaf, error.message);
	}
}
#define TRY(number, rows) try_rows(number, rows, sizeof(rows) / sizeof(rows[0]))

Test(chain, paths_to_root_intermediate_and_leaf_itself)
{
	static const struct row rows[] = {
		{"leaf.pem", "root.pem", {0}, NULL, 0, NULL},
		{"leaf3.pem", "root.pem", {"inter.pem"}, NULL, 0, NULL},
		{"leaf3.pem", "root.pem", {0}, "inter.pem", 0, NULL},
		{"leaf4.pem", "root.pem", {"inter2.pem", "inter.pem"}, NULL, 0, NULL},
		{"leaf4.pem", "root.pem", {0}, "inters.pem", 0, NULL},
		{"leaf4.pem", "root.pem", {"inter2.pem"}, "inter.pem", 0, NULL},
		{"leaf4.pem",
		 "root.pem",
		 {"root.pem", "inter2.pem", "inter.pem", "leaf4.pem"},
		 NULL,
		 0,
		 NULL},
		/* the signer need not be a root */
		{"leaf3.pem", "inter.pem", {0}, NULL, 0, NULL},
		{"leaf4.pem", "inter2.pem", {"inter.pem", "root.pem"}, NULL, 0, NULL},
		{"leaf5.pem", "inter.pem", {"inter3.pem", "inter2.pem"}, NULL, 0, NULL},
		{"leaf.pem", "leaf.pem", {0}, NULL, 0, NULL},
		{"selfleaf.pem", "selfleaf.pem", {0}, NULL, 0, NULL},
		{"rsaleaf.pem", "rsaroot.pem", {0}, NULL, 0, NULL},
		{"pssgood.pem", "rsaroot.pem", {0}, NULL, 0, NULL},
		{"rsa2048.pem", "root.pem", {0}, NULL, 0, NULL},
	};

	TRY("path", rows);
}

Test(chain, R19_no_path_no_trust)
{
	static const struct row rows[] = {
		{"leaf3.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 "root.pem"},
		{"leaf.pem",
		 "inter.pem",
		 {"root.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		{"leaf.pem",
		 "rsaroot.pem",
		 {0},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		/* what the CMS brings along is never an anchor */
		{"selfleaf.pem",
		 "root.pem",
		 {"selfleaf.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		{"rsaleaf.pem",
		 "root.pem",
		 {"rsaroot.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		{"fakeleaf.pem",
		 "root.pem",
		 {"fakeroot.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		/* an issuer is not vouched for by its subject */
		{"root.pem", "leaf.pem", {0}, NULL, MODSEAL_E_SIGNER_NOT_ALLOWED, NULL},
		{"namesake.pem",
		 "leaf.pem",
		 {0},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
	};

	TRY("R19", rows);
}

Test(chain, R20_R35_names_alone_prove_nothing)
{
	static const struct row rows[] = {
		/* R20: issuer and serial number of leaf, another key */
		{"fakeleaf.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		{"fakeleaf.pem",
		 "leaf.pem",
		 {0},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		/* R35: two signers of one subject and key identifier */
		{"fakeleaf.pem", "fakeroot.pem", {0}, NULL, 0, NULL},
		{"leaf.pem",
		 "fakeroot.pem",
		 {0},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		{"leaf.pem", "root.pem", {"fakeroot.pem"}, NULL, 0, NULL},
		/* a false intermediate beside the true one does not get in the way of it
		 * where the policy names the true one */
		{"leaf3.pem", "root.pem", {"fakeinter.pem"}, "inter.pem", 0, NULL},
		{"leaf3.pem",
		 "root.pem",
		 {"fakeinter.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
	};

	TRY("R20, R35", rows);
}

Test(chain, R21_a_leaf_is_for_signing_code)
{
	static const struct row rows[] = {
		{"both.pem", "root.pem", {0}, NULL, 0, NULL},
		{"nobasic.pem", "root.pem", {0}, NULL, 0, NULL},
		{"email.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"tls.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"timestamp.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"anyeku.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"noeku.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"noku.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "digitalSignature"},
		{"encipher.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "digitalSignature"},
		{"bare.pem", "root.pem", {0}, NULL, MODSEAL_E_CERTIFICATE_INVALID, NULL},
		{"caleaf.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "CA's"},
		{"inter.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "CA's"},
		{"root.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "CA's"},
		/* as the signer itself, too: `chain` asks for a code-signing leaf */
		{"email.pem",
		 "email.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
	};

	TRY("R21", rows);
}

Test(chain, R21_authorities_keep_to_what_they_may_issue)
{
	static const struct row rows[] = {
		{"underanyca.pem", "root.pem", {"anyca.pem"}, NULL, 0, NULL},
		{"undertlsca.pem",
		 "root.pem",
		 {"tlsca.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"undertlsca.pem",
		 "tlsca.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "codeSigning"},
		{"undernoca.pem",
		 "root.pem",
		 {"noca.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 NULL},
		{"undernosign.pem",
		 "root.pem",
		 {"nosign.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 NULL},
		{"undershortca.pem", "root.pem", {"shortca.pem"}, NULL, 0, NULL},
		{"underbelow.pem",
		 "root.pem",
		 {"belowshort.pem", "shortca.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "path length"},
	};

	TRY("R21", rows);
}

Test(chain, R25_length_strictness_and_unknown_extensions)
{
	static const struct row rows[] = {
		{"leaf5.pem",
		 "root.pem",
		 {"inter3.pem", "inter2.pem", "inter.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "5 certificates"},
		{"leaf5.pem",
		 "root.pem",
		 {"inter3.pem"},
		 "inters.pem",
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "5 certificates"},
		{"strange.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "critical extension"},
		{"strangesoft.pem", "root.pem", {0}, NULL, 0, NULL},
		{"understrangeca.pem",
		 "root.pem",
		 {"strangeca.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "critical extension"},
		{"understrangeca.pem",
		 "strangeca.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "critical extension"},
		{"constrained.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "Policy Constraints"},
		{"berextension.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "strict DER"},
		{"noakid.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "Authority Key Identifier"},
		{"leaf.pem",
		 "root.pem",
		 {"inter.pem", "inter2.pem", "inter3.pem", "root.pem", "alias.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_INVALID,
		 "at most 4"},
	};

	TRY("R25", rows);
}

Test(chain, R22_weak_keys_and_signatures_in_a_path)
{
	static const struct row rows[] = {
		{"rsa1024.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "1024 bits"},
		{"rsa2047.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "2047 bits"},
		{"rsa3.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "exponent"},
		{"rsa257.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "exponent"},
		{"p192.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "prime192v1"},
		{"k256.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "secp256k1"},
		{"ed25519.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "ED25519"},
		{"dsa.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "DSA"},
		{"rsapss.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "RSASSA-PSS"},
		{"sha1.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "SHA1"},
		{"sha224.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "SHA224"},
		{"md5.pem",
		 "rsaroot.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "md5"},
		{"psslong.pem",
		 "rsaroot.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "salt"},
		{"pssmask.pem",
		 "rsaroot.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "MGF1"},
		{"psssha1.pem",
		 "rsaroot.pem",
		 {0},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "sha1"},
		{"underweakca.pem",
		 "root.pem",
		 {"weakca.pem"},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "1024 bits"},
		{"undercurveca.pem",
		 "root.pem",
		 {"curveca.pem"},
		 NULL,
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		 "secp256k1"},
	};

	TRY("R22", rows);
}

/* 2026, 2028, 2030 and a half, 2035: window.pem is valid in 2030 alone. */
#define Y2021                                                                            \
	1609459200 /* where expired.pem ends: OpenSSL takes the last second as past */
#define Y2026	     1767225600
#define Y2028	     1830297600
#define Y2030	     1893456000
#define Y2030_MIDDLE 1909000000
#define Y2031	     1924992000
#define Y2035	     2051222400

Test(chain, R28_validity_at_the_later_of_clock_and_floor)
{
	static const struct {
		const char *leaf;
		int64_t now, floor;
		int wanted;
	} rows[] = {
		/* a clock that is right */
		{"window.pem", Y2030_MIDDLE, 0, 0},
		{"window.pem", Y2030_MIDDLE, Y2028, 0},
		{"window.pem", Y2030_MIDDLE, Y2030_MIDDLE, 0},
		{"window.pem", Y2030, 0, 0},
		{"window.pem", Y2030 - 1, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2030 - 1, Y2030 - 1, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2031 - 1, 0, 0},
		{"window.pem", Y2031, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* a clock behind the floor: only notAfter counts, at the floor */
		{"window.pem", 0, Y2028, 0},
		{"window.pem", 0, Y2031 - 1, 0},
		{"window.pem", Y2030_MIDDLE, Y2031, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", 0, Y2035, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", Y2028 - 1, Y2028, 0},
		{"window.pem", Y2028, Y2028, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* clock at 1970 */
		{"window.pem", 0, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"expired.pem", 0, Y2026, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"expired.pem", 0, Y2021 - 1, 0},
		{"expired.pem", 0, Y2021, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"future.pem", 0, Y2026, 0},
		{"future.pem", Y2030, Y2026, MODSEAL_E_CERTIFICATE_EXPIRED},
		/* before 1970, and the end of time */
		{"window.pem", -1, 0, 0},
		{"window.pem", -5, -9, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", INT64_MAX, 0, MODSEAL_E_CERTIFICATE_EXPIRED},
		{"window.pem", 0, INT64_MAX, MODSEAL_E_CERTIFICATE_EXPIRED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* the leaf is its own signer, so that no other date has a say */
		const struct row row = {.leaf = rows[i].leaf, .signer = rows[i].leaf};
		const struct modseal_clock clock = {rows[i].now, rows[i].floor};
		struct modseal_error error;
		int result = ask(&row, &clock, NULL, NULL, &error);

		cr_assert(eq(int, result, rows[i].wanted), "R28 row %zu (%s): %s", i,
			  rows[i].leaf, error.message);
	}
}

Test(chain, R28_every_certificate_of_the_path_is_dated)
{
	static const struct row rows[] = {
		{"expired.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys expired' expired at 2021-01-01"},
		{"future.pem",
		 "root.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys future' is not valid before 2098-01-01"},
		{"underoldca.pem",
		 "root.pem",
		 {"oldca.pem"},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys oldca' expired"},
		{"underoldca.pem",
		 "oldca.pem",
		 {0},
		 NULL,
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 "'CN=Keys oldca' expired"},
	};
	/* a dead clock does not revive the CA either */
	const struct modseal_clock dead = {0, Y2026};
	struct modseal_error error;

	TRY("R28", rows);
	cr_assert(eq(int, ask(&rows[2], &dead, NULL, NULL, &error),
		     MODSEAL_E_CERTIFICATE_EXPIRED));
}

/* ---- R29 ------------------------------------------------------------------------------
 */

static struct modseal_certificate one(const char *name,
				      struct modseal_crypto **ret_crypto)
{
	*ret_crypto = keyring_crypto();
	return keyring_certificate(*ret_crypto, name);
}

Test(chain, R29_revoked_anywhere_in_the_path)
{
	static const struct row path = {"leaf4.pem", "root.pem", {"inter2.pem"},
					"inter.pem", 0,		 NULL};
	static const char *const names[] = {"leaf4.pem", "inter2.pem", "inter.pem",
					    "root.pem"};

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
		cr_assert(eq(int, ask(&path, NULL, &other, NULL, &error), 0));
		modseal_certificate_clear(&certificate);
		modseal_crypto_free(&crypto);
	}
}

/* (r, s) and (r, n - s) sign the same: the certificate with the other one is revoked too.
 * Tried from both sides: each of the two is some other one's twin. */
Test(chain, R29_revocation_survives_the_twin_of_an_ECDSA_signature)
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
						    &clock, "file", &error),
			     0),
			  "%s", error.message);
		memcpy(digest, leaf.sha256, sizeof(digest));
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &twin, NULL, &revoked,
						    &clock, "file", &error),
			     MODSEAL_E_REVOKED),
			  "R29 the twin of %s passes", leaves[i]);
		memcpy(digest, twin.sha256, sizeof(digest));
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &leaf, NULL, &revoked,
						    &clock, "file", &error),
			     MODSEAL_E_REVOKED),
			  "R29 %s passes where its twin is revoked", leaves[i]);
		digest[0][0] ^= 1;
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &leaf, NULL, &revoked,
						    &clock, "file", &error),
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

/* ---- R25 speed ------------------------------------------------------------------------
 */

Test(chain, R25_no_hostile_chain_takes_long)
{
	static const struct row rows[] = {
		/* 16384 bits, and an exponent of 64 */
		{"underslow.pem",
		 "root.pem",
		 {"slow.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		{"underslow.pem",
		 "root.pem",
		 {"slow.pem", "slow.pem", "slow.pem", "slow.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
		/* name constraints times names, from a CA that the signer did issue */
		{"undermanyca.pem", "root.pem", {"manyca.pem"}, NULL, 0, NULL},
	};
	double limit = 0.1;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	limit = 2;
#endif
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_error error;
		double took = 0;
		int result = ask(&rows[i], NULL, NULL, &took, &error);

		cr_log_info("%s: %d, %.1f ms", rows[i].leaf, result, took * 1e3);
		cr_assert(eq(int, result, rows[i].wanted), "R25 row %zu: %s", i,
			  error.message);
		cr_assert(took < limit, "R25 row %zu took %.0f ms", i, took * 1e3);
	}
}
