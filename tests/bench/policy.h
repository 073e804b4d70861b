/* SPDX-License-Identifier: Apache-2.0 */
/* What many rules, signers and supplements cost. */
#ifndef MODSEAL_BENCH_POLICY_H
#define MODSEAL_BENCH_POLICY_H

/*
 * Opens the policy, and asks it which rule decides about each path of standard input, one
 * a line. Prints "open MICROSECONDS" and, of the text of the policy alone, "decide
 * NANOSECONDS" for one path, medians. 0, or 1 and a message.
 */
int bench_policy(const char *policy, const char *anchor);

#endif
