/* SPDX-License-Identifier: Apache-2.0 */
/* IMA signatures judged: who signed, with what, over which bytes. */
#include "tests/unit/ima_forge.h"

TestSuite(ima_evidence, .init = judging_begin, .fini = judging_end);

#define INVALID	  MODSEAL_E_SIGNATURE_INVALID
#define MALFORMED MODSEAL_E_SIGNATURE_MALFORMED
#define STRANGER  MODSEAL_E_SIGNER_NOT_ALLOWED
#define WEAK	  MODSEAL_E_ALGORITHM_NOT_ALLOWED
#define FEW	  MODSEAL_E_SIGNERS_TOO_FEW

struct row {
	const char *what;
	struct asked asked;
	struct ima_forge forge;
	int code;
	const char *says; /* in the message */
};

static void judge_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct der value = ima_value(rows[i].forge, elf_content());

		expect(rows[i].code, judge_value(&rows[i].asked, value), "%s: %s",
		       rows[i].what, error.message);
		if (rows[i].says)
			cr_assert(strstr(error.message, rows[i].says) != NULL, "%s: %s",
				  rows[i].what, error.message);
	}
}
#define JUDGE(rows) judge_rows(rows, sizeof(rows) / sizeof((rows)[0]))

Test(ima_evidence, every_key_and_digest_is_accepted)
{
	static const char *const keys[] = {"rsa", "p256", "p384", "p521"};
	static const char *const hashes[] = {"SHA256", "SHA384", "SHA512"};

	for (size_t i = 0; i < 12; i++) {
		const char *key = keys[i / 3], *hash = hashes[i % 3];
		struct asked asked = {.signers = {{"stranger"}, {key}}};
		struct ima_forge forge = {key, .hash = hash};

		expect(0, judge_value(&asked, ima_value(forge, elf_content())),
		       "%s %s: %s", key, hash, error.message);
		cr_assert(eq(u32, result.met_count, 1));
		cr_assert(not(result.met[0]));
		cr_assert(result.met[1]);
	}
}

Test(ima_evidence, R22_only_allowed_algorithms)
{
	static const struct row rows[] = {
		{"SHA-1",
		 {.signers = {{"p256"}}},
		 {"p256", .hash = "SHA1"},
		 WEAK,
		 "numb"},
		{"another digest claimed",
		 {.signers = {{"p256"}}},
		 {"p256", .claim = 5},
		 INVALID,
		 "the signature by 'p256'"},
		{"another digest claimed, RSA",
		 {.signers = {{"rsa"}}},
		 {"rsa", .claim = 6},
		 INVALID,
		 "the signature by 'rsa'"},
		{"PSS", {.signers = {{"rsa"}}}, {"rsa", .pss = true}, INVALID, NULL},
		{"not the signer's algorithm",
		 {.signers = {{"p256",
			       .algorithms = 1u << MODSEAL_ALGORITHM_ECDSA_P256_SHA384}}},
		 {"p256"},
		 WEAK,
		 "'p256' signed with ecdsa-p256-sha256"},
		{"the signer's algorithm",
		 {.signers = {{"p256",
			       .algorithms = 1u << MODSEAL_ALGORITHM_ECDSA_P256_SHA384}}},
		 {"p256", .hash = "SHA384"},
		 0,
		 NULL},
		{"PSS allowed is not PKCS#1",
		 {.signers = {{"rsa",
			       .algorithms = 1u << MODSEAL_ALGORITHM_RSA_PSS_SHA256}}},
		 {"rsa"},
		 WEAK,
		 "rsa-pkcs1-sha256"},
	};

	JUDGE(rows);
}

