/* SPDX-License-Identifier: Apache-2.0 */
/* Reading revocation lists: what is one, what is none, and what it says. */
#include "crl_forge.h"

static struct modseal_crypto *crypto;

static void set_up(void)
{
	crypto = keyring_crypto();
}
static void tear_down(void)
{
	modseal_crypto_free(&crypto);
}
TestSuite(crl, .init = set_up, .fini = tear_down);

static struct modseal_crl read_list(struct modseal_span bytes)
{
	struct modseal_error error = {0};
	struct modseal_crl crl;

	cr_assert(eq(int, modseal_crl_read(crypto, "a.crl", bytes, &crl, &error), 0),
		  "%s", error.message);
	return crl;
}

Test(crl, lists_of_openssl_are_read_in_every_spelling)
{
	static const char *const names[] = {LISTS "root.crl", LISTS "root.der",
					    LISTS "text.crl"};

	for (size_t i = 0; i < 3; i++) {
		struct modseal_span bytes = keyring_bytes(names[i]);
		struct modseal_crl crl = read_list(bytes);
		struct modseal_certificate root =
			keyring_certificate(crypto, LISTS "root.pem");
		struct modseal_certificate good =
			keyring_certificate(crypto, LISTS "leaf.pem");
		struct modseal_certificate bad =
			keyring_certificate(crypto, LISTS "bad.pem");
		struct modseal_error error;
		bool other = true;

		cr_assert(crl.flaw == NULL, "%s: %s", names[i], crl.flaw);
		cr_assert(eq(sz, crl.count, 1));
		cr_assert(eq(i64, crl.this_update, Y2026));
		cr_assert(eq(i64, crl.next_update, Y2096));
		cr_assert(modseal_crl_names(&crl, &root));
		cr_assert(not(modseal_crl_names(&crl, &good)));
		cr_assert(eq(int,
			     modseal_crl_verify(crypto, &crl, &root, "x", &other, &error),
			     0));
		cr_assert(not(other));
		cr_assert(modseal_crl_find(&crl, &good) == NULL);
		cr_assert(modseal_crl_find(&crl, &bad) != NULL);
		cr_assert(eq(str,
			     (char *)(uintptr_t)modseal_crl_reason(
				     modseal_crl_find(&crl, &bad)->reason),
			     "keyCompromise"));
		modseal_certificate_clear(&root);
		modseal_certificate_clear(&good);
		modseal_certificate_clear(&bad);
		modseal_crl_clear(&crl);
		keyring_drop(bytes);
	}
}

/* A CA whose key signs messages, not digests of them. Whether such keys are allowed at
 * all is judged with the path. */
Test(crl, ed25519_lists_are_checked_over_their_bytes)
{
	const struct forged_list plan = {
		.by = "../keys/ed25519", .serials = {"01"}, .digest = ""};
	struct modseal_span bytes = forge_list(&plan);
	struct modseal_crl crl = read_list(bytes);
	struct modseal_certificate issuer = keyring_certificate(crypto, "ed25519.pem");
	struct modseal_error error;
	bool other;

	cr_assert(crl.flaw == NULL, "%s", crl.flaw);
	cr_assert(crl.message != NULL);
	crl.message[crl.message_size / 2] ^= 1;
	cr_assert(eq(int, modseal_crl_verify(crypto, &crl, &issuer, "x", &other, &error),
		     MODSEAL_E_SIGNATURE_INVALID));
	crl.message[crl.message_size / 2] ^= 1;
	cr_assert(eq(int, modseal_crl_verify(crypto, &crl, &issuer, "x", &other, &error),
		     0),
		  "%s", error.message);
	modseal_certificate_clear(&issuer);
	modseal_crl_clear(&crl);
	keyring_drop(bytes);
}

/* Another key of the same name: its list is not ours, ours is not its. */
Test(crl, R29_a_foreign_signature_is_no_signature)
{
	struct modseal_span bytes = keyring_bytes(LISTS "root.crl");
	struct modseal_crl crl = read_list(bytes);
	struct modseal_certificate root = keyring_certificate(crypto, LISTS "root.pem");
	struct modseal_certificate fake = keyring_certificate(crypto, LISTS "fake.pem");
	struct modseal_error error;
	bool other;

	cr_assert(modseal_crl_names(&crl, &fake));
	cr_assert(eq(int, modseal_crl_verify(crypto, &crl, &fake, "x", &other, &error),
		     MODSEAL_E_SIGNATURE_INVALID));
	/* a failure is not remembered as an answer */
	cr_assert(
		eq(int, modseal_crl_verify(crypto, &crl, &root, "x", &other, &error), 0));
	cr_assert(not(other));
	/* from now on it is known whose it is, and no key is needed to say so */
	crl.signature[0] ^= 1;
	cr_assert(
		eq(int, modseal_crl_verify(crypto, &crl, &root, "x", &other, &error), 0));
	cr_assert(not(other));
	cr_assert(
		eq(int, modseal_crl_verify(crypto, &crl, &fake, "x", &other, &error), 0));
	cr_assert(other);
	modseal_certificate_clear(&root);
	modseal_certificate_clear(&fake);
	modseal_crl_clear(&crl);
	keyring_drop(bytes);
}

