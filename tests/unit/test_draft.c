/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of drafts and explanations as an application sees them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "modseal-ask.h"

static const char text[] = "modseal-policy: 1\n"
			   "name: drafts\n"
			   "serial: 0\n"
			   "issued: 2026-01-01T00:00:00Z\n"
			   "search: [/usr]\n"
			   "rules:\n"
			   "  - {path: /opt/**, evidence: [protected-path]}\n"
			   "  - {path: /usr/**/none, evidence: [protected-path]}\n"
			   "  - path: /usr/**\n"
			   "    kind: program\n"
			   "    evidence: [protected-path]\n";

static struct modseal_error error;

static struct modseal *draft(void)
{
	struct modseal_buffer buffer = {text, sizeof(text) - 1};
	struct modseal *context = NULL;

	cr_assert(zero(int, modseal_draft_open("/nowhere/p.yaml", NULL, buffer, &context,
					       &error)),
		  "%s", error.message);
	return context;
}

Test(draft, decides_for_no_process)
{
	struct modseal *context = draft();
	struct modseal_image *image = NULL;

	cr_assert(eq(int, modseal_verify(context, "/usr/bin/env", &image, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, error.code, MODSEAL_E_ARGUMENT));
	cr_assert(strstr(error.message, "checking only") != NULL);
	cr_assert(image == NULL);
	cr_assert(eq(int, modseal_verify_fd(context, 0, "/usr/bin/env", &image, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(strstr(error.message, "checking only") != NULL);
	cr_assert(image == NULL);
	cr_assert(eq(int, modseal_reload(context, &error), MODSEAL_E_ARGUMENT));
	cr_assert(strstr(error.message, "a draft cannot be reloaded") != NULL);
	modseal_free(&context);
}

Test(draft, wants_a_path_and_a_text)
{
	struct modseal_buffer buffer = {text, sizeof(text) - 1}, none = {NULL, 1};
	struct modseal *context = NULL;

	cr_assert(eq(int, modseal_draft_open(NULL, NULL, buffer, &context, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, modseal_draft_open("/p", NULL, none, &context, &error),
		     MODSEAL_E_ARGUMENT));
	buffer.size = 20;
	cr_assert(eq(int, modseal_draft_open("/p", NULL, buffer, &context, &error),
		     MODSEAL_E_POLICY_INVALID));
	cr_assert(context == NULL);
}

Test(draft, explains_without_printing)
{
	struct modseal *context = draft();
	struct modseal_explanation *e = NULL;

	cr_assert(zero(int, modseal_explain(context, "/usr/bin/env", MODSEAL_KIND_BY_RULE,
					    &e, &error)),
		  "%s", error.message);
	cr_assert(eq(str, (char *)e->asked, "/usr/bin/env"));
	cr_assert(eq(str, (char *)e->path, "/usr/bin/env"));
	cr_assert(eq(str, (char *)e->kind, "program"));
	cr_assert(eq(sz, e->rule_total, 3));
	cr_assert(eq(sz, e->rule_count, 3));
	cr_assert(eq(int, e->rule_line, 9));
	cr_assert(e->rule_text == NULL); /* there is no such file */
	cr_assert(eq(int, e->rules[0].matched, 0));
	cr_assert(eq(str, (char *)e->rules[0].why, "component 1: 'usr' is not 'opt'"));
	cr_assert(eq(int, e->rules[1].matched, 0));
	cr_assert(eq(str, (char *)e->rules[1].why,
		     "nothing below its `**` ends so: /usr/**/none"));
	cr_assert(eq(int, e->rules[1].components, 1));
	cr_assert(eq(int, e->rules[2].matched, 1));
	cr_assert(eq(sz, e->met_count, 4));
	cr_assert(eq(str, (char *)e->met[0].path, "/"));
	cr_assert(eq(str, (char *)e->met[3].path, "/usr/bin/env"));
	cr_assert(eq(str, (char *)e->evidence[0].form, "protected-path"));
	cr_assert(eq(int, e->evidence[0].listed, 1));
	cr_assert(e->refusal == NULL || e->verdict == NULL);
	cr_assert(eq(int, e->accepted, e->verdict != NULL));
	modseal_explanation_free(&e);
	cr_assert(e == NULL);
	modseal_explanation_free(&e);
	modseal_free(&context);
}

/* Only what was asked is quoted, not what lies there by now. */
Test(draft, quotes_no_other_text)
{
	struct modseal_buffer buffer = {text, sizeof(text) - 1};
	char directory[] = "/var/tmp/modseal-draft-XXXXXX", path[64];

	cr_assert(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/p.yaml", directory);
	for (int more = 0; more < 2; more++) {
		struct modseal_explanation *e = NULL;
		struct modseal *context = NULL;
		FILE *file = fopen(path, "w");

		fprintf(file, "%s%s", text, more ? "# more\n" : "");
		fclose(file);
		cr_assert(zero(int,
			       modseal_draft_open(path, NULL, buffer, &context, &error)));
		cr_assert(zero(int, modseal_explain(context, "/usr/bin/env",
						    MODSEAL_KIND_BY_RULE, &e, &error)));
		if (more)
			cr_assert(e->rule_text == NULL);
		else
			cr_assert(strncmp(e->rule_text, "- path: /usr/**\n", 16) == 0);
		modseal_explanation_free(&e);
		modseal_free(&context);
	}
	remove(path);
	rmdir(directory);
}

Test(draft, explains_what_is_missing)
{
	struct modseal *context = draft();
	struct modseal_explanation *e = NULL;

	cr_assert(zero(int, modseal_explain(context, "nowhere", MODSEAL_KIND_LIBRARY, &e,
					    &error)));
	cr_assert(eq(int, e->refusal->code, MODSEAL_E_NOT_FOUND));
	cr_assert(eq(int, e->refusal->stage, MODSEAL_STAGE_FIND));
	cr_assert(eq(sz, e->searched_count, 4));
	cr_assert(eq(str, (char *)e->searched[3].path, "/usr/libnowhere.so"));
	cr_assert(eq(str, (char *)e->searched[3].answer, "nothing"));
	cr_assert(e->path == NULL);
	modseal_explanation_free(&e);
	cr_assert(zero(
		int, modseal_explain(context, "/usr", MODSEAL_KIND_LIBRARY, &e, &error)));
	cr_assert(eq(int, e->refusal->code, MODSEAL_E_NOT_REGULAR));
	cr_assert(e->evidence_problem != NULL);
	modseal_explanation_free(&e);
	cr_assert(eq(int,
		     modseal_explain(context, NULL, MODSEAL_KIND_LIBRARY, &e, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int,
		     modseal_explain(context, "/usr", (enum modseal_kind)9, &e, &error),
		     MODSEAL_E_ARGUMENT));
	cr_assert(eq(int, modseal_explain(NULL, "/usr", MODSEAL_KIND_LIBRARY, &e, &error),
		     MODSEAL_E_ARGUMENT));
	modseal_free(&context);
}

static int count_findings(void *argument, const struct modseal_finding *finding)
{
	size_t *count = argument;

	cr_assert(finding->id != NULL);
	cr_assert(finding->message[0] != '\0');
	(*count)++;
	return *count == 3 ? 42 : 0;
}

Test(lint, tells_findings_until_the_visitor_ends_it)
{
	struct modseal_buffer buffer = {text, sizeof(text) - 1}, none = {"x", 1};
	struct modseal_lint_options options = {.version = MODSEAL_LINT_OPTIONS_VERSION};
	size_t count = 0;

	/* serial 0, no end, no such /usr/none: at least three */
	cr_assert(eq(int,
		     modseal_lint("/p", buffer, &options, count_findings, &count, &error),
		     42));
	cr_assert(eq(sz, count, 3));
	count = 0;
	cr_assert(zero(int,
		       modseal_lint("/p", none, NULL, count_findings, &count, &error)));
	cr_assert(eq(sz, count, 1));
	options.reserved[1] = 1;
	cr_assert(eq(int,
		     modseal_lint("/p", buffer, &options, count_findings, &count, &error),
		     MODSEAL_E_ARGUMENT));
	options.reserved[1] = 0;
	options.version = 2;
	cr_assert(eq(int,
		     modseal_lint("/p", buffer, &options, count_findings, &count, &error),
		     MODSEAL_E_ARGUMENT));
	options.version = 1;
	options.root_directory = "/nowhere/at/all";
	cr_assert(eq(int,
		     modseal_lint("/p", buffer, &options, count_findings, &count, &error),
		     MODSEAL_E_NOT_FOUND));
	cr_assert(strcmp(modseal_severity_name(MODSEAL_SEVERITY_WARNING), "warning") ==
		  0);
	cr_assert(strcmp(modseal_severity_name(9), "error") == 0);
}
