/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule decides: the first whose path and kind match. */
#ifndef MODSEAL_POLICY_RULES_H
#define MODSEAL_POLICY_RULES_H

#include "policy/policy.h"

/*
 * What is wrong with a pattern, or NULL. A pattern is an absolute path of one spelling
 * (as modseal_scalar_is_path); `*` may stand anywhere in a component, `**` only as a
 * whole one.
 * `?`, `[` and `\` are refused, so that nobody expects them to work as in a shell.
 */
const char *modseal_pattern_flaw(struct modseal_span pattern);

/*
 * Matches a real absolute path against a pattern, byte by byte, in time linear in both
 * per `*`: `*` stands for any bytes but '/', also none; a component `**` for any number
 * of whole components, also none, but for at least one at the end of the pattern. So the
 * components a, `**`, b match /a/b and /a/x/y/b; and a, `**` match all below /a but not
 * /a itself. A path of another spelling (`//`, `.`, `..`, `/` at the end), or with bytes
 * that a policy cannot hold (text.h), matches nothing.
 */
bool modseal_pattern_matches(const char *pattern, const char *path);

/* One component of a path against one of a pattern that is not `**`. */
bool modseal_component_matches(struct modseal_span pattern, struct modseal_span name);

/* The length of the part of a pattern before the component of its first `*`: the
 * directory
 * ("/opt/acme/lib/" of "/opt/acme/lib/p*.so"), or all of a pattern without one. */
size_t modseal_pattern_fixed(const char *pattern);

/*
 * The first rule that matches, or NULL. kind MODSEAL_KIND_BY_RULE: names that end in
 * ".ko" are kernel modules, for all others rules of the kinds library and program both
 * match.
 */
const struct modseal_rule *modseal_policy_decide(const struct modseal_policy *policy,
						 const char *path,
						 enum modseal_kind kind);

#endif
