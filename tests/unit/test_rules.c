/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/rules.c: patterns, and which rule decides. */
#include "policy/rules.h"
#include "policy_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
	const char *pattern;
	const char *path;
};

Test(rules, patterns_match_by_component)
{
	static const struct row rows[] = {
		{"/opt/a.so", "/opt/a.so"},
		{"/opt/*.so", "/opt/a.so"},
		{"/opt/*.so", "/opt/.so"},
		{"/opt/*.so", "/opt/a.so.so"},
		{"/opt/*", "/opt/a"},
		{"/opt/*", "/opt/.hidden"},
		{"/*/a", "/opt/a"},
		{"/opt/a*b*c", "/opt/abc"},
		{"/opt/a*b*c", "/opt/aXbYbZc"},
		{"/opt/*a*", "/opt/bab"},
		{"/usr/lib/modules/**/*.ko", "/usr/lib/modules/6.1/kernel/fs/x.ko"},
		{"/usr/lib/modules/**/*.ko", "/usr/lib/modules/x.ko"},
		{"/a/**/b", "/a/b"},
		{"/a/**/b", "/a/x/b"},
		{"/a/**/b", "/a/b/b"},
		{"/a/**/b", "/a/b/x/b"},
		{"/a/**", "/a/b"},
		{"/a/**", "/a/b/c"},
		{"/**", "/a"},
		{"/**", "/a/b/c"},
		{"/**/c", "/c"},
		{"/**/c", "/a/b/c"},
		{"/**/b/**", "/b/c"},
		{"/**/b/**", "/a/b/b/c"},
		{"/**/**/c", "/c"},
		{"/**/**", "/c"},
		{"/a/**/*", "/a/b"},
		{"/a/*/**", "/a/b/c"},
		{"/**/a/*/c", "/a/a/b/c"},
		{"/**/a/b/**/d", "/a/x/a/b/c/a/d"},
		{"/a/é*", "/a/éx"},
		{"/a/{b,c}]", "/a/{b,c}]"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_assert(modseal_pattern_matches(rows[i].pattern, rows[i].path),
			  "row %s %s", rows[i].pattern, rows[i].path);
}

Test(rules, R77_near_misses_match_nothing)
{
	static const struct row rows[] = {
		{"/usr/lib/*.so", "/usr/lib-evil/a.so"},
		{"/usr/lib/*.so", "/usr/libevil/a.so"},
		{"/usr/lib/*.so", "/usr/lib/sub/a.so"},
		{"/usr/lib/*.so", "/usr/lib/a.so.1"},
		{"/usr/lib/*.so", "/usr/lib/a.SO"},
		{"/usr/lib/*.so", "/USR/lib/a.so"},
		{"/usr/lib/*.so", "/usr//lib/a.so"},
		{"/usr/lib/*.so", "//usr/lib/a.so"},
		{"/usr/lib/*.so", "/usr/./lib/a.so"},
		{"/usr/lib/*.so", "/usr/lib/./a.so"},
		{"/usr/lib/*.so", "/usr/lib/../lib/a.so"},
		{"/usr/lib/*.so", "usr/lib/a.so"},
		{"/sr/lib/*.so", "usr/lib/a.so"},
		{"/usr/lib/*.so", "/usr/lib/a.so/"},
		{"/usr/lib/*.so", "/usr/lib/"},
		{"/usr/lib/*.so", "/usr/lib"},
		{"/usr/lib/*.so", "/usr/lib/a.so "},
		{"/usr/lib/*.so", " /usr/lib/a.so"},
		{"/usr/lib/*.so", "/x/usr/lib/a.so"},
		{"/usr/lib/*.so", "/"},
		{"/usr/lib/*.so", ""},
		{"/usr/lib/*.so", "/usr/lib/a\n.so"},
		{"/usr/lib/*.so", "/usr/lib/a\x01.so"},
		{"/usr/lib/*.so", "/usr/lib/a\x7f.so"},
		{"/usr/lib/*.so", "/usr/lib/\xff.so"},
		{"/usr/lib/*.so", "/usr/lib/\xc3.so"},
		{"/usr/lib/*.so", "/usr/lib/\xc0\xaf.so"},
		{"/usr/lib/*.so", "/usr/lib/\xe2\x80\xae.so"},
		{"/usr/lib/*.so", "/usr/lib/\xc2\x85.so"},
		{"/usr/lib/a.so", "/usr/lib/a_so"},
		{"/usr/lib/a.so", "/usr/lib/a.s"},
		{"/usr/lib/a.so", "/usr/lib/a.soo"},
		{"/a/**", "/a"},
		{"/a/**", "/ab/c"},
		{"/a/**", "/a/"},
		{"/a/**", "/a/b/../../c"},
		{"/a/**", "/a/b//c"},
		{"/a/**", "/a/../b"},
		{"/a/**/b", "/a"},
		{"/a/**/b", "/b"},
		{"/a/**/b", "/a/xb"},
		{"/a/**/b", "/a/x/b/c"},
		{"/a/*/b", "/a/b"},
		{"/a/*/b", "/a/x/y/b"},
		{"/a/b*", "/a/b/c"},
		{"/**/*.so", "/a/b"},
		{"/**", "/"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_assert(not(modseal_pattern_matches(rows[i].pattern, rows[i].path)),
			  "R77 row %s %s", rows[i].pattern, rows[i].path);
}

/* What is judged is a part of a longer text, and what stands behind it is not meant. */
Test(rules, R77_patterns_and_names_end_where_they_end)
{
	const struct modseal_span name = span("ab"), text = span("a*b");

	cr_assert(not(modseal_component_matches(modseal_span_of(text.data, 1), name)));
	cr_assert(not(modseal_component_matches(modseal_span_of(name.data, 1), name)));
	cr_assert(not(modseal_component_matches(name, modseal_span_of(name.data, 1))));
	cr_assert(modseal_component_matches(modseal_span_of(text.data, 2), name));
	cr_assert(modseal_component_matches(modseal_span_of(text.data, 1),
					    modseal_span_of(name.data, 1)));
	cr_assert(modseal_pattern_flaw(modseal_span_of(span("/a?").data, 2)) == NULL);
	cr_assert(modseal_pattern_flaw(modseal_span_of(span("/a**").data, 3)) == NULL);
}

Test(rules, patterns_of_doubtful_meaning_have_a_flaw)
{
	static const struct row rows[] = {
		{"", "begin with `/`"},
		{"a/b", "begin with `/`"},
		{"*", "begin with `/`"},
		{"**", "begin with `/`"},
		{"/", "at its end"},
		{"/a/", "at its end"},
		{"/a//b", "no `//`"},
		{"//a", "no `//`"},
		{"/a/./b", "no `//`"},
		{"/a/../b", "no `//`"},
		{"/a/**/", "at its end"},
		{"/a**", "whole component"},
		{"/a/**.so", "whole component"},
		{"/a/x**/b", "whole component"},
		{"/a/***", "whole component"},
		{"/a/****", "whole component"},
		{"/a/***/b", "whole component"},
		{"/a/b?", "no meaning"},
		{"/a/[ab]", "no meaning"},
		{"/a/\\*", "no meaning"},
		{"/a\tb", "control bytes"},
		{"/a\nb", "control bytes"},
	};
	static const char *const fine[] = {"/a", "/a/*", "/**", "/a/**/b/*.so",
					   "/a*b*c/d"};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *flaw = modseal_pattern_flaw(span(rows[i].pattern));

		cr_assert(flaw && strstr(flaw, rows[i].path), "row %s: %s",
			  rows[i].pattern, flaw ? flaw : "none");
	}
	for (size_t i = 0; i < COUNT(fine); i++)
		cr_assert(modseal_pattern_flaw(span(fine[i])) == NULL, "row %s", fine[i]);
}

Test(rules, pattern_fixed_ends_before_the_first_star)
{
	static const struct {
		const char *pattern;
		size_t fixed;
	} rows[] = {
		{"/opt/acme/lib/p*.so", 14},
		{"/opt/acme/lib/*", 14},
		{"/usr/**/x", 5},
		{"/**", 1},
		{"/*/a", 1},
		{"/opt/a.so", 9},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_assert(eq(sz, modseal_pattern_fixed(rows[i].pattern), rows[i].fixed),
			  "row %s", rows[i].pattern);
}

Test(rules, patterns_full_of_stars_take_no_exponential_time)
{
	static const char repeat[] = "/**/a*a*a*a*a*a*a*a*a*a*b/*a*a*a*a*a";
	char pattern[60 * (sizeof(repeat) - 1) + 1], path[4000];
	double start;

	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
		pattern[i] = repeat[i % (sizeof(repeat) - 1)];
	pattern[sizeof(pattern) - 1] = '\0';
	for (size_t i = 0; i < 2400; i++)
		path[i] = i % 70 ? 'a' : '/';
	path[2400] = '\0';
	start = cpu_seconds();
	cr_assert(not(modseal_pattern_matches(pattern, path)));
	cr_assert(cpu_seconds() - start < 0.05 * time_factor());
	memset(path + 1, 'a', 3900);
	path[3901] = '\0';
	start = cpu_seconds();
	cr_assert(
		not(modseal_pattern_matches("/*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", path)));
	cr_assert(cpu_seconds() - start < 0.05 * time_factor());
}

#define RULE(path, kind) "  - {path: " path ", kind: " kind ", signers: [acme]}\n"

Test(rules, the_first_whose_path_and_kind_match_decides)
{
	struct modseal_policy *policy =
		accepted(HEAD SIGNERS
			 "    purposes: [library, program, kernel-module]\nrules:\n" RULE(
				 "/opt/x/**", "program")       /* line 14 */
			 RULE("/opt/x/*.so", "library")	       /* 15 */
			 RULE("/opt/**", "library")	       /* 16 */
			 RULE("/opt/x/a.so", "library")	       /* 17: never first */
			 RULE("/opt/**/*.ko", "kernel-module") /* 18 */
			 RULE("/bin/a", "program")	       /* 19 */
			 RULE("/mod/*", "kernel-module")       /* 20 */
		);
	static const struct {
		const char *path;
		enum modseal_kind kind;
		uint32_t line; /* 0: none */
	} rows[] = {
		{"/opt/x/a.so", MODSEAL_KIND_LIBRARY, 15},
		{"/opt/x/a.so", MODSEAL_KIND_PROGRAM, 14},
		{"/opt/x/a.so", MODSEAL_KIND_KERNEL_MODULE, 0},
		{"/opt/x/a.so", MODSEAL_KIND_BY_RULE, 14},
		{"/opt/y/a.so", MODSEAL_KIND_BY_RULE, 16},
		{"/opt/y/a.so", MODSEAL_KIND_PROGRAM, 0},
		{"/opt/x/y/a.so", MODSEAL_KIND_LIBRARY, 16},
		{"/opt/x/a.ko", MODSEAL_KIND_BY_RULE, 18},
		{"/opt/x/a.ko", MODSEAL_KIND_LIBRARY, 16},
		{"/opt/x/a.ko.so", MODSEAL_KIND_BY_RULE, 14},
		{"/opt/a.ko", MODSEAL_KIND_KERNEL_MODULE, 18},
		{"/bin/a", MODSEAL_KIND_BY_RULE, 19},
		{"/bin/a", MODSEAL_KIND_LIBRARY, 0},
		{"/bin/a.ko", MODSEAL_KIND_BY_RULE, 0},
		{"/mod/a.ko", MODSEAL_KIND_BY_RULE, 20},
		{"/mod/a.so", MODSEAL_KIND_BY_RULE, 0},
		{"/mod/a.ko.gz", MODSEAL_KIND_BY_RULE, 0},
		{"/bin/./a", MODSEAL_KIND_PROGRAM, 0},
		{"/opt", MODSEAL_KIND_LIBRARY, 0},
		{"/opt/../x.so", MODSEAL_KIND_LIBRARY, 0},
		{"/opt/y//x.so", MODSEAL_KIND_LIBRARY, 0},
		{"/opt/y/x\n.so", MODSEAL_KIND_LIBRARY, 0},
		{"/opt/y/\xff.so", MODSEAL_KIND_LIBRARY, 0},
		{"", MODSEAL_KIND_LIBRARY, 0},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct modseal_rule *rule =
			modseal_policy_decide(policy, rows[i].path, rows[i].kind);

		cr_assert(eq(u32, rule ? rule->line : 0, rows[i].line), "row %s kind %d",
			  rows[i].path, rows[i].kind);
	}
	modseal_policy_free(&policy);
}
