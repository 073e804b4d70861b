/* SPDX-License-Identifier: Apache-2.0 */
/* Reads a table of expected verdicts by the reader that policies have. */
#include <stdlib.h>

#include "internal/scalars.h"
#include "policy/cases.h"
#include "policy/text.h"
#include "policy/values.h"

/* As in schema.h: X(NAME, "key", TYPE, PRESENCE) */
#define CASE_KEYS(X)                                                                     \
	X(PATH, "path", WORD, REQUIRED)                                                  \
	X(KIND, "kind", WORD, OPTIONAL)                                                  \
	X(EXPECT, "expect", WORD, REQUIRED)                                              \
	X(CODE, "code", WORD, OPTIONAL)                                                  \
	X(RULE, "rule", LINE, OPTIONAL)                                                  \
	X(SIGNER, "signer", NAME, OPTIONAL)                                              \
	X(WHY, "why", WORD, OPTIONAL)

#define MODSEAL_SCHEMA_LINE MODSEAL_SCHEMA_SERIAL

enum case_key {
#define X(name, key, type, presence) KEY_##name,
	CASE_KEYS(X)
#undef X
		KEY_COUNT,
};

static const struct modseal_schema_key case_keys[] = {
#define X(name, key, type, presence)                                                     \
	{key, MODSEAL_SCHEMA_##type, MODSEAL_SCHEMA_##presence, NULL},
	CASE_KEYS(X)
#undef X
};

static const struct modseal_word expect_items[] = {
#define X(name, text) {text, MODSEAL_EXPECT_##name},
	MODSEAL_EXPECT_LIST(X)
#undef X
};
static const struct modseal_words expect_words = {expect_items, MODSEAL_EXPECT_COUNT};

#define X(name, number, exit, sentence, remedy) {#name, number},
static const struct code {
	const char *name;
	int number;
} codes[] = {MODSEAL_ERROR_LIST(X)};
#undef X

const char *modseal_expect_name(enum modseal_expect expect)
{
	return expect_items[expect].text;
}

/* ---- values --------------------------------------------------------------------------
 */

static int copy(struct modseal_policy_reader *reader,
		const struct modseal_schema_value *value, char **ret_text)
{
	*ret_text = strndup((const char *)value->text.data, value->text.size);
	return *ret_text
		       ? 0
		       : modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
}

static int read_path(struct modseal_policy_reader *reader,
		     const struct modseal_schema_value *value, struct modseal_case *row)
{
	bool named = !memchr(value->text.data, '/', value->text.size);

	if (value->text.size == 0 ||
	    !(named || (modseal_scalar_is_absolute(value->text) &&
			modseal_scalar_is_path(value->text))))
		return modseal_policy_refuse(
			reader->source, value->place,
			"`path` expects an absolute path, or a name without `/` that is "
			"searched; this is `%.*s`",
			MODSEAL_QUOTE(value->text));
	return copy(reader, value, &row->path);
}

static int read_code(struct modseal_policy_reader *reader,
		     const struct modseal_schema_value *value, struct modseal_case *row)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strlen(codes[i].name) == value->text.size &&
		    modseal_span_starts(value->text, codes[i].name)) {
			row->code = -codes[i].number;
			return 0;
		}
	return modseal_policy_refuse(reader->source, value->place,
				     "`code` expects a code of modseal(3) such as "
				     "`SIGNATURE_MISSING`; this is `%.*s`",
				     MODSEAL_QUOTE(value->text));
}

static int store_case(struct modseal_policy_reader *reader, void *target, size_t key,
		      const struct modseal_schema_value *value)
{
	struct modseal_case *row = target;
	uint32_t word = MODSEAL_KIND_BY_RULE;
	uint64_t line = 0;
	int result;

	switch ((enum case_key)key) {
	case KEY_PATH:
		return read_path(reader, value, row);
	case KEY_KIND:
		result = modseal_value_word(reader, value, &modseal_words_kind, &word);
		row->kind = (enum modseal_kind)word;
		return result;
	case KEY_EXPECT:
		result = modseal_value_word(reader, value, &expect_words, &word);
		row->expect = (enum modseal_expect)word;
		return result;
	case KEY_CODE:
		return read_code(reader, value, row);
	case KEY_RULE:
		result = modseal_value_number(reader, value, 1, UINT32_MAX, &line);
		row->rule = (uint32_t)line;
		return result;
	case KEY_SIGNER:
		return modseal_value_name(reader, value, &row->signer);
	case KEY_WHY:
		return copy(reader, value, &row->why);
	default:
		return modseal_value_unforeseen(reader, value);
	}
}

