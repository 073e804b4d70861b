/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table from the beginnings of rules, up to their first `*`, to the rules. */
#include <stdlib.h>

#include "internal/scalars.h"
#include "policy/rule_index.h"

#define NONE UINT32_MAX
/* FNV-1a of 64 bits: one pass over a path gives the hash of each of its beginnings. Who
 * writes rules that collide slows down only the policy he signed. */
#define FNV_START 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

struct modseal_rule_index {
	uint64_t lengths[MODSEAL_MAX_POLICY_PATH / 64 +
			 1]; /* bit n: some beginning is n long */
	size_t mask;	     /* size of the table - 1 */
	uint32_t *heads;     /* first rule of each chain */
	uint32_t *nexts; /* for each rule the next of its chain, which is a later one */
};

static uint64_t hash_byte(uint64_t hash, uint8_t byte)
{
	return (hash ^ byte) * FNV_PRIME;
}

static size_t slot_of(const struct modseal_rule_index *index, uint64_t hash)
{
	return (size_t)(hash ^ hash >> 32) & index->mask;
}

static void add_rule(struct modseal_rule_index *index, const char *path, uint32_t rule)
{
	size_t length = strcspn(path, "*");
	uint64_t hash = FNV_START;
	size_t slot;

	for (size_t i = 0; i < length; i++)
		hash = hash_byte(hash, (uint8_t)path[i]);
	slot = slot_of(index, hash);
	index->lengths[length / 64] |= 1ull << length % 64;
	index->nexts[rule] = index->heads[slot];
	index->heads[slot] = rule;
}

struct modseal_rule_index *modseal_rule_index_new(const struct modseal_rule *rules,
						  size_t count)
{
	struct modseal_rule_index *index = calloc(1, sizeof(*index));
	size_t size = 16;

	while (size < 2 * count)
		size *= 2;
	if (index) {
		index->mask = size - 1;
		index->heads = calloc(size, sizeof(*index->heads));
		index->nexts = calloc(count ? count : 1, sizeof(*index->nexts));
	}
	if (!index || !index->heads || !index->nexts) {
		modseal_rule_index_free(&index);
		return NULL;
	}
	for (size_t i = 0; i < size; i++)
		index->heads[i] = NONE;
	/* from the last to the first, so that each chain begins with its first */
	for (size_t i = count; i-- > 0;)
		add_rule(index, rules[i].path, (uint32_t)i);
	return index;
}

void modseal_rule_index_free(struct modseal_rule_index **index)
{
	if (!*index)
		return;
	free((*index)->heads);
	free((*index)->nexts);
	free(*index);
	*index = NULL;
}

size_t modseal_rule_index_first(const struct modseal_rule_index *index, const char *path,
				size_t count,
				bool (*matches)(const void *argument, size_t rule),
				const void *argument)
{
	uint64_t hash = FNV_START;
	size_t best = count;

	for (size_t i = 0; path[i] && i < MODSEAL_MAX_POLICY_PATH; i++) {
		size_t length = i + 1;
		uint32_t rule;

		hash = hash_byte(hash, (uint8_t)path[i]);
		if (!(index->lengths[length / 64] & 1ull << length % 64))
			continue;
		rule = index->heads[slot_of(index, hash)];
		while (rule < best && !matches(argument, rule))
			rule = index->nexts[rule];
		if (rule < best)
			best = rule;
	}
	return best;
}
