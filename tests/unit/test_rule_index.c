/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of policy/rule_index.c: it finds the rule that trying one by one finds. */
#include "policy/rule_index.h"
#include "policy/rules.h"
#include "policy_text.h"

/* Numbers that are the same in each run. */
static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 16;
}

static void make_path(uint32_t *state, bool pattern, char *path, size_t size)
{
	static const char *const parts[] = {"a", "b",  "ab", "a.so", "b.ko",
					    "*", "a*", "**", "*b"};
	size_t depth = 1 + next_random(state) % 4;
	size_t used = 0;

	for (size_t i = 0; i < depth; i++)
		used += (size_t)snprintf(path + used, size - used, "/%s",
					 parts[next_random(state) % (pattern ? 9 : 5)]);
}

Test(rule_index, finds_what_trying_one_by_one_finds)
{
	static const char *const kinds[] = {"library", "program", "kernel-module"};
	uint32_t state = 1;
	size_t found = 0;

	for (int round = 0; round < 50; round++) {
		char text[16384], path[64];
		size_t rules = 1 + next_random(&state) % 100;
		size_t used =
			(size_t)snprintf(text, sizeof(text),
					 HEAD SIGNERS "    purposes: [library, program, "
						      "kernel-module]\nrules:\n");
		struct modseal_policy *policy;
		struct modseal_rule_index *index;

		for (size_t i = 0; i < rules; i++) {
			make_path(&state, true, path, sizeof(path));
			used += (size_t)snprintf(
				text + used, sizeof(text) - used,
				"  - {path: %s, kind: %s, signers: [acme]}\n", path,
				kinds[next_random(&state) % 3]);
		}
		policy = accepted(text);
		index = policy->index;
		cr_assert(index != NULL);
		for (int i = 0; i < 500; i++) {
			enum modseal_kind kind =
				(enum modseal_kind)(next_random(&state) % 4);
			const struct modseal_rule *with, *without;

			make_path(&state, false, path, sizeof(path));
			with = modseal_policy_decide(policy, path, kind);
			policy->index = NULL;
			without = modseal_policy_decide(policy, path, kind);
			policy->index = index;
			if (with != without)
				cr_assert(with == without,
					  "path %s kind %d: line %u, not %u", path, kind,
					  with ? with->line : 0,
					  without ? without->line : 0);
			found += with != NULL;
		}
		modseal_policy_free(&policy);
	}
	cr_assert(ge(sz, found, 1000), "the rows mean something: %zu of 25000", found);
	cr_assert(le(sz, found, 24000));
}

Test(rule_index, of_no_rules_finds_none)
{
	struct modseal_rule_index *index = modseal_rule_index_new(NULL, 0);
	struct modseal_policy *policy = accepted(HEAD "rules: []\n");

	cr_assert(index != NULL);
	modseal_rule_index_free(&index);
	cr_assert(index == NULL);
	modseal_rule_index_free(&index);
	cr_assert(modseal_policy_decide(policy, "/a", MODSEAL_KIND_LIBRARY) == NULL);
	modseal_policy_free(&policy);
}

Test(rule_index, takes_paths_of_any_length)
{
	char text[8192], path[4097];
	struct modseal_policy *policy;

	memset(path, 'a', sizeof(path) - 1);
	path[0] = '/';
	path[4095] = '\0';
	snprintf(text, sizeof(text),
		 HEAD SIGNERS "rules: [{path: %s, signers: [acme]}]\n", path);
	policy = accepted(text);
	cr_assert(modseal_policy_decide(policy, path, MODSEAL_KIND_LIBRARY) ==
		  policy->rules);
	path[4095] = 'a';
	path[4096] = '\0';
	cr_assert(modseal_policy_decide(policy, path, MODSEAL_KIND_LIBRARY) == NULL);
	modseal_policy_free(&policy);
}
