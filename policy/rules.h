/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule decides: the first whose path and kind match. */
#ifndef MODSEAL_POLICY_RULES_H
#define MODSEAL_POLICY_RULES_H

#include "policy/policy.h"

/* Matches a real absolute path against a pattern, byte by byte, in time linear in both
 * per `*`: `*` stands for any bytes but '/', `**` for any bytes. */
bool modseal_pattern_matches(const char *pattern, const char *path);

/* The length of the part of a pattern before the component of its first `*`: the directory
 * ("/opt/acme/lib/" of "/opt/acme/lib/p*.so"), or all of a pattern without one. */
size_t modseal_pattern_fixed(const char *pattern);

/*
 * The first rule that matches, or NULL. kind MODSEAL_KIND_BY_RULE: names that end in ".ko"
 * are kernel modules, for all others rules of the kinds library and program both match.
 */
const struct modseal_rule *modseal_policy_decide(const struct modseal_policy *policy,
						 const char *path, enum modseal_kind kind);

#endif
