/* SPDX-License-Identifier: Apache-2.0 */
/* Two policies, compared as they are understood. */
#ifndef MODSEAL_ADMIN_DIFF_H
#define MODSEAL_ADMIN_DIFF_H

#include "modseal-ask.h"
#include "policy/policy.h"
#include "verifier/context.h"

#define MODSEAL_DIFF_TEXT 2048

/* One side. */
struct modseal_diff_side {
	struct modseal_policy *policy;
	struct modseal_context *context; /* NULL: what it names could not be opened */
};

struct modseal_diff {
	struct modseal_diff_side before, after;
	modseal_difference_visit *visit;
	void *argument;
	int result; /* of the visitor, or of a failure */
	struct modseal_error *error;
};

/* Tells one difference; nothing once diff->result is set. Line 0: none. */
void modseal_diff_tell(struct modseal_diff *diff, const char *what, const char *change,
		       uint32_t old_line, uint32_t new_line, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* "key: old, now new", where the texts differ. label: in front of it, or "". */
void modseal_diff_texts(struct modseal_diff *diff, const char *what, uint32_t old_line,
			uint32_t new_line, const char *label, const char *key,
			const char *before, const char *after);

/* Appends to a text of MODSEAL_DIFF_TEXT bytes, cut where it is longer. */
void modseal_diff_append(char *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void modseal_diff_list(char *text, const struct modseal_strings *list);
void modseal_diff_names(char *text, const struct modseal_policy *policy,
			const uint32_t *signers, size_t count);
void modseal_diff_bits(char *text, uint32_t bits, size_t count, uint32_t all,
		       const char *(*name)(unsigned bit));

/* What each file of verifier/admin/diff_*.c compares. */
void modseal_diff_root(struct modseal_diff *diff);
void modseal_diff_signers(struct modseal_diff *diff);
void modseal_diff_rules(struct modseal_diff *diff);

#endif
