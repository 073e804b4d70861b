/* SPDX-License-Identifier: Apache-2.0 */
/* Revoked signers, and what is said about those who are not counted. */
#include "tests/unit/signer_rows.h"

TestSuite(reasons, .init = judging_begin, .fini = judging_end);

/* ---- revocation ---------------------------------------------------------------------
 */

struct revoking {
	uint8_t key[1][MODSEAL_SHA256_SIZE];
	uint8_t certificate[1][MODSEAL_SHA256_SIZE];
	struct modseal_revoked revoked;
};

static void revoke(struct revoking *revoking, const char *name, bool key)
{
	struct der der = certificate_der(name);
	X509 *x509 = load_certificate(name);
	struct der info = ENCODE(X509_get_X509_PUBKEY(x509), X509_PUBKEY);
	struct der digest = digest_of("SHA256", key ? info : der);

	X509_free(x509);
	memset(revoking, 0, sizeof(*revoking));
	memcpy(key ? revoking->key[0] : revoking->certificate[0], digest.bytes,
	       MODSEAL_SHA256_SIZE);
	if (key)
		revoking->revoked.keys = (struct modseal_digest_set){revoking->key, 1};
	else
		revoking->revoked.certificates =
			(struct modseal_digest_set){revoking->certificate, 1};
}

