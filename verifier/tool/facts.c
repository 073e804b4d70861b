/* SPDX-License-Identifier: Apache-2.0 */
/* Prints facts as they come, or gathers them: a key that comes again becomes an array. */
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
