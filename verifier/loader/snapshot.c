/* SPDX-License-Identifier: Apache-2.0 */
/* Reads of what is mapped no more than is looked at. */
#include "verifier/loader/snapshot.h"

#include <stdlib.h>

#include "verifier/loader/registry.h"

static size_t count_looked_at(const struct modseal_linked_list *linked)
{
	size_t count = 0;

	for (const struct modseal_object *object = modseal_registry()->objects; object;
	     object = object->next)
		count++;
	for (size_t i = 0; i < linked->count; i++)
		count += linked->items[i].segment_count;
	return count;
}

static void add_range(struct modseal_range *ranges, size_t *count, uintptr_t start,
		      uintptr_t end)
{
	ranges[(*count)++] = (struct modseal_range){start, end};
}

static void add_object(struct modseal_range *ranges, size_t *count,
		       const struct modseal_linked *linked, bool whole)
{
	for (size_t i = 0; i < linked->segment_count && (whole || i == 0); i++) {
		const struct modseal_segment *segment = &linked->segments[i];

		add_range(ranges, count, segment->start,
			  whole ? segment->end : segment->start + 1);
	}
}

int modseal_snapshot_read_maps(const struct modseal_linked_list *linked,
			       bool (*whole)(const struct modseal_linked *linked),
			       enum modseal_stage stage, struct modseal_maps *ret_maps,
			       struct modseal_error *error)
{
	struct modseal_range *ranges =
		calloc(count_looked_at(linked) + 1, sizeof(*ranges));
	size_t count = 0;
	int result;

	if (!ranges)
		return modseal_fail_memory(error, stage);
	for (const struct modseal_object *object = modseal_registry()->objects; object;
	     object = object->next)
		add_range(ranges, &count, (uintptr_t)object->page,
			  (uintptr_t)object->page + 1);
	for (size_t i = 0; i < linked->count; i++)
		add_object(ranges, &count, &linked->items[i], whole(&linked->items[i]));
	result = modseal_maps_read_some(ranges, count, stage, ret_maps, error);
	free(ranges);
	return result;
}
