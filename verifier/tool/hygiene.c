/* SPDX-License-Identifier: Apache-2.0 */
/* Shows findings of hygiene, as a table or as JSON. */
#include "verifier/tool/hygiene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modseal-inspect.h"

/* The width of the table is known once all are there. */
struct findings {
	struct modseal_hygiene_finding *items;
	size_t count;
};

static int keep(void *argument, const struct modseal_hygiene_finding *finding)
{
	struct findings *findings = argument;
	struct modseal_hygiene_finding *items = reallocarray(
		findings->items, findings->count + 1, sizeof(findings->items[0]));

	if (!items)
		return MODSEAL_E_RESOURCE;
	findings->items = items;
	findings->items[findings->count++] = *finding;
	return 0;
}

static void widen(int *width, const char *text)
{
	int length = (int)strlen(text);

	if (length > *width)
		*width = length;
}

static void show_table(struct output *output, const struct findings *findings)
{
	const struct modseal_hygiene_finding *items = findings->items;
	int level = 0, what = 0;
	char line[512];

	for (size_t i = 0; i < findings->count; i++) {
		widen(&level, items[i].level);
		widen(&what, items[i].what);
	}
	for (size_t i = 0; i < findings->count; i++) {
		snprintf(line, sizeof(line), "  %-*s  %-*s  %s", level, items[i].level,
			 what, items[i].what, items[i].remedy);
		output_text(output, line);
	}
	if (findings->count == 0)
		output_text(output, "  no findings");
}

/* NULL: no memory. */
static json_t *to_json(const struct findings *findings)
{
	const struct modseal_hygiene_finding *items = findings->items;
	json_t *array = json_array();

	for (size_t i = 0; array && i < findings->count; i++) {
		json_t *object = json_pack("{ssssssss}", "name", items[i].name, "level",
					   items[i].level, "what", items[i].what,
					   "remedy", items[i].remedy);

		if (json_array_append_new(array, object) != 0) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

void hygiene_show(struct output *output, const char *operand)
{
	struct findings findings = {0};
	struct modseal_error error = {0};
	json_t *array = NULL;
	int result = modseal_hygiene(operand, keep, &findings, &error);

	if (result == MODSEAL_OK && output->json && !(array = to_json(&findings)))
		result = MODSEAL_E_RESOURCE;
	if (result != MODSEAL_OK) {
		error.code = result;
		output_failure(output, operand, &error);
	} else if (output->json) {
		output_facts(output, operand, "findings only, nothing was decided",
			     json_pack("{so}", "findings", array));
	} else {
		output_name(output, operand);
		show_table(output, &findings);
	}
	free(findings.items);
}
