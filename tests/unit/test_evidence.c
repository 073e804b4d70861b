/* SPDX-License-Identifier: Apache-2.0 */
/* Properties of the judgement of one CMS: its form, its profile, its signature. */
#include "tests/unit/judging.h"

#define APPENDED  MODSEAL_EVIDENCE_APPENDED
#define DETACHED  MODSEAL_EVIDENCE_DETACHED
#define MALFORMED MODSEAL_E_SIGNATURE_MALFORMED
#define WEAK	  MODSEAL_E_ALGORITHM_NOT_ALLOWED

TestSuite(evidence, .init = judging_begin, .fini = judging_end);

/* One signature, pinned signers of all the good keys, one code. */
struct row {
	const char *name;
	enum modseal_evidence form;
	struct forge forge;
	int wanted;
	const char *says; /* part of the message, or NULL */
};

static void judge_rows(const struct row *rows, size_t count)
{
	struct der content = elf_content();

	for (size_t i = 0; i < count; i++) {
		struct asked asked = {
			.form = rows[i].form,
			.signers = {{"p256"}, {"rsa"}, {"p384"}, {"p521"}},
		};

		expect(rows[i].wanted,
		       judge(&asked, forge_cms(&rows[i].forge, content), content),
		       "%s: %s: %s", rows[i].name, modseal_code_name(error.code),
		       error.message);
		if (rows[i].says)
			cr_assert(strstr(error.message, rows[i].says) != NULL, "%s: %s",
				  rows[i].name, error.message);
	}
}
#define JUDGE_ROWS(rows) judge_rows(rows, sizeof(rows) / sizeof((rows)[0]))

#define ONE(...)                                                                         \
	{                                                                                \
		.signers = { {__VA_ARGS__} }                                             \
	}
#define WITH(f, ...)                                                                     \
	{                                                                                \
		.signers = {{__VA_ARGS__}}, .flags = (f)                                 \
	}

Test(evidence, good_signatures_are_accepted)
{
	static const struct row rows[] = {
		{"P-256", APPENDED, ONE("p256"), 0},
		{"P-384", APPENDED, ONE("p384"), 0},
		{"P-521", APPENDED, ONE("p521"), 0},
		{"RSA", APPENDED, ONE("rsa"), 0},
		{"P-256 SHA-384", APPENDED, ONE("p256", .hash = "SHA384"), 0},
		{"P-256 SHA-512", APPENDED, ONE("p256", .hash = "SHA512"), 0},
		{"RSA SHA-512", APPENDED, ONE("rsa", .hash = "SHA512"), 0},
		{"RSA, sha256WithRSAEncryption", APPENDED,
		 ONE("rsa", .flags = NAMES_COMBINED), 0},
		{"RSA PSS", APPENDED, ONE("rsa", .flags = PSS), 0},
		{"by key identifier", APPENDED, ONE("p256", .flags = KEY_IDENTIFIER), 0},
		{"digest with NULL", APPENDED, ONE("p256", .flags = PARAMETERS_NULL), 0},
		{"time stamp", APPENDED, ONE("p256", .flags = TOKEN), 0},
		{"detached", DETACHED, ONE("p256", .flags = ATTRIBUTES), 0},
		{"detached RSA PSS", DETACHED, ONE("rsa", .flags = ATTRIBUTES | PSS), 0},
		{"detached SHA-512", DETACHED,
		 ONE("p521", .hash = "SHA512", .flags = ATTRIBUTES), 0},
		{"signing time", DETACHED, ONE("p256", .flags = ATTRIBUTES | TIME_SHORT),
		 0},
		{"signing time, long", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | TIME_LONG), 0},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, the_result_says_who_was_counted)
{
	struct asked asked = {.signers = {{"p384"}, {"p256"}}};
	struct forge forge = ONE("p256");
	struct der content = elf_content();

	expect(0, judge(&asked, forge_cms(&forge, content), content), "%s",
	       error.message);
	cr_assert(not(result.met[0]));
	cr_assert(result.met[1]);
	cr_assert(eq(u32, result.met_count, 1));
	cr_assert(zero(u32, result.unknown));
	cr_assert(zero(u32, result.revoked));
}

