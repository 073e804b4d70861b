/* SPDX-License-Identifier: Apache-2.0 */
/* Which known word somebody may have meant by one that is not known. */
#include <string.h>

#include "policy/nearest.h"

/* Longer texts than any key we know are compared by their first bytes. */
#define COMPARED 40

static size_t edit_distance(const char *known, struct modseal_span text)
{
	size_t row[COMPARED + 1];
	size_t length = text.size < COMPARED ? text.size : COMPARED;

	for (size_t i = 0; i <= length; i++)
		row[i] = i;
	for (size_t k = 0; known[k]; k++) {
		size_t diagonal = row[0];

		row[0] = k + 1;
		for (size_t i = 1; i <= length; i++) {
			size_t best = diagonal + (text.data[i - 1] != (uint8_t)known[k]);

			diagonal = row[i];
			if (row[i] + 1 < best)
				best = row[i] + 1;
			if (row[i - 1] + 1 < best)
				best = row[i - 1] + 1;
			row[i] = best;
		}
	}
	return row[length];
}

void modseal_nearest_offer(struct modseal_nearest *nearest, const char *known)
{
	size_t distance = edit_distance(known, nearest->text);

	if (nearest->word && distance >= nearest->distance)
		return;
	nearest->word = known;
	nearest->distance = distance;
}

const char *modseal_nearest_meant(const struct modseal_nearest *nearest)
{
	if (!nearest->word || nearest->text.size > COMPARED ||
	    2 * nearest->distance > strlen(nearest->word))
		return NULL;
	return nearest->word;
}
