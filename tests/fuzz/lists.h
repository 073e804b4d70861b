/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a revocation list and as a certificate (R24, R29): a list has a flaw, or
 * it is sorted, and by a key only if the test data has that very list; a certificate is
 * read strictly, or refused as such.
 */
#ifndef MODSEAL_TESTS_FUZZ_LISTS_H
#define MODSEAL_TESTS_FUZZ_LISTS_H

#include "keys/certificate.h"
#include "keys/crl.h"
#include "tests/fuzz/fuzz.h"

/* Those whose lists they are, and the lists that they have signed. */
#define LIST_ISSUERS 3
static const char *const list_issuers[LIST_ISSUERS] = {"crl/root.pem", "crl/inter.pem",
						       "crl/rsa.pem"};
static const char *const lists_made[] = {
	"crl/clean.crl",      "crl/root.crl",	  "crl/later.crl",   "crl/old.crl",
	"crl/coming.crl",     "crl/weak.crl",	  "crl/rsa.crl",     "crl/sha512.crl",
	"crl/cleaninter.crl", "crl/inter.crl",	  "crl/pss.crl",     "crl/nointer.crl",
	"crl/laterinter.crl", "crl/oldinter.crl", "crl/rekeyed.crl",
};
#define LISTS_MADE (sizeof(lists_made) / sizeof(lists_made[0]))

/* SHA-256 of what each list's signature is over. */
static inline bool list_is_known(const struct modseal_crl *list)
{
	static uint8_t known[LISTS_MADE][MODSEAL_SHA256_SIZE];
	static bool taken;

	for (size_t i = 0; !taken && i < LISTS_MADE; i++) {
		struct modseal_crl made;

		REQUIRE(modseal_crl_read(fuzz_crypto(), lists_made[i],
					 fuzz_file(lists_made[i]), &made, NULL) == 0);
		memcpy(known[i], made.digests[MODSEAL_HASH_SHA256], MODSEAL_SHA256_SIZE);
		modseal_crl_clear(&made);
	}
	taken = true;
	for (size_t i = 0; i < LISTS_MADE; i++)
		if (memcmp(known[i], list->digests[MODSEAL_HASH_SHA256],
			   MODSEAL_SHA256_SIZE) == 0)
			return true;
	return false;
}

static inline const struct modseal_certificate *list_issuer(size_t number)
{
	static struct modseal_certificate issuers[LIST_ISSUERS];

	if (!issuers[number].x509)
		REQUIRE(modseal_certificate_read(fuzz_crypto(),
						 fuzz_file(list_issuers[number]), "x",
						 &issuers[number], NULL) == 0);
	return &issuers[number];
}

static inline bool try_list(struct modseal_span bytes)
{
	static struct modseal_error error;
	struct modseal_crl list;
	bool verified = false;

	REQUIRE(modseal_crl_read(fuzz_crypto(), "x.crl", bytes, &list, NULL) == 0);
	REQUIRE(!list.absent);
	for (size_t i = 0; !list.flaw && i < LIST_ISSUERS; i++) {
		const struct modseal_certificate *issuer = list_issuer(i);
		bool other = false;
		int result;

		modseal_error_clear(&error);
		if (!modseal_crl_names(&list, issuer))
			continue;
		result = modseal_crl_verify(fuzz_crypto(), &list, issuer, "x.so", &other,
					    &error);
		if (result != 0)
			fuzz_refused(result, &error);
		else
			verified = true;
		(void)modseal_crl_find(&list, issuer);
	}
	REQUIRE(!verified || list_is_known(&list));
	if (!list.flaw) {
		REQUIRE(list.this_update <= list.next_update && list.issuer != NULL);
		for (size_t i = 0; i < list.count; i++)
			REQUIRE(list.entries[i].serial + list.entries[i].size != NULL);
	}
	modseal_crl_clear(&list);
	return verified;
}

static inline bool try_certificate(struct modseal_span bytes)
{
	static struct modseal_error error;
	struct modseal_certificate certificate = {0};
	char subject[512];
	int result;

	modseal_error_clear(&error);
	result = modseal_certificate_read(fuzz_crypto(), bytes, "x.pem", &certificate,
					  &error);
	if (result != 0) {
		fuzz_refused(result, &error);
		REQUIRE(result == MODSEAL_E_CERTIFICATE_INVALID ||
			result == MODSEAL_E_CRYPTO);
		return false;
	}
	(void)modseal_certificate_is_authority(&certificate);
	modseal_certificate_subject(&certificate, subject, sizeof(subject));
	REQUIRE(certificate.key != NULL);
	modseal_certificate_clear(&certificate);
	return true;
}

static inline unsigned try_lists(const uint8_t *bytes, size_t size)
{
	uint8_t *copy = fuzz_copy(bytes, size);
	struct modseal_span span = modseal_span_of(copy, size);
	double start = cpu_seconds();
	unsigned accepted = try_list(span) + try_certificate(span);

	fuzz_fast(start, 0.1);
	free(copy);
	return accepted;
}

#endif
