/* SPDX-License-Identifier: Apache-2.0 */
/* Who is counted as a signer and who is not. */
#include "tests/unit/signer_rows.h"

TestSuite(signers, .init = judging_begin, .fini = judging_end);

Test(signers, R18_distinct_signers_are_counted)
{
	static const struct row rows[] = {
		{"R18 two of two",
		 {.require = 2, .signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p256"}, {"p384"}}},
		 0,
		 "11"},
		{"R18 two of three",
		 {.require = 2, .signers = {{"p256"}, {"rsa"}, {"p384"}}},
		 {.signers = {{"p384"}, {"p256"}}},
		 0,
		 "101"},
		{"R18 more than required",
		 {.require = 1, .signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p384"}, {"p256"}}},
		 0,
		 "11"},
		{"R18 one of two",
		 {.require = 2, .signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p256"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 two signatures by one signer",
		 {.require = 2, .signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p256"}, {"p256"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 one key in two signatures of different digests",
		 {.require = 2, .signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p256"}, {"p256", .hash = "SHA512"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 one key under two names",
		 {.require = 2, .signers = {{"p256"}, {"alias"}}},
		 {.signers = {{"p256"}, {"alias"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 one leaf under two CAs",
		 {.require = 2, .signers = {{"ca", true}, {"otherca", true}}},
		 {.signers = {{"leaf"}, {"crossed"}},
		  .certificates = {"leaf", "crossed"}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 two leaves of one CA",
		 {.require = 2, .signers = {{"ca", true}, {"p256"}}},
		 {.signers = {{"leaf"}, {"leaf2"}}, .certificates = {"leaf", "leaf2"}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 required above the signers there are",
		 {.require = 2, .signers = {{"p256"}}},
		 {.signers = {{"p256"}, {"p384"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
		{"R18 nobody is allowed",
		 {.require = 1},
		 {.signers = {{"p256"}}},
		 NOT_ALLOWED},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R18_unknown_ones_do_not_count_and_do_not_refuse)
{
	static const struct row rows[] = {
		{"R18 beside a good one",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"}, {"stranger"}}},
		 0,
		 "1",
		 1},
		{"R18 with its certificate",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"}, {"stranger"}}, .certificates = {"stranger"}},
		 0,
		 "1",
		 1},
		{"R18 whose signature is wrong",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"}, {"stranger", .flags = WRONG_SIGNATURE}}},
		 0,
		 "1",
		 1},
		{"R18 whose digest is unknown",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"}, {"stranger", .claim = "MD5"}}},
		 0,
		 "1",
		 1},
		{"R18 with seven strangers",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"},
			      {"stranger"},
			      {"rsa"},
			      {"p384"},
			      {"p521"},
			      {"mail"},
			      {"bare"},
			      {"leaf"}}},
		 0,
		 "1",
		 7},
		{"R18 by an algorithm that signer may not use",
		 {.signers = {{"p384",
			       .algorithms = 1u << MODSEAL_ALGORITHM_ECDSA_P256_SHA256},
			      {"p256"}}},
		 {.signers = {{"p384"}, {"p256"}}},
		 0,
		 "01"},
		{"R18 nine SignerInfos",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"},
			      {"stranger"},
			      {"rsa"},
			      {"p384"},
			      {"p521"},
			      {"mail"},
			      {"bare"},
			      {"leaf"},
			      {"leaf2"}}},
		 MODSEAL_E_SIGNATURE_MALFORMED},
		{"R18 alone",
		 {.signers = {{"p256"}}},
		 {.signers = {{"stranger"}}},
		 NOT_ALLOWED},
		{"R18 too few without it",
		 {.require = 2, .signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p256"}, {"stranger"}}},
		 MODSEAL_E_SIGNERS_TOO_FEW},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R18_a_wrong_signature_that_names_a_known_signer_refuses)
{
	static const struct row rows[] = {
		{"R18 alone",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256", .flags = WRONG_SIGNATURE}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R18 beside a good one, behind it",
		 {.signers = {{"p256"}, {"p384"}}},
		 {.signers = {{"p256"}, {"p384", .flags = WRONG_SIGNATURE}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R18 beside enough good ones",
		 {.require = 1, .signers = {{"p384"}, {"p256"}}},
		 {.signers = {{"p384"}, {"p256", .flags = WRONG_SIGNATURE}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R18 by another key",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256", .key = "stranger"}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R18 a good and a wrong one by the same",
		 {.signers = {{"p256"}}},
		 {.signers = {{"p256"}, {"p256", .key = "stranger"}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R18 under a chain signer",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"leaf", .key = "stranger"}}, .certificates = {"leaf"}},
		 MODSEAL_E_SIGNATURE_INVALID},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R19_what_is_embedded_is_never_trusted)
{
	static const struct row rows[] = {
		{"R19 self-signed, no signer of that key",
		 {.signers = {{"p256"}}},
		 {.signers = {{"stranger"}}, .certificates = {"stranger"}},
		 NOT_ALLOWED},
		{"R19 self-signed, chain",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"stranger"}}, .certificates = {"stranger"}},
		 NOT_ALLOWED},
		{"R19 with a CA of the right name",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"fakeleaf"}}, .certificates = {"fakeleaf", "fakeca"}},
		 NOT_ALLOWED},
		{"R19 a leaf of the wrong CA",
		 {.signers = {{"otherca", true}}},
		 {.signers = {{"leaf"}}, .certificates = {"leaf", "ca"}},
		 NOT_ALLOWED},
		{"R19 the CA itself, embedded, pinned signer",
		 {.signers = {{"p256"}}},
		 {.signers = {{"leaf"}}, .certificates = {"leaf", "ca"}},
		 NOT_ALLOWED},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R20_issuer_and_serial_number_are_no_key)
{
	static const struct row rows[] = {
		{"R20 pinned, no certificate",
		 {.signers = {{"p256"}}},
		 {.signers = {{"twin"}}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R20 pinned, the other's certificate embedded",
		 {.signers = {{"p256"}}},
		 {.signers = {{"twin"}}, .certificates = {"twin"}},
		 MODSEAL_E_SIGNATURE_INVALID},
		{"R20 chain",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"fakeleaf"}}, .certificates = {"fakeleaf"}},
		 NOT_ALLOWED},
		{"R20 chain, the right leaf known",
		 {.signers = {{"ca", true, "leaf"}}},
		 {.signers = {{"fakeleaf"}}, .certificates = {"fakeleaf"}},
		 MODSEAL_E_SIGNATURE_INVALID},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R35_of_two_with_one_name_only_the_right_one_verifies)
{
	static const struct row rows[] = {
		{"R35 the first",
		 {.signers = {{"p256"}, {"twin"}}},
		 {.signers = {{"p256"}}},
		 0,
		 "10"},
		{"R35 the second",
		 {.signers = {{"p256"}, {"twin"}}},
		 {.signers = {{"twin"}}},
		 0,
		 "01"},
		{"R35 both",
		 {.require = 2, .signers = {{"p256"}, {"twin"}}},
		 {.signers = {{"p256"}, {"twin"}}},
		 0,
		 "11"},
		{"R35 neither",
		 {.signers = {{"p256"}, {"twin"}}},
		 {.signers = {{"twin", .key = "stranger"}}},
		 MODSEAL_E_SIGNATURE_INVALID},
	};

	JUDGE_ROWS(rows);
}

Test(signers, are_found_by_every_certificate_they_may_be_named_by)
{
	static const struct row rows[] = {
		{"chain, leaf embedded",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		 0,
		 "1"},
		{"chain, leaf among the intermediates",
		 {.signers = {{"ca", true, "leaf"}}},
		 {.signers = {{"leaf"}}},
		 0,
		 "1"},
		{"chain, leaf nowhere",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"leaf"}}},
		 NOT_ALLOWED},
		{"chain, by key identifier",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"leaf", .flags = KEY_IDENTIFIER}},
		  .certificates = {"leaf"}},
		 0,
		 "1"},
		{"pinned, a certificate of the same key embedded",
		 {.signers = {{"p256"}}},
		 {.signers = {{"alias"}}, .certificates = {"alias"}},
		 0,
		 "1"},
		{"pinned, a certificate of the same key not embedded",
		 {.signers = {{"p256"}}},
		 {.signers = {{"alias"}}},
		 NOT_ALLOWED},
		{"pinned leaf of a CA",
		 {.signers = {{"leaf"}}},
		 {.signers = {{"leaf"}}},
		 0,
		 "1"},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R21_purposes_and_usages_hold)
{
	static const struct row rows[] = {
		{"R21 a library signer on a kernel module",
		 {.purpose = PURPOSE(KERNEL_MODULE),
		  .signers = {{"p256", .purposes = PURPOSE(LIBRARY)}}},
		 {.signers = {{"p256"}}},
		 NOT_ALLOWED},
		{"R21 a kernel-module signer on a library",
		 {.purpose = PURPOSE(LIBRARY),
		  .signers = {{"p256", .purposes = PURPOSE(KERNEL_MODULE)}}},
		 {.signers = {{"p256"}}},
		 NOT_ALLOWED},
		{"R21 one of two purposes",
		 {.purpose = PURPOSE(LIBRARY),
		  .signers = {{"p256",
			       .purposes = PURPOSE(KERNEL_MODULE) | PURPOSE(LIBRARY)}}},
		 {.signers = {{"p256"}}},
		 0,
		 "1"},
		{"R21 no purpose is asked for",
		 {.signers = {{"p256", .purposes = PURPOSE(KERNEL_MODULE)}}},
		 {.signers = {{"p256"}}},
		 0,
		 "1"},
		{"R21 chain, e-mail leaf",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"leafmail"}}, .certificates = {"leafmail"}},
		 MODSEAL_E_CERTIFICATE_INVALID},
		{"R21 chain, the CA itself signs",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"ca"}}},
		 MODSEAL_E_CERTIFICATE_INVALID},
		{"R21 pinned, e-mail certificate",
		 {.signers = {{"mail"}}},
		 {.signers = {{"mail"}}},
		 0,
		 "1"},
		{"R21 pinned, no usage at all",
		 {.signers = {{"bare"}}},
		 {.signers = {{"bare"}}},
		 0,
		 "1"},
		{"R21 pinned, a CA's key",
		 {.signers = {{"ca"}}},
		 {.signers = {{"ca"}}},
		 0,
		 "1"},
	};

	JUDGE_ROWS(rows);
}

Test(signers, R28_an_expired_leaf_is_refused_an_expired_pin_is_not)
{
	static const struct row rows[] = {
		{"R28 chain",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"expired"}}, .certificates = {"expired"}},
		 MODSEAL_E_CERTIFICATE_EXPIRED},
		{"R28 beside a good one",
		 {.signers = {{"ca", true}, {"p256"}}},
		 {.signers = {{"expired"}, {"p256"}}, .certificates = {"expired"}},
		 0,
		 "01"},
		{"R28 pinned",
		 {.signers = {{"expired"}}},
		 {.signers = {{"expired"}}},
		 0,
		 "1"},
		{"R28 the year 2100",
		 {.now = 4102444800, .signers = {{"ca", true}}},
		 {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		 MODSEAL_E_CERTIFICATE_EXPIRED},
	};

	JUDGE_ROWS(rows);
}