Test(evidence, the_digest_is_taken_where_it_is_not_given)
{
	struct asked asked = {.no_digest = true, .signers = {{"p256"}}};
	struct forge forge = ONE("p256"), wrong = ONE("p256", .flags = WRONG_SIGNATURE);
	struct der content = elf_content();

	expect(0, judge(&asked, forge_cms(&forge, content), content), "%s",
	       error.message);
	expect(MODSEAL_E_SIGNATURE_INVALID,
	       judge(&asked, forge_cms(&wrong, content), content), "wrong");
}

Test(evidence, a_digest_that_is_given_is_not_taken_again)
{
	struct asked asked = {.wrong_digest = true, .signers = {{"p256"}}};
	struct forge forge = ONE("p256");
	struct der content = elf_content();

	expect(MODSEAL_E_SIGNATURE_INVALID,
	       judge(&asked, forge_cms(&forge, content), content), "given");
}

Test(evidence, R10_digest_algorithms_are_those_of_the_signers)
{
	static const struct row rows[] = {
		{"R10 empty", APPENDED, WITH(NO_DIGEST_ALGORITHMS, "p256"), MALFORMED},
		{"R10 one nobody uses", APPENDED, WITH(EXTRA_DIGEST_ALGORITHM, "p256"),
		 MALFORMED},
		{"R10 one is missing",
		 APPENDED,
		 {.signers = {{"p256"}, {"p384", .hash = "SHA384"}},
		  .flags = MISSING_DIGEST_ALGORITHM},
		 MALFORMED,
		 "not in the set"},
		{"R10 two digests",
		 APPENDED,
		 {.signers = {{"p256"}, {"p384", .hash = "SHA384"}}},
		 0},
		{"R10 parameters", APPENDED, ONE("p256", .flags = PARAMETERS_OTHER),
		 MALFORMED},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R11_only_signed_data_reaches_the_decoder)
{
	static const struct row rows[] = {
		{"R11 data", APPENDED, WITH(PLAIN_DATA, "p256"), MALFORMED,
		 "not a CMS SignedData"},
		{"R11 enveloped", APPENDED, WITH(ENVELOPED, "p256"), MALFORMED,
		 "not a CMS SignedData"},
		{"R11 digested", APPENDED, WITH(DIGESTED, "p256"), MALFORMED,
		 "not a CMS SignedData"},
		{"R11 compressed", APPENDED, WITH(COMPRESSED, "p256"), MALFORMED,
		 "not a CMS SignedData"},
		{"R11 auth-enveloped", APPENDED, WITH(AUTHENVELOPED, "p256"), MALFORMED,
		 "not a CMS SignedData"},
	};
	struct asked asked = {.signers = {{"p256"}}};
	uint8_t *large = calloc(1, MODSEAL_MAX_CMS_SIZE + 1);
	struct der content = elf_content();
	struct modseal_span span = modseal_span_of(content.bytes, content.size);

	JUDGE_ROWS(rows);
	/* a SEQUENCE one byte too large */
	memcpy(large, (uint8_t[]){0x30, 0x82, 0xff, 0xfd}, 4);
	expect(MALFORMED,
	       judge_bytes(&asked, modseal_span_of(large, MODSEAL_MAX_CMS_SIZE + 1),
			   span),
	       "R11 size");
	cr_assert(strstr(error.message, "64 KiB") != NULL, "R11 %s", error.message);
	expect(MALFORMED, judge_bytes(&asked, modseal_span_of(large, 0), span),
	       "R11 nothing");
	free(large);
}

Test(evidence, R12_the_form_says_whether_attributes_are_signed)
{
	static const struct row rows[] = {
		{"R12 appended with", APPENDED, ONE("p256", .flags = ATTRIBUTES),
		 MALFORMED},
		{"R12 appended RSA with", APPENDED, ONE("rsa", .flags = ATTRIBUTES),
		 MALFORMED},
		{"R12 detached without", DETACHED, ONE("p256"), MALFORMED},
		{"R12 detached RSA without", DETACHED, ONE("rsa"), MALFORMED},
		{"R12 a second signer with",
		 APPENDED,
		 {.signers = {{"p256"}, {"p384", .flags = ATTRIBUTES}}},
		 MALFORMED},
		{"R12 a stranger with",
		 APPENDED,
		 {.signers = {{"p256"}, {"stranger", .flags = ATTRIBUTES}}},
		 MALFORMED},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R13_content_of_no_type_is_refused_before_the_signature)
{
	struct asked asked = {.signers = {{"p256"}}};
	struct forge forge = ONE("p256");
	/* what signed attributes look like to a signature without them */
	struct der set = signed_attributes(&(struct forge_signer){.name = "p256"},
					   "SHA256", elf_content());
	struct der script = raw("#!/bin/sh\n", 10);

	expect(MODSEAL_E_TYPE_MISMATCH, judge(&asked, forge_cms(&forge, set), set),
	       "R13 SET");
	expect(MODSEAL_E_TYPE_MISMATCH, judge(&asked, forge_cms(&forge, script), script),
	       "R13 script");
}

Test(evidence, R14_content_type_and_digest_are_signed_exactly_once)
{
	static const struct row rows[] = {
		{"R14 no_ct", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | NO_CONTENT_TYPE), MALFORMED},
		{"R14 no_md", DETACHED, ONE("p256", .flags = ATTRIBUTES | NO_DIGEST),
		 MALFORMED},
		{"R14 two_ct", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | TWO_CONTENT_TYPES), MALFORMED},
		{"R14 two_md", DETACHED, ONE("p256", .flags = ATTRIBUTES | TWO_DIGESTS),
		 MALFORMED},
		{"R14 ct values", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | TWO_TYPE_VALUES), MALFORMED},
		{"R14 md values", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | TWO_DIGEST_VALUES), MALFORMED},
		{"R14 ct other", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | WRONG_CONTENT_TYPE), MALFORMED},
		{"R14 md type", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | DIGEST_IS_BITS), MALFORMED},
		{"R14 eContentType", DETACHED,
		 WITH(OTHER_CONTENT_TYPE, "p256", .flags = ATTRIBUTES), MALFORMED},
		{"R14 eContentType", APPENDED, WITH(OTHER_CONTENT_TYPE, "p256"),
		 MALFORMED},
		{"R14 md wrong", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | WRONG_DIGEST),
		 MODSEAL_E_SIGNATURE_INVALID},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R15_the_right_signature_over_other_content_is_refused)
{
	struct asked asked = {.signers = {{"p256"}, {"rsa"}}};
	struct der content = elf_content(), other = content;
	struct forge rows[] = {ONE("p256"), ONE("rsa"), ONE("rsa", .flags = PSS)};

	other.bytes[10] ^= 1;
	for (int detached = 0; detached < 2; detached++) {
		asked.form = detached ? DETACHED : APPENDED;
		for (size_t i = 0; i < 3; i++) {
			struct forge forge = rows[i];

			forge.signers[0].flags |= detached ? ATTRIBUTES : 0;
			expect(0, judge(&asked, forge_cms(&forge, content), content),
			       "R15");
			expect(MODSEAL_E_SIGNATURE_INVALID,
			       judge(&asked, forge_cms(&forge, content), other),
			       "R15 row %zu", i);
			cr_assert(strstr(error.message, i ? "'rsa'" : "'p256'") != NULL);
			/* cut, grown */
			other = content;
			other.size--;
			expect(MODSEAL_E_SIGNATURE_INVALID,
			       judge(&asked, forge_cms(&forge, content), other),
			       "R15 cut");
			other.size += 2;
			expect(MODSEAL_E_SIGNATURE_INVALID,
			       judge(&asked, forge_cms(&forge, content), other),
			       "R15 grown");
			other = content;
			other.bytes[10] ^= 1;
		}
	}
}