Test(reasons, R29_revoked_ones_do_not_count_and_do_not_refuse)
{
	struct revoking revoking;
	const struct revoked_row {
		const char *revoked;
		bool key;
		struct row row;
	} rows[] = {
		{"p256",
		 true,
		 {"R29 key",
		  {.signers = {{"p256"}}},
		  {.signers = {{"p256"}}},
		  MODSEAL_E_REVOKED}},
		{"p256",
		 false,
		 {"R29 certificate",
		  {.signers = {{"p256"}}},
		  {.signers = {{"p256"}}},
		  MODSEAL_E_REVOKED}},
		{"p256",
		 false,
		 {"R29 its key in another certificate",
		  {.signers = {{"p256"}}},
		  {.signers = {{"alias"}}, .certificates = {"alias"}},
		  MODSEAL_E_REVOKED}},
		{"alias",
		 false,
		 {"R29 the other certificate of its key",
		  {.signers = {{"p256"}}},
		  {.signers = {{"alias"}}, .certificates = {"alias"}},
		  MODSEAL_E_REVOKED}},
		{"twin",
		 true,
		 {"R29 another's of its name: it is not that one which signed",
		  {.signers = {{"p256"}, {"twin"}}},
		  {.signers = {{"p256"}}},
		  0,
		  "10"}},
		{"p256",
		 true,
		 {"R29 beside a good one",
		  {.signers = {{"p256"}, {"p384"}}},
		  {.signers = {{"p256"}, {"p384"}}},
		  0,
		  "01",
		  0,
		  1}},
		{"p256",
		 true,
		 {"R29 wrong beside a good one",
		  {.signers = {{"p256"}, {"p384"}}},
		  {.signers = {{"p256", .flags = WRONG_SIGNATURE}, {"p384"}}},
		  0,
		  "01",
		  0,
		  1}},
		{"p256",
		 true,
		 {"R29 one of two required",
		  {.require = 2, .signers = {{"p256"}, {"p384"}}},
		  {.signers = {{"p256"}, {"p384"}}},
		  MODSEAL_E_SIGNERS_TOO_FEW}},
		{"leaf",
		 true,
		 {"R29 leaf",
		  {.signers = {{"ca", true}}},
		  {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		  MODSEAL_E_REVOKED}},
		{"leaf",
		 false,
		 {"R29 leaf's certificate",
		  {.signers = {{"ca", true}}},
		  {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		  MODSEAL_E_REVOKED}},
		{"ca",
		 true,
		 {"R29 CA",
		  {.signers = {{"ca", true}}},
		  {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		  MODSEAL_E_REVOKED}},
		{"leaf2",
		 true,
		 {"R29 another leaf",
		  {.signers = {{"ca", true}}},
		  {.signers = {{"leaf"}}, .certificates = {"leaf"}},
		  0,
		  "1"}},
		{"leaf",
		 true,
		 {"R29 eight times the same",
		  {.signers = {{"ca", true}, {"p256"}}},
		  {.signers = {{"leaf"}, {"leaf"}, {"leaf", .hash = "SHA384"}, {"p256"}},
		   .certificates = {"leaf"}},
		  0,
		  "01",
		  0,
		  3}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct row row = rows[i].row;

		revoke(&revoking, rows[i].revoked, rows[i].key);
		row.asked.revoked = &revoking.revoked;
		judge_row(&row);
	}
}

/* ---- what is said -------------------------------------------------------------------
 */

static void expect_said(const struct row *row, const char *what)
{
	judge_row(row);
	cr_assert(strstr(error.message, what) != NULL, "%s: \"%s\" not in \"%s\"",
		  row->name, what, error.message);
}

Test(reasons, refusals_name_who_was_found_and_who_is_wanted)
{
	struct row row = {"unknown",
			  {.signers = {{"p256"}, {"rsa"}, {"p384"}, {"p521"}, {"leaf"}}},
			  {.signers = {{"stranger"}}, .certificates = {"stranger"}},
			  NOT_ALLOWED};
	X509 *x509 = load_certificate("stranger");
	struct der info = ENCODE(X509_get_X509_PUBKEY(x509), X509_PUBKEY);
	struct der digest = digest_of("SHA256", info);
	char key[64];

	snprintf(key, sizeof(key), "(key %02x%02x%02x%02x", digest.bytes[0],
		 digest.bytes[1], digest.bytes[2], digest.bytes[3]);
	X509_free(x509);
	expect_said(&row, "issuer \"CN=Test stranger\", serial ");
	expect_said(&row, key);
	expect_said(&row, "wanted: 'p256' (key ");
	expect_said(&row, "'p384' (key ");
	expect_said(&row, "and 2 more");
	row = (struct row){"missing",
			   {.require = 2, .signers = {{"p256"}, {"p384"}}},
			   {.signers = {{"p256"}}},
			   MODSEAL_E_SIGNERS_TOO_FEW};
	expect_said(&row, "1 of the 2 signers required; missing: 'p384' (key ");
	row = (struct row){
		"why",
		{.require = 2, .signers = {{"p256"}, {"ca", true}}},
		{.signers = {{"p256"}, {"expired"}}, .certificates = {"expired"}},
		MODSEAL_E_SIGNERS_TOO_FEW};
	expect_said(&row, "not counted: ");
	expect_said(&row, "expired");
	row = (struct row){
		"purpose",
		{.purpose = PURPOSE(PROGRAM), .signers = {{"p256", .purposes = 1}}},
		{.signers = {{"p256"}}},
		NOT_ALLOWED};
	expect_said(&row, "'p256' signed it, but");
}

Test(reasons, the_most_telling_reason_is_told)
{
	static const struct row rows[] = {
		{"expired over unknown",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"stranger"}, {"expired"}}, .certificates = {"expired"}},
		 MODSEAL_E_CERTIFICATE_EXPIRED},
		{"expired over e-mail",
		 {.signers = {{"ca", true}}},
		 {.signers = {{"leafmail"}, {"expired"}},
		  .certificates = {"expired", "leafmail"}},
		 MODSEAL_E_CERTIFICATE_EXPIRED},
		{"algorithm over purpose",
		 {.purpose = PURPOSE(LIBRARY),
		  .signers = {{"p256"}, {"p384", .purposes = PURPOSE(PROGRAM)}}},
		 {.signers = {{"p384"}, {"p256", .claim = "SHA1"}}},
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED},
		{"algorithm over purpose, behind it",
		 {.purpose = PURPOSE(LIBRARY),
		  .signers = {{"p256", .purposes = PURPOSE(PROGRAM)}, {"p384"}}},
		 {.signers = {{"p256"}, {"p384", .claim = "SHA1"}}},
		 MODSEAL_E_ALGORITHM_NOT_ALLOWED},
	};

	JUDGE_ROWS(rows);
}
