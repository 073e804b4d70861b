/* SPDX-License-Identifier: Apache-2.0 */
/* Tells in words in what two policies differ. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/admin/diff.h"
#include "verifier/admin/kept.h"
#include "verifier/signature/container.h"

/* ---- telling ------------------------------------------------------------------------
 */

void modseal_diff_tell(struct modseal_diff *diff, const char *what, const char *change,
		       uint32_t old_line, uint32_t new_line, const char *format, ...)
{
	struct modseal_kept kept = {0};
	struct modseal_difference difference = {
		.what = what,
		.change = change,
		.old_line = old_line,
		.new_line = new_line,
	};
	va_list arguments;

	if (diff->result)
		return;
	va_start(arguments, format);
	difference.words = modseal_kept_text_v(&kept, format, arguments);
	va_end(arguments);
	diff->result = kept.failed
			       ? modseal_fail_memory(diff->error, MODSEAL_STAGE_POLICY)
			       : diff->visit(diff->argument, &difference);
	modseal_kept_free(&kept);
}

void modseal_diff_texts(struct modseal_diff *diff, const char *what, uint32_t old_line,
			uint32_t new_line, const char *label, const char *key,
			const char *before, const char *after)
{
	if (strcmp(before, after) == 0)
		return;
	modseal_diff_tell(diff, what, "changed", old_line, new_line,
			  "%s%s%s: was %s, is %s", label, *label ? ": " : "", key,
			  *before ? before : "none", *after ? after : "none");
}

void modseal_diff_append(char *text, const char *format, ...)
{
	size_t used = strlen(text);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text + used, MODSEAL_DIFF_TEXT - used, format, arguments);
	va_end(arguments);
}

void modseal_diff_list(char *text, const struct modseal_strings *list)
{
	text[0] = '\0';
	for (size_t i = 0; i < list->count; i++)
		modseal_diff_append(text, "%s%s", i ? ", " : "", list->items[i]);
}

void modseal_diff_names(char *text, const struct modseal_policy *policy,
			const uint32_t *signers, size_t count)
{
	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		modseal_diff_append(text, "%s%s", i ? ", " : "",
				    policy->signers[signers[i]].name);
}

void modseal_diff_bits(char *text, uint32_t bits, size_t count, uint32_t all,
		       const char *(*name)(unsigned bit))
{
	text[0] = '\0';
	if (bits == all) {
		modseal_diff_append(text, "all");
		return;
	}
	for (unsigned i = 0; i < count; i++)
		if (bits & 1u << i)
			modseal_diff_append(text, "%s%s", *text ? ", " : "", name(i));
}

/* ---- both sides ---------------------------------------------------------------------
 */

static void close_side(struct modseal_diff_side *side)
{
	modseal_context_close(&side->context);
	modseal_policy_free(&side->policy);
}

/* What a policy names need not be there: then certificates are compared by what the text
 * says of them. */
static int open_side(const struct modseal_policy_text *source, const char *root,
		     struct modseal_diff_side *side, struct modseal_error *error)
{
	struct modseal_span text = modseal_span_of(source->text.data, source->text.size);
	struct modseal_error ignored;
	int result;

	if (!source->path || (!source->text.data && source->text.size))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_POLICY,
				    source->path, "no path or no text");
	if (modseal_content_type(text) == MODSEAL_CONTENT_SUPPLEMENT)
		result = modseal_supplement_parse(text, source->path, &side->policy,
						  error);
	else
		result = modseal_policy_parse(text, source->path, &side->policy, error);
	if (result < 0)
		return result;
	result = modseal_context_draft(source->path, root, source->text, false,
				       &side->context, &ignored);
	return result == MODSEAL_E_RESOURCE
		       ? modseal_fail_memory(error, MODSEAL_STAGE_POLICY)
		       : 0;
}

int modseal_policy_diff(const struct modseal_policy_text *before,
			const struct modseal_policy_text *after,
			const char *root_directory, modseal_difference_visit *visit,
			void *argument, struct modseal_error *error)
{
	struct modseal_diff diff = {.visit = visit, .argument = argument, .error = error};
	int result;

	modseal_error_clear(error);
	if (!before || !after || !visit)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_POLICY, NULL,
				    "two policies, and somebody to tell");
	result = open_side(before, root_directory, &diff.before, error);
	if (result == 0)
		result = open_side(after, root_directory, &diff.after, error);
	if (result == 0) {
		modseal_diff_root(&diff);
		modseal_diff_signers(&diff);
		modseal_diff_rules(&diff);
		result = diff.result;
	}
	close_side(&diff.before);
	close_side(&diff.after);
	return result;
}
