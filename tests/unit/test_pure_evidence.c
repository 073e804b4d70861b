/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence signed with Ed25519 and ML-DSA: with OpenSSL 3.5 right or wrong in every way,
 * and what is said before. */
#include "tests/unit/signing.h"

#include "tests/unit/signer_rows.h"

#define PURE_HERE (OPENSSL_VERSION_NUMBER >= 0x30500000)
/* A skipped test does not come to its end. */
#define SKIP(why)                                                                        \
	do {                                                                             \
		signing_end();                                                           \
		cr_skip_test(why);                                                       \
	} while (0)
#define NEEDS_3_5()                                                                      \
	do {                                                                             \
		if (!PURE_HERE)                                                          \
			SKIP("needs OpenSSL 3.5");                                       \
	} while (0)
#define BIT(x) (1u << MODSEAL_ALGORITHM_##x)

TestSuite(pure_evidence, .init = signing_begin, .fini = signing_end);

static const char *const names[] = {"ed25519", "ml-dsa-44", "ml-dsa-65", "ml-dsa-87"};
static const enum modseal_evidence forms[] = {MODSEAL_EVIDENCE_APPENDED,
					      MODSEAL_EVIDENCE_DETACHED};

static int judge_as(enum modseal_evidence form, const char *name, unsigned flags,
		    const char *hash, uint32_t algorithms)
{
	struct asked asked = {.form = form, .signers = {{name}}};
	struct forge forge = {.signers = {{name, .flags = flags, .hash = hash}}};

	asked.signers[0].algorithms = algorithms;
	return judge(&asked, forge_cms(&forge, elf_content()), elf_content());
}

#define SAYS(text)                                                                       \
	cr_assert(strstr(error.message, text) != NULL, "%s: %s", names[i], error.message)

Test(pure_evidence, before_3_5_a_signer_says_what_it_needs)
{
	struct modseal_signer_config config = {.name = "ed25519",
					       .trust = MODSEAL_TRUST_PINNED};
	struct modseal_signer *signer = NULL;
	char pem[16384];

	if (PURE_HERE)
		SKIP("this OpenSSL has Ed25519");
	config.certificate = load_pem("ed25519", pem, sizeof(pem));
	cr_assert(eq(int, modseal_signer_new(crypto, &config, &signer, &error),
		     MODSEAL_E_ALGORITHM_NOT_ALLOWED));
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_KEY));
	cr_assert(strstr(error.message, "ED25519, which needs OpenSSL 3.5") != NULL, "%s",
		  error.message);
	cr_assert(strstr(error.remedy, "OpenSSL 3.5") != NULL, "%s", error.remedy);
}

/* What such a signature says beside a good one is not looked at where nobody asks. */
Test(pure_evidence, before_3_5_a_stranger_of_this_kind_changes_nothing)
{
	struct row row = {"ecdsa and a stranger's ed25519",
			  {MODSEAL_EVIDENCE_DETACHED, .signers = {{"p256"}}},
			  {{{"p256", .flags = ATTRIBUTES},
			    {"ed25519", .flags = ATTRIBUTES, .hash = "SHA512"}},
			   {"ed25519"}},
			  0,
			  "1",
			  1};

	judge_row(&row);
	row.asked.require = 2;
	row.asked.signers[1] = (struct signer_row){"p384"};
	row.wanted = MODSEAL_E_SIGNERS_TOO_FEW;
	judge_row(&row);
}

Test(pure_evidence, R12_both_forms_want_attributes)
{
	NEEDS_3_5();
	for (size_t i = 0; i < 4; i++)
		for (size_t form = 0; form < 2; form++) {
			expect(0,
			       judge_as(forms[form], names[i], ATTRIBUTES, "SHA512", 0),
			       "R12 %s: %s", names[i], error.message);
			expect(MODSEAL_E_SIGNATURE_MALFORMED,
			       judge_as(forms[form], names[i], 0, "SHA512", 0), "R12 %s",
			       names[i]);
			SAYS("must have signed attributes");
		}
}

