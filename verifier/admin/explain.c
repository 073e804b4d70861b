/* SPDX-License-Identifier: Apache-2.0 */
/* Why a file is accepted or refused: the decision itself, and what was met on the way. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "verifier/admin/explain.h"
#include "verifier/admin/way.h"
#include "verifier/handle.h"
#include "verifier/own_file.h"
#include "verifier/supplements_open.h"

/* ---- where a name was searched ------------------------------------------------------
 */

/* What lies under a name of the tree that is judged. */
static const char *look(const struct modseal_context *context, const char *path)
{
	struct stat status;
	int root = context->root < 0 ? AT_FDCWD : context->root;

	if (fstatat(root, context->root < 0 ? path : path + 1, &status,
		    AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT || errno == ENOTDIR ? NULL : strerror(errno);
	return S_ISLNK(status.st_mode) ? "a link" : "found";
}

static int tell_searched(struct modseal_explaining *e,
			 const struct modseal_context *context, const char *name,
			 char **ret_found, struct modseal_error *error)
{
	static const char *const spellings[][2] = {
		{"", ""}, {"", ".so"}, {"lib", ""}, {"lib", ".so"}};

	for (size_t i = 0; !*ret_found && i < 4 * context->search_count; i++) {
		const char *directory = context->search[i % context->search_count];
		const char *const *spelling = spellings[i / context->search_count];
		struct modseal_searched *searched =
			modseal_kept_append(&e->kept, &e->searched,
					    &e->answer.searched_count, sizeof(*searched));
		const char *answer;
		char *path = NULL;

		if (!searched ||
		    asprintf(&path, "%s/%s%s%s", strcmp(directory, "/") ? directory : "",
			     spelling[0], name, spelling[1]) < 0)
			return modseal_fail_memory(error, MODSEAL_STAGE_FIND);
		answer = look(context, path);
		searched->path = modseal_kept_text(&e->kept, "%s", path);
		searched->answer =
			modseal_kept_text(&e->kept, "%s", answer ? answer : "nothing");
		if (answer)
			*ret_found = path;
		else
			free(path);
	}
	return 0;
}

/* ---- the way ------------------------------------------------------------------------
 */

/* *ret_real: the real path of the file, or NULL where there is none. */
static int tell_way(struct modseal_explaining *e, const struct modseal_context *context,
		    const char *path, char **ret_real, struct modseal_error *error)
{
	struct modseal_error cause;
	struct modseal_way way;
	int result = modseal_way_walk(context->root, path, &e->kept, &way, &cause);

	if (result == MODSEAL_E_RESOURCE)
		return modseal_fail_memory(error, MODSEAL_STAGE_OPEN);
	if (result < 0) /* the refusal says it as well */
		return 0;
	e->met = way.met;
	e->answer.met_count = way.count;
	way.met = NULL;
	if (way.whole) {
		*ret_real = way.real;
		way.real = NULL;
	}
	modseal_way_clear(&way);
	return 0;
}

/* ---- the deciding rule's text -------------------------------------------------------
 */

static const char *line_of(struct modseal_span text, uint32_t number)
{
	const char *at = (const char *)text.data, *end = at + text.size;

	while (number > 1 && at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		at = next ? next + 1 : end;
		number--;
	}
	return at;
}

/* From the rule's first line to where what is indented less, or as much and a new item,
 * begins. */
static const char *quote(struct modseal_explaining *e, struct modseal_span text,
			 uint32_t line)
{
	const char *start = line_of(text, line), *at = start;
	const char *end = (const char *)text.data + text.size;
	size_t item = 0;

	while (start + item < end && start[item] == ' ')
		item++;
	while (at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		size_t indent = 0;

		next = next ? next + 1 : end;
		while (at + indent < next && at[indent] == ' ')
			indent++;
		if (at > start && indent <= item)
			break;
		at = next;
	}
	while (at > start && (at[-1] == '\n' || at[-1] == ' '))
		at--;
	return modseal_kept_copy(&e->kept, start + item, (size_t)(at - start) - item);
}

/* The text is not kept in a context: read again, and only quoted if it is the same. */
static void tell_rule_text(struct modseal_explaining *e,
			   const struct modseal_context *context, const char *path,
			   const uint8_t wanted[MODSEAL_SHA256_SIZE], uint32_t line)
{
	struct modseal_bytes text = {.descriptor = -1};
	uint8_t digest[MODSEAL_SHA256_SIZE];
	struct modseal_error ignored;

	if (modseal_own_file_read(context, path, MODSEAL_MAX_POLICY_SIZE, &text, NULL,
				  &ignored) < 0)
		return;
	if (modseal_crypto_digest(context->crypto, MODSEAL_HASH_SHA256, text.view, digest,
				  &ignored) == 0 &&
	    memcmp(digest, wanted, sizeof(digest)) == 0)
		e->answer.rule_text = quote(e, text.view, line);
	modseal_bytes_free(&text);
}

/* ---- all of it ----------------------------------------------------------------------
 */

static void publish(struct modseal_explaining *e)
{
	struct modseal_explanation *answer = &e->answer;

	answer->searched = e->searched;
	answer->met = e->met;
	answer->rules = e->rules;
	answer->evidence = e->evidence;
	answer->accepted = e->verdict != NULL;
	if (e->verdict)
		answer->verdict = e->verdict;
	else
		answer->refusal = &e->refusal;
}

/* Who decides where the policy leaves the file to a supplement; *rule: its rule. */
static int tell_supplement(struct modseal_explaining *e, struct modseal_context *context,
			   const char *real, enum modseal_kind kind,
			   const struct modseal_authority **ret_authority,
			   const struct modseal_rule **rule, struct modseal_error *error)
{
	uint32_t number = (*rule)->supplement;
	const struct modseal_context_supplement *supplement =
		&context->supplements[number];
	int result;

	e->answer.supplement = modseal_kept_text(
		&e->kept, "%s", context->base.policy->supplements[number].name);
	*rule = NULL;
	if (supplement->fault) /* the refusal says what is wrong with it */
		return 0;
	*ret_authority = &supplement->authority;
	e->answer.rule_total += supplement->authority.policy->rule_count;
	result = modseal_explain_rules(e, supplement->authority.policy,
				       e->answer.supplement, real, kind, rule, error);
	if (result == 0 && *rule)
		tell_rule_text(e, context, supplement->part.path, supplement->part.digest,
			       (*rule)->line);
	return result;
}

/* kind as the rule has it, once one decides. */
static int tell_decision(struct modseal_explaining *e, struct modseal_context *context,
			 const char *real, enum modseal_kind kind,
			 struct modseal_error *error)
{
	const struct modseal_authority *authority = &context->base;
	const struct modseal_rule *rule = NULL;
	int result = modseal_explain_rules(e, authority->policy, NULL, real, kind, &rule,
					   error);

	if (result == 0 && rule && rule->delegates)
		result =
			tell_supplement(e, context, real, kind, &authority, &rule, error);
	else if (result == 0 && rule)
		tell_rule_text(e, context,
			       context->policy_real ? context->policy_real
						    : context->policy_path,
			       context->policy_digest, rule->line);
	if (result < 0)
		return result;
	if (rule) {
		kind = rule->kind;
		e->answer.rule_line = rule->line;
	}
	if (kind != MODSEAL_KIND_BY_RULE)
		e->answer.kind = modseal_purpose_name((enum modseal_purpose)kind);
	return modseal_explain_evidence(e, context, authority, rule, real, kind, error);
}

static int explain(struct modseal_explaining *e, struct modseal_context *context,
		   const char *asked, enum modseal_kind kind, struct modseal_error *error)
{
	char *found = NULL, *real = NULL;
	int result =
		modseal_context_check(context, asked, kind, &e->verdict, &e->refusal);

	if (result == MODSEAL_E_RESOURCE)
		return modseal_fail_memory(error, MODSEAL_STAGE_FIND);
	result = 0;
	e->answer.asked = modseal_kept_text(&e->kept, "%s", asked);
	e->answer.rule_total = context->base.policy->rule_count;
	if (!strchr(asked, '/'))
		result = tell_searched(e, context, asked, &found, error);
	if (result == 0 && (found || asked[0] == '/'))
		result = tell_way(e, context, found ? found : asked, &real, error);
	if (result == 0 && real) {
		e->answer.path = modseal_kept_text(&e->kept, "%s", real);
		result = tell_decision(e, context, real, kind, error);
	}
	free(found);
	free(real);
	if (result == 0 && e->kept.failed)
		result = modseal_fail_memory(error, MODSEAL_STAGE_FIND);
	return result;
}

int modseal_explain(struct modseal *handle, const char *path_or_name,
		    enum modseal_kind kind, struct modseal_explanation **ret_explanation,
		    struct modseal_error *error)
{
	struct modseal_explaining *e;
	struct modseal_explanation *answer;
	struct modseal_context *context = NULL;
	int result;

	modseal_error_clear(error);
	if (!path_or_name || (unsigned)kind > MODSEAL_KIND_BY_RULE)
		return modseal_fail(error, MODSEAL_E_ARGUMENT, MODSEAL_STAGE_FIND,
				    path_or_name, "no path and no name, or no kind");
	result = modseal_handle_take(handle, &context, error);
	if (result < 0)
		return result;
	e = calloc(1, sizeof(*e));
	if (e)
		result = explain(e, context, path_or_name, kind, error);
	else
		result = modseal_fail_memory(error, MODSEAL_STAGE_FIND);
	modseal_context_close(&context);
	if (result < 0) {
		answer = e ? &e->answer : NULL;
		modseal_explanation_free(&answer);
		return result;
	}
	publish(e);
	*ret_explanation = &e->answer;
	return 0;
}

void modseal_explanation_free(struct modseal_explanation **explanation)
{
	struct modseal_explaining *e;

	if (!explanation || !*explanation)
		return;
	e = (struct modseal_explaining *)*explanation; /* its first member */
	for (size_t i = 0; i < e->answer.evidence_count; i++) {
		free((void *)e->evidence[i].signers);
		free((void *)e->evidence[i].claims);
	}
	free(e->searched);
	free(e->met);
	free(e->rules);
	free(e->evidence);
	modseal_verdict_free(&e->verdict);
	modseal_kept_free(&e->kept);
	free(e);
	*explanation = NULL;
}
