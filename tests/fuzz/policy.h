/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a policy or supplement (R88): read, or refused with a place and a line
 * that can be printed, within 0.2 s. What does not hold ends the process.
 */
#ifndef MODSEAL_TESTS_FUZZ_POLICY_H
#define MODSEAL_TESTS_FUZZ_POLICY_H

#include "policy/policy.h"
#include "policy/rules.h"
#include "policy/text.h"
#include "tests/fuzz/fuzz.h"

/* What follows a first line that fuzzed bytes hardly ever make. */
#define REST "name: a\nserial: 1\nissued: 2026-01-01T00:00:00Z\n"

static inline void require_place(const struct modseal_error *error)
{
	char place[64], again[sizeof(error->excerpt)];

	REQUIRE(error->code == MODSEAL_E_POLICY_INVALID);
	REQUIRE(error->line > 0 && error->column > 0);
	snprintf(place, sizeof(place), "line %u, column %u: ", error->line,
		 error->column);
	REQUIRE(strncmp(error->message, place, strlen(place)) == 0);
	REQUIRE(memchr(error->excerpt, '\0', sizeof(error->excerpt)) != NULL);
	modseal_escape(again, sizeof(again), error->excerpt);
	REQUIRE(strcmp(again, error->excerpt) == 0);
	REQUIRE(error->remedy[0] != '\0');
}

/* Each rule is found by a path that it names, or one before it is. */
static inline void require_rules(const struct modseal_policy *policy)
{
	for (size_t i = 0; i < policy->rule_count; i++) {
		const struct modseal_rule *rule = &policy->rules[i];
		const struct modseal_rule *found;

		REQUIRE(modseal_pattern_flaw(
				modseal_span_of(rule->path, strlen(rule->path))) == NULL);
		if (strchr(rule->path, '*'))
			continue;
		found = modseal_policy_decide(policy, rule->path, rule->kind);
		REQUIRE(found != NULL && found <= rule);
	}
}

/* Returns true if the text was accepted. */
static inline bool try_whole_text(const char *bytes, size_t size, bool is_supplement)
{
	static struct modseal_error error;
	struct modseal_policy *policy = NULL;
	struct modseal_span text = modseal_span_of(bytes, size);
	double start = cpu_seconds();
	int result;

	memset(&error, 0, sizeof(error));
	result = is_supplement ? modseal_supplement_parse(text, "p", &policy, &error)
			       : modseal_policy_parse(text, "p", &policy, &error);
	REQUIRE(cpu_seconds() - start < 0.2 * time_factor());
	if (result != 0) {
		REQUIRE(result == MODSEAL_E_POLICY_INVALID && policy == NULL);
		require_place(&error);
		return false;
	}
	require_rules(policy);
	modseal_policy_free(&policy);
	return true;
}

/* As it is, and with a head before it that it needs not find itself. Returns how often it
 * was accepted. */
static inline unsigned try_policy(const uint8_t *bytes, size_t size)
{
	static const char *const heads[] = {"", MODSEAL_POLICY_FIRST_LINE REST,
					    MODSEAL_SUPPLEMENT_FIRST_LINE REST};
	unsigned accepted = 0;

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		size_t length = strlen(heads[i]);
		char *text = (char *)fuzz_copy(NULL, length + size);

		memcpy(text, heads[i], length);
		if (size)
			memcpy(text + length, bytes, size);
		accepted += try_whole_text(text, length + size, i == 2);
		free(text);
	}
	return accepted;
}

#endif
