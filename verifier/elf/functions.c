/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that are called when an object is loaded and unloaded: each lies in its
 * code. Those of the arrays are known by the relocations that fill their slots.
 */
#include <stdlib.h>

#include "verifier/elf/follow.h"

/* Where a function's address is that of its code, and not of a descriptor. */
static bool has_plain_functions(const struct modseal_elf_view *view)
{
	return modseal_elf_machine_of(view) != NULL;
}

int modseal_elf_functions_open(struct modseal_elf_follow *follow,
			       struct modseal_error *error)
{
	static const struct {
		int64_t address, size;
	} tags[MODSEAL_ELF_ARRAYS] = {
		{DT_PREINIT_ARRAY, DT_PREINIT_ARRAYSZ},
		{DT_INIT_ARRAY, DT_INIT_ARRAYSZ},
		{DT_FINI_ARRAY, DT_FINI_ARRAYSZ},
	};
	const struct modseal_elf_view *view = follow->view;
	size_t width = modseal_elf_width(view);
	uint64_t total = 0;

	for (size_t i = 0; i < MODSEAL_ELF_ARRAYS; i++) {
		struct modseal_elf_functions *array = &follow->arrays[i];
		uint64_t size = 0;

		if (!modseal_elf_tag(view, tags[i].address, &array->address) ||
		    !modseal_elf_tag(view, tags[i].size, &size))
			continue;
		array->count = size / width;
		array->first = total;
		if (array->count > MODSEAL_MAX_FUNCTIONS - total)
			return MODSEAL_ELF_MALFORMED(view, error,
						     "more than %u functions to be "
						     "called at its start and end",
						     MODSEAL_MAX_FUNCTIONS);
		total += array->count;
	}
	if (total == 0)
		return 0;
	follow->filled = calloc(total / 8 + 1, 1);
	return follow->filled ? 0 : modseal_fail_memory(error, MODSEAL_STAGE_IMAGE);
}

bool modseal_elf_functions_near(const struct modseal_elf_follow *follow, uint64_t start,
				uint64_t size)
{
	size_t width = modseal_elf_width(follow->view);

	for (size_t i = 0; i < MODSEAL_ELF_ARRAYS; i++) {
		const struct modseal_elf_functions *array = &follow->arrays[i];

		if (array->count && start < array->address + array->count * width &&
		    array->address < start + size)
			return true;
	}
	return false;
}

int modseal_elf_functions_fill(struct modseal_elf_follow *follow, uint64_t address,
			       uint64_t size, bool known, uint64_t value,
			       struct modseal_error *error)
{
	size_t width = modseal_elf_width(follow->view);

	for (size_t i = 0; i < MODSEAL_ELF_ARRAYS; i++) {
		const struct modseal_elf_functions *array = &follow->arrays[i];
		uint64_t slot = address - array->address;

		if (array->count == 0 || address + size <= array->address ||
		    address >= array->address + array->count * width)
			continue;
		/* of a machine that is not known the size is a guess */
		if (address < array->address && !has_plain_functions(follow->view))
			continue;
		if (slot % width != 0 || size != width)
			return MODSEAL_ELF_MALFORMED(
				follow->view, error,
				"a relocation across the functions of an array");
		if (known && has_plain_functions(follow->view) &&
		    !modseal_elf_is_code(follow->view, value))
			return MODSEAL_ELF_MALFORMED(
				follow->view, error,
				"an array of functions names 0x%llx, which is not in its "
				"code",
				(unsigned long long)value);
		slot = slot / width + array->first;
		follow->filled[slot / 8] |= (uint8_t)(1u << slot % 8);
	}
	return 0;
}

/* A slot that nothing fills holds an address of the file: right where it is mapped at
 * that address, and nowhere else. */
static int check_array(const struct modseal_elf_follow *follow,
		       const struct modseal_elf_functions *array,
		       struct modseal_error *error)
{
	const struct modseal_elf_view *view = follow->view;
	size_t width = modseal_elf_width(view);
	struct modseal_span bytes;
	int r;

	for (uint64_t i = 0; i < array->count; i++) {
		uint64_t slot = array->first + i, value;

		if (follow->filled[slot / 8] & 1u << slot % 8)
			continue;
		if (view->header.e_type != ET_EXEC)
			return MODSEAL_ELF_MALFORMED(
				view, error,
				"no relocation fills function %llu of an array",
				(unsigned long long)i);
		r = modseal_elf_bytes_at(view, array->address + i * width, width,
					 "an array of functions", &bytes, error);
		if (r != 0)
			return r;
		value = modseal_elf_number(view, bytes.data, width);
		if (!modseal_elf_is_code(view, value))
			return MODSEAL_ELF_MALFORMED(
				view, error,
				"an array of functions names 0x%llx, which is not in its "
				"code",
				(unsigned long long)value);
	}
	return 0;
}

int modseal_elf_functions_check(const struct modseal_elf_follow *follow,
				struct modseal_error *error)
{
	static const struct {
		int64_t tag;
		const char *name;
	} single[] = {{DT_INIT, "DT_INIT"}, {DT_FINI, "DT_FINI"}};
	const struct modseal_elf_view *view = follow->view;
	uint64_t address;
	int r = 0;

	if (!has_plain_functions(view))
		return 0;
	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (modseal_elf_tag(view, single[i].tag, &address) &&
		    !modseal_elf_is_code(view, address))
			return MODSEAL_ELF_MALFORMED(view, error, "%s is not in its code",
						     single[i].name);
	for (size_t i = 0; r == 0 && i < MODSEAL_ELF_ARRAYS; i++)
		r = check_array(follow, &follow->arrays[i], error);
	return r;
}
