/* SPDX-License-Identifier: Apache-2.0 */
/* Looks for what is wrong, weak or useless in a policy, signed or not. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "policy/excerpt.h"
#include "policy/text.h"
#include "verifier/admin/lint.h"
#include "verifier/signature/container.h"

#define DEFAULT_DAYS 30

static const struct {
	const char *id;
	enum modseal_severity severity;
} kinds[] = {
#define X(name, id, severity) {id, MODSEAL_SEVERITY_##severity},
	MODSEAL_FINDING_LIST(X)
#undef X
};

const char *modseal_severity_name(int severity)
{
	static const char *const names[] = {"note", "warning", "error"};

	return severity >= 0 && severity <= MODSEAL_SEVERITY_ERROR ? names[severity]
								   : "error";
}

const char *modseal_lint_remedy(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer, size, format, arguments);
	va_end(arguments);
	return buffer;
}

void modseal_lint_tell(struct modseal_lint *lint, enum modseal_finding_kind kind,
		       struct modseal_place place, const char *remedy, const char *format,
		       ...)
{
	struct modseal_kept kept = {0};
	struct modseal_error shown;
	struct modseal_finding finding = {
		.line = place.line,
		.column = place.column,
		.severity = kinds[kind].severity,
		.id = kinds[kind].id,
	};
	va_list arguments;

	if (lint->result)
		return;
	modseal_error_clear(&shown);
	if (place.line > 0)
		modseal_excerpt_take(lint->text, place, &shown);
	va_start(arguments, format);
	finding.message = modseal_kept_text_v(&kept, format, arguments);
	va_end(arguments);
	finding.remedy = modseal_kept_text(&kept, "%s", remedy ? remedy : "");
	finding.excerpt = shown.excerpt;
	finding.caret = shown.caret;
	if (kept.failed)
		lint->result = modseal_fail_memory(lint->error, MODSEAL_STAGE_POLICY);
	else
		lint->result = lint->visit(lint->argument, &finding);
	modseal_kept_free(&kept);
}

/* An error of the reader as a finding: its place stands in front of the line. */
static void tell_error(struct modseal_lint *lint, enum modseal_finding_kind kind,
		       const struct modseal_error *cause)
{
	struct modseal_place place = {cause->line, cause->column};
	const char *message = cause->message;
	bool names; /* what it is about, where that is not the policy or said already */
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "line %u, column %u: ", cause->line,
		 cause->column);
	if (strncmp(message, prefix, strlen(prefix)) == 0)
		message += strlen(prefix);
	names = cause->object[0] && strcmp(cause->object, lint->path) != 0 &&
		!strstr(message, cause->object);
	modseal_lint_tell(lint, kind, place, cause->remedy, "%s%s%s",
			  names ? cause->object : "", names ? ": " : "", message);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), size = end ? strlen(end) : SIZE_MAX;

	return length >= size && strcmp(text + length - size, end) == 0;
}

/* Where the policy names the file that an error is about. */
static struct modseal_place place_of_file(const struct modseal_lint *lint,
					  const char *object)
{
	const struct modseal_policy *policy = lint->policy;

	for (size_t i = 0; i < policy->signer_count; i++)
		if (ends_with(object, policy->signers[i].certificate_file))
			return modseal_places_at(lint->places,
						 "signers/%s/certificate-file",
						 policy->signers[i].name);
	for (size_t i = 0; i < policy->policy_signer_count; i++)
		if (ends_with(object, policy->policy_signers[i].certificate_file))
			return modseal_places_at(
				lint->places,
				"policy-signers/certificates/%zu/certificate-file", i);
	for (size_t i = 0; i < policy->catalog_count; i++)
		if (ends_with(object, policy->catalogs[i].file))
			return modseal_places_at(lint->places, "catalogs/%zu/file", i);
	for (size_t i = 0; i < policy->supplement_count; i++)
		if (ends_with(object, policy->supplements[i].file))
			return modseal_places_at(lint->places, "supplements/%zu/file", i);
	return (struct modseal_place){0};
}

static bool is_about_policy(int result)
{
	return result < 0 && result != MODSEAL_E_RESOURCE &&
	       result != MODSEAL_E_ARGUMENT && result != MODSEAL_E_INTERNAL;
}

