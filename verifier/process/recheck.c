/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compares what is mapped of loaded images with the bytes they were approved with: every
 * segment that is not writable, and whose mapping it is (include/modseal-process.h).
 */
#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "modseal-process.h"
#include "verifier/loader/modules.h"
#include "verifier/process/ground.h"
#include "verifier/process/linkage.h"

#define STAGE MODSEAL_STAGE_LOAD
/* Small enough for the cache of a core, so that the second reading is cheap. */
#define PIECE (32u * 1024)

static int fail_changed(const struct modseal_object *object, uint64_t offset,
			const char *what, struct modseal_error *error)
{
	return modseal_fail(error, MODSEAL_E_MEMORY_CHANGED, STAGE, object->path,
			    "at +0x%llx %s", (unsigned long long)offset, what);
}

static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t size)
{
	size_t i = 0;

	while (i < size && a[i] == b[i])
		i++;
	return i;
}

/* Is nothing of it to be written to, and (from_file) all mapped from the object's file?
 */
static int check_mappings(const struct modseal_ground *ground,
			  const struct modseal_object *object, uintptr_t start,
			  uintptr_t end, bool from_file, struct modseal_error *error)
{
	while (start < end) {
		const struct modseal_mapping *mapping =
			modseal_maps_at(&ground->maps, (const void *)start);
		uint64_t offset = start - object->base;

		if (!mapping ||
		    (from_file && ground->mapped[mapping - ground->maps.items] != object))
			return fail_changed(object, offset,
					    "something else is mapped than its file",
					    error);
		if (mapping->writable)
			return fail_changed(object, offset,
					    "memory that must not change is writable",
					    error);
		start = mapping->end;
	}
	return 0;
}

/* Whole pages: what lies behind a segment in its last page can be run, too. */
static int compare(const struct modseal_reference *reference, const ElfW(Phdr) * load,
		   struct modseal_error *error)
{
	const struct modseal_object *object = reference->object;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t before = load->p_vaddr & (page - 1);
	uint64_t whole = (before + load->p_filesz + page - 1) & ~(page - 1);
	uint8_t is[PIECE], should_be[PIECE];

	for (uint64_t done = 0; done < whole;) {
		size_t size = whole - done < PIECE ? (size_t)(whole - done) : PIECE;
		uint64_t offset = load->p_vaddr - before + done;
		int errnum = modseal_reference_copy(
			reference, load->p_offset - before + done, should_be, size);

		if (errnum)
			return modseal_fail_errno(error, MODSEAL_E_SYSTEM, STAGE, errnum,
						  object->path,
						  "its approved bytes cannot be read");
		errnum = modseal_memory_copy(object->base + (uintptr_t)offset, is, size);
		if (errnum == EFAULT)
			return fail_changed(object, offset, "it cannot be read any more",
					    error);
		if (errnum)
			return modseal_fail_errno(error, MODSEAL_E_SYSTEM, STAGE, errnum,
						  object->path,
						  "its memory cannot be read");
		if (memcmp(is, should_be, size) != 0)
			return fail_changed(
				object, offset + first_difference(is, should_be, size),
				"a byte is not the one that was approved", error);
		done += size;
	}
	return 0;
}

static int recheck_segments(const struct modseal_ground *ground,
			    const struct modseal_reference *reference,
			    uint64_t *ret_bytes, struct modseal_error *error)
{
	const struct modseal_object *object = reference->object;
	struct modseal_linkage linkage;
	int result = modseal_linkage_headers(reference, STAGE, &linkage, error);

	for (size_t i = 0; !result && i < linkage.header_count; i++) {
		const ElfW(Phdr) *load = &linkage.headers[i];
		uintptr_t start = object->base + load->p_vaddr;

		if (load->p_type != PT_LOAD || load->p_flags & PF_W)
			continue;
		result = check_mappings(ground, object, start, start + load->p_filesz,
					true, error);
		if (!result)
			result = compare(reference, load, error);
		*ret_bytes += load->p_filesz;
	}
	if (!result && linkage.relro_end > linkage.relro_start)
		result =
			check_mappings(ground, object, object->base + linkage.relro_start,
				       object->base + linkage.relro_end, false, error);
	return result;
}

static int recheck_object(const struct modseal_ground *ground,
			  struct modseal_object *object, uint64_t *ret_bytes,
			  struct modseal_error *error)
{
	struct modseal_reference reference = {0};
	int result;

	/* what the program brought has no sealed bytes to be compared with */
	if (object->origin != MODSEAL_ORIGIN_LOADED || object->segment_count == 0)
		return 0;
	result = modseal_reference_open(object, STAGE, &reference, error);
	if (result)
		return result;
	result = recheck_segments(ground, &reference, ret_bytes, error);
	modseal_reference_close(&reference);
	return result;
}

static int recheck(const struct modseal_module *module, uint64_t *ret_bytes,
		   struct modseal_error *error)
{
	struct modseal_object *object = modseal_registry()->objects;
	struct modseal_ground ground = {0};
	int result = modseal_ground_open(STAGE, &ground, error);

	for (size_t i = 0; module && !result && i < module->object_count; i++)
		result = recheck_object(&ground, module->objects[i], ret_bytes, error);
	for (; !module && !result && object; object = object->next)
		result = recheck_object(&ground, object, ret_bytes, error);
	modseal_ground_close(&ground);
	return result;
}

int modseal_recheck(struct modseal_module *module, uint64_t *ret_bytes,
		    struct modseal_error *error)
{
	uint64_t bytes = 0;
	int result = modseal_loader_lock(error);

	if (result)
		return result;
	if (module && !modseal_module_is_loaded(module))
		result = modseal_fail(error, MODSEAL_E_NOT_LOADED, STAGE, NULL, NULL);
	else
		result = recheck(module, &bytes, error);
	modseal_loader_unlock();
	if (!result && ret_bytes)
		*ret_bytes = bytes;
	return result;
}
