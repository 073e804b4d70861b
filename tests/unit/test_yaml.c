/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/yaml.c: which YAML becomes a tree, and which is refused where. */
#include "internal/limits.h"
#include "policy/yaml.h"
#include "policy_text.h"

/* A tree of any mapping, with an error of the caller. */
static int parse(struct modseal_span text, struct modseal_yaml *tree,
		 struct modseal_error *error)
{
	const struct modseal_policy_source source = {"p.yaml", text, error};

	return modseal_yaml_parse(&source, tree);
}

struct row {
	const char *text;
	unsigned line;
	unsigned column;
	const char *said;
};

static void each_refused(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct modseal_yaml tree = {0};
		struct modseal_error error = {0};
		char place[64];

		cr_assert(eq(int, parse(span(rows[i].text), &tree, &error),
			     MODSEAL_E_POLICY_INVALID),
			  "row %s", rows[i].text);
		cr_assert(eq(int, error.stage, MODSEAL_STAGE_POLICY));
		snprintf(place, sizeof(place), "line %u, column %u: ", rows[i].line,
			 rows[i].column);
		cr_assert(strncmp(error.message, place, strlen(place)) == 0 &&
				  strstr(error.message, rows[i].said),
			  "row %s: wanted %s%s, got %s", rows[i].text, place,
			  rows[i].said, error.message);
		cr_assert(tree.nodes == NULL && tree.strings == NULL);
	}
}
#define EACH_REFUSED(rows) each_refused(rows, sizeof(rows) / sizeof((rows)[0]))

Test(yaml, R82_anchors_aliases_tags_merge_keys_and_directives_are_refused)
{
	static const struct row rows[] = {
		{"a: 1\nb: &x 2\n", 2, 4, "anchors"},
		{"a: &x [1]\n", 1, 4, "anchors"},
		{"a: &x {b: 1}\n", 1, 4, "anchors"},
		{"&x a: 1\n", 1, 1, "anchors"},
		{"&x\na: 1\n", 1, 1, "anchors"},
		{"a: &x\n", 1, 4, "anchors"},
		{"a: *x\n", 1, 4, "aliases"},
		{"a: [1, *x]\n", 1, 8, "aliases"},
		{"*x : 1\n", 1, 1, "aliases"},
		{"a: !!str 1\n", 1, 4, "tags"},
		{"a: !foo 1\n", 1, 4, "tags"},
		{"a: !<tag:example.org,2000:x> 1\n", 1, 4, "tags"},
		{"a: !!seq [1]\n", 1, 4, "tags"},
		{"a: !!map {b: 1}\n", 1, 4, "tags"},
		{"!!str a: 1\n", 1, 1, "tags"},
		{"a: !!str\n", 1, 4, "tags"},
		{"a: ! 1\n", 1, 4, "tags"},
		{"a: ! 'x'\n", 1, 4, "tags"},
		{"a: ! |\n  x\n", 1, 4, "tags"},
		{"a: ! [1]\n", 1, 4, "tags"},
		{"a: !\n", 1, 4, "tags"},
		{"! a: 1\n", 1, 1, "tags"},
		{"<<: {a: 1}\n", 1, 1, "merge"},
		{"a: {<<: 1}\n", 1, 5, "merge"},
		{"\"<<\": 1\n", 1, 1, "merge"},
		{"%YAML 1.1\n---\na: 1\n", 1, 1, "directives"},
		{"%TAG ! tag:example.org,2000:\n---\na: 1\n", 1, 1, "directives"},
		{"%FOO bar\n---\na: 1\n", 1, 5, "directive"},
		{"a: 1\n%YAML 1.1\n---\nb: 1\n", 2, 1, "directives"},
	};

	EACH_REFUSED(rows);
}

Test(yaml, R83_a_key_that_stands_twice_is_refused_at_any_level)
{
	static const struct row rows[] = {
		{"a: 1\na: 2\n", 2, 1, "`a` stands in line 1 already"},
		{"a: 1\n'a': 2\n", 2, 1, "each key once"},
		{"a: 1\n\"\\x61\": 2\n", 2, 1, "each key once"},
		{"a:\n  b: 1\n  c: 2\n  b: 3\n", 4, 3, "`b` stands in line 2"},
		{"a: [{b: 1, b: 1}]\n", 1, 12, "each key once"},
		{"x-a: {b: {c: {d: 1, d: 2}}}\n", 1, 21, "each key once"},
		{"a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\nc: 1\n", 7, 1,
		 "`c` stands in line 3"},
		{"x-n: 1\na: 1\nx-n: 1\n", 3, 1, "`x-n` stands in line 1"},
	};

	EACH_REFUSED(rows);
}

