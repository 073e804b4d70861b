/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/patterns.c: which pattern covers which, and where a path leaves one. */
#include "internal/scalars.h"
#include "policy/patterns.h"
#include "policy/rules.h"
#include "policy_text.h"

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

struct row {
	const char *outer;
	const char *inner;
	bool covers;
};

Test(patterns, cover_by_table)
{
	static const struct row rows[] = {
		{"/a", "/a", true},
		{"/a", "/b", false},
		{"/a", "/a/b", false},
		{"/a/**", "/a/b", true},
		{"/a/**", "/a", false},
		{"/a/**", "/a/**", true},
		{"/a/**", "/a/b/**", true},
		{"/a/b/**", "/a/**", false},
		{"/**", "/a/**/b/*.so", true},
		{"/a/*", "/a/*.so", true},
		{"/a/*.so", "/a/*", false},
		{"/a/*.so", "/a/lib*.so", true},
		{"/a/lib*.so", "/a/*.so", false},
		{"/a/*b*", "/a/*b", true},
		{"/a/*b", "/a/*b*", false},
		{"/a/*a*b*", "/a/x*a*b", true},
		{"/a/*", "/a/**", false},
		{"/a/**", "/a/*", true},
		{"/a/**/b", "/a/b", true},
		{"/a/**/b", "/a/x/b", true},
		{"/a/**/b", "/a/*/b", true},
		{"/a/*/b", "/a/**/b", false},
		{"/a/**/*.ko", "/a/*/k/**/*.ko", true},
		{"/a/**/*.ko", "/a/**/*.so", false},
		{"/a/*/**", "/a/**", false},
		{"/a/**/*", "/a/**", true},
		{"/a/**", "/a/**/*", true},
		{"/a/*/**", "/a/**/*/*", true},
		{"/a/**/*/*", "/a/*/**", true},
		{"/**/b", "/**/a/b", true},
		{"/**/a/b", "/**/b", false},
		{"/a-b/**", "/a/**", false},
		{"/lib/**", "/lib-evil/x", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		cr_assert(eq(int, modseal_pattern_covers(rows[i].outer, rows[i].inner),
			     rows[i].covers),
			  "row %s %s", rows[i].outer, rows[i].inner);
}

/* ---- by brute force ------------------------------------------------------------------
 */

static const char *const parts[] = {"a", "b", "*", "a*", "*b", "**"};
static const char *const names[] = {"a", "b", "ab", "c", "ac", "cb"};
#define MAX_PATTERNS (6 + 36 + 216)
#define MAX_PATHS    (6 + 36 + 216 + 1296)

/* All sequences of 1 to depth of the words, each after a slash. */
static size_t combine(const char *const *words, size_t count, size_t depth,
		      char (*ret_paths)[32])
{
	size_t made = 0, from = 0, to;

	for (size_t i = 0; i < count; i++)
		snprintf(ret_paths[made++], 32, "/%s", words[i]);
	for (size_t level = 1; level < depth; level++) {
		to = made;
		for (; from < to; from++)
			for (size_t i = 0; i < count; i++) {
				strcpy(ret_paths[made], ret_paths[from]);
				strcat(strcat(ret_paths[made++], "/"), words[i]);
			}
	}
	return made;
}

/* Sound: what is covered is matched, every path of it. And of what these few words can
 * tell apart little is missed. */
Test(patterns, cover_only_what_they_match)
{
	static char patterns[MAX_PATTERNS][32], paths[MAX_PATHS][32];
	static bool matches[MAX_PATTERNS][MAX_PATHS];
	size_t pattern_count = combine(parts, COUNT(parts), 3, patterns);
	size_t path_count = combine(names, COUNT(names), 4, paths);
	size_t covered = 0, missed = 0, overlapping = 0, unproved = 0;

	cr_assert(eq(sz, pattern_count, MAX_PATTERNS));
	cr_assert(eq(sz, path_count, MAX_PATHS));
	for (size_t i = 0; i < pattern_count; i++)
		for (size_t p = 0; p < path_count; p++)
			matches[i][p] = modseal_pattern_matches(patterns[i], paths[p]);
	for (size_t i = 0; i < pattern_count; i++)
		for (size_t j = 0; j < pattern_count; j++) {
			bool covers = modseal_pattern_covers(patterns[i], patterns[j]);
			bool truly = true, meet = false;
			bool overlaps =
				modseal_pattern_overlaps(patterns[i], patterns[j]);

			for (size_t p = 0; truly && p < path_count; p++)
				truly = matches[i][p] || !matches[j][p];
			cr_assert(truly || !covers, "%s does not cover %s", patterns[i],
				  patterns[j]);
			for (size_t p = 0; !meet && p < path_count; p++)
				meet = matches[i][p] && matches[j][p];
			/* the few names tell of most that overlap, but not of all */
			cr_assert(overlaps || !meet, "%s and %s", patterns[i],
				  patterns[j]);
			unproved += overlaps && !meet;
			overlapping += overlaps;
			covered += covers;
			missed += truly && !covers;
		}
	cr_assert(lt(sz, unproved, overlapping / 50), "%zu of %zu", unproved,
		  overlapping);
	/* the paths are at most four deep, so some that seem covered are not */
	cr_assert(gt(sz, covered, (size_t)5000), "%zu", covered);
	cr_assert(lt(sz, missed, covered / 20), "%zu of %zu", missed, covered);
}

Test(patterns, the_longest_are_compared_in_time)
{
	static char outer[MODSEAL_MAX_POLICY_PATH + 1], inner[sizeof(outer)];

	for (size_t i = 0; i + 3 < sizeof(outer) - 1; i += 3) {
		memcpy(outer + i, i % 2 ? "/**" : "/*a", 3);
		memcpy(inner + i, i % 2 ? "/**" : "/a*", 3);
	}
	cr_assert(zero(int, modseal_pattern_covers(outer, inner)));
	cr_assert(eq(int, modseal_pattern_covers(outer, outer), 1));
}

/* ---- rules ---------------------------------------------------------------------------
 */

#define RULE(path, kind) "  - {path: " path ", kind: " kind ", signers: [acme]}\n"

Test(patterns, the_first_rule_that_shadows_is_found)
{
	struct modseal_policy *policy = accepted(
		HEAD "signers:\n  acme:\n    trust: chain\n    purposes: [library, "
		     "program]\n" PEM
		     "rules:\n" RULE("/opt/**", "program") RULE("/opt/a/*", "library")
			     RULE("/opt/a/*.so", "library") RULE("/opt/a/*.so", "program")
				     RULE("/opt/b/*.so", "library")
					     RULE("/opt/**", "library")
						     RULE("/opt/b/*.so", "library"));
	static const size_t wanted[] = {0, 1, 1, 0, 4, 5, 4};

	for (size_t indexed = 2; indexed-- > 0;) {
		struct modseal_rule_index *index = policy->index;

		if (!indexed)
			policy->index = NULL;
		for (size_t i = 0; i < COUNT(wanted); i++) {
			uint64_t effort = MODSEAL_SHADOW_EFFORT;
			size_t shadow = modseal_rule_shadow(policy, i, &effort);

			cr_assert(eq(sz, shadow < i ? shadow : i, wanted[i]), "rule %zu",
				  i);
			effort = 1;
			shadow = modseal_rule_shadow(policy, i, &effort);
			/* rules before it of its kind and beginning, or none */
			cr_assert(effort == 0 ? shadow == i : wanted[i] == i, "rule %zu",
				  i);
		}
		policy->index = index;
	}
	modseal_policy_free(&policy);
}

Test(patterns, a_miss_names_the_component)
{
	static const struct {
		const char *pattern, *path;
		size_t components;
		const char *want, *have;
		bool any;
	} rows[] = {
		{"/opt/a/*.so", "/opt/b/x.so", 1, "a", "b", false},
		{"/opt/*/x", "/opt/b/y", 2, "x", "y", false},
		{"/opt/a", "/opt/a/b", 2, "", "b", false},
		{"/opt/a/b", "/opt/a", 2, "b", "", false},
		{"/opt/**/x", "/opt/a/y", 1, "**", "a", true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct modseal_pattern_miss miss;

		modseal_pattern_compare(rows[i].pattern, rows[i].path, &miss);
		cr_assert(eq(sz, miss.components, rows[i].components), "row %zu", i);
		cr_assert(modseal_span_equal(miss.want, span(rows[i].want)), "row %zu",
			  i);
		cr_assert(modseal_span_equal(miss.have, span(rows[i].have)), "row %zu",
			  i);
		cr_assert(eq(int, miss.any_components, rows[i].any), "row %zu", i);
	}
}
