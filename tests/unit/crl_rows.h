/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate path and revocation lists, and how a signer is asked about them. */
#ifndef TESTS_UNIT_CRL_ROWS_H
#define TESTS_UNIT_CRL_ROWS_H

#include "crl_forge.h"

#define NONE	   MODSEAL_CRL_NONE
#define IF_PRESENT MODSEAL_CRL_IF_PRESENT
#define REQUIRED   MODSEAL_CRL_REQUIRED
#define REVOKED	   MODSEAL_E_REVOKED
#define UNUSABLE   MODSEAL_E_CRL_UNUSABLE
#define MAX_LISTS  4

static struct modseal_crypto *crypto;

static inline void set_up(void)
{
	crypto = keyring_crypto();
}

static inline void tear_down(void)
{
	modseal_crypto_free(&crypto);
}

struct question {
	const char *signer;	  /* NULL: root.pem */
	const char *intermediate; /* of the policy, or NULL */
	const char *extra;	  /* a certificate out of the CMS, or NULL */
	const char *leaf;	  /* NULL: leaf.pem */
	enum modseal_crl_demand demand;
	const char *lists[MAX_LISTS]; /* files; "-": not there */
	struct modseal_span forged;   /* one more; data NULL: none */
	int64_t maximum_age;	      /* days */
	int64_t now, floor;	      /* now 0: the middle of 2026; -1: 1970 */
};

static inline struct modseal_signer *make_signer(const struct question *question)
{
	struct modseal_crl_source sources[MAX_LISTS + 1];
	const char *name = question->signer ? question->signer : "root.pem";
	char path[256];
	struct modseal_signer_config config = {
		.name = "acme",
		.trust = MODSEAL_TRUST_CHAIN,
		.crl_demand = question->demand,
		.crls = sources,
		.crl_maximum_age = question->maximum_age * DAY,
	};
	struct modseal_signer *signer = NULL;
	struct modseal_error error;
	int result;

	for (size_t i = 0; i < MAX_LISTS && question->lists[i]; i++) {
		sources[i].name = question->lists[i];
		sources[i].bytes = modseal_span_of(NULL, 0);
		snprintf(path, sizeof(path), LISTS "%s", question->lists[i]);
		if (strcmp(question->lists[i], "-") != 0)
			sources[i].bytes = keyring_bytes(path);
		config.crl_count++;
	}
	if (question->forged.data) {
		sources[config.crl_count].name = "forged.crl";
		sources[config.crl_count++].bytes = question->forged;
	}
	snprintf(path, sizeof(path), LISTS "%s", name);
	config.certificate = keyring_bytes(path);
	if (question->intermediate) {
		snprintf(path, sizeof(path), LISTS "%s", question->intermediate);
		config.intermediates = keyring_bytes(path);
	}
	result = modseal_signer_new(crypto, &config, &signer, &error);
	cr_assert(eq(int, result, 0), "%s: %s", name, error.message);
	keyring_drop(config.certificate);
	keyring_drop(config.intermediates);
	for (size_t i = 0; i < MAX_LISTS && question->lists[i]; i++)
		keyring_drop(sources[i].bytes);
	return signer;
}

/* Asks twice, as two files would: the second answer must be the first. */
static inline int put(const struct question *question, bool *ret_unlisted,
		      struct modseal_error *error)
{
	struct modseal_signer *signer = make_signer(question);
	char path[256];
	struct modseal_certificate leaf, extra = {0};
	STACK_OF(X509) *stack = sk_X509_new_null();
	const struct modseal_clock clock = {.now = question->now < 0 ? 0
						   : question->now   ? question->now
								     : MIDDLE2026,
					    .floor = question->floor};
	struct modseal_error again;
	int result;

	snprintf(path, sizeof(path), LISTS "%s",
		 question->leaf ? question->leaf : "leaf.pem");
	leaf = keyring_certificate(crypto, path);
	if (question->extra) {
		snprintf(path, sizeof(path), LISTS "%s", question->extra);
		extra = keyring_certificate(crypto, path);
		sk_X509_push(stack, extra.x509);
	}
	memset(error, 0, sizeof(*error));
	result = modseal_signer_accepts(crypto, signer, &leaf, stack, NULL, &clock,
					"file", ret_unlisted, error);
	cr_assert(eq(int, error->code, result));
	if (result)
		cr_assert(eq(int, error->stage, MODSEAL_STAGE_EVIDENCE));
	cr_assert(eq(int,
		     modseal_signer_accepts(crypto, signer, &leaf, stack, NULL, &clock,
					    "file", NULL, &again),
		     result));
	sk_X509_free(stack);
	modseal_certificate_clear(&extra);
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&signer);
	return result;
}

struct answer {
	struct question question;
	int wanted;
	const char *says; /* NULL: anything */
	bool unlisted;
};

static inline void try_answers(const char *number, const struct answer *rows,
			       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct modseal_error error;
		bool unlisted = true;
		int result = put(&rows[i].question, &unlisted, &error);

		cr_assert(eq(int, result, rows[i].wanted), "%s row %zu: %s", number, i,
			  error.message);
		cr_assert(eq(int, unlisted, rows[i].unlisted), "%s row %zu", number, i);
		if (rows[i].says)
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "%s row %zu: %s", number, i, error.message);
	}
}
#define TRY(number, rows) try_answers(number, rows, sizeof(rows) / sizeof(rows[0]))

#endif
