/* SPDX-License-Identifier: Apache-2.0 */
/* Differences between policies, as lines for people or as a JSON array. */
#include <stdio.h>

#include "verifier/tool/differences.h"

int differences_show(void *argument, const struct modseal_difference *difference)
{
	struct differences *differences = argument;
	char line[8400];
	json_t *object;

	differences->count++;
	if (!differences->list && differences->indented) {
		output_line(differences->output, difference->change, difference->words);
		return 0;
	}
	if (!differences->list) {
		snprintf(line, sizeof(line), "%s: %s", difference->change,
			 difference->words);
		output_text(differences->output, line);
		return 0;
	}
	object = json_object();
	output_json_set(object, "what", difference->what);
	output_json_set(object, "change", difference->change);
	if (difference->old_line > 0)
		json_object_set_new(object, "old-line",
				    json_integer(difference->old_line));
	if (difference->new_line > 0)
		json_object_set_new(object, "new-line",
				    json_integer(difference->new_line));
	output_json_set(object, "words", difference->words);
	return json_array_append_new(differences->list, object) == 0 ? 0
								     : MODSEAL_E_RESOURCE;
}