Test(yaml, R84_anything_but_one_document_of_one_mapping_is_refused)
{
	static const struct row rows[] = {
		{"", 1, 1, "holds nothing"},
		{"# only a comment\n", 2, 1, "holds nothing"},
		{"\n\n", 3, 1, "holds nothing"},
		{"a: 1\n---\nb: 1\n", 2, 1, "a second"},
		{"a: 1\n---\n", 2, 1, "a second"},
		{"---\na: 1\n", 1, 1, "document marker"},
		{"a: 1\n...\n", 2, 1, "end marker"},
		{"a: 1\n...\nb: 1\n", 2, 1, "end marker"},
		{"a: 1\n...\n# comment\n", 2, 1, "end marker"},
		{"- a\n", 1, 1, "to be a mapping"},
		{"[a]\n", 1, 1, "to be a mapping"},
		{"a\n", 1, 1, "to be a mapping"},
		{"'a: 1'\n", 1, 1, "to be a mapping"},
		{"{a: 1} b\n", 1, 8, ""},
		{"{a: 1}\nb: 1\n", 2, 1, ""},
	};

	EACH_REFUSED(rows);
}

Test(yaml, R86_escapes_that_make_forbidden_characters_are_refused)
{
	static const struct row rows[] = {
		{"a: \"a\\0b\"\n", 1, 4, "NUL"},
		{"a: \"\\x00\"\n", 1, 4, "NUL"},
		{"a: \"\\r\"\n", 1, 4, "carriage return"},
		{"a: \"\\e\"\n", 1, 4, "control"},
		{"a: \"\\x7f\"\n", 1, 4, "control"},
		{"a: \"\\N\"\n", 1, 4, "NEL"},
		{"a: \"\\x85\"\n", 1, 4, "NEL"},
		{"a: \"\\x9b\"\n", 1, 4, "control"},
		{"a: \"\\L\"\n", 1, 4, "U+2028"},
		{"a: \"\\P\"\n", 1, 4, "U+2028"},
		{"a: \"\\u202e\"\n", 1, 4, "bidirectional"},
		{"a: \"\\U0000202e\"\n", 1, 4, "bidirectional"},
		{"a: \"\\ufeff\"\n", 1, 4, "byte-order mark"},
		{"\"\\u202e\": 1\n", 1, 1, "bidirectional"},
		{"a: \"\\ud800\"\n", 1, 7, "invalid Unicode"},
	};

	EACH_REFUSED(rows);
}

Test(yaml, scalars_and_keys_of_doubtful_shape_are_refused)
{
	static const struct row rows[] = {
		{"a: b\n  c\n", 1, 4, "on one line"},
		{"a: [b\n c]\n", 1, 5, "on one line"},
		{"a: >\n  b\n", 1, 4, "folded"},
		{"? [a]\n: b\n", 1, 3, "expects a key"},
		{"? {a: 1}\n: b\n", 1, 3, "expects a key"},
		{"{[a]: b}\n", 1, 2, "expects a key"},
		{"?\n: b\n", 1, 2, "expects a key"},
		{"'': b\n", 1, 1, "expects a key"},
		{"a: [b\n", 2, 1, "not well-formed"},
		{"a: 'b\n", 2, 1, "not well-formed"},
		{"a:\n\tb: 1\n", 2, 1, "not well-formed"},
		{"a: @b\n", 1, 4, "not well-formed"},
	};

	EACH_REFUSED(rows);
}

/* prefix, then count times repeat, then as many times close */
static char *nested(const char *prefix, const char *repeat, size_t count,
		    const char *close)
{
	char *text =
		malloc(strlen(prefix) + count * (strlen(repeat) + strlen(close)) + 2);
	char *at = stpcpy(text, prefix);

	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, repeat);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, close);
	stpcpy(at, "\n");
	return text;
}

Test(yaml, R81_sixteen_levels_are_read_and_a_seventeenth_refused)
{
	char *text = nested("a: ", "[", 15, "]"); /* the root is the first level */
	struct modseal_yaml tree = {0};
	struct modseal_error error = {0};

	cr_assert(eq(int, parse(span(text), &tree, &error), 0), "%s", error.message);
	modseal_yaml_free(&tree);
	free(text);
	text = nested("a: ", "[", 16, "]");
	each_refused(&(struct row){text, 1, 19, "16 levels"}, 1);
	free(text);
}

Test(yaml, R81_deep_nesting_is_refused_at_once)
{
	static const struct {
		const char *prefix;
		const char *repeat;
		size_t count;
	} rows[] = {
		{"a: ", "[", 100000},	{"a: ", "{a: ", 100000}, {"a: ", "[\n ", 100000},
		{"a:\n ", "- ", 50000}, {"a:\n ", "? ", 50000},	 {"a: ", "[{a: ", 50000},
		{"a: ", "[? ", 50000},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = nested(rows[i].prefix, rows[i].repeat, rows[i].count, "");
		struct modseal_yaml tree = {0};
		struct modseal_error error = {0};
		double start = cpu_seconds();
		int result = parse(span(text), &tree, &error);

		cr_assert(cpu_seconds() - start < 0.2 * time_factor(), "row %zu", i);
		cr_assert(eq(int, result, MODSEAL_E_POLICY_INVALID), "row %zu", i);
		cr_assert(strstr(error.message, "16 levels") ||
				  strstr(error.message, "expects a key"),
			  "row %zu: %s", i, error.message);
		free(text);
	}
}

