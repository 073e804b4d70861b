/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the kernel for single mappings: PROCMAP_QUERY of proc(5), since Linux 6.11. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "verifier/loader/maps.h"

/* struct procmap_query and its flags (linux/fs.h of 6.11); older headers have none. */
struct query {
	uint64_t size;
	uint64_t flags;
	uint64_t address;
	uint64_t start, end, vma_flags, page_size, offset, inode;
	uint32_t major, minor;
	uint32_t name_size, build_id_size;
	uint64_t name, build_id;
};
_Static_assert(sizeof(struct query) == 104, "as the kernel has it");
#define QUERY		       _IOWR('f', 17, struct query)
#define QUERY_WRITABLE	       0x02u
#define QUERY_EXECUTABLE       0x04u
#define QUERY_COVERING_OR_NEXT 0x10u

struct answers {
	struct answer {
		struct modseal_mapping mapping;
		size_t name; /* where it is in text, which may move */
	} * items;
	size_t count, room;
	char *text;
	size_t used, size;
};

static bool make_room(struct answers *answers)
{
	struct answer *items;
	char *text;

	if (answers->count == answers->room) {
		answers->room = 2 * answers->room + 64;
		items = realloc(answers->items, answers->room * sizeof(*items));
		if (!items)
			return false;
		answers->items = items;
	}
	if (answers->size - answers->used < PATH_MAX) {
		answers->size = 2 * answers->size + 2 * (size_t)PATH_MAX;
		text = realloc(answers->text, answers->size);
		if (!text)
			return false;
		answers->text = text;
	}
	return true;
}

/* The next mapping at or above an address. 0, or errno; ENOENT: there is none. */
static int ask(struct answers *answers, int descriptor, uint64_t flags, uint64_t address,
	       uint64_t below, uint64_t *ret_end)
{
	struct query query = {.size = sizeof(query),
			      .flags = flags | QUERY_COVERING_OR_NEXT,
			      .address = address,
			      .name_size = PATH_MAX};
	char *name;

	if (!make_room(answers))
		return ENOMEM;
	name = answers->text + answers->used;
	query.name = (uintptr_t)name;
	if (ioctl(descriptor, QUERY, &query))
		return errno;
	if (query.end <= address || query.start >= query.end || query.end > UINTPTR_MAX ||
	    query.name_size > PATH_MAX)
		return EPROTO;
	if (query.start >= below)
		return ENOENT;
	name[query.name_size ? query.name_size - 1 : 0] = '\0';
	answers->items[answers->count++] = (struct answer){
		.mapping = {.start = (uintptr_t)query.start,
			    .end = (uintptr_t)query.end,
			    .writable = (query.vma_flags & QUERY_WRITABLE) != 0,
			    .executable = (query.vma_flags & QUERY_EXECUTABLE) != 0,
			    .offset = query.offset,
			    .major = query.major,
			    .minor = query.minor,
			    .inode = query.inode},
		.name = answers->used,
	};
	answers->used += strlen(name) + 1;
	*ret_end = query.end;
	return 0;
}

static int ask_range(struct answers *answers, int descriptor, uint64_t flags,
		     uint64_t start, uint64_t end)
{
	int failed = 0;

	while (!failed && start < end)
		failed = ask(answers, descriptor, flags, start, end, &start);
	return failed == ENOENT ? 0 : failed;
}

/* It lies in one mapping, which was asked for. */
static bool is_answered(const struct answers *answers, const struct modseal_range *range)
{
	for (size_t i = 0; i < answers->count; i++) {
		const struct modseal_mapping *mapping = &answers->items[i].mapping;

		if (mapping->start <= range->start && range->end <= mapping->end)
			return true;
	}
	return false;
}

/* What was asked for twice. */
static bool is_again(const struct modseal_mapping *last,
		     const struct modseal_mapping *mapping)
{
	return last->start == mapping->start && last->end == mapping->end &&
	       last->writable == mapping->writable &&
	       last->executable == mapping->executable && last->file == mapping->file &&
	       (!last->file || modseal_mapping_same(last, mapping));
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = ((const struct answer *)a)->mapping.start;
	uintptr_t y = ((const struct answer *)b)->mapping.start;

	return x < y ? -1 : x > y;
}

/* Each once, by rising address. 0, or errno: ENOMEM; EPROTO: they do not fit together. */
static int put_in_order(struct answers *answers, struct modseal_maps *ret_maps)
{
	struct modseal_mapping *items = calloc(answers->count + 1, sizeof(*items));
	size_t count = 0;

	if (!items)
		return ENOMEM;
	if (answers->count)
		qsort(answers->items, answers->count, sizeof(*answers->items),
		      by_address);
	for (size_t i = 0; i < answers->count; i++) {
		struct modseal_mapping mapping = answers->items[i].mapping;

		mapping.name = answers->text + answers->items[i].name;
		modseal_mapping_classify(&mapping);
		if (count && is_again(&items[count - 1], &mapping))
			continue;
		if (count && mapping.start < items[count - 1].end) {
			free(items);
			return EPROTO;
		}
		items[count++] = mapping;
	}
	*ret_maps = (struct modseal_maps){items, count, answers->text};
	answers->text = NULL;
	return 0;
}

int modseal_maps_query(int descriptor, const struct modseal_range *ranges, size_t count,
		       struct modseal_maps *ret_maps)
{
	struct answers answers = {.items = NULL};
	int failed = ask_range(&answers, descriptor, QUERY_EXECUTABLE, 0, UINT64_MAX);

	for (size_t i = 0; !failed && i < count; i++)
		if (!is_answered(&answers, &ranges[i]))
			failed = ask_range(&answers, descriptor, 0, ranges[i].start,
					   ranges[i].end);
	if (!failed)
		failed = put_in_order(&answers, ret_maps);
	free(answers.items);
	free(answers.text);
	return failed;
}
