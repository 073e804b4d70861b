/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/version_reader.c: floors of security versions by names. */
#include "policy_text.h"

#define NAME_OF_51  "a23456789012345678901234567890123456789012345678901"
#define NAME_OF_255 NAME_OF_51 NAME_OF_51 NAME_OF_51 NAME_OF_51 NAME_OF_51

Test(version_reader, R85_R86_versions_take_only_what_fits)
{
	static const struct {
		const char *text;
		unsigned column;
		const char *said;
	} rows[] = {
		{"versions: {}", 0, NULL},
		{"versions: {libz.so.1: 0, 'libstdc++.so.6': 9007199254740991}", 0, NULL},
		{"versions: [libz.so.1]", 11, "`versions` expects a mapping"},
		{"versions: 3", 11, "`versions` expects a mapping"},
		{"versions: {libz.so.1: 01}", 23,
		 "expects for `libz.so.1` a whole number"},
		{"versions: {libz.so.1: '1'}", 23, "without quotes"},
		{"versions: {libz.so.1: -1}", 23, "a whole number"},
		{"versions: {libz.so.1: 9007199254740992}", 23, "a whole number"},
		{"versions: {libz.so.1: [1]}", 23, "a whole number"},
		{"versions: {libz.so.1: {}}", 23, "a whole number"},
		{"versions: {/usr/lib/libz.so.1: 1}", 12, "without `/`"},
		{"versions: {x-libz: 1}", 12, "none beginning with `x-`"},
		{"versions: {\"a\\tb\": 1}", 12, "expects names of libraries"},
		{"versions: {\"a\\nb\": 1}", 12, "expects names of libraries"},
		{"versions: {" NAME_OF_255 ": 1}", 0, NULL},
		{"versions: {" NAME_OF_255 "a: 1}", 12, "1 to 255 bytes"},
		{"versions: {a: 1, b: 2, a: 3}", 24, "each key once"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[1024];

		snprintf(text, sizeof(text), "%s%s\n", SMALL, rows[i].text);
		if (rows[i].said) {
			refused(text, 14, rows[i].column, rows[i].said);
		} else {
			struct modseal_policy *policy = accepted(text);

			modseal_policy_free(&policy);
		}
	}
}

Test(version_reader, floors_are_found_by_the_whole_name)
{
	struct modseal_policy *policy =
		accepted(SMALL "versions: {b: 2, ab: 1, abc: 3, libz.so.1: 0}\n");
	static const struct {
		const char *name;
		int floor; /* -1: none */
	} rows[] = {{"ab", 1},	  {"abc", 3}, {"b", 2},	  {"libz.so.1", 0}, {"a", -1},
		    {"abcd", -1}, {"", -1},   {"bb", -1}, {"libz.so", -1},  {NULL, -1}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct modseal_policy_version *version =
			modseal_policy_version_of(policy, rows[i].name);

		cr_assert(eq(int, version ? (int)version->floor : -1, rows[i].floor),
			  "row %zu", i);
	}
	modseal_policy_free(&policy);
	policy = accepted(SMALL);
	cr_assert(modseal_policy_version_of(policy, "ab") == NULL);
	modseal_policy_free(&policy);
}