Test(yaml, R89_too_many_entries_are_refused_with_the_cap)
{
	char *text = nested("a: [", "b,", MODSEAL_MAX_LIST_ENTRIES, "");
	struct modseal_yaml tree = {0};
	struct modseal_error error = {0};
	double start;
	char *at;

	memcpy(strrchr(text, ','), "]", 1);
	cr_assert(eq(int, parse(span(text), &tree, &error), 0), "%s", error.message);
	cr_assert(eq(u32, modseal_yaml_next(&tree, &tree.nodes[1])->count,
		     MODSEAL_MAX_LIST_ENTRIES));
	modseal_yaml_free(&tree);
	free(text);
	text = nested("a: [", "b,", MODSEAL_MAX_LIST_ENTRIES + 1, "");
	each_refused(&(struct row){text, 1, 5 + 2 * MODSEAL_MAX_LIST_ENTRIES,
				   "at most 65536 entries"},
		     1);
	free(text);

	/* and as many as the tree may have in all, in lists of fewer */
	text = malloc(4u << 20);
	at = text;
	for (int list = 0; list < 20; list++) {
		at += snprintf(at, 32, "k%d: [b", list);
		for (int i = 0; i < 60000; i++)
			at = stpcpy(at, ",b");
		at = stpcpy(at, "]\n");
	}
	start = cpu_seconds();
	cr_assert(eq(int, parse(span(text), &tree, &error), MODSEAL_E_POLICY_INVALID));
	cr_assert(cpu_seconds() - start < 0.2 * time_factor());
	cr_assert(strstr(error.message, "at most 524288 keys, values and items") != NULL,
		  "%s", error.message);
	free(text);
}

Test(yaml, tree_holds_what_the_text_says_with_places)
{
	struct modseal_yaml tree = {0};
	struct modseal_error error = {0};
	const struct modseal_yaml_node *key, *list, *item;

	cr_assert(
		eq(int,
		   parse(span("é: 1\nlist:\n  - 'a b'\n  - {}\n  -\n  - |\n    x\n    y\n"
			      "e: []\n"),
			 &tree, &error),
		   0),
		"%s", error.message);
	cr_assert(eq(int, modseal_yaml_root(&tree)->type, MODSEAL_YAML_MAPPING));
	cr_assert(eq(u32, modseal_yaml_root(&tree)->count, 3));
	key = modseal_yaml_first(&tree, modseal_yaml_root(&tree));
	cr_assert(modseal_span_equal(modseal_yaml_text(&tree, key), span("é")));
	item = modseal_yaml_next(&tree, key);
	cr_assert(modseal_span_equal(modseal_yaml_text(&tree, item), span("1")));
	cr_assert(eq(u32, item->place.column, 4), "columns are characters");
	cr_assert(item->plain);
	key = modseal_yaml_next(&tree, item);
	list = modseal_yaml_next(&tree, key);
	cr_assert(eq(int, list->type, MODSEAL_YAML_LIST));
	cr_assert(eq(u32, list->count, 4));
	item = modseal_yaml_first(&tree, list);
	cr_assert(modseal_span_equal(modseal_yaml_text(&tree, item), span("a b")));
	cr_assert(not(item->plain));
	cr_assert(eq(u32, item->place.line, 3));
	cr_assert(eq(u32, item->place.column, 5));
	item = modseal_yaml_next(&tree, item);
	cr_assert(eq(int, item->type, MODSEAL_YAML_MAPPING));
	cr_assert(modseal_yaml_first(&tree, item) == NULL);
	cr_assert(eq(sz, modseal_yaml_text(&tree, item).size, 0));
	item = modseal_yaml_next(&tree, item);
	cr_assert(eq(sz, modseal_yaml_text(&tree, item).size, 0), "an empty item");
	item = modseal_yaml_next(&tree, item);
	cr_assert(modseal_span_equal(modseal_yaml_text(&tree, item), span("x\ny\n")));
	cr_assert(modseal_yaml_next(&tree, item) == NULL);
	modseal_yaml_free(&tree);
	cr_assert(tree.nodes == NULL);
}

Test(yaml, plain_scalars_of_all_kinds_are_read_as_they_stand)
{
	static const char *const values[] = {
		"a",	      "a b  c",		  "a:b",    "a#b",
		"http://x/y", "/usr/lib/**/*.so", "é ü 漢", "-1",
		"a, b",	      "\xf0\x9f\x98\x80",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct modseal_yaml tree = {0};
		struct modseal_error error = {0};
		char text[128];

		snprintf(text, sizeof(text), "k: %s   # comment\nl:   %s\t\n", values[i],
			 values[i]);
		cr_assert(eq(int, parse(span(text), &tree, &error), 0), "row %s: %s",
			  values[i], error.message);
		cr_assert(modseal_span_equal(modseal_yaml_text(&tree, &tree.nodes[2]),
					     span(values[i])),
			  "row %s", values[i]);
		modseal_yaml_free(&tree);
	}
}
