/* SPDX-License-Identifier: Apache-2.0 */
/* One row, one question: does this chain signer accept this leaf? */
#ifndef TESTS_UNIT_CHAIN_ROWS_H
#define TESTS_UNIT_CHAIN_ROWS_H

#include "internal/limits.h"
#include "keyring.h"
#include "tests/unit/slowness.h"

#define MAX_EXTRA 5

struct row {
	const char *leaf;
	const char *signer;
	const char *extra[MAX_EXTRA]; /* certificates out of the CMS */
	const char *intermediates;    /* the policy's */
	int wanted;
	const char *says;
};

static inline STACK_OF(X509) * take_extra(struct modseal_crypto *crypto,
					  const char *const *names,
					  struct modseal_certificate *certificates)
{
	STACK_OF(X509) *stack = sk_X509_new_null();

	for (size_t i = 0; i < MAX_EXTRA && names[i]; i++) {
		certificates[i] = keyring_certificate(crypto, names[i]);
		sk_X509_push(stack, certificates[i].x509);
	}
	return stack;
}

/* Asks about one row; *ret_seconds is what the answer alone took. */
static inline int ask(const struct row *row, const struct modseal_clock *clock,
		      const struct modseal_revoked *revoked, double *ret_seconds,
		      struct modseal_error *error)
{
	struct modseal_crypto *crypto = keyring_crypto();
	struct modseal_signer *signer = keyring_signer(crypto, MODSEAL_TRUST_CHAIN,
						       row->signer, row->intermediates);
	struct modseal_certificate leaf = keyring_certificate(crypto, row->leaf);
	struct modseal_certificate certificates[MAX_EXTRA] = {0};
	STACK_OF(X509) *extra = take_extra(crypto, row->extra, certificates);
	struct modseal_clock today = {.now = time(NULL)};
	double start = cpu_seconds();
	int result;

	memset(error, 0, sizeof(*error));
	result = modseal_signer_accepts(crypto, signer, &leaf, extra, revoked,
					clock ? clock : &today, "file", NULL, error);
	if (ret_seconds)
		*ret_seconds = cpu_seconds() - start;
	cr_assert(eq(int, error->code, result), "row %s", row->leaf);
	if (result) {
		cr_assert(eq(int, error->stage, MODSEAL_STAGE_EVIDENCE), "row %s",
			  row->leaf);
		cr_assert(eq(str, error->object, "file"), "row %s", row->leaf);
	}
	sk_X509_free(extra);
	for (size_t i = 0; i < MAX_EXTRA; i++)
		modseal_certificate_clear(&certificates[i]);
	modseal_certificate_clear(&leaf);
	modseal_signer_free(&signer);
	modseal_crypto_free(&crypto);
	return result;
}

/* Every certificate has expired then. */
#define Y9999 INT64_C(253402300000)

/* Whatever else is wrong outweighs a date: EXPIRED is to mean that the rest is good. */
static inline void try_late(const char *number, const struct row *row)
{
	const struct modseal_clock late = {.now = Y9999};
	struct modseal_error error;
	int result = ask(row, &late, NULL, NULL, &error);

	cr_assert(eq(int, result,
		     row->wanted ? row->wanted : MODSEAL_E_CERTIFICATE_EXPIRED),
		  "%s row %s under %s, late: %s", number, row->leaf, row->signer,
		  error.message);
}

static inline void try_rows(const char *number, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct modseal_error error;
		int result = ask(&rows[i], NULL, NULL, NULL, &error);

		cr_assert(eq(int, result, rows[i].wanted), "%s row %s under %s: %s",
			  number, rows[i].leaf, rows[i].signer, error.message);
		if (rows[i].says)
			cr_assert(strstr(error.message, rows[i].says) != NULL,
				  "%s row %s: %s", number, rows[i].leaf, error.message);
		try_late(number, &rows[i]);
	}
}
#define TRY(number, rows) try_rows(number, rows, sizeof(rows) / sizeof(rows[0]))

#endif
