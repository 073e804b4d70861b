/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns compared: does one cover another, and how near a path came to one. For people:
 * what decides is policy/rules.c. */
#ifndef MODSEAL_POLICY_PATTERNS_H
#define MODSEAL_POLICY_PATTERNS_H

#include "policy/policy.h"

/*
 * True if every path that matches inner matches outer. Sound: never true otherwise. Not
 * complete where several `**` stand in one pattern with the same names between them.
 */
bool modseal_pattern_covers(const char *outer, const char *inner);

/* True if some path matches both. */
bool modseal_pattern_overlaps(const char *first, const char *second);

/* What rules that begin alike may take, all together: about a second. */
#define MODSEAL_SHADOW_EFFORT ((uint64_t)1 << 29)

/*
 * The first rule before number that covers its path and is of the same kind (or
 * delegates it), so that it never decides; or number. By the policy's index where it has
 * one. *effort is what comparing may take from here on; 0: it was not enough to know.
 */
size_t modseal_rule_shadow(const struct modseal_policy *policy, size_t number,
			   uint64_t *effort);

/* Where a path left a pattern. Spans point into both. */
struct modseal_pattern_miss {
	size_t components;		/* that were allowed, from the first on */
	struct modseal_span want, have; /* the next; data NULL: it ends there */
	bool any_components;		/* the pattern goes on with `**` */
};

/* Compares the components before the first `**` one by one. */
void modseal_pattern_compare(const char *pattern, const char *path,
			     struct modseal_pattern_miss *ret_miss);

#endif