Test(ima_evidence, the_key_identifier_is_a_hint_and_no_proof)
{
	static const struct row rows[] = {
		{"an unknown key",
		 {.signers = {{"p256"}, {"rsa"}}},
		 {"stranger"},
		 STRANGER,
		 "wanted: 'p256' (key "},
		{"a stranger under a signer's identifier",
		 {.signers = {{"p256"}}},
		 {"p256", .key = "stranger"},
		 INVALID,
		 "by 'p256', is wrong"},
		{"a signer under another signer's identifier",
		 {.signers = {{"p256"}, {"p384"}}},
		 {"p256", .key = "p384"},
		 INVALID,
		 NULL},
		{"a signer under a stranger's identifier",
		 {.signers = {{"p256"}}},
		 {"stranger", .key = "p256"},
		 STRANGER,
		 NULL},
		{"a twin by name", {.signers = {{"twin"}}}, {"p256"}, STRANGER, NULL},
		{"the key under another certificate",
		 {.signers = {{"alias"}}},
		 {"p256"},
		 0,
		 NULL},
		{"nobody is allowed", {.signers = {{NULL}}}, {"p256"}, STRANGER, NULL},
		{"an RSA key's identifier, made by a curve",
		 {.signers = {{"rsa"}}},
		 {"rsa", .key = "p256"},
		 INVALID,
		 NULL},
	};

	JUDGE(rows);
}

/* evmctl --keyid-from-cert, and what the kernel looks for */
Test(ima_evidence, the_subject_key_identifier_names_the_key_too)
{
	static const struct row rows[] = {
		{"the certificate's",
		 {.signers = {{"named"}}},
		 {"named", .by_subject = true},
		 0,
		 NULL},
		{"the key's own", {.signers = {{"named"}}}, {"named"}, 0, NULL},
		{"another's",
		 {.signers = {{"p256"}}},
		 {"named", .by_subject = true},
		 STRANGER,
		 NULL},
	};

	cr_assert(ne(u32, ima_identifier("named"), ima_subject_identifier("named")));
	JUDGE(rows);
}

Test(ima_evidence, R21_purposes_hold)
{
	static const struct row rows[] = {
		{"right",
		 {.purpose = 1, .signers = {{"p256", .purposes = 1}}},
		 {"p256"},
		 0,
		 NULL},
		{"wrong",
		 {.purpose = 4, .signers = {{"p256", .purposes = 3}}},
		 {"p256"},
		 STRANGER,
		 "among that signer's purposes"},
		{"not asked", {.signers = {{"p256", .purposes = 2}}}, {"p256"}, 0, NULL},
	};

	JUDGE(rows);
}

Test(ima_evidence, chain_signers_know_their_leaves)
{
	static const struct row rows[] = {
		{"a leaf among the intermediates",
		 {.signers = {{"ca", .chain = true, .intermediate = "leaf"}}},
		 {"leaf"},
		 0,
		 NULL},
		{"a leaf that nobody names",
		 {.signers = {{"ca", .chain = true}}},
		 {"leaf"},
		 STRANGER,
		 NULL},
		{"R21 a CA signs no code",
		 {.signers = {{"ca", .chain = true}}},
		 {"ca"},
		 MODSEAL_E_CERTIFICATE_INVALID,
		 NULL},
		{"R21 an e-mail certificate",
		 {.signers = {{"ca", .chain = true, .intermediate = "leafmail"}}},
		 {"leafmail"},
		 MODSEAL_E_CERTIFICATE_INVALID,
		 NULL},
		{"R28 an expired leaf",
		 {.signers = {{"ca", .chain = true, .intermediate = "expired"}}},
		 {"expired"},
		 MODSEAL_E_CERTIFICATE_EXPIRED,
		 NULL},
		{"R20 another CA of that name",
		 {.signers = {{"ca", .chain = true, .intermediate = "fakeleaf"}}},
		 {"fakeleaf"},
		 STRANGER,
		 NULL},
	};

	JUDGE(rows);
}

