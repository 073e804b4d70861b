/* SPDX-License-Identifier: Apache-2.0 */
/* Compares verdicts with a table of expected ones. */
#include <stdio.h>
#include <string.h>

#include "modseal-ask.h"
#include "policy/cases.h"
#include "verifier/admin/kept.h"
#include "verifier/handle.h"

struct comparing {
	const struct modseal_case *row;
	const struct modseal_explanation *e;
	struct modseal_kept kept;
	int code;
	uint32_t rule;
	char differs[512];
};

static enum modseal_expect outcome(const struct comparing *c)
{
	int value = modseal_code_exit(c->code);

	if (c->e->verdict && c->code != MODSEAL_OK)
		return MODSEAL_EXPECT_WOULD_REFUSE;
	return value == 0   ? MODSEAL_EXPECT_ACCEPTED
	       : value == 1 ? MODSEAL_EXPECT_REFUSED
			    : MODSEAL_EXPECT_UNDECIDED;
}

static void differ(struct comparing *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void differ(struct comparing *c, const char *format, ...)
{
	size_t used = strlen(c->differs);
	va_list arguments;

	if (used > 0 && used + 2 < sizeof(c->differs)) {
		memcpy(c->differs + used, "; ", 3);
		used += 2;
	}
	va_start(arguments, format);
	vsnprintf(c->differs + used, sizeof(c->differs) - used, format, arguments);
	va_end(arguments);
}

static bool is_signed_by(const struct modseal_verdict *verdict, const char *signer)
{
	const char *name;

	for (size_t i = 0; verdict && (name = modseal_verdict_signer(verdict, i)); i++)
		if (strcmp(name, signer) == 0)
			return true;
	return false;
}

static void compare(struct comparing *c)
{
	const struct modseal_case *row = c->row;
	enum modseal_expect was = outcome(c);

	if (was != row->expect)
		differ(c, "expected %s, is %s (%s)", modseal_expect_name(row->expect),
		       modseal_expect_name(was), modseal_code_name(c->code));
	else if (row->code != MODSEAL_OK && c->code != row->code)
		differ(c, "expected the code %s, is %s", modseal_code_name(row->code),
		       modseal_code_name(c->code));
	if (row->rule > 0 && row->rule != c->rule && c->rule > 0)
		differ(c, "expected the rule in line %u, it is that in line %u",
		       row->rule, c->rule);
	if (row->rule > 0 && c->rule == 0)
		differ(c, "expected the rule in line %u, there was none", row->rule);
	if (row->signer && was == row->expect &&
	    !is_signed_by(c->e->verdict, row->signer))
		differ(c, "the signer %s does not count among those that did",
		       row->signer);
}

static int run_one(struct modseal *context, const struct modseal_case *row,
		   modseal_case_visit *visit, void *argument, size_t *failed,
		   struct modseal_error *error)
{
	struct modseal_explanation *e = NULL;
	struct comparing c = {.row = row};
	struct modseal_case_result told = {.line = row->line};
	int result = modseal_explain(context, row->path, row->kind, &e, error);

	if (result < 0)
		return result;
	c.e = e;
	c.code = e->refusal ? e->refusal->code : modseal_verdict_would_refuse(e->verdict);
	c.rule = e->verdict ? modseal_verdict_rule_line(e->verdict) : e->rule_line;
	compare(&c);
	told.path = modseal_kept_text(&c.kept, "%s", row->path);
	told.why = row->why ? modseal_kept_text(&c.kept, "%s", row->why) : NULL;
	told.expected = modseal_expect_name(row->expect);
	told.code = c.code;
	told.passed = c.differs[0] == '\0';
	told.differs = told.passed ? NULL : modseal_kept_text(&c.kept, "%s", c.differs);
	told.explanation = e;
	if (!told.passed)
		(*failed)++;
	result = c.kept.failed ? modseal_fail_memory(error, MODSEAL_STAGE_POLICY)
			       : visit(argument, &told);
	modseal_kept_free(&c.kept);
	modseal_explanation_free(&e);
	return result;
}

int modseal_cases_run(struct modseal *context, const char *path,
		      struct modseal_buffer text, modseal_case_visit *visit,
		      void *argument, size_t *ret_failed, struct modseal_error *error)
{
	struct modseal_cases cases;
	size_t failed = 0;
	int result;

	modseal_error_clear(error);
	if (!context || !visit || (!text.data && text.size))
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_POLICY, path,
				    "no context, no text or nobody to tell");
	result = modseal_cases_parse(modseal_span_of(text.data, text.size), path, &cases,
				     error);
	if (result < 0)
		return result;
	for (size_t i = 0; result == 0 && i < cases.count; i++)
		result = run_one(context, &cases.items[i], visit, argument, &failed,
				 error);
	modseal_cases_clear(&cases);
	if (result == 0)
		*ret_failed = failed;
	return result;
}
