/* SPDX-License-Identifier: Apache-2.0 */
/* Compares executable mappings of approved files with the dynamic linker's code segments.
 */
#include "verifier/loader/place.h"

#include <sys/auxv.h>

/* The end of the pages of a code segment that has this address; 0: none has. moved: what
 * is added to the addresses of the segments. */
static uintptr_t code_end(const struct modseal_segment *segments, size_t count,
			  uintptr_t moved, uintptr_t address, uintptr_t page)
{
	for (size_t i = 0; i < count; i++) {
		uintptr_t start = (segments[i].start + moved) & ~(page - 1);
		uintptr_t end = (segments[i].file_end + moved + page - 1) & ~(page - 1);

		if (segments[i].executable && address >= start && address < end)
			return end;
	}
	return 0;
}

/* Every page of the mapping is one of a code segment. */
static bool is_code(const struct modseal_mapping *mapping,
		    const struct modseal_segment *segments, size_t count, uintptr_t moved,
		    uintptr_t page)
{
	uintptr_t at = mapping->start;

	while (at && at < mapping->end)
		at = code_end(segments, count, moved, at, page);
	return at >= mapping->end;
}

/* Is the listed object mapped from this one's file, where it begins? */
static bool is_first_of(const struct modseal_inquiry *inquiry,
			const struct modseal_linked *linked,
			const struct modseal_object *object)
{
	const struct modseal_mapping *mapping =
		modseal_maps_at(&inquiry->maps, (const void *)linked->segments[0].start);

	return mapping && modseal_owners_of(&inquiry->owners, mapping) == object;
}

static bool is_right(const struct modseal_inquiry *inquiry,
		     const struct modseal_mapping *mapping,
		     const struct modseal_object *object, uintptr_t page)
{
	const struct modseal_linked *linked;
	uintptr_t base;

	linked = modseal_linker_at(&inquiry->linked, mapping->start);
	for (size_t i = 0; !linked && i < inquiry->linked.count; i++)
		if (code_end(inquiry->linked.items[i].segments,
			     inquiry->linked.items[i].segment_count, 0, mapping->start,
			     page))
			linked = &inquiry->linked.items[i];
	if (linked)
		return is_first_of(inquiry, linked, object) &&
		       is_code(mapping, linked->segments, linked->segment_count, 0, page);
	/* Another namespace has its own copies of the C library, at its own places. What
	 * is there alone has no segments that we know. */
	if (!modseal_linker_knows(mapping->start, &base))
		/* process.preload may list what no dynamic linker brings: valgrind's own
		 * program is there before there is one. The policy takes it as a whole.
		 */
		return object->origin == MODSEAL_ORIGIN_PRELOAD && !object->segments;
	return !object->segments ||
	       is_code(mapping, object->segments, object->segment_count,
		       base - object->base, page);
}

int modseal_place_find_wrong(const struct modseal_inquiry *inquiry,
			     const struct modseal_mapping **ret_mapping,
			     struct modseal_error *error)
{
	uintptr_t page = getauxval(AT_PAGESZ);

	if (page == 0 || (page & (page - 1)) != 0)
		return modseal_fail(error, MODSEAL_E_SYSTEM, MODSEAL_STAGE_GATE, NULL,
				    "the system does not tell the size of a page");
	*ret_mapping = NULL;
	for (size_t i = 0; i < inquiry->maps.count; i++) {
		const struct modseal_mapping *mapping = &inquiry->maps.items[i];
		const struct modseal_object *object;

		if (!mapping->executable || !mapping->file)
			continue;
		object = modseal_owners_of(&inquiry->owners, mapping);
		if (!object || object->stale || is_right(inquiry, mapping, object, page))
			continue;
		*ret_mapping = mapping;
		break;
	}
	return 0;
}

int modseal_place_refuse(const struct modseal_inquiry *inquiry,
			 const struct modseal_mapping *mapping,
			 struct modseal_error *error)
{
	bool linked = modseal_linker_at(&inquiry->linked, mapping->start) != NULL;
	const struct modseal_object *object =
		modseal_owners_of(&inquiry->owners, mapping);

	return modseal_fail(error, MODSEAL_E_PROCESS_UNVERIFIED, MODSEAL_STAGE_GATE,
			    object ? object->path : mapping->name,
			    "the file is approved, but %s",
			    linked ? "data of it was made executable (mprotect)"
				   : "something else than the dynamic linker mapped it "
				     "executable (mmap, or mprotect)");
}