Test(pure_evidence, R22_the_digest_is_sha512)
{
	static const char *const hashes[] = {"SHA256", "SHA384"};

	NEEDS_3_5();
	for (size_t i = 0; i < 4; i++)
		for (size_t hash = 0; hash < 2; hash++) {
			expect(MODSEAL_E_ALGORITHM_NOT_ALLOWED,
			       judge_as(MODSEAL_EVIDENCE_DETACHED, names[i], ATTRIBUTES,
					hashes[hash], 0),
			       "R22 %s %s", names[i], hashes[hash]);
			SAYS("not sha512");
			cr_assert(strstr(error.remedy, "sha512") != NULL);
		}
}

Test(pure_evidence, R22_the_algorithm_has_no_parameters_and_fits_the_key)
{
	NEEDS_3_5();
	for (size_t i = 0; i < 4; i++) {
		expect(MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		       judge_as(MODSEAL_EVIDENCE_APPENDED, names[i],
				ATTRIBUTES | NAMES_COMBINED, "SHA512", 0),
		       "R22 %s", names[i]);
		SAYS("wrong parameters");
		if (strcmp(names[i], "ml-dsa-65") == 0)
			continue;
		expect(MODSEAL_E_ALGORITHM_NOT_ALLOWED,
		       judge_as(MODSEAL_EVIDENCE_APPENDED, names[i],
				ATTRIBUTES | NAMES_OTHER_HASH, "SHA512", 0),
		       "R22 %s", names[i]);
		SAYS("does not fit the signer's key");
	}
}

Test(pure_evidence, R15_R22_wrong_signatures_and_digests)
{
	NEEDS_3_5();
	for (size_t i = 0; i < 4; i++)
		for (size_t form = 0; form < 2; form++) {
			expect(MODSEAL_E_SIGNATURE_INVALID,
			       judge_as(forms[form], names[i],
					ATTRIBUTES | WRONG_SIGNATURE, "SHA512", 0),
			       "%s", names[i]);
			SAYS("does not fit the content and the key");
			expect(MODSEAL_E_SIGNATURE_INVALID,
			       judge_as(forms[form], names[i], ATTRIBUTES | WRONG_DIGEST,
					"SHA512", 0),
			       "%s", names[i]);
			SAYS("content's digest");
		}
}

Test(pure_evidence, R22_a_signer_is_held_to_its_algorithms)
{
	NEEDS_3_5();
	expect(0,
	       judge_as(MODSEAL_EVIDENCE_DETACHED, "ml-dsa-44", ATTRIBUTES, "SHA512",
			BIT(ML_DSA_44)),
	       "%s", error.message);
	expect(MODSEAL_E_ALGORITHM_NOT_ALLOWED,
	       judge_as(MODSEAL_EVIDENCE_DETACHED, "ml-dsa-44", ATTRIBUTES, "SHA512",
			BIT(ML_DSA_65) | BIT(ML_DSA_87)),
	       "ml-dsa-44");
	cr_assert(strstr(error.message, "signed with ml-dsa-44, which is not among") !=
		  NULL);
	expect(MODSEAL_E_ALGORITHM_NOT_ALLOWED,
	       judge_as(MODSEAL_EVIDENCE_DETACHED, "ed25519", ATTRIBUTES, "SHA512",
			MODSEAL_ALGORITHMS_ALL & ~BIT(ED25519)),
	       "ed25519");
	expect(MODSEAL_E_ALGORITHM_NOT_ALLOWED,
	       judge_as(MODSEAL_EVIDENCE_DETACHED, "p256", ATTRIBUTES, "SHA256",
			BIT(ML_DSA_65)),
	       "p256");
}