/* All checks of a policy that could be parsed. */
static void look(struct modseal_lint *lint, const struct modseal_error *unusable)
{
	modseal_lint_root(lint);
	modseal_lint_rules(lint);
	modseal_lint_paths(lint);
	if (unusable->code == MODSEAL_OK) {
		modseal_lint_signers(lint);
		modseal_lint_files(lint);
	} else if (!lint->placeholder_found &&
		   (!lint->link_found || !strstr(unusable->message, "through a link"))) {
		struct modseal_error placed = *unusable;

		if (placed.line == 0) {
			struct modseal_place place = place_of_file(lint, placed.object);

			placed.line = place.line;
			placed.column = place.column;
		}
		tell_error(lint, MODSEAL_FINDING_UNUSABLE, &placed);
	}
}

static int read_policy(struct modseal_lint *lint, struct modseal_policy **ret_policy,
		       struct modseal_places **ret_places, struct modseal_error *cause)
{
	bool is_supplement =
		modseal_content_type(lint->text) == MODSEAL_CONTENT_SUPPLEMENT;
	int result = is_supplement ? modseal_supplement_parse(lint->text, lint->path,
							      ret_policy, cause)
				   : modseal_policy_parse(lint->text, lint->path,
							  ret_policy, cause);

	if (result < 0)
		return result;
	return modseal_places_read(lint->text,
				   is_supplement ? MODSEAL_SUPPLEMENT_FIRST_LINE
						 : MODSEAL_POLICY_FIRST_LINE,
				   ret_places, cause);
}

static int lint_text(struct modseal_lint *lint, struct modseal_buffer text)
{
	struct modseal_policy *policy = NULL;
	struct modseal_places *places = NULL;
	struct modseal_error cause;
	int result;

	modseal_error_clear(&cause);
	result = read_policy(lint, &policy, &places, &cause);
	if (result == 0) {
		lint->policy = policy;
		lint->places = places;
		result = modseal_context_draft(lint->path, lint->root_directory, text,
					       true, &lint->context, &cause);
		if (result == 0 || is_about_policy(result)) {
			look(lint, &cause);
			result = 0;
		}
	} else if (is_about_policy(result)) {
		tell_error(lint, MODSEAL_FINDING_POLICY_ERROR, &cause);
		result = 0;
	}
	if (result < 0 && lint->error)
		*lint->error = cause;
	modseal_context_close(&lint->context);
	modseal_places_free(&places);
	modseal_policy_free(&policy);
	return result < 0 ? result : lint->result;
}

int modseal_lint(const char *path, struct modseal_buffer text,
		 const struct modseal_lint_options *options, modseal_finding_visit *visit,
		 void *argument, struct modseal_error *error)
{
	static const struct modseal_lint_options defaults = {
		.version = MODSEAL_LINT_OPTIONS_VERSION};
	struct modseal_lint lint = {
		.path = path,
		.text = modseal_span_of(text.data, text.size),
		.root = MODSEAL_ROOT_OF_PROCESS,
		.visit = visit,
		.argument = argument,
		.error = error,
	};
	struct timespec now = {0};
	int result = 0;

	modseal_error_clear(error);
	options = options ? options : &defaults;
	if (!path || !visit || (!text.data && text.size) ||
	    options->version != MODSEAL_LINT_OPTIONS_VERSION)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_POLICY, path,
				    "no path, no text, nobody to tell, or options of an "
				    "unknown version");
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(uint64_t); i++)
		if (options->reserved[i])
			return modseal_fail(error, MODSEAL_E_ARGUMENT,
					    MODSEAL_STAGE_POLICY, path,
					    "a reserved member is not zero");
	clock_gettime(CLOCK_REALTIME, &now);
	lint.now = now.tv_sec;
	lint.soon = lint.now + (int64_t)(options->days ? options->days : DEFAULT_DAYS) *
				       SECONDS_OF_A_DAY;
	lint.root_directory = options->root_directory;
	if (options->root_directory)
		result = modseal_root_open(options->root_directory, &lint.root, error);
	if (result == 0)
		result = lint_text(&lint, text);
	if (lint.root >= 0)
		close(lint.root);
	return result;
}
