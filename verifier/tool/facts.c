/* SPDX-License-Identifier: Apache-2.0 */
/* Prints facts as they come, or gathers them: a key that comes again becomes an array. */
#include <string.h>

#include "verifier/tool/facts.h"

int facts_add(void *argument, const char *key, const char *value)
{
	struct facts *facts = argument;

	if (!facts->output->json)
		output_line(facts->output, key, value);
	else if (output_json_fact(facts->object, key, value) != 0)
		return MODSEAL_E_RESOURCE;
	return 0;
}

int facts_add_grounds(void *argument, const char *key, const char *value)
{
	struct facts *facts = argument;

	if (strcmp(key, "name") == 0)
		return facts_add(facts, "policy", value);
	if (strcmp(key, "path") == 0)
		return facts_add(facts, "real-path", value);
	if (strcmp(key, "anchor-source") == 0 || strcmp(key, "expires") == 0 ||
	    strcmp(key, "expired") == 0)
		return facts_add(facts, key, value);
	/* what lets everything through must not go unseen */
	if (strcmp(key, "mode") == 0 && strncmp(value, "audit", 5) == 0)
		return facts_add(facts, key, value);
	if (strcmp(key, "serial") != 0)
		return 0;
	if (!facts->output->json)
		return facts_add(facts, key, value);
	/* a number in verdicts, so a number here */
	return json_object_set_new(facts->object, key,
				   json_loads(value, JSON_DECODE_ANY, NULL)) == 0
		       ? 0
		       : MODSEAL_E_RESOURCE;
}

int facts_add_policy(void *argument, const char *key, const char *value)
{
	static const char *const grounds[] = {"path", "name", "serial", "anchor-source"};

	for (size_t i = 0; i < sizeof(grounds) / sizeof(grounds[0]); i++)
		if (strcmp(key, grounds[i]) == 0)
			return facts_add_grounds(argument, key, value);
	return facts_add(argument, key, value);
}