Test(ima_evidence, R29_revoked_keys_and_certificates_are_refused)
{
	struct der certificate = certificate_der("p256"),
		   authority = certificate_der("ca");
	uint8_t digest[1][MODSEAL_SHA256_SIZE];
	struct modseal_revoked revoked = {.certificates = {digest, 1}};
	struct asked asked = {.revoked = &revoked, .signers = {{"p256"}, {"rsa"}}};
	struct asked chain = {.revoked = &revoked,
			      .signers = {{"ca", .chain = true, .intermediate = "leaf"}}};
	struct signer_row row = {"p256"};
	struct modseal_signer *signer;

	EVP_Digest(certificate.bytes, certificate.size, digest[0], NULL, EVP_sha256(),
		   NULL);
	expect(MODSEAL_E_REVOKED,
	       judge_value(&asked, ima_value((struct ima_forge){"p256"}, elf_content())),
	       "R29 certificate: %s", error.message);
	expect(0,
	       judge_value(&asked, ima_value((struct ima_forge){"rsa"}, elf_content())),
	       "another's: %s", error.message);
	EVP_Digest(authority.bytes, authority.size, digest[0], NULL, EVP_sha256(), NULL);
	expect(MODSEAL_E_REVOKED,
	       judge_value(&chain, ima_value((struct ima_forge){"leaf"}, elf_content())),
	       "R29 in the path: %s", error.message);
	signer = make_signer(&row);
	memcpy(digest[0], modseal_signer_key_digest(signer), sizeof(digest[0]));
	modseal_signer_free(&signer);
	revoked = (struct modseal_revoked){.keys = {digest, 1}};
	expect(MODSEAL_E_REVOKED,
	       judge_value(&asked, ima_value((struct ima_forge){"p256"}, elf_content())),
	       "R29 key: %s", error.message);
}

/* ---- two places ---------------------------------------------------------------------
 */