/* Today's key and tomorrow's on one file; and old policies beside new ones. */
Test(pure_evidence, R18_hybrid_signatures_are_counted)
{
	static const struct row rows[] = {
		{"both",
		 {MODSEAL_EVIDENCE_DETACHED, 2, .signers = {{"p256"}, {"ml-dsa-65"}}},
		 {{{"p256", .flags = ATTRIBUTES},
		   {"ml-dsa-65", .flags = ATTRIBUTES, .hash = "SHA512"}}},
		 0,
		 "11"},
		{"both, appended",
		 {MODSEAL_EVIDENCE_APPENDED, 2, .signers = {{"p256"}, {"ml-dsa-87"}}},
		 {{{"p256"}, {"ml-dsa-87", .flags = ATTRIBUTES, .hash = "SHA512"}}},
		 0,
		 "11"},
		{"a policy that knows the old key only",
		 {MODSEAL_EVIDENCE_DETACHED, 1, .signers = {{"p256"}}},
		 {{{"p256", .flags = ATTRIBUTES},
		   {"ml-dsa-65", .flags = ATTRIBUTES, .hash = "SHA512"}}},
		 0,
		 "1",
		 1},
		{"only the old key signed",
		 {MODSEAL_EVIDENCE_DETACHED, 2, .signers = {{"p256"}, {"ml-dsa-65"}}},
		 {{{"p256", .flags = ATTRIBUTES}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"the new signature is wrong",
		 {MODSEAL_EVIDENCE_DETACHED, 1, .signers = {{"p256"}, {"ml-dsa-65"}}},
		 {{{"p256", .flags = ATTRIBUTES},
		   {"ml-dsa-65", .flags = ATTRIBUTES | WRONG_SIGNATURE,
		    .hash = "SHA512"}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"the new signature is another key's",
		 {MODSEAL_EVIDENCE_DETACHED, 2, .signers = {{"p256"}, {"ml-dsa-65"}}},
		 {{{"p256", .flags = ATTRIBUTES},
		   {"ml-dsa-65", .key = "ed25519", .flags = ATTRIBUTES,
		    .hash = "SHA512"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
	};

	NEEDS_3_5();
	JUDGE_ROWS(rows);
}

Test(pure_evidence, R21_chains_of_such_keys)
{
	static const struct row rows[] = {
		{"ed25519 under ml-dsa-65",
		 {MODSEAL_EVIDENCE_DETACHED, .signers = {{"pureca", true}}},
		 {{{"pureleaf-ed25519", .flags = ATTRIBUTES, .hash = "SHA512"}},
		  {"pureleaf-ed25519"}},
		 0,
		 "1"},
		{"ml-dsa-87 under ml-dsa-65",
		 {MODSEAL_EVIDENCE_APPENDED, .signers = {{"pureca", true}}},
		 {{{"pureleaf-ml-dsa-87", .flags = ATTRIBUTES, .hash = "SHA512"}},
		  {"pureleaf-ml-dsa-87"}},
		 0,
		 "1"},
		{"its own certificate is no leaf of the CA",
		 {MODSEAL_EVIDENCE_DETACHED, .signers = {{"pureca", true}}},
		 {{{"ed25519", .flags = ATTRIBUTES, .hash = "SHA512"}}, {"ed25519"}},
		 MODSEAL_E_SIGNER_NOT_ALLOWED},
		{"a leaf of another CA",
		 {MODSEAL_EVIDENCE_DETACHED, .signers = {{"ca", true}}},
		 {{{"pureleaf-ed25519", .flags = ATTRIBUTES, .hash = "SHA512"}},
		  {"pureleaf-ed25519"}},
		 MODSEAL_E_SIGNER_NOT_ALLOWED},
	};

	NEEDS_3_5();
	JUDGE_ROWS(rows);
}

static void no_mutation_is_accepted(const char *name, enum modseal_evidence form,
				    size_t step)
{
	struct asked asked = {form, .signers = {{name}}};
	struct forge forge = {.signers = {{name, .flags = ATTRIBUTES, .hash = "SHA512"}}};
	struct der content = elf_content(), cms = forge_cms(&forge, content);

	expect(0, judge(&asked, cms, content), "%s: %s", name, error.message);
	for (size_t bit = 0; bit < 8 * cms.size; bit += step) {
		cms.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert(lt(int, judge(&asked, cms, content), 0), "%s bit %zu", name,
			  bit);
		cms.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * content.size; bit++) {
		content.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		cr_assert(lt(int, judge(&asked, cms, content), 0), "%s content bit %zu",
			  name, bit);
		content.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t length = 0; length < cms.size; length++) {
		struct der cut = raw(cms.bytes, length);

		cr_assert(lt(int, judge(&asked, cut, content), 0), "%s cut at %zu", name,
			  length);
	}
	add(&cms, RAW(0x00));
	cr_assert(lt(int, judge(&asked, cms, content), 0), "%s with a byte more", name);
}

Test(pure_evidence, no_mutation_of_ed25519_is_accepted, .timeout = 240)
{
	NEEDS_3_5();
	no_mutation_is_accepted("ed25519", MODSEAL_EVIDENCE_APPENDED, 1);
	no_mutation_is_accepted("ed25519", MODSEAL_EVIDENCE_DETACHED, 1);
}

Test(pure_evidence, no_mutation_of_ml_dsa_is_accepted, .timeout = 240)
{
	NEEDS_3_5();
	no_mutation_is_accepted("ml-dsa-44", MODSEAL_EVIDENCE_DETACHED, 5);
}

/* What we make: the same bytes each time, accepted, and taken off again. */
Test(pure_evidence, R12_signing_makes_what_is_accepted)
{
	NEEDS_3_5();
	for (size_t i = 0; i < 4; i++) {
		struct modseal_signing_key *key = signing_key(names[i]);
		struct asked asked = {.form = MODSEAL_EVIDENCE_APPENDED,
				      .signers = {{names[i]}}};
		const char *a = elf_file("a.so"), *b = elf_file("b.so");
		struct der plain = read_bytes(a);

		cr_assert(zero(int, sign(key, a, 0, NULL)), "%s", error.message);
		cr_assert(zero(int, sign(key, b, 0, NULL)), "%s", error.message);
		cr_assert(same_bytes(read_bytes(a), read_bytes(b)), "%s", names[i]);
		expect(0, verify_file(&asked, a), "%s: %s", names[i], error.message);
		cr_assert(zero(int, strip(a, NULL)), "%s", error.message);
		cr_assert(same_bytes(read_bytes(a), plain));
		cr_assert(zero(int, sign(key, a, MODSEAL_SIGN_DETACHED, NULL)), "%s",
			  error.message);
		expect(0, verify_detached(&asked, a, in_place("a.so.p7s")), "%s: %s",
		       names[i], error.message);
		cr_assert(zero(int, unlink(in_place("a.so.p7s"))));
		modseal_signing_key_free(&key);
	}
}

Test(pure_evidence, signing_chooses_the_digest)
{
	struct modseal_sign_options options = {0};
	struct modseal_signing_key *key = NULL;

	NEEDS_3_5();
	options.hash = "sha256";
	refuses(MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
		open_key(&options, "ml-dsa-65", "ml-dsa-65", &key));
	cr_assert(strstr(error.message, "signs with sha512 only") != NULL, "%s",
		  error.message);
	options.hash = "sha512";
	cr_assert(zero(int, open_key(&options, "ml-dsa-65", "ml-dsa-65", &key)), "%s",
		  error.message);
	modseal_signing_key_free(&key);
	options.hash = NULL;
	options.pss = 1;
	refuses(MODSEAL_E_ARGUMENT, MODSEAL_STAGE_KEY,
		open_key(&options, "ed25519", "ed25519", &key));
}