static const struct modseal_schema_section case_section = {
	.title = "a case",
	.keys = case_keys,
	.count = KEY_COUNT,
	.store = store_case,
};

/* ---- the list ------------------------------------------------------------------------
 */

static enum modseal_expect expectation_of(int code)
{
	int value = modseal_code_exit(code);

	return value == 0   ? MODSEAL_EXPECT_ACCEPTED
	       : value == 1 ? MODSEAL_EXPECT_REFUSED
			    : MODSEAL_EXPECT_UNDECIDED;
}

/* What can never be met is a mistake, not a test. */
static int check_case(const struct modseal_policy_reader *reader,
		      const struct modseal_schema_found *found,
		      const struct modseal_case *row)
{
	/* audit mode says with which code it would have refused */
	enum modseal_expect verdict = row->expect == MODSEAL_EXPECT_WOULD_REFUSE
					      ? MODSEAL_EXPECT_REFUSED
					      : row->expect;

	if (found->values[KEY_CODE] && expectation_of(row->code) != verdict)
		return modseal_policy_refuse(
			reader->source, found->values[KEY_CODE]->place,
			"`code: %s` comes with `expect: %s`, not `%s`",
			modseal_code_name(row->code),
			modseal_expect_name(expectation_of(row->code)),
			modseal_expect_name(row->expect));
	if (row->signer && row->expect != MODSEAL_EXPECT_ACCEPTED)
		return modseal_policy_refuse(
			reader->source, found->values[KEY_SIGNER]->place,
			"`signer` expects `expect: accepted`: of what is refused no "
			"signer counts");
	return 0;
}

static int read_cases(struct modseal_policy_reader *reader,
		      const struct modseal_yaml_node *node, struct modseal_cases *cases)
{
	const struct modseal_yaml_node *item = modseal_yaml_first(reader->tree, node);

	cases->items = calloc(node->count ? node->count : 1, sizeof(*cases->items));
	if (!cases->items)
		return modseal_fail_memory(reader->source->error, MODSEAL_STAGE_POLICY);
	for (; item; item = modseal_yaml_next(reader->tree, item)) {
		struct modseal_case *row = &cases->items[cases->count++];
		struct modseal_schema_found found;
		int result;

		row->kind = MODSEAL_KIND_BY_RULE;
		row->line = item->place.line;
		result = modseal_schema_read(reader, &case_section, item, row, &found);
		if (result == 0)
			result = check_case(reader, &found, row);
		if (result)
			return result;
	}
	return 0;
}

enum root_key { ROOT_FORMAT, ROOT_CASES, ROOT_COUNT };

static const struct modseal_schema_key root_keys[] = {
	[ROOT_FORMAT] = {"modseal-cases", MODSEAL_SCHEMA_FORMAT, MODSEAL_SCHEMA_REQUIRED,
			 NULL},
	[ROOT_CASES] = {"cases", MODSEAL_SCHEMA_SECTIONS, MODSEAL_SCHEMA_REQUIRED, NULL},
};

static int store_root(struct modseal_policy_reader *reader, void *target, size_t key,
		      const struct modseal_schema_value *value)
{
	if (key == ROOT_CASES)
		return read_cases(reader, value->node, target);
	return 0; /* modseal_text_check has compared the first line */
}

static const struct modseal_schema_section root = {
	.title = "the table of cases",
	.keys = root_keys,
	.count = ROOT_COUNT,
	.store = store_root,
};

int modseal_cases_parse(struct modseal_span text, const char *path,
			struct modseal_cases *ret_cases, struct modseal_error *error)
{
	const struct modseal_policy_source source = {path, text, error};
	struct modseal_policy_reader reader = {.source = &source};
	struct modseal_cases cases = {0};
	struct modseal_yaml tree = {0};
	int result = modseal_text_check(&source, MODSEAL_CASES_FIRST_LINE);

	if (result)
		return result;
	reader.tree = &tree;
	result = modseal_yaml_parse(&source, &tree);
	if (result == 0)
		result = modseal_schema_read(&reader, &root, modseal_yaml_root(&tree),
					     &cases, NULL);
	modseal_yaml_free(&tree);
	if (result) {
		modseal_cases_clear(&cases);
		return result;
	}
	*ret_cases = cases;
	return 0;
}

void modseal_cases_clear(struct modseal_cases *cases)
{
	for (size_t i = 0; i < cases->count; i++) {
		free(cases->items[i].path);
		free(cases->items[i].signer);
		free(cases->items[i].why);
	}
	free(cases->items);
	*cases = (struct modseal_cases){0};
}