Test(crl, files_that_are_no_list_are_flawed)
{
	static const struct {
		const char *file;
		const char *says;
	} rows[] = {
		{LISTS "two.crl", "neither DER nor one PEM block"},
		{LISTS "certificate.crl", "another kind"},
		{LISTS "damaged.crl", "in strict DER"},
		{LISTS "empty.crl", "is empty"},
		{LISTS "root.cnf", "neither DER nor one PEM block"},
		{"leaf.der", "not a well-formed revocation list"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_span bytes = keyring_bytes(rows[i].file);
		struct modseal_crl crl = read_list(bytes);

		cr_assert(crl.flaw != NULL, "%s", rows[i].file);
		cr_assert(strstr(crl.flaw, rows[i].says) != NULL, "%s: %s", rows[i].file,
			  crl.flaw);
		modseal_crl_clear(&crl);
		keyring_drop(bytes);
	}
}

Test(crl, a_file_that_is_not_there_is_no_flaw)
{
	struct modseal_crl crl = read_list(modseal_span_of(NULL, 0));
	struct modseal_certificate root = keyring_certificate(crypto, LISTS "root.pem");

	cr_assert(crl.absent);
	cr_assert(crl.flaw == NULL);
	cr_assert(not(modseal_crl_names(&crl, &root)));
	modseal_certificate_clear(&root);
	modseal_crl_clear(&crl);
}

Test(crl, R29_lists_that_say_too_little_or_too_much_are_flawed)
{
	static const struct {
		const char *says; /* NULL: no flaw */
		struct forged_list plan;
	} rows[] = {
		{NULL, {0}},
		{NULL, {.version = -1}},
		{NULL, {.serials = {"01", "02", "-03"}}},
		{NULL, {.serials = {"01"}, .reason = "0A0106"}},
		{NULL, {.serials = {"01"}, .reason = "0A010A"}},
		{NULL, {.extensions = {{"1.2.3.4.5", NULL, "0500"}}}},
		{NULL, {.serials = {"01"}, .entry = {"1.2.3.4.5", NULL, "0500"}}},
		{"is a delta list",
		 {.extensions = {{"2.5.29.27", "critical", "020101"}}}},
		{"is a delta list", {.extensions = {{"2.5.29.27", NULL, "020101"}}}},
		/* onlyContainsUserCerts, AttributeCerts, reasons, indirect, a place */
		{"covers only a part",
		 {.extensions = {{"2.5.29.28", "critical", "30038101FF"}}}},
		{"covers only a part",
		 {.extensions = {{"2.5.29.28", "critical", "30038501FF"}}}},
		{"covers only a part",
		 {.extensions = {{"2.5.29.28", "critical", "300483020640"}}}},
		{"covers only a part",
		 {.extensions = {{"2.5.29.28", "critical", "30038401FF"}}}},
		{"covers only a part", {.extensions = {{"2.5.29.28", NULL, "3000"}}}},
		{"critical extension that is not known",
		 {.extensions = {{"1.2.3.4.5", NULL, "0500"},
				 {"1.2.3.4.6", "critical", "0500"}}}},
		{"critical extension that is not known",
		 {.extensions = {{"2.5.29.20", "critical", "020101"}}}},
		{"of version 1",
		 {.version = -1, .extensions = {{"1.2.3.4.5", NULL, "0500"}}}},
		{"of version 1", {.version = -1, .serials = {"01"}, .reason = "0A0101"}},
		{"of an unknown version", {.version = 2}},
		{"a reason that a full list cannot have",
		 {.serials = {"01"}, .reason = "0A0108"}},
		{"a reason that a full list cannot have",
		 {.serials = {"01"}, .reason = "0A0107"}},
		{"a reason that a full list cannot have",
		 {.serials = {"01"}, .reason = "0A010B"}},
		{"a reason that a full list cannot have",
		 {.serials = {"01"}, .reason = "020101"}},
		{"a reason that a full list cannot have",
		 {.serials = {"01"}, .reason = "0A020001"}},
		{"a reason that a full list cannot have",
		 {.serials = {"01"},
		  .reason = "0A0101",
		  .entry = {"2.5.29.21", NULL, "0A0101"}}},
		{"indirect list",
		 {.serials = {"01"}, .entry = {"2.5.29.29", "critical", "3000"}}},
		{"entry with a critical extension",
		 {.serials = {"01"}, .entry = {"1.2.3.4.5", "critical", "0500"}}},
		{"has no nextUpdate", {.next_update = -1}},
		{"ends before it begins", {.this_update = Y2028, .next_update = Y2026}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_span bytes = forge_list(&rows[i].plan);
		struct modseal_crl crl = read_list(bytes);

		cr_assert(eq(int, crl.flaw == NULL, rows[i].says == NULL),
			  "R29 row %zu: %s", i, crl.flaw ? crl.flaw : "no flaw");
		/* OpenSSL's decoder may find the same, in fewer words */
		if (crl.flaw && strcmp(crl.flaw, "is not a well-formed revocation list"))
			cr_assert(strstr(crl.flaw, rows[i].says) != NULL,
				  "R29 row %zu: %s", i, crl.flaw);
		modseal_crl_clear(&crl);
		keyring_drop(bytes);
	}
}

/* Numbers are compared as numbers: sign and all digits. */
Test(crl, entries_are_found_by_their_whole_serial_number)
{
	static const struct {
		const char *listed[3];
		bool found;
	} rows[] = {
		{{"1003", "01", "02"}, true},
		{{"01", "7F", "1003"}, true},
		{{"1003", "1003", "1003"}, true},
		{{"-1003"}, false},
		{{"10"}, false},
		{{"0110", "100300", "1002"}, false},
		{{"1004", "1002", "03"}, false},
	};
	struct modseal_certificate leaf = keyring_certificate(crypto, LISTS "leaf.pem");

	cr_assert(eq(i64, ASN1_INTEGER_get(X509_get0_serialNumber(leaf.x509)), 0x1003));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct forged_list plan = {0};
		struct modseal_span bytes;
		struct modseal_crl crl;

		memcpy(plan.serials, rows[i].listed, sizeof(plan.serials));
		bytes = forge_list(&plan);
		crl = read_list(bytes);
		cr_assert(crl.flaw == NULL, "row %zu: %s", i, crl.flaw);
		cr_assert(eq(int, modseal_crl_find(&crl, &leaf) != NULL, rows[i].found),
			  "row %zu", i);
		modseal_crl_clear(&crl);
		keyring_drop(bytes);
	}
	modseal_certificate_clear(&leaf);
}

/* A signature that is said to end within a byte would be the same one in another dress.
 */
Test(crl, R23_a_signature_is_of_whole_bytes)
{
	const struct forged_list plan = {0};

	for (int tries = 0; tries < 64; tries++) {
		struct modseal_span bytes = forge_list(&plan);
		uint8_t *der = (uint8_t *)(uintptr_t)bytes.data;
		struct modseal_crl crl = read_list(bytes);
		size_t unused = bytes.size - crl.signature_size - 1;
		bool even = (der[bytes.size - 1] & 1) == 0;

		cr_assert(crl.flaw == NULL && der[unused] == 0);
		modseal_crl_clear(&crl);
		der[unused] = 1;
		crl = read_list(bytes);
		cr_assert(crl.flaw != NULL, "R23");
		if (even)
			cr_assert(strstr(crl.flaw, "of whole bytes") != NULL, "R23 %s",
				  crl.flaw);
		modseal_crl_clear(&crl);
		keyring_drop(bytes);
		if (even)
			return;
	}
	cr_assert(false, "64 signatures end in an odd byte");
}

/* RFC 5280 5.1.1.2: what is signed names the algorithm once more. */
Test(crl, R22_both_names_of_the_algorithm_agree)
{
	const struct forged_list plan = {.digest = "SHA384"};
	struct modseal_span bytes = forge_list(&plan);
	const unsigned char *at = bytes.data;
	X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)bytes.size);
	const ASN1_BIT_STRING *signature;
	const X509_ALGOR *algorithm;
	struct modseal_crl crl;
	unsigned char *der = NULL;
	int size;

	X509_CRL_get0_signature(list, &signature, &algorithm);
	X509_ALGOR_set0((X509_ALGOR *)(uintptr_t)algorithm,
			OBJ_nid2obj(NID_ecdsa_with_SHA256), V_ASN1_UNDEF, NULL);
	size = i2d_X509_CRL(list, &der);
	crl = read_list(modseal_span_of(der, (size_t)size));
	cr_assert(crl.flaw != NULL, "R22");
	cr_assert(strstr(crl.flaw, "two different algorithms") != NULL, "R22 %s",
		  crl.flaw);
	modseal_crl_clear(&crl);
	OPENSSL_free(der);
	X509_CRL_free(list);
	keyring_drop(bytes);
}

/* BER, rests, and a list one byte too large. */
Test(crl, R23_only_strict_der_of_a_bounded_size)
{
	const struct forged_list plan = {.serials = {"01", "02"}};
	struct modseal_span good = forge_list(&plan);
	uint8_t *bytes = calloc(1, MODSEAL_MAX_CRL_SIZE + 1);
	struct modseal_crl crl;

	memcpy(bytes, good.data, good.size);
	crl = read_list(modseal_span_of(bytes, good.size + 1));
	cr_assert(crl.flaw && strstr(crl.flaw, "in strict DER"), "R23 a rest");
	modseal_crl_clear(&crl);
	crl = read_list(modseal_span_of(bytes, MODSEAL_MAX_CRL_SIZE + 1));
	cr_assert(crl.flaw && strstr(crl.flaw, "larger than 4 MiB"), "R23 size");
	modseal_crl_clear(&crl);
	for (size_t size = 1; size < good.size; size++) {
		crl = read_list(modseal_span_of(bytes, size));
		cr_assert(crl.flaw != NULL, "R23 cut at %zu", size);
		modseal_crl_clear(&crl);
	}
	free(bytes);
	keyring_drop(good);
}