Test(evidence, R16_content_inside_the_signature_is_refused)
{
	static const struct row rows[] = {
		{"R16 appended", APPENDED, WITH(EMBEDDED, "p256"), MALFORMED,
		 "content of its own"},
		{"R16 detached", DETACHED, WITH(EMBEDDED, "p256", .flags = ATTRIBUTES),
		 MALFORMED, "content of its own"},
		{"R16 empty", APPENDED, WITH(EMBEDDED_EMPTY, "p256"), MALFORMED,
		 "content of its own"},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R17_a_signature_by_nobody_is_refused)
{
	static const struct row rows[] = {
		{"R17 appended", APPENDED, WITH(NO_SIGNER_INFOS, "p256"), MALFORMED,
		 "nobody signed"},
		{"R17 detached", DETACHED, WITH(NO_SIGNER_INFOS, "p256"), MALFORMED,
		 "nobody signed"},
		{"R17 certificate alone",
		 APPENDED,
		 {.signers = {{"p256"}},
		  .certificates = {"p256"},
		  .flags = NO_SIGNER_INFOS},
		 MALFORMED,
		 "nobody signed"},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R22_weak_and_unfitting_algorithms_are_refused)
{
	static const struct row rows[] = {
		{"R22 SHA-1", APPENDED, ONE("p256", .claim = "SHA1"), WEAK},
		{"R22 MD5", APPENDED, ONE("rsa", .hash = "MD5"), WEAK},
		{"R22 other digest named", APPENDED,
		 ONE("p256", .flags = NAMES_OTHER_HASH), WEAK},
		{"R22 other digest, RSA", APPENDED, ONE("rsa", .flags = NAMES_OTHER_HASH),
		 WEAK},
		{"R22 other digest claimed", APPENDED, ONE("p256", .claim = "SHA384"),
		 WEAK},
		{"R22 claimed, RSA", APPENDED, ONE("rsa", .claim = "SHA384"),
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R22 PSS salt", APPENDED, ONE("rsa", .flags = PSS, .salted = "salt"),
		 WEAK},
		{"R22 PSS mask", APPENDED, ONE("rsa", .flags = PSS, .salted = "mgf"),
		 WEAK},
		{"R22 PSS digest", APPENDED, ONE("rsa", .flags = PSS, .claim = "SHA384"),
		 WEAK},
		{"R22 RSA by an EC key", APPENDED, ONE("rsa", .key = "p256"), WEAK},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R22_only_the_algorithms_of_the_signer)
{
	struct asked asked = {
		.signers = {{"p256",
			     .algorithms = 1u << MODSEAL_ALGORITHM_ECDSA_P256_SHA512}}};
	struct forge good = ONE("p256", .hash = "SHA512"), other = ONE("p256");
	struct der content = elf_content();

	expect(0, judge(&asked, forge_cms(&good, content), content), "R22 %s",
	       error.message);
	expect(WEAK, judge(&asked, forge_cms(&other, content), content), "R22");
	cr_assert(strstr(error.message, "ecdsa-p256-sha256") != NULL, "R22 %s",
		  error.message);
}

Test(evidence, R23_only_strict_der_is_read)
{
	static const struct row rows[] = {
		{"R23 indefinite", APPENDED, WITH(INDEFINITE, "p256"), MALFORMED},
		{"R23 long length", APPENDED, WITH(LONG_LENGTH, "p256"), MALFORMED},
		{"R23 in a certificate",
		 APPENDED,
		 {.signers = {{"p256"}},
		  .certificates = {"p256"},
		  .flags = BER_CERTIFICATE},
		 MALFORMED,
		 "strict DER"},
		{"R23 trailing byte", APPENDED, WITH(LEFT_OVER, "p256"), MALFORMED},
		{"R23 behind the signers", APPENDED, WITH(LEFT_OVER_INSIDE, "p256"),
		 MALFORMED},
		{"R23 in the signer", APPENDED, ONE("p256", .flags = SIGNER_LEFT_OVER),
		 MALFORMED, "left-over bytes"},
		{"R23 unsorted attributes", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | UNSORTED), MALFORMED},
		{"R23 unsorted signers",
		 APPENDED,
		 {.signers = {{"p256"}, {"rsa"}}, .flags = REVERSE_SIGNERS},
		 MALFORMED},
		{"R23 sorted signers", APPENDED, {.signers = {{"p256"}, {"rsa"}}}, 0},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, versions_fit_what_they_announce)
{
	static const struct row rows[] = {
		{"3 for issuer and serial", APPENDED, WITH(VERSION_3, "p256"), MALFORMED},
		{"0", APPENDED, WITH(VERSION_0, "p256"), MALFORMED},
		{"signer 3", APPENDED, ONE("p256", .flags = VERSION_WRONG), MALFORMED},
		{"signer 1", APPENDED,
		 ONE("p256", .flags = VERSION_WRONG | KEY_IDENTIFIER), MALFORMED},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R24_nothing_unsigned_but_a_time_stamp_no_crls)
{
	static const struct row rows[] = {
		{"R24 countersignature", APPENDED, ONE("p256", .flags = UNSIGNED_OTHER),
		 MALFORMED},
		{"R24 both", APPENDED, ONE("p256", .flags = TOKEN | UNSIGNED_OTHER),
		 MALFORMED},
		{"R24 bad token", APPENDED, ONE("p256", .flags = BAD_TOKEN), MALFORMED},
		{"R24 two tokens", APPENDED, ONE("p256", .flags = TWO_TOKENS), MALFORMED},
		{"R24 empty", APPENDED, ONE("p256", .flags = UNSIGNED_EMPTY), MALFORMED},
		{"R24 detached", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | UNSIGNED_OTHER), MALFORMED},
		{"R24 CRLs", APPENDED, WITH(CRLS, "p256"), MALFORMED, "revocation lists"},
		{"R24 detached CRLs", DETACHED, WITH(CRLS, "p256", .flags = ATTRIBUTES),
		 MALFORMED, "revocation lists"},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R28_a_signing_time_of_a_wrong_type_is_refused)
{
	static const struct row rows[] = {
		{"R28 INTEGER", DETACHED, ONE("p256", .flags = ATTRIBUTES | TIME_INTEGER),
		 MALFORMED},
		{"R28 no value", DETACHED, ONE("p256", .flags = ATTRIBUTES | TIME_NONE),
		 MALFORMED},
		{"R28 twice", DETACHED,
		 ONE("p256", .flags = ATTRIBUTES | TIME_SHORT | TIME_TWICE), MALFORMED},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, certificates_are_plain_and_few)
{
	static const struct row rows[] = {
		{"four",
		 APPENDED,
		 {.signers = {{"p256"}}, .certificates = {"p256", "rsa", "ca", "leaf"}},
		 0},
		{"five",
		 APPENDED,
		 {.signers = {{"p256"}},
		  .certificates = {"p256", "rsa", "ca", "leaf", "p384"}},
		 MALFORMED},
		{"attribute certificate", APPENDED, WITH(ATTRIBUTE_CERTIFICATE, "p256"),
		 MALFORMED},
		{"an empty set", APPENDED, WITH(NO_CERTIFICATES, "p256"), MALFORMED},
	};

	JUDGE_ROWS(rows);
}

Test(evidence, R08_empty_content_is_refused)
{
	struct asked asked = {.form = DETACHED, .signers = {{"p256"}}};
	struct forge forge = ONE("p256", .flags = ATTRIBUTES);
	struct der nothing = {.size = 0};

	expect(MALFORMED, judge(&asked, forge_cms(&forge, nothing), nothing), "R08");
	cr_assert(strstr(error.message, "empty") != NULL, "R08 %s", error.message);
}

Test(evidence, requests_that_cannot_be_judged_are_our_own_mistake)
{
	struct asked asked = {.form = MODSEAL_EVIDENCE_PROTECTED_PATH,
			      .signers = {{"p256"}}};
	struct modseal_evidence_request request = {.require = 0};
	struct forge forge = ONE("p256");
	struct der content = elf_content();

	expect(MODSEAL_E_INTERNAL, judge(&asked, forge_cms(&forge, content), content),
	       "form");
	expect(MODSEAL_E_INTERNAL,
	       modseal_evidence_judge(crypto, &request, &result, &error), "require 0");
	request.require = 1;
	request.signer_count = MODSEAL_MAX_RULE_SIGNERS + 1;
	expect(MODSEAL_E_INTERNAL,
	       modseal_evidence_judge(crypto, &request, &result, &error), "signers");
}
