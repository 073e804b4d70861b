/* SPDX-License-Identifier: Apache-2.0 */
/* Paths from a leaf to a chain signer: usage, length, names, weakness, speed. */
#include "chain_rows.h"

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
	static const struct row beside = {.leaf = "leaf3.pem",
					  .signer = "root.pem",
					  .extra = {"fakeinter.pem"},
					  .intermediates = "inter.pem"};
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
		{"leaf3.pem",
		 "root.pem",
		 {"fakeinter.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
	};
	struct modseal_error error;

	TRY("R20, R35", rows);
	/* a false intermediate beside the true one does not get in the way of it where
	 * the policy names the true one, which is valid */
	cr_assert(zero(int, ask(&beside, NULL, NULL, NULL, &error)), "%s", error.message);
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
	static const struct row rows[] =
	{ {"rsa1024.pem",
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
#if !PURE_HERE
	  {"ed25519.pem",
	   "root.pem",
	   {0},
	   NULL,
	   MODSEAL_E_ALGORITHM_NOT_ALLOWED,
	   "ED25519, which needs OpenSSL 3.5"},
#endif
	  {"dsa.pem", "root.pem", {0}, NULL, MODSEAL_E_ALGORITHM_NOT_ALLOWED, "DSA"},
	  {"rsapss.pem",
	   "root.pem",
	   {0},
	   NULL,
	   MODSEAL_E_ALGORITHM_NOT_ALLOWED,
	   "RSASSA-PSS"},
	  {"sha1.pem", "root.pem", {0}, NULL, MODSEAL_E_ALGORITHM_NOT_ALLOWED, "SHA1"},
	  {"sha224.pem",
	   "root.pem",
	   {0},
	   NULL,
	   MODSEAL_E_ALGORITHM_NOT_ALLOWED,
	   "SHA224"},
	  {"md5.pem", "rsaroot.pem", {0}, NULL, MODSEAL_E_ALGORITHM_NOT_ALLOWED, "md5"},
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

/* ---- R25 speed ------------------------------------------------------------------------
 */

Test(chain, R25_no_hostile_chain_takes_long)
{
	static const struct row rows[] = {
		/* kinds of keys that are not even tried; this one would fit */
		{"underdsaca.pem",
		 "root.pem",
		 {"dsaca.pem"},
		 NULL,
		 MODSEAL_E_SIGNER_NOT_ALLOWED,
		 NULL},
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
	double limit = 0.1 * time_factor();

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
