/* SPDX-License-Identifier: Apache-2.0 */
/* Explanations, as lines for people or as one JSON object. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "verifier/tool/explanation.h"

/* So many of the rules that did not match are shown: those that came nearest. */
#define NEAREST 5

static void line(struct output *output, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void line(struct output *output, const char *key, const char *format, ...)
{
	char text[4352];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	output_line(output, key, text);
}

/* ---- which rules to show ------------------------------------------------------------
 */

/* The nearest first: the longest way together, then the right kind, then the order of the
 * policy. */
static int compare(const void *a, const void *b)
{
	const struct modseal_rule_tried *x = *(const struct modseal_rule_tried *const *)a;
	const struct modseal_rule_tried *y = *(const struct modseal_rule_tried *const *)b;

	if (x->components != y->components)
		return x->components > y->components ? -1 : 1;
	if (x->kind_matches != y->kind_matches)
		return x->kind_matches ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static int by_line(const void *a, const void *b)
{
	const struct modseal_rule_tried *x = *(const struct modseal_rule_tried *const *)a;
	const struct modseal_rule_tried *y = *(const struct modseal_rule_tried *const *)b;

	return x->line < y->line ? -1 : x->line > y->line;
}

/* The rules that did not match and are to be shown; the caller frees. all: in the order
 * of the policy. */
static const struct modseal_rule_tried **
choose_rules(const struct modseal_explanation *explanation, bool all, size_t *ret_count,
	     size_t *ret_missed)
{
	const struct modseal_rule_tried **chosen =
		calloc(explanation->rule_count + 1, sizeof(*chosen));
	size_t count = 0;

	for (size_t i = 0; chosen && i < explanation->rule_count; i++)
		if (!explanation->rules[i].matched)
			chosen[count++] = &explanation->rules[i];
	*ret_missed = count;
	if (chosen && count > 0)
		qsort(chosen, count, sizeof(*chosen), all ? by_line : compare);
	*ret_count = all || count < NEAREST ? count : NEAREST;
	return chosen;
}

/* ---- text ---------------------------------------------------------------------------
 */

static void show_way(struct output *output, const struct modseal_explanation *e)
{
	for (size_t i = 0; i < e->searched_count; i++)
		line(output, "searched", "%s: %s", e->searched[i].path,
		     e->searched[i].answer);
	for (size_t i = 0; i < e->met_count; i++) {
		const struct modseal_met *met = &e->met[i];

		if (met->link)
			line(output, "link", "%s leads to %s", met->path, met->link);
	}
	if (e->path)
		output_line(output, "real path", e->path);
	for (size_t i = 0; i < e->met_count; i++) {
		const struct modseal_met *met = &e->met[i];

		if (met->risk)
			line(output, "owner", "%s: mode %04o, user %u: %s", met->path,
			     met->mode, met->owner, met->risk);
	}
	if (e->met_count > 0) {
		const struct modseal_met *last = &e->met[e->met_count - 1];

		line(output, "file", "%s: mode %04o, user %u", last->path, last->mode,
		     last->owner);
	}
}

static void show_rules(struct output *output, const struct modseal_explanation *e,
		       bool all)
{
	size_t count, missed;
	const struct modseal_rule_tried **chosen = choose_rules(e, all, &count, &missed);
	const char *text = e->rule_text;

	for (size_t i = 0; chosen && i < count; i++)
		line(output, "not this rule", "line %u%s%s, %s (%s): %s", chosen[i]->line,
		     chosen[i]->supplement ? " of " : "",
		     chosen[i]->supplement ? chosen[i]->supplement : "", chosen[i]->path,
		     chosen[i]->kind, chosen[i]->why);
	free(chosen);
	if (count < missed)
		line(output, "rules",
		     "%zu more did not match; these came nearest (--all shows every one)",
		     missed - count);
	for (size_t i = 0; e->supplement && i < e->rule_count; i++)
		if (e->rules[i].matched && !e->rules[i].supplement)
			line(output, "delegated", "by line %u, %s, to the supplement %s",
			     e->rules[i].line, e->rules[i].path, e->supplement);
	if (e->path && e->rule_line == 0)
		line(output, "rule", "none of %zu decides", e->rule_total);
	if (e->rule_line > 0)
		line(output, "rule", "line %u%s%s, the first that matches, of %zu",
		     e->rule_line, e->supplement ? " of the supplement " : "",
		     e->supplement ? e->supplement : "", e->rule_total);
	while (text && *text) {
		size_t length = strcspn(text, "\n");

		line(output, "policy", "%.*s", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

static void append(char *buffer, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void append(char *buffer, size_t size, const char *format, ...)
{
	size_t used = strlen(buffer);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(buffer + used, size - used, format, arguments);
	va_end(arguments);
}

static void show_evidence(struct output *output, const struct modseal_explanation *e,
			  const struct modseal_evidence_seen *seen)
{
	char text[4352] = "";

	/* what is neither there nor asked for says nothing */
	if (!seen->present && !seen->listed)
		return;
	append(text, sizeof(text), "%s, %s (%s)", seen->form,
	       seen->present ? "there" : "not there", seen->place);
	if (!seen->listed && e->rule_line > 0)
		append(text, sizeof(text), ", not asked for by the rule");
	for (size_t i = 0; i < seen->signer_count; i++)
		append(text, sizeof(text), "%s%s", i == 0 ? ", signed by " : " and ",
		       seen->signers[i]);
	if (seen->code != MODSEAL_OK)
		append(text, sizeof(text), ": %s", modseal_code_name(seen->code));
	else if (seen->present && seen->listed)
		append(text, sizeof(text), ": good");
	if (seen->reason)
		append(text, sizeof(text), ": %s", seen->reason);
	output_line(output, "evidence", text);
	for (size_t i = 0; seen->signer_count == 0 && i < seen->claim_count; i++)
		output_line(output, "names", seen->claims[i]);
}

static void show_needed(struct output *output, const struct modseal_verdict *verdict)
{
	const struct modseal_verdict *needed;

	for (size_t i = 0; (needed = modseal_verdict_dependency(verdict, i)); i++) {
		const char *evidence = modseal_verdict_evidence(needed);
		int code = modseal_verdict_would_refuse(needed);

		line(output, "needs", "%s (%s, rule in line %u)%s%s",
		     modseal_verdict_path(needed),
		     evidence ? evidence : "nothing vouches for it",
		     modseal_verdict_rule_line(needed),
		     code ? ", would be refused: " : "",
		     code ? modseal_code_name(code) : "");
	}
}

void explanation_line(const struct modseal_explanation *e, char *buffer, size_t size)
{
	const struct modseal_error *refusal = e->refusal;
	const char *evidence;
	int code;

	if (refusal) {
		snprintf(buffer, size, "%s: %s (stage %s): %s%s%s",
			 modseal_code_exit(refusal->code) == EXIT_NO ? "refused"
								     : "undecided",
			 modseal_code_name(refusal->code),
			 modseal_stage_name(refusal->stage),
			 e->path && strcmp(refusal->object, e->path) != 0
				 ? refusal->object
				 : "",
			 e->path && strcmp(refusal->object, e->path) != 0 ? ": " : "",
			 refusal->message);
		return;
	}
	code = modseal_verdict_would_refuse(e->verdict);
	evidence = modseal_verdict_evidence(e->verdict);
	if (code != MODSEAL_OK)
		snprintf(buffer, size,
			 "let through by audit mode, would be refused: %s: %s",
			 modseal_code_name(code),
			 modseal_verdict_would_refuse_reason(e->verdict));
	else
		snprintf(buffer, size, "accepted");
	append(buffer, size, " (%s", evidence ? evidence : "nothing vouches for it");
	for (size_t i = 0; modseal_verdict_signer(e->verdict, i); i++)
		append(buffer, size, "%s%s", i == 0 ? ", signed by " : " and ",
		       modseal_verdict_signer(e->verdict, i));
	if (modseal_verdict_rule_line(e->verdict) > 0)
		append(buffer, size, ", rule in line %u",
		       modseal_verdict_rule_line(e->verdict));
	append(buffer, size, ")");
}

static void show_text(struct output *output, const char *operand,
		      const struct modseal_explanation *e, bool all)
{
	char text[4352];

	output_name(output, operand);
	show_way(output, e);
	if (e->kind)
		output_line(output, "kind", e->kind);
	show_rules(output, e, all);
	for (size_t i = 0; i < e->evidence_count; i++)
		show_evidence(output, e, &e->evidence[i]);
	if (e->evidence_problem)
		line(output, "evidence", "not looked at: %s", e->evidence_problem);
	if (e->verdict)
		show_needed(output, e->verdict);
	explanation_line(e, text, sizeof(text));
	output_line(output, "verdict", text);
	for (size_t i = 0; e->verdict && modseal_verdict_remark(e->verdict, i); i++)
		output_line(output, "remark", modseal_verdict_remark(e->verdict, i));
	if (e->refusal && e->refusal->remedy[0])
		output_line(output, "remedy", e->refusal->remedy);
}

/* ---- JSON ---------------------------------------------------------------------------
 */

static void set_number(json_t *object, const char *key, uint64_t number)
{
	json_object_set_new(object, key, json_integer((json_int_t)number));
}

static json_t *way_json(const struct modseal_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->met_count; i++) {
		json_t *object = json_object();
		char mode[8];

		snprintf(mode, sizeof(mode), "%04o", e->met[i].mode);
		output_json_set(object, "path", e->met[i].path);
		output_json_set(object, "link", e->met[i].link);
		set_number(object, "owner", e->met[i].owner);
		output_json_set(object, "mode", mode);
		output_json_set(object, "risk", e->met[i].risk);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *searched_json(const struct modseal_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->searched_count; i++) {
		json_t *object = json_object();

		output_json_set(object, "path", e->searched[i].path);
		output_json_set(object, "answer", e->searched[i].answer);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *rules_json(const struct modseal_explanation *e, bool all)
{
	size_t count, missed;
	const struct modseal_rule_tried **chosen = choose_rules(e, all, &count, &missed);
	json_t *list = json_array();

	for (size_t i = 0; chosen && i < count; i++) {
		json_t *object = json_object();

		set_number(object, "line", chosen[i]->line);
		output_json_set(object, "path", chosen[i]->path);
		output_json_set(object, "kind", chosen[i]->kind);
		output_json_set(object, "why", chosen[i]->why);
		output_json_set(object, "supplement", chosen[i]->supplement);
		json_array_append_new(list, object);
	}
	free(chosen);
	return list;
}

static json_t *texts_json(const char *const *texts, uint32_t count)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < count; i++)
		json_array_append_new(list, output_json_text(texts[i]));
	return list;
}

static json_t *evidence_json(const struct modseal_explanation *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->evidence_count; i++) {
		const struct modseal_evidence_seen *seen = &e->evidence[i];
		json_t *object = json_object();

		output_json_set(object, "form", seen->form);
		output_json_set(object, "place", seen->place);
		json_object_set_new(object, "present", json_boolean(seen->present));
		json_object_set_new(object, "listed", json_boolean(seen->listed));
		output_json_set(object, "code", modseal_code_name(seen->code));
		output_json_set(object, "reason", seen->reason);
		json_object_set_new(object, "signers",
				    texts_json(seen->signers, seen->signer_count));
		json_object_set_new(object, "claims",
				    texts_json(seen->claims, seen->claim_count));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *explanation_json(const struct modseal_explanation *e, bool all)
{
	json_t *object = json_object();

	output_json_set(object, "real-path", e->path);
	output_json_set(object, "kind", e->kind);
	output_json_set(object, "supplement", e->supplement);
	json_object_set_new(object, "searched", searched_json(e));
	json_object_set_new(object, "way", way_json(e));
	set_number(object, "rules-total", e->rule_total);
	set_number(object, "rules-tried", e->rule_count);
	json_object_set_new(object, "not-matching", rules_json(e, all));
	if (e->rule_line > 0)
		set_number(object, "rule", e->rule_line);
	output_json_set(object, "rule-text", e->rule_text);
	json_object_set_new(object, "evidence-found", evidence_json(e));
	output_json_set(object, "evidence-problem", e->evidence_problem);
	return object;
}

void explanation_show(struct output *output, const char *operand,
		      const struct modseal_explanation *e, bool all)
{
	if (!output->json) {
		show_text(output, operand, e, all);
		if (e->refusal)
			output_note(output, modseal_code_exit(e->refusal->code));
	} else if (e->verdict) {
		output_verdict(output, operand, "accepted", e->verdict,
			       explanation_json(e, all));
	} else {
		output_failure_with(output, operand, e->refusal,
				    explanation_json(e, all));
	}
}
