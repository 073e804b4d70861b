/* SPDX-License-Identifier: Apache-2.0 */
/* Verified ground: the memory of approved objects, and what lies at other addresses. */
#ifndef MODSEAL_PROCESS_GROUND_H
#define MODSEAL_PROCESS_GROUND_H

#include "verifier/loader/registry.h"

struct modseal_ground {
	struct modseal_maps maps;
	struct modseal_owners owners;
	struct modseal_object *
		*mapped; /* of each mapping: whose file it shows, or NULL */
	/* The segments of approved objects, by rising address. */
	struct modseal_ground_range {
		struct modseal_segment segment;
		struct modseal_object *object;
	} * ranges;
	size_t range_count;
};

/* As it is now. The caller holds the loader lock, and ends with modseal_ground_close.
 * Errors: SYSTEM, RESOURCE. */
MODSEAL_MUST_CHECK int modseal_ground_open(enum modseal_stage stage,
					   struct modseal_ground *ret_ground,
					   struct modseal_error *error);
void modseal_ground_close(struct modseal_ground *ground);

/* The approved object whose memory this is, its very end included (the address behind the
 * last element of an array is one of the array); NULL: none. */
struct modseal_object *modseal_ground_at(const struct modseal_ground *ground,
					 uintptr_t address);
/* The approved object whose code this is: executable, and mapped from its file. */
struct modseal_object *modseal_ground_code_at(const struct modseal_ground *ground,
					      uintptr_t address);
bool modseal_ground_is_kernel(const struct modseal_ground *ground, uintptr_t address);
/* Memory that is executable and of no approved object, and not the kernel's. */
bool modseal_ground_is_foreign_code(const struct modseal_ground *ground,
				    uintptr_t address);

/*
 * Says what lies at an address, without the address: the path of a file and the offset
 * from where it begins in memory, "anonymous memory", "[heap]" and their like, or
 * "nothing"; of these the offset is 0. Cut where it is long.
 */
void modseal_ground_describe(const struct modseal_ground *ground, uintptr_t address,
			     char *text, size_t size, uint64_t *ret_offset);

#endif
