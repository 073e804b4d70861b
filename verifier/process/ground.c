/* SPDX-License-Identifier: Apache-2.0 */
/* Tells whose memory an address is: of the approved objects, of the kernel, of others. */
#include "verifier/process/ground.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_ranges(const void *a, const void *b)
{
	const struct modseal_ground_range *one = a, *other = b;

	return (one->segment.start > other->segment.start) -
	       (one->segment.start < other->segment.start);
}

static int list_ranges(struct modseal_ground *ground, enum modseal_stage stage,
		       struct modseal_error *error)
{
	struct modseal_object *object;
	size_t count = 0;

	for (object = modseal_registry()->objects; object; object = object->next)
		count += object->segment_count;
	ground->ranges = calloc(count + 1, sizeof(*ground->ranges));
	if (!ground->ranges)
		return modseal_fail_memory(error, stage);
	for (object = modseal_registry()->objects; object; object = object->next)
		for (size_t i = 0; i < object->segment_count; i++)
			ground->ranges[ground->range_count++] =
				(struct modseal_ground_range){object->segments[i],
							      object};
	qsort(ground->ranges, ground->range_count, sizeof(*ground->ranges),
	      compare_ranges);
	return 0;
}

static int list_mapped(struct modseal_ground *ground, enum modseal_stage stage,
		       struct modseal_error *error)
{
	ground->mapped = calloc(ground->maps.count + 1, sizeof(struct modseal_object *));
	if (!ground->mapped)
		return modseal_fail_memory(error, stage);
	for (size_t i = 0; i < ground->maps.count; i++)
		ground->mapped[i] =
			modseal_owners_of(&ground->owners, &ground->maps.items[i]);
	return 0;
}

int modseal_ground_open(enum modseal_stage stage, struct modseal_ground *ret_ground,
			struct modseal_error *error)
{
	struct modseal_ground ground = {0};
	int result = modseal_maps_read(stage, &ground.maps, error);

	if (!result)
		result = modseal_owners_add(&ground.owners, &ground.maps,
					    modseal_registry()->objects, stage, error);
	if (!result)
		result = list_ranges(&ground, stage, error);
	if (!result)
		result = list_mapped(&ground, stage, error);
	if (result)
		modseal_ground_close(&ground);
	else
		*ret_ground = ground;
	return result;
}

void modseal_ground_close(struct modseal_ground *ground)
{
	free(ground->ranges);
	free(ground->mapped);
	modseal_owners_free(&ground->owners);
	modseal_maps_free(&ground->maps);
	*ground = (struct modseal_ground){0};
}

struct modseal_object *modseal_ground_at(const struct modseal_ground *ground,
					 uintptr_t address)
{
	size_t low = 0, high = ground->range_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ground->ranges[middle].segment.start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || address > ground->ranges[low - 1].segment.end)
		return NULL;
	return ground->ranges[low - 1].object;
}

struct modseal_object *modseal_ground_code_at(const struct modseal_ground *ground,
					      uintptr_t address)
{
	const struct modseal_mapping *mapping =
		modseal_maps_at(&ground->maps, (const void *)address);
	struct modseal_object *object = modseal_ground_at(ground, address);

	if (!mapping || !mapping->executable || !object ||
	    ground->mapped[mapping - ground->maps.items] != object)
		return NULL;
	return object;
}

bool modseal_ground_is_kernel(const struct modseal_ground *ground, uintptr_t address)
{
	const struct modseal_mapping *mapping =
		modseal_maps_at(&ground->maps, (const void *)address);

	return mapping && mapping->executable && modseal_mapping_is_kernel(mapping);
}

bool modseal_ground_is_foreign_code(const struct modseal_ground *ground,
				    uintptr_t address)
{
	const struct modseal_mapping *mapping =
		modseal_maps_at(&ground->maps, (const void *)address);

	return mapping && mapping->executable && !modseal_mapping_is_kernel(mapping) &&
	       !modseal_ground_code_at(ground, address);
}

/* Where the file of a mapping begins in memory: its first mapping in an unbroken row. */
static uintptr_t first_of_file(const struct modseal_ground *ground, size_t index)
{
	uintptr_t start = ground->maps.items[index].start;

	for (size_t i = index; i-- > 0;) {
		if (!modseal_mapping_same(&ground->maps.items[i],
					  &ground->maps.items[index]))
			break;
		start = ground->maps.items[i].start;
	}
	return start;
}

void modseal_ground_describe(const struct modseal_ground *ground, uintptr_t address,
			     char *text, size_t size, uint64_t *ret_offset)
{
	const struct modseal_mapping *mapping =
		modseal_maps_at(&ground->maps, (const void *)address);
	const struct modseal_object *object = modseal_ground_at(ground, address);
	char *path = NULL;

	*ret_offset = 0;
	if (object) {
		modseal_escape(text, size, object->path);
		*ret_offset = address - object->base;
		return;
	}
	if (!mapping || (!mapping->file && !*mapping->name)) {
		snprintf(text, size, "%s", mapping ? "anonymous memory" : "nothing");
		return;
	}
	if (mapping->file) {
		path = modseal_mapping_path(mapping);
		*ret_offset =
			address -
			first_of_file(ground, (size_t)(mapping - ground->maps.items));
	}
	modseal_escape(text, size, path ? path : mapping->name);
	free(path);
}
