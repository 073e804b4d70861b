/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of policy/ share: a small valid policy, and how a refusal is asserted.
 */
#ifndef TESTS_UNIT_POLICY_TEXT_H
#define TESTS_UNIT_POLICY_TEXT_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "policy/policy.h"
#include "tests/unit/slowness.h"

#define HEAD                                                                             \
	"modseal-policy: 1\n"                                                            \
	"name: gateway-test\n"                                                           \
	"serial: 42\n"                                                                   \
	"issued: 2026-11-23T00:00:00Z\n"
#define PEM                                                                              \
	"    certificate: |\n"                                                           \
	"      -----BEGIN CERTIFICATE-----\n"                                            \
	"      AAAA\n"                                                                   \
	"      -----END CERTIFICATE-----\n"
#define DIGEST	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SIGNERS "signers:\n  acme:\n    trust: chain\n" PEM
#define RULES	"rules:\n  - {path: /opt/acme/*.so, signers: [acme]}\n"
#define SMALL	HEAD SIGNERS RULES

static inline struct modseal_span span(const char *text)
{
	return modseal_span_of(text, strlen(text));
}

/* Parses; the caller frees. */
static inline struct modseal_policy *accepted(const char *text)
{
	struct modseal_error error = {0};
	struct modseal_policy *policy = NULL;
	int result = modseal_policy_parse(span(text), "p.yaml", &policy, &error);

	cr_assert(eq(int, result, 0), "%s\nof: %.3000s", error.message, text);
	cr_assert(policy != NULL);
	return policy;
}

/* Must be refused as POLICY_INVALID, at a place if line is not 0, in words that hold
 * said. */
static inline void refused_span(struct modseal_span text, unsigned line, unsigned column,
				const char *said, const char *row)
{
	struct modseal_error error = {0};
	struct modseal_policy *policy = NULL;
	int result = modseal_policy_parse(text, "p.yaml", &policy, &error);
	char place[64];

	modseal_policy_free(&policy);
	cr_assert(eq(int, result, MODSEAL_E_POLICY_INVALID), "row %s: %s", row,
		  error.message);
	cr_assert(eq(int, error.code, MODSEAL_E_POLICY_INVALID), "row %s", row);
	cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY), "row %s", row);
	cr_assert(eq(str, error.object, "p.yaml"), "row %s", row);
	cr_assert(error.remedy[0] != '\0', "row %s", row);
	/* the struct says the same place as the message */
	snprintf(place, sizeof(place), "line %u, column %u: ", error.line, error.column);
	cr_assert(strncmp(error.message, place, strlen(place)) == 0, "row %s: %s, not %s",
		  row, error.message, place);
	snprintf(place, sizeof(place), "line %u, column %u: ", line, column);
	if (line)
		cr_assert(strncmp(error.message, place, strlen(place)) == 0,
			  "row %s: wanted %s got %s", row, place, error.message);
	else
		cr_assert(strncmp(error.message, "line ", 5) == 0, "row %s: %s", row,
			  error.message);
	cr_assert(strstr(error.message, said) != NULL, "row %s: wanted %s got %s", row,
		  said, error.message);
}

static inline void refused(const char *text, unsigned line, unsigned column,
			   const char *said)
{
	refused_span(span(text), line, column, said, text);
}

struct key_row {
	const char *text; /* a key with its value */
	unsigned column;  /* of the refusal; 0: not asserted */
	const char *said; /* NULL: accepted */
};

/* Each row as a line of its own in a section, which is text before and after it. */
static inline void each_key(const char *before, const char *after,
			    const struct key_row *rows, size_t count)
{
	unsigned line = 1;

	for (const char *at = before; *at; at++)
		line += *at == '\n';
	for (size_t i = 0; i < count; i++) {
		char text[2048];

		snprintf(text, sizeof(text), "%s%s\n%s", before, rows[i].text, after);
		if (rows[i].said) {
			refused_span(span(text), rows[i].column ? line : 0,
				     rows[i].column, rows[i].said, rows[i].text);
		} else {
			struct modseal_policy *policy = accepted(text);

			modseal_policy_free(&policy);
		}
	}
}

/* Three signers; a and b may sign libraries, m may not. */
#define THREE_SIGNERS                                                                    \
	"signers:\n"                                                                     \
	"  a: {trust: pinned, certificate-file: a, certificate-sha256: " DIGEST "}\n"    \
	"  b: {trust: pinned, certificate-file: b, certificate-sha256: " DIGEST "}\n"    \
	"  m: {trust: pinned, certificate-file: m, certificate-sha256: " DIGEST          \
	", purposes: [kernel-module, program]}\n"

/* A rule whose keys may contradict each other. */
struct contradiction {
	const char *rule;
	unsigned column;  /* where it is refused */
	const char *said; /* NULL: accepted */
};

/* Each as the one rule of a policy that begins with head, in that line. */
static inline void each_rule(const char *head, unsigned line,
			     const struct contradiction *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char text[4096];

		snprintf(text, sizeof(text), "%srules:\n  - {path: /a, %s}\n", head,
			 rows[i].rule);
		if (rows[i].said) {
			refused_span(span(text), line, rows[i].column, rows[i].said,
				     rows[i].rule);
		} else {
			struct modseal_policy *policy = accepted(text);

			modseal_policy_free(&policy);
		}
	}
}

#endif
