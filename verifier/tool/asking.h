/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that only ask share: a signed policy or, with --draft, one that
 * nobody has signed. No command that decides may include this.
 */
#ifndef MODSEAL_TOOL_ASKING_H
#define MODSEAL_TOOL_ASKING_H

#include "modseal-ask.h"
#include "verifier/tool/options.h"

#define OPTIONS_DRAFT                                                                    \
	OPTION_A_TEXT("draft", "FILE", draft,                                            \
		      "instead of a signed policy: FILE, which nobody has to have\n"     \
		      "signed")
#define OPTIONS_KIND                                                                     \
	OPTION_A_CHOICE("kind", "library|program|kernel-module", kind,                   \
			"judge the files as this (default: as the rule for them says)")

/* Reads a file whole, at most limit bytes. The caller frees ret_text->data. Errors:
 * NOT_FOUND, NOT_REGULAR, TOO_LARGE, SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int asking_read(const char *path, size_t limit,
				   struct modseal_buffer *ret_text,
				   struct modseal_error *error);

/* Opens a draft by its name. Errors: as asking_read and modseal_draft_open. */
MODSEAL_MUST_CHECK int asking_open_draft(const char *path, const char *root,
					 struct modseal **ret_context,
					 struct modseal_error *error);

/* Opens what --draft names, or else what a deciding command would, for checking only.
 * Errors: ARGUMENT (--draft beside options of a signed policy), those of both. */
MODSEAL_MUST_CHECK int asking_open(const struct options *options,
				   struct modseal **ret_context,
				   struct modseal_error *error);

/* The kind that --kind names; NULL: by the rule. */
enum modseal_kind asking_kind(const char *name);

#endif