Test(ima_evidence, R05_where_both_are_there_both_must_verify)
{
	struct der content = elf_content(), other = elf_content();
	struct der good, also_good, wrong, strange, broken, empty = {.size = 0};
	struct asked asked = {.signers = {{"p256"}, {"rsa"}}};

	other.bytes[content.size - 1] ^= 1;
	good = ima_value((struct ima_forge){"p256"}, content);
	also_good = ima_value((struct ima_forge){"rsa"}, content);
	wrong = ima_value((struct ima_forge){"rsa"}, other);
	strange = ima_value((struct ima_forge){"stranger"}, content);
	broken = good;
	broken.size--;
	const struct {
		const char *what;
		const struct der *attribute, *beside;
		int code;
	} rows[] = {
		{"one", &good, NULL, 0},
		{"the other", NULL, &good, 0},
		{"both", &good, &also_good, 0},
		{"twice the same", &good, &good, 0},
		{"R05 good, wrong", &good, &wrong, INVALID},
		{"R05 wrong, good", &wrong, &good, INVALID},
		{"R05 good, a stranger's", &good, &strange, STRANGER},
		{"R05 a stranger's, good", &strange, &good, STRANGER},
		{"R05 good, broken", &good, &broken, MALFORMED},
		{"R05 broken, good", &broken, &good, MALFORMED},
		{"R05 good, empty", &good, &empty, MALFORMED},
		{"R05 empty, good", &empty, &good, MALFORMED},
		{"R107 wrong, broken", &wrong, &broken, MALFORMED},
		{"R107 broken, wrong", &broken, &wrong, MALFORMED},
		{"R107 a stranger's, broken", &strange, &broken, MALFORMED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ima_case given = {rows[i].attribute, rows[i].beside, content};

		expect(rows[i].code, judge_ima(&asked, &given), "%s: %s", rows[i].what,
		       error.message);
	}
}

Test(ima_evidence, R18_distinct_signers_are_counted_over_both)
{
	struct der first = ima_value((struct ima_forge){"p256"}, elf_content());
	struct der again = ima_value((struct ima_forge){"p256"}, elf_content());
	struct der second = ima_value((struct ima_forge){"rsa"}, elf_content());
	struct asked two = {.require = 2, .signers = {{"p256"}, {"rsa"}, {"p384"}}};
	struct asked alias = {.require = 2, .signers = {{"p256"}, {"alias"}}};
	struct asked three = {.require = 3, .signers = {{"p256"}, {"rsa"}, {"p384"}}};
	struct ima_case both = {&first, &second, elf_content()};
	struct ima_case same = {&first, &again, elf_content()};
	struct ima_case one = {&first, NULL, elf_content()};

	expect(0, judge_ima(&two, &both), "%s", error.message);
	cr_assert(eq(u32, result.met_count, 2));
	expect(FEW, judge_ima(&two, &same), "R18 one signer twice: %s", error.message);
	cr_assert(strstr(error.remedy, "one signature each") != NULL, "%s", error.remedy);
	expect(FEW, judge_ima(&two, &one), "R18 one alone: %s", error.message);
	cr_assert(strstr(error.message, "1 of the 2 signers required; missing: 'rsa'") !=
			  NULL,
		  "%s", error.message);
	expect(FEW, judge_ima(&alias, &same), "R18 one key under two names: %s",
	       error.message);
	expect(FEW, judge_ima(&three, &both), "R18 three: %s", error.message);
}

/* ---- over which bytes ---------------------------------------------------------------
 */

Test(ima_evidence, the_signature_is_over_the_whole_file)
{
	struct der content = elf_content(), rest = RAW('r', 'e', 's', 't');
	struct der whole = content, of_content, of_whole, of_whole_384;
	struct asked asked = {.signers = {{"p256"}}};
	struct ima_case given;

	add(&whole, rest);
	of_content = ima_value((struct ima_forge){"p256"}, content);
	of_whole = ima_value((struct ima_forge){"p256"}, whole);
	of_whole_384 = ima_value((struct ima_forge){"p256", .hash = "SHA384"}, whole);
	given = (struct ima_case){&of_whole, NULL, content, rest};
	expect(0, judge_ima(&asked, &given), "%s", error.message);
	given.attribute = &of_whole_384;
	expect(0, judge_ima(&asked, &given), "%s", error.message);
	given.attribute = &of_content;
	expect(INVALID, judge_ima(&asked, &given), "R15 of the content only: %s",
	       error.message);
	given = (struct ima_case){&of_whole, NULL, content};
	expect(INVALID, judge_ima(&asked, &given), "R15 of more than there is: %s",
	       error.message);
}

Test(ima_evidence, a_digest_that_is_given_is_that_of_the_content_only)
{
	struct der content = elf_content(), rest = RAW('r'), whole = content, value;
	struct asked asked = {.no_digest = true, .signers = {{"p256"}}};
	struct ima_case given = {&value, NULL, content};

	value = ima_value((struct ima_forge){"p256"}, content);
	expect(0, judge_ima(&asked, &given), "taken: %s", error.message);
	asked.no_digest = false;
	asked.wrong_digest = true;
	expect(INVALID, judge_ima(&asked, &given), "believed: %s", error.message);
	add(&whole, rest);
	value = ima_value((struct ima_forge){"p256"}, whole);
	given.rest = rest;
	expect(0, judge_ima(&asked, &given), "not of the whole: %s", error.message);
}

Test(ima_evidence, R13_content_of_no_type_is_refused)
{
	struct der set = RAW(0x31, 0x00), nothing = {.size = 0}, value;
	struct asked asked = {.signers = {{"p256"}}};
	struct ima_case given = {&value, NULL, set};

	value = ima_value((struct ima_forge){"p256"}, set);
	expect(MODSEAL_E_TYPE_MISMATCH, judge_ima(&asked, &given), "R13 a SET: %s",
	       error.message);
	value = ima_value((struct ima_forge){"p256"}, nothing);
	given.content = nothing;
	expect(MODSEAL_E_TYPE_MISMATCH, judge_ima(&asked, &given), "R08 nothing: %s",
	       error.message);
}

/* What is one kind of signature is malformed as the other. */
Test(ima_evidence, R12_a_cms_is_no_ima_signature_and_back)
{
	struct forge forge = {.signers = {{"p256"}}};
	struct der cms = forge_cms(&forge, elf_content());
	struct asked asked = {.signers = {{"p256"}}};

	expect(0, judge(&asked, cms, elf_content()), "%s", error.message);
	expect(MALFORMED, judge_value(&asked, cms), "R12 CMS as IMA: %s", error.message);
	expect(MALFORMED,
	       judge(&asked, ima_value((struct ima_forge){"p256"}, elf_content()),
		     elf_content()),
	       "R12 IMA as CMS: %s", error.message);
	asked.form = MODSEAL_EVIDENCE_DETACHED;
	expect(MALFORMED,
	       judge(&asked, ima_value((struct ima_forge){"p256"}, elf_content()),
		     elf_content()),
	       "R12 IMA as FILE.p7s: %s", error.message);
}

Test(ima_evidence, requests_that_cannot_be_judged_are_our_own_mistake)
{
	struct der value = ima_value((struct ima_forge){"p256"}, elf_content());
	struct ima_case none = {NULL, NULL, elf_content()};
	struct ima_case given = {&value, NULL, elf_content()};
	struct asked asked = {.signers = {{"p256"}}};
	struct modseal_evidence_request request = {
		.content = modseal_span_of(given.content.bytes, given.content.size),
		.require = 0,
	};
	struct modseal_ima_source source = {
		.present = {true}, .values = {modseal_span_of(value.bytes, value.size)}};

	expect(MODSEAL_E_INTERNAL, judge_ima(&asked, &none), "no value");
	expect(MODSEAL_E_INTERNAL,
	       modseal_ima_judge(crypto, &request, &source, &result, &error),
	       "nobody required");
	request.require = 1;
	request.signer_count = MODSEAL_MAX_RULE_SIGNERS + 1;
	expect(MODSEAL_E_INTERNAL,
	       modseal_ima_judge(crypto, &request, &source, &result, &error),
	       "too many signers");
}

/* ---- no bit matters not -------------------------------------------------------------
 */

static void mutate(const struct asked *asked, const char *key)
{
	struct der content = elf_content(), rest = RAW('r', 'e', 's', 't'),
		   whole = content;
	struct der value;
	struct ima_case given = {.attribute = &value, .content = content, .rest = rest};
	size_t accepted = 0, tried = 0;

	add(&whole, rest);
	value = ima_value((struct ima_forge){key}, whole);
	for (int beside = 0; beside < 2; beside++) {
		given.attribute = beside ? NULL : &value;
		given.beside = beside ? &value : NULL;
		expect(0, judge_ima(asked, &given), "%s: %s", key, error.message);
		for (size_t bit = 0; bit < 8 * value.size; bit++, tried++) {
			value.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
			accepted += judge_ima(asked, &given) == 0;
			value.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		for (size_t size = value.size; value.size > 0; tried++) {
			value.size--;
			accepted += judge_ima(asked, &given) == 0;
			if (value.size == 0) {
				value.size = size;
				break;
			}
		}
		for (unsigned byte = 0; byte < 256; byte++, tried++) {
			value.bytes[value.size++] = (uint8_t)byte;
			accepted += judge_ima(asked, &given) == 0;
			value.size--;
		}
	}
	for (size_t bit = 0; bit < 8 * content.size; bit++, tried++) {
		given.content.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		accepted += judge_ima(asked, &given) == 0;
		given.content.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * rest.size; bit++, tried++) {
		given.rest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		accepted += judge_ima(asked, &given) == 0;
		given.rest.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (; given.content.size > 0; tried++) {
		given.content.size--;
		accepted += judge_ima(asked, &given) == 0;
	}
	given.content = content;
	for (unsigned byte = 0; byte < 256; byte++, tried++) {
		given.rest.bytes[given.rest.size++] = (uint8_t)byte;
		accepted += judge_ima(asked, &given) == 0;
		given.rest.size--;
	}
	cr_assert(zero(sz, accepted), "%s: %zu of %zu accepted", key, accepted, tried);
}

Test(ima_evidence, R15_no_bit_of_a_p256_signature_matters_not)
{
	mutate(&(struct asked){.signers = {{"p256"}}}, "p256");
}

Test(ima_evidence, R15_no_bit_of_an_rsa_signature_matters_not)
{
	mutate(&(struct asked){.signers = {{"rsa"}}}, "rsa");
}
