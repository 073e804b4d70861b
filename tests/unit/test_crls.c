/* SPDX-License-Identifier: Apache-2.0 */
/* Revocation lists against certificate paths (R29). */
#include "crl_rows.h"

TestSuite(crls, .init = set_up, .fini = tear_down);

Test(crls, R29_a_list_that_is_demanded_must_be_there_and_good)
{
	static const struct answer rows[] = {
		/* nobody asks */
		{{.demand = NONE, .leaf = "bad.pem", .lists = {"root.crl"}}, 0, NULL, 0},
		/* good */
		{{.demand = REQUIRED, .lists = {"root.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"root.der"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"sha512.crl"}}, 0, NULL, 0},
		{{.demand = IF_PRESENT, .lists = {"root.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"-", "root.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED, .lists = {"inter.crl", "root.crl"}}, 0, NULL, 0},
		{{.demand = REQUIRED,
		  .signer = "rsa.pem",
		  .leaf = "underrsa.pem",
		  .lists = {"rsa.crl"}},
		 0,
		 NULL,
		 0},
		{{.demand = REQUIRED,
		  .signer = "rsa.pem",
		  .leaf = "underrsa.pem",
		  .lists = {"pss.crl"}},
		 0,
		 NULL,
		 0},
		/* revoked */
		{{.demand = REQUIRED, .leaf = "bad.pem", .lists = {"root.crl"}},
		 REVOKED,
		 "'CN=CRL bad leaf' (serial number 1004) was revoked at 20",
		 0},
		{{.demand = IF_PRESENT, .leaf = "bad.pem", .lists = {"root.crl"}},
		 REVOKED,
		 "Z for keyCompromise",
		 0},
		/* missing */
		{{.demand = REQUIRED, .lists = {"-"}},
		 UNUSABLE,
		 "list by 'CN=CRL root', and there is none: - is not there",
		 0},
		{{.demand = REQUIRED, .lists = {"inter.crl"}},
		 UNUSABLE,
		 "inter.crl is another CA's",
		 0},
		{{.demand = IF_PRESENT, .lists = {"-"}}, 0, NULL, 1},
		{{.demand = IF_PRESENT, .lists = {"inter.crl", "-"}}, 0, NULL, 1},
		/* foreign, unsigned, weakly signed: the same name is not the same CA */
		{{.demand = REQUIRED, .lists = {"fake.crl"}},
		 UNUSABLE,
		 "fake.crl of the signer 'acme' is not signed by its issuer",
		 0},
		{{.demand = IF_PRESENT, .lists = {"fake.crl"}},
		 UNUSABLE,
		 "is not signed by its issuer",
		 0},
		{{.demand = REQUIRED, .lists = {"weak.crl"}},
		 UNUSABLE,
		 "is not signed by its issuer",
		 0},
		{{.demand = IF_PRESENT, .lists = {"weak.crl"}}, UNUSABLE, NULL, 0},
		/* a list beside a forged one is not heard either */
		{{.demand = REQUIRED, .lists = {"root.crl", "fake.crl"}},
		 UNUSABLE,
		 "fake.crl",
		 0},
		/* unreadable: it might have been the one */
		{{.demand = REQUIRED, .lists = {"damaged.crl"}},
		 UNUSABLE,
		 "damaged.crl of the signer 'acme' is not one revocation list",
		 0},
		{{.demand = IF_PRESENT, .lists = {"root.crl", "empty.crl"}},
		 UNUSABLE,
		 "empty.crl of the signer 'acme' is empty",
		 0},
		/* a CA that may not sign lists */
		{{.demand = REQUIRED,
		  .extra = "mute.pem",
		  .leaf = "undermute.pem",
		  .lists = {"root.crl", "mute.crl"}},
		 UNUSABLE,
		 "mute.crl of the signer 'acme' is by a CA whose key usage lacks cRLSign",
		 0},
		{{.demand = REQUIRED,
		  .signer = "mute.pem",
		  .leaf = "undermute.pem",
		  .lists = {"mute.crl"}},
		 UNUSABLE,
		 "lacks cRLSign",
		 0},
	};

	TRY("R29", rows);
}

Test(crls, R29_every_link_of_the_path_is_asked_for)
{
#define LOW .extra = "inter.pem", .leaf = "low.pem"
	static const struct answer rows[] = {
		/* inter.crl lists 1002, which is root's number for inter itself */
		{{LOW, .demand = REQUIRED, .lists = {"root.crl", "inter.crl"}},
		 0,
		 NULL,
		 0},
		{{LOW, .demand = REQUIRED, .lists = {"inter.crl", "root.crl"}},
		 0,
		 NULL,
		 0},
		{{LOW, .demand = REQUIRED, .lists = {"root.crl"}},
		 UNUSABLE,
		 "by 'CN=CRL inter'",
		 0},
		{{LOW, .demand = REQUIRED, .lists = {"inter.crl"}},
		 UNUSABLE,
		 "by 'CN=CRL root'",
		 0},
		{{LOW, .demand = IF_PRESENT, .lists = {"root.crl"}}, 0, NULL, 1},
		{{LOW, .demand = IF_PRESENT, .lists = {"inter.crl"}}, 0, NULL, 1},
		{{LOW, .demand = REQUIRED, .lists = {"nointer.crl", "inter.crl"}},
		 REVOKED,
		 "'CN=CRL inter' (serial number 1002)",
		 0},
		{{LOW, .demand = IF_PRESENT, .lists = {"nointer.crl"}},
		 REVOKED,
		 "for cACompromise",
		 0},
		{{.extra = "inter.pem",
		  .leaf = "lowbad.pem",
		  .demand = REQUIRED,
		  .lists = {"root.crl", "inter.crl"}},
		 REVOKED,
		 "'CN=CRL bad low leaf'",
		 0},
		{{.extra = "inter.pem",
		  .leaf = "lowbad.pem",
		  .demand = REQUIRED,
		  .lists = {"root.crl", "cleaninter.crl"}},
		 0,
		 NULL,
		 0},
		/* the signer's own certificate is not asked about: nobody is above it */
		{{.signer = "inter.pem",
		  .leaf = "low.pem",
		  .demand = REQUIRED,
		  .lists = {"inter.crl"}},
		 0,
		 NULL,
		 0},
	};

	TRY("R29", rows);
}

/* A CA with a new key and its old name: the list of the old key says nothing about what
 * the new one has issued. */
Test(crls, R29_a_list_is_of_a_key_not_of_a_name)
{
#define REKEYED .extra = "rekeyed.pem", .leaf = "underrekeyed.pem"
	static const struct answer rows[] = {
		{{REKEYED, .intermediate = "inter.pem", .demand = REQUIRED,
		  .lists = {"root.crl", "inter.crl"}},
		 UNUSABLE,
		 "by 'CN=CRL inter', and there is none",
		 0},
		{{REKEYED, .intermediate = "inter.pem", .demand = IF_PRESENT,
		  .lists = {"root.crl", "inter.crl"}},
		 0,
		 NULL,
		 1},
		{{LOW, .intermediate = "inter.pem", .demand = REQUIRED,
		  .lists = {"root.crl", "inter.crl"}},
		 0,
		 NULL,
		 0},
		/* nobody has told whose it is: it may be forged */
		{{REKEYED, .demand = IF_PRESENT, .lists = {"root.crl", "inter.crl"}},
		 UNUSABLE,
		 "inter.crl of the signer 'acme' is not signed by its issuer",
		 0},
	};

	TRY("R29", rows);
}

/* Condemned once, not asked again with the key of whoever comes next. */
Test(crls, R29_a_list_forged_in_the_name_of_the_signer_is_condemned)
{
	const struct question question = {.demand = REQUIRED, .lists = {"fake.crl"}};
	struct modseal_signer *signer = make_signer(&question);

	cr_assert(signer->crls[0].flaw != NULL, "R29");
	cr_assert(strstr(signer->crls[0].flaw, "is not signed by its issuer") != NULL);
	modseal_signer_free(&signer);
}

/* Every reason is told by its name, and a hold is a revocation. */
Test(crls, R29_reasons_are_told)
{
	static const char *const reasons[][2] = {
		{NULL, "an unspecified reason"},    {"0A0100", "an unspecified reason"},
		{"0A0101", "keyCompromise"},	    {"0A0102", "cACompromise"},
		{"0A0103", "affiliationChanged"},   {"0A0104", "superseded"},
		{"0A0105", "cessationOfOperation"}, {"0A0106", "certificateHold"},
		{"0A0109", "privilegeWithdrawn"},   {"0A010A", "aACompromise"},
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		const struct forged_list plan = {.serials = {"1003", "01"},
						 .reason = reasons[i][0]};
		struct question question = {.demand = REQUIRED,
					    .forged = forge_list(&plan)};
		struct modseal_error error;
		char wanted[128];

		snprintf(wanted, sizeof(wanted),
			 "was revoked at 2026-01-01 00:00:00Z for %s", reasons[i][1]);
		cr_assert(eq(int, put(&question, NULL, &error), REVOKED));
		cr_assert(strstr(error.message, wanted) != NULL, "%s", error.message);
		keyring_drop(question.forged);
	}
}

/* Each bit of a list matters: required, none of its forgeries is accepted. */
Test(crls, R29_no_bit_of_a_list_can_be_changed, .timeout = 120)
{
	const struct forged_list plan = {.serials = {"01", "02"}};
	struct modseal_span good = forge_list(&plan);
	uint8_t *bytes = malloc(good.size + 1);
	struct question question = {.demand = REQUIRED,
				    .forged = modseal_span_of(bytes, good.size)};
	struct modseal_error error;

	memcpy(bytes, good.data, good.size);
	cr_assert(eq(int, put(&question, NULL, &error), 0), "%s", error.message);
	for (size_t bit = 0; bit < good.size * 8; bit++) {
		int result;

		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
		result = put(&question, NULL, &error);
		cr_assert(eq(int, result, UNUSABLE), "R29 bit %zu: %s", bit,
			  error.message);
		bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	bytes[good.size] = 0;
	question.forged.size++;
	cr_assert(eq(int, put(&question, NULL, &error), UNUSABLE));
	for (size_t size = 1; size < good.size; size++) {
		question.forged.size = size;
		cr_assert(eq(int, put(&question, NULL, &error), UNUSABLE),
			  "R29 cut at %zu", size);
	}
	free(bytes);
	keyring_drop(good);
}

/* Who has issued nothing has nobody to ask: such a demand would never refuse. */
Test(crls, R29_lists_are_asked_of_a_CA_only)
{
	static const struct {
		enum modseal_trust_model trust;
		const char *certificate;
		int wanted;
	} rows[] = {
		{MODSEAL_TRUST_CHAIN, LISTS "root.pem", 0},
		{MODSEAL_TRUST_CHAIN, LISTS "leaf.pem", MODSEAL_E_CERTIFICATE_INVALID},
		{MODSEAL_TRUST_PINNED, LISTS "root.pem", MODSEAL_E_CERTIFICATE_INVALID},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct modseal_signer_config config = {
			.name = "acme",
			.trust = rows[i].trust,
			.certificate = keyring_bytes(rows[i].certificate),
			.crl_demand = REQUIRED,
		};
		struct modseal_signer *signer = NULL;
		struct modseal_error error = {0};

		cr_assert(eq(int, modseal_signer_new(crypto, &config, &signer, &error),
			     rows[i].wanted),
			  "R29 row %zu: %s", i, error.message);
		if (rows[i].wanted)
			cr_assert(strstr(error.message, "nobody issues them") != NULL);
		modseal_signer_free(&signer);
		keyring_drop(config.certificate);
	}
}

/* A hundred thousand entries: read within a second, asked within a millisecond. */
Test(crls, R25_a_large_list_is_asked_quickly)
{
	struct forged_list plan = {0};
	struct question question = {.demand = REQUIRED};
	struct modseal_signer *signer;
	struct modseal_certificate leaf = keyring_certificate(crypto, LISTS "leaf.pem");
	const struct modseal_clock clock = {.now = MIDDLE2026};
	X509_CRL *list = X509_CRL_new();
	ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)Y2026);
	struct timespec before, after;
	struct modseal_error error;
	unsigned char *der = NULL;

	X509_CRL_set_version(list, 1);
	X509_CRL_set1_lastUpdate(list, time);
	for (int i = 0; i < 100000; i++) {
		X509_REVOKED *entry = X509_REVOKED_new();
		ASN1_INTEGER *serial = ASN1_INTEGER_new();

		ASN1_INTEGER_set_int64(serial, INT64_C(1) << 40 | (i * INT64_C(7919)));
		X509_REVOKED_set_serialNumber(entry, serial);
		X509_REVOKED_set_revocationDate(entry, time);
		cr_assert(X509_CRL_add0_revoked(list, entry) == 1);
		ASN1_INTEGER_free(serial);
	}
	ASN1_TIME_set(time, (time_t)Y2096);
	X509_CRL_set1_nextUpdate(list, time);
	forge_sign(list, &plan);
	question.forged.size = (size_t)i2d_X509_CRL(list, &der);
	question.forged.data = der;
	cr_assert(le(sz, question.forged.size, MODSEAL_MAX_CRL_SIZE));
	signer = make_signer(&question);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
	for (int i = 0; i < 100; i++)
		cr_assert(eq(int,
			     modseal_signer_accepts(crypto, signer, &leaf, NULL, NULL,
						    &clock, "file", NULL, &error),
			     0),
			  "%s", error.message);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
	/* a hundred questions in the time that one hostile chain may take */
	cr_assert(after.tv_sec - before.tv_sec <= 1, "R25");
	modseal_signer_free(&signer);
	modseal_certificate_clear(&leaf);
	OPENSSL_free(der);
	ASN1_TIME_free(time);
	X509_CRL_free(list);
}

/* The list of a CA that only files bring along is known as its own once one was judged;
 * those that take its place are known by the same certificate. */
Test(crls, R33_lists_of_a_CA_that_files_bring_along_succeed_each_other)
{
	static const struct {
		const char *lists[MAX_LISTS];
		int wanted;
		const char *says;
	} rows[] = {
		{{"inter.crl"}, 0, NULL},
		{{"laterinter.crl"}, 0, NULL},
		{{"root.crl", "laterinter.crl"}, 0, NULL},
		{{"oldinter.crl"}, MODSEAL_E_ROLLBACK, "is of 2025-"},
		{{"root.crl"}, MODSEAL_E_ROLLBACK, "none by the same CA"},
		{{"-"}, MODSEAL_E_ROLLBACK, "none by the same CA"},
		/* the same name, and another key */
		{{"rekeyed.crl"}, MODSEAL_E_ROLLBACK, "none by the same CA"},
	};
	const struct question old = {.demand = IF_PRESENT, .lists = {"inter.crl"}};
	struct modseal_signer *current = make_signer(&old);
	struct modseal_certificate leaf = keyring_certificate(crypto, LISTS "low.pem");
	struct modseal_certificate inter = keyring_certificate(crypto, LISTS "inter.pem");
	const struct modseal_clock clock = {.now = MIDDLE2026};
	STACK_OF(X509) *extra = sk_X509_new_null();
	struct modseal_crypto *other = keyring_crypto();
	struct modseal_error error;

	sk_X509_push(extra, inter.x509);
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, current, &leaf, extra, NULL, &clock,
					    "file", NULL, &error),
		     0));
	sk_X509_free(extra);
	modseal_certificate_clear(&inter);
	modseal_certificate_clear(&leaf);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct question question = {.demand = IF_PRESENT};
		struct modseal_crypto *own = crypto;
		struct modseal_signer *next;
		int result;

		memcpy(question.lists, rows[i].lists, sizeof(question.lists));
		crypto = other; /* as of another context */
		next = make_signer(&question);
		crypto = own;
		result = modseal_signer_lists_succeed(other, next, current, INT64_MAX,
						      &error);
		cr_expect(eq(int, result, rows[i].wanted), "row %zu: %s", i,
			  error.message);
		if (rows[i].says)
			cr_expect(strstr(error.message, rows[i].says) != NULL,
				  "row %zu: %s", i, error.message);
		modseal_signer_free(&next);
	}
	modseal_signer_free(&current);
	modseal_crypto_free(&other);
}
