/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expected verdicts, as a table for `policy test`. The same strict YAML as a policy:
 *
 *	modseal-cases: 1
 *	cases:
 *	  - {path: /usr/lib/libz.so.1, expect: accepted, rule: 12}
 *	  - {path: plugin, kind: library, expect: refused, code: SIGNATURE_MISSING,
 *	     why: nobody signs plugins on the build host}
 */
#ifndef MODSEAL_POLICY_CASES_H
#define MODSEAL_POLICY_CASES_H

#include "policy/policy.h"

#define MODSEAL_CASES_FIRST_LINE "modseal-cases: 1\n"

/* X(NAME, "word") */
#define MODSEAL_EXPECT_LIST(X)                                                           \
	X(ACCEPTED, "accepted")                                                          \
	X(WOULD_REFUSE, "would-refuse")                                                  \
	X(REFUSED, "refused")                                                            \
	X(UNDECIDED, "undecided")

enum modseal_expect {
#define X(name, text) MODSEAL_EXPECT_##name,
	MODSEAL_EXPECT_LIST(X)
#undef X
		MODSEAL_EXPECT_COUNT,
};

struct modseal_case {
	uint32_t line;
	char *path; /* absolute, or a name without '/' that is searched */
	enum modseal_kind kind;
	enum modseal_expect expect;
	int code;      /* MODSEAL_OK: any */
	uint32_t rule; /* line of the deciding rule; 0: any */
	char *signer;  /* one of those that counted; NULL: any */
	char *why;     /* for people; NULL: not given */
};

struct modseal_cases {
	struct modseal_case *items;
	size_t count;
};

const char *modseal_expect_name(enum modseal_expect expect);

/* Reads a whole file of cases; path stands in messages, which name line and column.
 * Errors: POLICY_INVALID, RESOURCE. The caller ends with modseal_cases_clear. */
MODSEAL_MUST_CHECK int modseal_cases_parse(struct modseal_span text, const char *path,
					   struct modseal_cases *ret_cases,
					   struct modseal_error *error);
void modseal_cases_clear(struct modseal_cases *cases);

#endif
